package app

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
)

// Task returns a task once it is past version, has ended, or ctx ends.
func (a *App) Task(ctx context.Context, id string, version int) (host.Task, error) {
	return a.parts.Tasks.Get(ctx, id, version)
}

// Tasks returns the tasks under way and those that ended lately, newest first: of one kind,
// or of all when kind is empty.
func (a *App) Tasks(kind string) []host.Task { return a.parts.Tasks.List(kind) }

// CancelTask asks a task to stop. What it was making is removed.
func (a *App) CancelTask(ctx context.Context, id string) (host.Task, error) {
	return actor.Act(ctx, func(host.Actor) (host.Task, error) {
		return a.parts.Tasks.Cancel(id)
	})
}
