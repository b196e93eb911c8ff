package connections

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/task"
)

// StartDryRunSample begins to read the first page of each stream with settings that need
// not be stored, storing nothing; Task follows it.
func (k *Keeper) StartDryRunSample(ctx context.Context, request CheckRequest) (host.Task, error) {
	return actor.Act(ctx, func(host.Actor) (host.Task, error) {
		request.Choices = false // a dry run reads with complete settings
		connector, open, err := k.checkInput(ctx, request)
		if err != nil {
			return host.Task{}, err
		}
		connection := host.Connection{ID: "unsaved", Connector: connector.ID, Settings: open.Settings}
		if request.Connection != "" {
			stored, err := k.parts.Store.Connection(request.Connection)
			if err != nil {
				return host.Task{}, err
			}
			connection.ID = stored.ID
		}
		tenant := k.parts.Tenants.Of(connector, connection)
		return k.parts.Tasks.Start(ctx, "dry_run_sample", func(ctx context.Context, report func(task.Progress)) (func(*host.Task), error) {
			sample, err := k.parts.Supervisor.Sample(ctx, connector, open, tenant, func(stream string, read int) {
				report(task.Progress{Phase: "reading " + stream, Done: int64(read)})
			})
			return func(t *host.Task) { t.Sample = &sample }, err
		})
	})
}

// StartDryRun begins to read a connection and to say what a run would change, storing
// nothing; Task follows it.
func (k *Keeper) StartDryRun(ctx context.Context, ref string) (host.Task, error) {
	return actor.Act(ctx, func(host.Actor) (host.Task, error) {
		connection, err := k.parts.Store.Connection(ref)
		if err != nil {
			return host.Task{}, err
		}
		if err := connection.RefuseDisconnected(); err != nil {
			return host.Task{}, err
		}
		connector, err := k.parts.Catalog.Lookup(ctx, connection.Connector)
		if err != nil {
			return host.Task{}, err
		}
		tenant := k.parts.Tenants.Of(connector, connection)
		return k.parts.Tasks.Start(ctx, "dry_run", func(ctx context.Context, report func(task.Progress)) (func(*host.Task), error) {
			d, err := k.parts.Supervisor.DryRun(ctx, connection, tenant, func(stream string, read int) {
				report(task.Progress{Phase: "reading " + stream, Done: int64(read)})
			})
			return func(t *host.Task) { t.DryRun = &d }, err
		})
	})
}
