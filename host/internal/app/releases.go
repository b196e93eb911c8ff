package app

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/install"
	"github.com/plumbline-dev/plumbline/host/internal/task"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// ReleaseRequest names a release and says what a person agreed to.
type ReleaseRequest = install.ReleaseRequest

// OfferRelease reads a release as far as its manifest and says what installing it
// would mean.
func (a *App) OfferRelease(ctx context.Context, request ReleaseRequest) (offer.Offer, error) {
	return a.parts.Installer.Offer(ctx, request)
}

// Updates returns the releases that are newer than what is installed: of one
// connector, or of all when id is empty.
func (a *App) Updates(ctx context.Context, id string) ([]offer.Offer, error) {
	return a.parts.Installer.Updates(ctx, id)
}

// InstallRelease begins to install a release; Task follows it.
func (a *App) InstallRelease(ctx context.Context, request ReleaseRequest) (host.Task, error) {
	return actor.Act(ctx, func(host.Actor) (host.Task, error) {
		return a.parts.Tasks.Start(ctx, "install", func(ctx context.Context, report func(task.Progress)) (func(*host.Task), error) {
			id, entry, err := a.parts.Installer.Install(ctx, request, report)
			if err != nil {
				a.parts.Logger.Warn("release was not installed", "source", request.Source, "err", err)
				return nil, err
			}
			return func(t *host.Task) { t.Connector, t.Installation = id, entry.Installation() }, nil
		})
	})
}

// RollBack makes the version that was installed before the current one.
func (a *App) RollBack(ctx context.Context, id string) (host.Connector, error) {
	return actor.Act(ctx, func(host.Actor) (host.Connector, error) {
		if err := a.parts.Installer.RollBack(id); err != nil {
			return host.Connector{}, err
		}
		return a.Connector(ctx, id)
	})
}

// RemoveConnector removes an installed connector. One that connections use stays.
func (a *App) RemoveConnector(ctx context.Context, id string) error {
	return actor.Do(ctx, func(host.Actor) error { return a.parts.Installer.Remove(ctx, id) })
}
