package app

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
)

// Views returns the saved views of a page, by name.
func (a *App) Views(page string) ([]host.SavedView, error) { return a.parts.Store.Views(page) }

// SaveView stores a view for everyone who uses the workspace, in place of one of the same
// page and name.
func (a *App) SaveView(ctx context.Context, v host.SavedView) (host.SavedView, error) {
	return actor.Act(ctx, func(host.Actor) (host.SavedView, error) {
		if err := v.Validate(); err != nil {
			return host.SavedView{}, err
		}
		if err := a.parts.Store.SaveView(ctx, v); err != nil {
			return host.SavedView{}, err
		}
		a.parts.Events.Publish("view", v.Page, "changed")
		return v, nil
	})
}

// RemoveView deletes the view of a page that has this name.
func (a *App) RemoveView(ctx context.Context, page, name string) error {
	return actor.Do(ctx, func(host.Actor) error {
		if err := a.parts.Store.RemoveView(ctx, page, name); err != nil {
			return err
		}
		a.parts.Events.Publish("view", page, "changed")
		return nil
	})
}
