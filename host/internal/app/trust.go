package app

import (
	"context"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/development"
)

// TrustConnector stores that a person trusts exactly the program that a connector is now.
// When sha256 is given, it has to be that program's.
func (a *App) TrustConnector(ctx context.Context, id, sha256 string) (host.Connector, error) {
	return actor.Act(ctx, func(host.Actor) (host.Connector, error) {
		connector, err := a.parts.Catalog.Lookup(ctx, id)
		if err != nil {
			return host.Connector{}, err
		}
		if sha256 != "" && sha256 != connector.SHA256 {
			return host.Connector{}, host.Invalid("sha256", sha256, fmt.Sprintf("is not that of %s, which is %s", id, connector.SHA256))
		}
		if connector.Trust == host.TrustDevelopment {
			return host.Connector{}, development.Busy(id, "It can be trusted when it is built for good, or released.")
		}
		if connector.Trust != host.TrustUnverified {
			return a.Connector(ctx, id) // bundled, signed or trusted already
		}
		if err := a.parts.Catalog.Trust(ctx, connector); err != nil {
			return host.Connector{}, err
		}
		a.parts.Logger.Info("connector is trusted", "connector", id, "sha256", connector.SHA256, "path", connector.Path)
		a.parts.Catalog.Changed(id, "trusted")
		return a.Connector(ctx, id)
	})
}

// UntrustConnector withdraws the trust in all programs of a connector.
func (a *App) UntrustConnector(ctx context.Context, id string) (host.Connector, error) {
	return actor.Act(ctx, func(host.Actor) (host.Connector, error) {
		if err := a.parts.Catalog.Untrust(ctx, id); err != nil {
			return host.Connector{}, err
		}
		a.parts.Catalog.Changed(id, "untrusted")
		return a.Connector(ctx, id)
	})
}
