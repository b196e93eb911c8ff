package connections

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

// Sync starts a run because a person or a script asked.
func (k *Keeper) Sync(ctx context.Context, ref string, request SyncRequest) (host.Run, error) {
	return actor.Act(ctx, func(by host.Actor) (host.Run, error) {
		connection, err := k.parts.Store.Connection(ref)
		if err != nil {
			return host.Run{}, err
		}
		if err := connection.RefuseDisconnected(); err != nil {
			return host.Run{}, err
		}
		agreed, err := k.agreed(connection, request)
		if err != nil {
			return host.Run{}, err
		}
		if len(agreed) > 0 {
			if err := k.parts.Store.ConfirmRemovals(ctx, connection.ID, agreed); err != nil {
				return host.Run{}, err
			}
		}
		return k.start(ctx, connection, supervisor.Options{Actor: by, Trigger: host.TriggerManual, Full: request.Full, Confirm: agreed})
	})
}

// start starts a run on the rate budget of its tenant. If the connector cannot be found,
// the run itself says so.
func (k *Keeper) start(ctx context.Context, connection host.Connection, options supervisor.Options) (host.Run, error) {
	if connector, err := k.parts.Catalog.Lookup(ctx, connection.Connector); err == nil {
		options.Tenant = k.parts.Tenants.Of(connector, connection)
	}
	k.starts.RLock()
	defer k.starts.RUnlock()
	now, err := k.parts.Store.Connection(connection.ID)
	if err == nil {
		err = now.RefuseDisconnected()
	}
	if err != nil {
		return host.Run{}, err
	}
	return k.parts.Supervisor.Start(connection, options)
}

// StartDue starts a run whose time has come. For a connection that is still being synced it
// does nothing.
func (k *Keeper) StartDue(connectionID string, due time.Time, why host.Trigger) {
	connection, err := k.parts.Store.Connection(connectionID)
	if err == nil {
		_, err = k.start(context.Background(), connection, supervisor.Options{Actor: host.ScheduleActor(), Trigger: why, Due: due})
	}
	if problem := new(host.Problem); errors.As(err, &problem) && (problem.Code == host.CodeBusy || problem.Code == host.CodeDisconnected) {
		return
	}
	if err != nil {
		k.parts.Logger.Error("start scheduled run", "connection", connectionID, "err", err)
	}
}

// Runs returns runs, newest first, of one connection (id or alias) or of all.
// Next is the cursor of the following page, empty on the last.
func (k *Keeper) Runs(ref string, limit int, cursor string) (runs []host.Run, next string, err error) {
	query := journal.RunQuery{Limit: limit, Before: cursor}
	if ref != "" {
		connection, err := k.parts.Store.Connection(ref)
		if err != nil {
			return nil, "", err
		}
		query.Connection = connection.ID
	}
	runs, next, err = k.parts.Store.Runs(query)
	if err != nil {
		return nil, "", fmt.Errorf("read runs: %w", err)
	}
	for i := range runs {
		if active, ok := k.parts.Supervisor.Run(runs[i].ID); ok {
			runs[i] = active
		}
	}
	return runs, next, nil
}

// Run returns one run, live while it is active.
func (k *Keeper) Run(id string) (host.Run, error) {
	if run, ok := k.parts.Supervisor.Run(id); ok {
		return run, nil
	}
	return k.parts.Store.Run(id)
}

// WaitRun returns the run when it has ended or ctx has.
func (k *Keeper) WaitRun(ctx context.Context, id string) (host.Run, error) {
	if err := k.parts.Supervisor.Wait(ctx, id); err != nil {
		return host.Run{}, err
	}
	return k.Run(id)
}

// Cancel asks a run to stop. A run that has ended cannot be cancelled.
func (k *Keeper) Cancel(ctx context.Context, id string) (host.Run, error) {
	return actor.Act(ctx, func(host.Actor) (host.Run, error) {
		if run, ok := k.parts.Supervisor.Cancel(id); ok {
			return run, nil
		}
		run, err := k.parts.Store.Run(id)
		if err != nil {
			return host.Run{}, err
		}
		return host.Run{}, host.Refused(host.CodeConflict, "", "run %s has already ended as %s", run.ID, run.Status)
	})
}
