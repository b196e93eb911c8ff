package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

// Sync starts a run because a person or a script asked.
func (a *App) Sync(ctx context.Context, ref string, request SyncRequest) (host.Run, error) {
	return actor.Act(ctx, func(by host.Actor) (host.Run, error) {
		connection, err := a.parts.Store.Connection(ref)
		if err != nil {
			return host.Run{}, err
		}
		if err := connection.RefuseDisconnected(); err != nil {
			return host.Run{}, err
		}
		agreed, err := a.agreed(connection, request)
		if err != nil {
			return host.Run{}, err
		}
		if len(agreed) > 0 {
			if err := a.parts.Store.ConfirmRemovals(ctx, connection.ID, agreed); err != nil {
				return host.Run{}, err
			}
		}
		return a.start(ctx, connection, supervisor.Options{Actor: by, Trigger: host.TriggerManual, Full: request.Full, Confirm: agreed})
	})
}

// start starts a run on the rate budget of its tenant. If the connector cannot be found,
// the run itself says so.
func (a *App) start(ctx context.Context, connection host.Connection, options supervisor.Options) (host.Run, error) {
	if connector, err := a.parts.Catalog.Lookup(ctx, connection.Connector); err == nil {
		options.Tenant = a.parts.Tenants.Of(connector, connection)
	}
	a.starts.RLock()
	defer a.starts.RUnlock()
	now, err := a.parts.Store.Connection(connection.ID)
	if err == nil {
		err = now.RefuseDisconnected()
	}
	if err != nil {
		return host.Run{}, err
	}
	return a.parts.Supervisor.Start(connection, options)
}

// StartDue starts a run whose time has come. For a connection that is still being synced it
// does nothing.
func (a *App) StartDue(connectionID string, why host.Trigger) {
	connection, err := a.parts.Store.Connection(connectionID)
	if err == nil {
		_, err = a.start(context.Background(), connection, supervisor.Options{Actor: host.ScheduleActor(), Trigger: why})
	}
	if problem := new(host.Problem); errors.As(err, &problem) && (problem.Code == host.CodeBusy || problem.Code == host.CodeDisconnected) {
		return
	}
	if err != nil {
		a.parts.Logger.Error("start scheduled run", "connection", connectionID, "err", err)
	}
}

// Runs returns runs, newest first, of one connection (id or alias) or of all.
// Next is the cursor of the following page, empty on the last.
func (a *App) Runs(ref string, limit int, cursor string) (runs []host.Run, next string, err error) {
	query := journal.RunQuery{Limit: limit, Before: cursor}
	if ref != "" {
		connection, err := a.parts.Store.Connection(ref)
		if err != nil {
			return nil, "", err
		}
		query.Connection = connection.ID
	}
	runs, next, err = a.parts.Store.Runs(query)
	if err != nil {
		return nil, "", fmt.Errorf("read runs: %w", err)
	}
	for i := range runs {
		if active, ok := a.parts.Supervisor.Run(runs[i].ID); ok {
			runs[i] = active
		}
	}
	return runs, next, nil
}

// Run returns one run, live while it is active.
func (a *App) Run(id string) (host.Run, error) {
	if run, ok := a.parts.Supervisor.Run(id); ok {
		return run, nil
	}
	return a.parts.Store.Run(id)
}

// WaitRun returns the run when it has ended or ctx has.
func (a *App) WaitRun(ctx context.Context, id string) (host.Run, error) {
	if err := a.parts.Supervisor.Wait(ctx, id); err != nil {
		return host.Run{}, err
	}
	return a.Run(id)
}

// Cancel asks a run to stop. A run that has ended cannot be cancelled.
func (a *App) Cancel(ctx context.Context, id string) (host.Run, error) {
	return actor.Act(ctx, func(host.Actor) (host.Run, error) {
		if run, ok := a.parts.Supervisor.Cancel(id); ok {
			return run, nil
		}
		run, err := a.parts.Store.Run(id)
		if err != nil {
			return host.Run{}, err
		}
		return host.Run{}, host.Refused(host.CodeConflict, "", "run %s has already ended as %s", run.ID, run.Status)
	})
}

// knownStream refuses the name of a stream that neither the connector nor the store has. An
// empty answer would say that the stream has no records.
func (a *App) knownStream(ctx context.Context, connection host.Connection, name string) error {
	if name == "" {
		return nil
	}
	var infos []host.StreamInfo
	if connector, err := a.parts.Catalog.Lookup(ctx, connection.Connector); err == nil {
		infos = connector.Streams
	}
	streams, err := a.streams(connection.ID, infos)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(streams))
	for _, s := range streams {
		if s.Name == name {
			return nil
		}
		names = append(names, s.Name)
	}
	return host.NotFound("stream", name, fmt.Sprintf("%s has the streams %v.", connection.Alias, names))
}

// Events waits for events after the given number, until ctx ends. Progress
// of runs is collected for pace.
func (a *App) Events(ctx context.Context, after uint64, pace time.Duration) (events []event.Event, last uint64, reset bool) {
	return a.parts.Events.WaitPaced(ctx, after, pace)
}

// LastEvent returns the number of the newest event.
func (a *App) LastEvent() uint64 { return a.parts.Events.Last() }
