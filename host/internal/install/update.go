package install

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/development"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// Updates returns the releases that are newer than what is installed: of one
// connector, or of all when id is empty. A source that cannot be read is an offer
// with a problem.
func (i *Installer) Updates(ctx context.Context, id string) ([]offer.Offer, error) {
	if err := i.config.Inventory.Problem(); err != nil {
		return nil, err
	}
	ids := i.config.Inventory.IDs()
	if id != "" {
		ids = []string{id}
	}
	var offers []offer.Offer
	for _, id := range ids {
		entry, ok := i.config.Inventory.Get(id)
		if !ok {
			return nil, host.NotFound("connector", id, "No release of it is installed, so there is nothing to update.")
		}
		if i.config.Catalog.IsDeveloped(id) {
			busy := development.Busy(id, "Look for its updates again when `plumbline connector dev` has ended.")
			offers = append(offers, unreadable(id, entry, busy))
			continue
		}
		source, newer, err := release.Newest(ctx, entry.Current.Source, entry.Current.Version)
		if err == nil && !newer {
			continue
		}
		var one offer.Offer
		if err == nil {
			one, err = i.Offer(ctx, ReleaseRequest{Source: source})
		}
		if err == nil && (one.Manifest.ID != id || release.CompareVersions(one.Manifest.Version, entry.Current.Version) <= 0) {
			err = host.Refused(host.CodeReleaseDamaged, "Report this to the connector's author.",
				"%s holds %s %s and not a newer %s", source, one.Manifest.ID, one.Manifest.Version, id)
		}
		if err != nil {
			one = unreadable(id, entry, err)
		}
		offers = append(offers, one)
	}
	return offers, nil
}

// unreadable stands for a release that could not be read.
func unreadable(id string, entry release.Entry, err error) offer.Offer {
	nothing := host.Asks{Permissions: []host.Permission{}, Network: []host.NetworkHost{}, Files: []host.FileAccess{}}
	return offer.Offer{
		Source: entry.Current.Source, New: nothing, Confirm: []offer.Typed{}, Problem: host.AsProblem(err),
		Manifest: offer.Manifest{
			ID: id, Version: entry.Current.Version, Protocols: []int{}, Capabilities: []string{}, Categories: []host.Category{},
			Permissions: nothing.Permissions, Network: nothing.Network, Files: nothing.Files, Platforms: []offer.PlatformFile{},
		},
	}
}
