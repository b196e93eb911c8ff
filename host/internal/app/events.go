package app

import (
	"context"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/event"
)

// Events waits for events after the given number, until ctx ends. Progress
// of runs is collected for pace.
func (a *App) Events(ctx context.Context, after uint64, pace time.Duration) (events []event.Event, last uint64, reset bool) {
	return a.parts.Events.WaitPaced(ctx, after, pace)
}

// LastEvent returns the number of the newest event.
func (a *App) LastEvent() uint64 { return a.parts.Events.Last() }
