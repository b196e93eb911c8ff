package app

import (
	"context"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
)

// MakeDemo marks a new data directory as that of a demo, for ever.
func (a *App) MakeDemo(ctx context.Context) error {
	_, err := actor.Act(ctx, func(host.Actor) (struct{}, error) { return struct{}{}, a.parts.Store.MakeDemo(ctx) })
	return err
}

// Demo reports whether the records are of a company that does not exist.
func (a *App) Demo() (bool, error) {
	workspace, err := a.parts.Store.Workspace()
	return workspace.Demo, err
}

// SkipMissed stores when each connection is due next, as the scheduler does when it triggers a run. So
// the scheduler that starts afterwards does not make up for the times that have passed.
func (a *App) SkipMissed(ctx context.Context) error {
	return actor.Do(ctx, func(host.Actor) error {
		connections, err := a.parts.Store.Connections()
		if err != nil {
			return fmt.Errorf("read connections: %w", err)
		}
		for _, c := range connections {
			if c.Schedule == "" || c.Paused != nil {
				continue
			}
			next, err := scheduler.NextDue(c, a.parts.Location, time.Now())
			if err == nil {
				err = a.parts.Store.SetDue(c.ID, next)
			}
			if err != nil {
				return fmt.Errorf("plan %s: %w", c.Alias, err)
			}
		}
		return nil
	})
}
