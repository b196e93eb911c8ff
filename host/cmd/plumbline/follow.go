package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
)

// follow waits for a run to end and shows its steps on a terminal meanwhile. An
// interrupt cancels the run and waits for its end.
func (a *app) follow(ctx context.Context, c *calls.Client, r host.Run) (host.Run, error) {
	screen := &steps{app: a, live: a.onTerminal()}
	defer screen.done()
	run, err := watch(ctx, c, r, screen)
	if ctx.Err() == nil {
		return run, err
	}
	// The caller's context is gone; the run must still be asked to stop.
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	fmt.Fprintln(a.errs, "cancelling …")
	if _, err := c.CancelRun(ending, r.ID); err != nil {
		return run, err
	}
	if _, err := watch(ending, c, r, screen); err != nil {
		return run, err
	}
	return run, context.Cause(ctx)
}

// watch reads the run after every hint until it has ended.
func watch(ctx context.Context, c *calls.Client, r host.Run, screen *steps) (host.Run, error) {
	hints, err := c.Events(ctx, 0, operation.WaitParam{})
	if err != nil {
		return r, err
	}
	for {
		now, err := c.Run(ctx, r.ID)
		if err != nil {
			return r, err
		}
		r = now
		screen.show(r)
		if r.Status.Final() {
			return r, nil
		}
		if hints, err = c.Events(ctx, hints.Last, operation.WaitParam{Wait: "10s"}); err != nil {
			return r, err
		}
	}
}

// steps redraws the steps of a run in place.
type steps struct {
	app   *app
	live  bool
	lines int
}

func (s *steps) show(r host.Run) {
	if !s.live {
		return
	}
	var b strings.Builder
	if s.lines > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\x1b[J", s.lines)
	}
	fmt.Fprintf(&b, "%s  %s\n", display.Visible(r.Alias), word(r.Status))
	for _, step := range r.Steps {
		fmt.Fprintln(&b, stepLine(step))
	}
	s.lines = len(r.Steps) + 1
	fmt.Fprint(s.app.screen, b.String())
}

// done clears what was drawn: the outcome is printed by the caller.
func (s *steps) done() {
	if s.live && s.lines > 0 {
		fmt.Fprintf(s.app.screen, "\x1b[%dA\x1b[J", s.lines)
	}
}
