package app

import (
	"context"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/check"
)

// LimitChecks makes the bounds of checks small.
func (a *App) LimitChecks(timeout time.Duration, atOnce, kept int) {
	a.checks.Limit(check.Limits{Timeout: timeout, AtOnce: atOnce, Kept: kept})
}

// LookAtDisk is what upkeep does every few seconds.
func (a *App) LookAtDisk() { a.upkeep.LookAtDisk() }

// Tend is what upkeep does in a quiet moment.
func (a *App) Tend(ctx context.Context) error { return a.upkeep.Tend(ctx, false) }

// MakeDue makes a connection due a moment ago.
func (a *App) MakeDue(connection string) error {
	defer a.wakeScheduler()
	return a.store.SetDue(connection, time.Now().Add(-time.Minute))
}

// PauseAfter is what follows a run after which the supervisor gives up.
func (a *App) PauseAfter(run host.Run, pause host.Pause) { a.supervisor.PauseAfter(run, pause) }

// Marked is marked.
func (a *App) Marked(records []host.Record) error { return a.marked(records) }
