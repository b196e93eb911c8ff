package engine

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
)

// FeedLatest stands for the position behind everything there is.
const FeedLatest = "latest"

// Feed returns changes of all connections behind a position, oldest first, and
// the position to go on from. When there are none it waits for one until ctx
// ends. Empty is the beginning of what is kept.
func (e *Engine) Feed(ctx context.Context, after string, limit int) ([]host.FeedChange, string, error) {
	if after == FeedLatest {
		end, err := e.store.FeedEnd()
		return nil, end, err
	}
	for {
		news := e.store.FeedNews() // before looking, so that nothing falls between
		changes, next, err := e.store.Feed(context.WithoutCancel(ctx), after, limit)
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
func (e *Engine) Hold(h host.Hold) (host.Hold, error) {
	connection, err := e.store.Connection(h.Connection)
	if err != nil {
		return host.Hold{}, err
	}
	h.Connection = connection.ID
	return e.store.Hold(h)
}

// Holds returns all holds, oldest first.
func (e *Engine) Holds() ([]host.Hold, error) { return e.store.Holds() }

// Release ends a hold.
func (e *Engine) Release(id string) error { return e.store.Release(id) }
