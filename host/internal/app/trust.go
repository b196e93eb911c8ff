package app

import (
	"context"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/release"
)

// installed lists the programs of installed releases for the catalog.
func (a *App) installed() []plugin.Installed {
	var list []plugin.Installed
	for _, id := range a.inventory.IDs() {
		entry, ok := a.inventory.Get(id)
		if !ok {
			continue // removed meanwhile
		}
		list = append(list, plugin.Installed{
			Program: plugin.Program{ID: id, Path: a.inventory.Path(entry.Current), SHA256: entry.Current.SHA256},
			Agree:   func(c host.Connector) error { return release.AgreeInstalled(id, entry.Current, c) },
			Interprets: func(sha256 string) error {
				if a.ownInterpreter() || sha256 == entry.Current.Interpreter {
					return nil
				}
				return a.interpreterChanged(id)
			},
		})
	}
	return list
}

// vouch says what a program is to be taken for. Only the lock file, which no
// connector can write, and the host's own directory count.
func (a *App) vouch(c host.Connector) (host.Trust, *host.Installation) {
	if a.developing.uses(c) {
		return host.TrustDevelopment, nil
	}
	entry, ok := a.inventory.Get(c.ID)
	ok = ok && a.inventory.Path(entry.Current) == c.Path
	var installation *host.Installation
	if ok {
		installation = entry.Installation()
	}
	interpreter := a.foreignInterpreter(c)
	switch {
	case ok && entry.Current.Signer != "" && entry.Current.SHA256 == c.SHA256 && (interpreter == "" || interpreter == entry.Current.Interpreter):
		return host.TrustSigned, installation
	case a.ofTheHouse(c) && interpreter == "":
		return host.TrustBundled, installation
	case c.SHA256 != "" && a.inventory.IsTrusted(c.ID, c.SHA256, interpreter):
		return host.TrustTrusted, installation
	}
	return host.TrustUnverified, installation
}

// TrustConnector notes that a person trusts the program that a connector is now.
// When sha256 is given, it has to be that program.
func (a *App) TrustConnector(ctx context.Context, id, sha256 string) (host.Connector, error) {
	connector, err := a.catalog.Lookup(ctx, id)
	if err != nil {
		return host.Connector{}, err
	}
	if sha256 != "" && sha256 != connector.SHA256 {
		return host.Connector{}, host.Invalid("sha256", sha256, fmt.Sprintf("is not that of %s, which is %s", id, connector.SHA256))
	}
	if connector.Trust == host.TrustDevelopment {
		return host.Connector{}, inDevelopment(id, "It can be trusted when it is built for good, or released.")
	}
	if connector.Trust != host.TrustUnverified {
		return a.Connector(ctx, id) // there is nothing to vouch for
	}
	if err := a.inventory.Trust(id, connector.SHA256, a.foreignInterpreter(connector), time.Now()); err != nil {
		return host.Connector{}, err
	}
	a.logger.Info("connector is trusted", "connector", id, "sha256", connector.SHA256, "path", connector.Path)
	a.connectorChanged(id, "trusted")
	return a.Connector(ctx, id)
}

// UntrustConnector takes back that programs of this id are trusted.
func (a *App) UntrustConnector(ctx context.Context, id string) (host.Connector, error) {
	if err := a.inventory.Untrust(id); err != nil {
		return host.Connector{}, err
	}
	a.connectorChanged(id, "untrusted")
	return a.Connector(ctx, id)
}

// notices says what happened to the connector of a connection.
func notices(id string, i *host.Installation) []host.Notice {
	list := []host.Notice{}
	if i == nil {
		return list
	}
	if back := i.RolledBack; back != nil && back.By == "host" {
		list = append(list, host.Notice{
			Code: host.CodeReleaseRolledBack, Since: back.At,
			Message: fmt.Sprintf("%s %s broke and was rolled back to %s: %s", id, back.Version, back.To, back.Reason),
			Remedy:  "Report it to the connector's author; a newer version can be installed when there is one.",
		})
	}
	if w := i.Waiting; w != nil {
		list = append(list, host.Notice{
			Code: host.CodeReleaseConsent, Since: w.Since,
			Message: fmt.Sprintf("%s %s is waiting for consent: it asks for more than %s was given", id, w.Version, i.Version),
			Remedy:  "Look at what it asks for and agree with `plumbline connector update " + id + "` on a terminal.",
		})
	}
	return list
}

// examineReleases says what is wrong with installed releases.
func (a *App) examineReleases() Finding {
	f := Finding{ID: "releases", Title: "Installed connectors", Status: "ok", Message: fmt.Sprintf("%d installed", len(a.inventory.IDs()))}
	if err := a.inventory.Problem(); err != nil {
		p := host.AsProblem(err)
		f.Status, f.Message, f.Fix = "fail", p.Message, p.Remedy
		return f
	}
	for _, id := range a.inventory.IDs() {
		entry, _ := a.inventory.Get(id)
		for _, n := range notices(id, entry.Installation()) {
			f.Status, f.Message, f.Fix = "warn", n.Message, n.Remedy
		}
	}
	return f
}
