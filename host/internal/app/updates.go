package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/development"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/host/internal/task"
)

// Updates returns the releases that are newer than what is installed: of one
// connector, or of all when id is empty. A source that cannot be looked at is an
// offer with a problem.
func (a *App) Updates(ctx context.Context, id string) ([]host.Offer, error) {
	if err := a.inventory.Problem(); err != nil {
		return nil, err
	}
	ids := a.inventory.IDs()
	if id != "" {
		ids = []string{id}
	}
	var offers []host.Offer
	for _, id := range ids {
		entry, ok := a.inventory.Get(id)
		if !ok {
			return nil, host.NotFound("connector", id, "No release of it is installed, so there is nothing to update.")
		}
		if a.catalog.IsDeveloped(id) {
			offers = append(offers, unreadableOffer(id, entry, development.Busy(id, "Its updates are looked for again once `plumbline connector dev` has ended.")))
			continue
		}
		source, newer, err := release.Newest(ctx, entry.Current.Source, entry.Current.Version)
		if err == nil && !newer {
			continue
		}
		var offer host.Offer
		if err == nil {
			offer, err = a.OfferRelease(ctx, ReleaseRequest{Source: source})
		}
		if err == nil && (offer.Manifest.ID != id || release.CompareVersions(offer.Manifest.Version, entry.Current.Version) <= 0) {
			err = problemOf(host.CodeReleaseDamaged, "Report this to the connector's author.", "%s holds %s %s and not a newer %s", source, offer.Manifest.ID, offer.Manifest.Version, id)
		}
		if err != nil {
			offer = unreadableOffer(id, entry, err)
		}
		offers = append(offers, offer)
	}
	return offers, nil
}

// unreadableOffer stands for a release that could not be looked at.
func unreadableOffer(id string, entry release.Entry, err error) host.Offer {
	nothing := host.Asks{Permissions: []host.Permission{}, Network: []host.NetworkHost{}, Files: []host.FileAccess{}}
	return host.Offer{
		Source: entry.Current.Source, New: nothing, Confirm: []host.Typed{}, Problem: host.AsProblem(err),
		Manifest: host.Manifest{
			ID: id, Version: entry.Current.Version, Protocols: []int{}, Capabilities: []string{}, Categories: []host.Category{},
			Permissions: nothing.Permissions, Network: nothing.Network, Files: nothing.Files, Platforms: []host.PlatformFile{},
		},
	}
}

const (
	offlineTime = 20 * time.Second // one connection's part of a self-test
	offlineMost = 10               // connections whose settings the program itself looks at
)

// selfTest tries a program with what is stored for it: the settings and secrets of
// every connection against its schema, and for some of them its own check without a
// way out, of which only what it says of the settings counts. That stored cursors can
// be read is found out by the first run, which the trial is for: the protocol has no
// verb that reads them and nothing else.
func (a *App) selfTest(ctx context.Context, connector host.Connector, report func(task.Progress)) error {
	connections, err := a.store.Connections()
	if err != nil {
		return fmt.Errorf("read connections: %w", err)
	}
	asked := 0
	for _, c := range connections {
		if c.Connector != connector.ID {
			continue
		}
		report(task.Progress{Phase: "trying it with " + c.Alias})
		open, err := a.checks.Open(connector, c, c.Settings, nil)
		if err != nil {
			return failedTest(connector, c, err)
		}
		if asked++; asked > offlineMost {
			continue
		}
		if err := a.checkOffline(ctx, connector, open); err != nil {
			return failedTest(connector, c, err)
		}
	}
	return context.Cause(ctx)
}

// checkOffline has a program look at the settings of a connection, with no host it
// could reach. It returns what is wrong with the settings, or how it broke.
func (a *App) checkOffline(ctx context.Context, connector host.Connector, open source.Open) error {
	connector.Network = nil
	var wrong *host.Problem
	_, err := a.checks.Run(ctx, connector, open, offlineTime, func(p host.Probe) {
		if wrong == nil && p.Error != nil && p.Error.Code == host.CodeInvalid {
			wrong = p.Error
		}
	})
	if wrong != nil {
		return wrong
	}
	if p := new(host.Problem); errors.As(err, &p) && supervisor.Broke(p) {
		return p
	}
	return nil // that a system could not be reached was to be expected
}

func failedTest(connector host.Connector, c host.Connection, err error) error {
	return problemOf(host.CodeReleaseBroken, "Nothing was changed. Tell the connector's author, or change the connection's settings and try again.",
		"%s %s does not work with the connection %s: %v", connector.ID, connector.Version, c.Alias, err)
}

// RollBack brings the version back that was there before the current one.
func (a *App) RollBack(ctx context.Context, id string) (host.Connector, error) {
	return act(ctx, func(host.Actor) (host.Connector, error) {
		if _, err := a.inventory.RollBack(id, host.RolledBack{By: "person", At: time.Now().UTC(), Reason: "a person asked for it"}); err != nil {
			return host.Connector{}, err
		}
		a.catalog.Changed(id, "rolled_back")
		return a.Connector(ctx, id)
	})
}

// RemoveConnector takes an installed connector away. One that connections use stays.
func (a *App) RemoveConnector(ctx context.Context, id string) error {
	return do(ctx, func(host.Actor) error {
		connections, err := a.store.Connections()
		if err != nil {
			return fmt.Errorf("read connections: %w", err)
		}
		for _, c := range connections {
			if c.Connector == id {
				return problemOf(host.CodeConflict, "Remove its connections first: `plumbline connection remove "+c.Alias+"`.", "the connection %s uses %s", c.Alias, id)
			}
		}
		if err := a.inventory.Remove(id); err != nil {
			return err
		}
		a.catalog.Changed(id, "removed")
		return nil
	})
}
