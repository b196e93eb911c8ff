package main

import (
	"context"
	"errors"

	"github.com/plumbline-dev/plumbline/host"
)

// upstreamFaults are vendors and networks that misbehave.
func upstreamFaults() []fault {
	streams := []string{"connector.users.begin", "connector.users.page", "connector.devices.page", "connector.findings.page"}
	return []fault{
		{
			name: "network-cut", moments: streams, status: notWhole, codes: []string{"network.", "upstream."},
			inject: func(_ context.Context, w *world, _ *visit) error { w.upstream.cut.Store(true); return nil },
			undo:   func(_ context.Context, w *world) error { w.upstream.cut.Store(false); return nil },
		},
		{
			name: "unauthorized", moments: streams, status: notWhole, codes: []string{"auth.invalid"},
			inject: func(_ context.Context, w *world, _ *visit) error { w.upstream.refuse.Store(401); return nil },
			undo:   func(_ context.Context, w *world) error { w.upstream.refuse.Store(0); return nil },
		},
		{
			name: "permission-withdrawn", moments: []string{"connector.users.begin", "connector.users.page"}, status: []host.RunStatus{host.StatusPartial, host.StatusSucceeded}, codes: []string{"permission.missing"},
			inject: func(_ context.Context, w *world, _ *visit) error {
				w.model.forbid("a", true)
				w.model.forbid("b", true)
				return nil
			},
			undo: allow,
		},
		{
			name: "permission-missing", moments: []string{""}, undo: allow,
			play: func(ctx context.Context, w *world) error {
				w.model.forbid("a", true)
				return w.disturbed(ctx, []host.RunStatus{host.StatusPartial}, "permission.missing")
			},
		},
		{
			name: "oversize", moments: []string{""},
			play: func(ctx context.Context, w *world) error {
				w.model.big(users)
				return w.disturbed(ctx, []host.RunStatus{host.StatusPartial}, "limit.record_too_large")
			},
			undo: func(_ context.Context, w *world) error { w.model.drop(); return nil },
		},
		{
			name: "tick-tie", moments: []string{""},
			play: func(ctx context.Context, w *world) error {
				for range 3 {
					if err := w.disturbed(ctx, whole); err != nil {
						return err
					}
					w.model.late()
				}
				return w.disturbed(ctx, whole)
			},
		},
		{name: "tick-overtaken", moments: []string{""}, play: overtaken},
	}
}

// overtaken is a run in which something that the feed is past changes once more in
// the tick that is being read, and the next page reaches into a later one.
func overtaken(ctx context.Context, w *world) error {
	w.model.together(pageMost + 2)
	w.upstream.overtake.Store(true)
	err := w.disturbed(ctx, whole)
	if w.upstream.overtake.Load() {
		return errors.Join(err, errors.New("no page ended in the middle of the latest tick"))
	}
	return err
}

func allow(_ context.Context, w *world) error {
	w.model.forbid("a", false)
	w.model.forbid("b", false)
	return nil
}
