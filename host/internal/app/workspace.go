package app

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
)

// MakeDemo marks a new data directory as that of a demo, for ever.
func (a *App) MakeDemo(ctx context.Context) error {
	_, err := act(ctx, func(host.Actor) (struct{}, error) { return struct{}{}, a.parts.Store.MakeDemo(ctx) })
	return err
}
