package play

import (
	"context"
	"errors"

	"github.com/plumbline-dev/plumbline/host"

	"github.com/plumbline-dev/plumbline/build/chaos/upstream"
)

func upstreamFaults() []Fault {
	streams := []string{"connector.users.begin", "connector.users.page", "connector.devices.page", "connector.findings.page"}
	return []Fault{
		{
			Name: "network-cut", Moments: streams, status: notWhole, codes: "network. upstream.",
			inject: func(_ context.Context, w *World, _ *upstream.Visit) error { w.Upstream.Cut.Store(true); return nil },
			undo:   func(_ context.Context, w *World) error { w.Upstream.Cut.Store(false); return nil },
		},
		{
			Name: "unauthorized", Moments: streams, status: notWhole, codes: "auth.invalid",
			inject: func(_ context.Context, w *World, _ *upstream.Visit) error { w.Upstream.Refuse.Store(401); return nil },
			undo:   func(_ context.Context, w *World) error { w.Upstream.Refuse.Store(0); return nil },
		},
		{
			Name: "permission-withdrawn", Moments: streams[:2],
			status: []host.RunStatus{host.StatusPartial, host.StatusSucceeded}, codes: "permission.missing",
			inject: func(_ context.Context, w *World, _ *upstream.Visit) error {
				w.Model.Forbid("a", true)
				w.Model.Forbid("b", true)
				return nil
			},
			undo: allow,
		},
		{
			Name: "permission-missing", Moments: []string{""}, undo: allow,
			play: func(ctx context.Context, w *World) error {
				w.Model.Forbid("a", true)
				return w.disturbed(ctx, []host.RunStatus{host.StatusPartial}, "permission.missing")
			},
		},
		{
			Name: "oversize", Moments: []string{""},
			play: func(ctx context.Context, w *World) error {
				w.Model.Big(upstream.Users)
				return w.disturbed(ctx, []host.RunStatus{host.StatusPartial}, "limit.record_too_large")
			},
			undo: func(_ context.Context, w *World) error { w.Model.Drop(); return nil },
		},
		{
			Name: "tick-tie", Moments: []string{""},
			play: func(ctx context.Context, w *World) error {
				for range 3 {
					if err := w.disturbed(ctx, whole); err != nil {
						return err
					}
					w.Model.Late()
				}
				return w.disturbed(ctx, whole)
			},
		},
		{Name: "tick-overtaken", Moments: []string{""}, play: overtaken},
	}
}

// overtaken is a run in which something that the feed is past changes once more in
// the tick that is being read, and the next page reaches into a later one.
func overtaken(ctx context.Context, w *World) error {
	w.Model.Together(upstream.PageMost + 2)
	w.Upstream.Overtake.Store(true)
	err := w.disturbed(ctx, whole)
	if w.Upstream.Overtake.Load() {
		return errors.Join(err, errors.New("no page ended in the middle of the latest tick"))
	}
	return err
}

func allow(_ context.Context, w *World) error {
	w.Model.Forbid("a", false)
	w.Model.Forbid("b", false)
	return nil
}
