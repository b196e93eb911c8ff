package app

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
)

// FeedLatest stands for the position behind the latest change.
const FeedLatest = "latest"

// Feed returns changes of all connections behind a position, oldest first, and
// the position to go on from. When there are none it waits for one until ctx
// ends. Empty is the beginning of what is kept.
func (a *App) Feed(ctx context.Context, after string, limit int) ([]host.FeedChange, string, error) {
	if after == FeedLatest {
		end, err := a.parts.Store.FeedEnd()
		return nil, end, err
	}
	for {
		news := a.parts.Store.FeedNews() // before the feed is read, so that no change is missed
		changes, next, err := a.parts.Store.Feed(context.WithoutCancel(ctx), after, limit)
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

// Hold keeps what was valid in a span of time, beyond the retention, until it is released.
func (a *App) Hold(ctx context.Context, h host.Hold) (host.Hold, error) {
	return actor.Act(ctx, func(host.Actor) (host.Hold, error) {
		if err := host.ValidateReason(h.Reason); err != nil {
			return host.Hold{}, err
		}
		connection, err := a.parts.Store.Connection(h.Connection)
		if err != nil {
			return host.Hold{}, err
		}
		h.Connection = connection.ID
		return a.parts.Store.Hold(ctx, h)
	})
}

// Holds returns all holds, oldest first.
func (a *App) Holds() ([]host.Hold, error) { return a.parts.Store.Holds() }

// Release ends a hold.
func (a *App) Release(ctx context.Context, id string) error {
	return actor.Do(ctx, func(host.Actor) error {
		return a.parts.Store.Release(ctx, id)
	})
}
