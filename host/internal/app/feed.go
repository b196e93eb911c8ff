package app

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
)

// FeedLatest stands for the position behind everything there is.
const FeedLatest = "latest"

// Feed returns changes of all connections behind a position, oldest first, and
// the position to go on from. When there are none it waits for one until ctx
// ends. Empty is the beginning of what is kept.
func (a *App) Feed(ctx context.Context, after string, limit int) ([]host.FeedChange, string, error) {
	if after == FeedLatest {
		end, err := a.store.FeedEnd()
		return nil, end, err
	}
	for {
		news := a.store.FeedNews() // before looking, so that nothing falls between
		changes, next, err := a.store.Feed(context.WithoutCancel(ctx), after, limit)
		if err != nil || len(changes) > 0 {
			return changes, next, err
		}
		select {
		case <-ctx.Done():
			return nil, next, nil
		case <-news:
		}
	}
}

// Hold keeps what was valid in a span of time, whatever the retention says, until
// it is released. Whatever refers to records of the past makes one first.
func (a *App) Hold(ctx context.Context, h host.Hold) (host.Hold, error) {
	return act(ctx, func(host.Actor) (host.Hold, error) {
		connection, err := a.store.Connection(h.Connection)
		if err != nil {
			return host.Hold{}, err
		}
		h.Connection = connection.ID
		return a.store.Hold(ctx, h)
	})
}

// Holds returns all holds, oldest first.
func (a *App) Holds() ([]host.Hold, error) { return a.store.Holds() }

// Release ends a hold.
func (a *App) Release(ctx context.Context, id string) error {
	return do(ctx, func(host.Actor) error {
		return a.store.Release(ctx, id)
	})
}
