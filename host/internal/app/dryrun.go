package app

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/task"
)

// StartDryRun begins to read a connection and to say what a run would change, storing
// nothing; Task follows it.
func (a *App) StartDryRun(ctx context.Context, ref string) (host.Task, error) {
	return act(ctx, func(host.Actor) (host.Task, error) {
		connection, err := a.parts.Store.Connection(ref)
		if err != nil {
			return host.Task{}, err
		}
		if err := connection.RefuseDisconnected(); err != nil {
			return host.Task{}, err
		}
		connector, err := a.parts.Catalog.Lookup(ctx, connection.Connector)
		if err != nil {
			return host.Task{}, err
		}
		tenant := a.parts.Tenants.Of(connector, connection)
		return a.parts.Tasks.Start(ctx, "dry_run", func(ctx context.Context, report func(task.Progress)) (func(*host.Task), error) {
			d, err := a.parts.Supervisor.DryRun(ctx, connection, tenant, func(stream string, read int) {
				report(task.Progress{Phase: "reading " + stream, Done: int64(read)})
			})
			return func(t *host.Task) { t.DryRun = &d }, err
		})
	})
}
