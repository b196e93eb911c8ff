package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	usecase "github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/workshop"
	"github.com/plumbline-dev/plumbline/sdk/conform"
)

// renewEvery is a third of the shortest time after which the host takes who does not
// renew for gone.
const renewEvery = 5 * time.Second

// errChanged ends what is done with a program that is not the newest any more.
var errChanged = errors.New("the connector changed")

// developing is one connector dev under way.
type developing struct {
	app     *app
	client  *api.Client
	flags   devFlags
	source  workshop.Source
	watch   *workshop.Watch
	scratch string
	used    string         // hash of the program in use; the loop's alone
	last    host.Connector // as it described itself; the loop's alone

	mu      sync.Mutex
	lease   host.Development
	request usecase.DevelopmentRequest // what the host uses

	sayMu sync.Mutex // one event after the other
}

// loop builds, uses and tries the connector after every change.
func (d *developing) loop(ctx context.Context) error {
	for {
		good, err := d.reload(ctx)
		if err != nil {
			return err
		}
		work, stop := context.WithCancelCause(ctx)
		tried := make(chan struct{})
		go func() { // ends with stop at the latest
			defer close(tried)
			if good != "" {
				d.try(work, good)
			}
		}()
		changed, err := d.watch.Next(ctx)
		stop(errChanged)
		<-tried
		if err != nil {
			return err
		}
		for i, path := range changed {
			if rel, err := filepath.Rel(d.source.Path, path); err == nil && rel != "." {
				changed[i] = rel
			}
		}
		d.say(devEvent{Event: "changed", Files: changed})
	}
}

// reload builds the program and has the host use it. It returns the program when
// there is a new one to try. What is wrong with what the author wrote is said and
// is no error.
func (d *developing) reload(ctx context.Context) (string, error) {
	if err := d.watch.Begin(); err != nil {
		return "", err
	}
	built, err := d.source.Build(ctx, d.scratch)
	if err := errors.Join(d.watch.Built(built), ctx.Err()); err != nil {
		return "", err
	}
	var failed *workshop.BuildError
	switch {
	case errors.As(err, &failed) && d.flags.attach != "":
		d.say(devEvent{Event: "waiting", Source: d.source.Path, Connector: d.last.ID})
		return "", nil
	case errors.As(err, &failed):
		d.say(devEvent{Event: "build_failed", Output: failed.Output, Connector: d.last.ID})
		return "", nil
	case err != nil:
		return "", err
	}
	if built.SHA256 == d.used {
		d.say(devEvent{Event: "unchanged", Seconds: built.Took.Seconds()})
		return "", nil
	}
	return d.take(ctx, built)
}

// take has the host use what was built.
func (d *developing) take(ctx context.Context, built workshop.Built) (string, error) {
	if d.source.Builds() {
		d.say(devEvent{Event: "built", Seconds: built.Took.Seconds()})
	}
	before := d.known(ctx)
	development, err := d.use(ctx, built.Program)
	if err != nil {
		return "", d.refused(ctx, err)
	}
	now, err := d.client.Connector(ctx, development.Connector)
	if err != nil {
		return "", d.refused(ctx, err)
	}
	event := devEvent{Event: "used", Connector: now.ID, Version: now.Version, Development: &development}
	if old, ok := before[now.ID]; ok {
		event.Event, event.Changes = "reloaded", differences(old, now)
		if development.Reloads == 0 {
			event.Event, event.Replaces = "used", strings.TrimSpace(old.Version+" "+trustWord(old))
		}
	}
	d.last, d.used = now, built.SHA256
	d.say(event)
	return built.Program, nil
}

// known returns the connectors that a program could take the place of.
func (d *developing) known(ctx context.Context) map[string]host.Connector {
	if d.last.ID != "" {
		return map[string]host.Connector{d.last.ID: d.last}
	}
	known := map[string]host.Connector{}
	all, err := d.client.Connectors(ctx)
	if err != nil {
		return known // it is asked for to compare with, and no more
	}
	for _, c := range all {
		if c.Problem == nil {
			known[c.ID] = c
		}
	}
	return known
}

// refused says why the host did not take a program. What is not the author's to mend
// is an error.
func (d *developing) refused(ctx context.Context, err error) error {
	var p *host.Problem
	if ctx.Err() != nil || !errors.As(err, &p) || p.Code == host.CodeUnreachable || p.Code == host.CodeForbidden || p.Code == host.CodeBusy {
		return err
	}
	d.say(devEvent{Event: "refused", Problem: p, Connector: d.last.ID})
	return nil
}

// keep renews the lease until ctx ends.
func (d *developing) keep(ctx context.Context) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	lost := false
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		err := d.renew(ctx)
		if ctx.Err() == nil && (err != nil) != lost {
			lost = err != nil
			d.say(devEvent{Event: map[bool]string{true: "lost", false: "found"}[lost], Problem: problemIn(err)})
		}
	}
}

func problemIn(err error) *host.Problem {
	if err == nil {
		return nil
	}
	return host.AsProblem(err)
}

// try tests the program and syncs with it, as far as the author asked for it.
func (d *developing) try(ctx context.Context, program string) {
	if d.flags.test != "" {
		if err := d.test(ctx, program); err != nil {
			d.stumbled(ctx, err)
		}
	}
	if d.flags.sync != "" && ctx.Err() == nil {
		if err := d.sync(ctx); err != nil {
			d.stumbled(ctx, err)
		}
	}
}

// stumbled says why something could not be tried, unless nobody wants it any more.
func (d *developing) stumbled(ctx context.Context, err error) {
	if ctx.Err() == nil {
		d.say(devEvent{Event: "not_tried", Problem: host.AsProblem(err)})
	}
}

// test tries cases of the conformance kit.
func (d *developing) test(ctx context.Context, program string) error {
	o := d.flags.tests()
	cases, err := o.chosen()
	if err != nil {
		return err
	}
	config, err := d.app.kitFor(o, program)
	if err != nil {
		return err
	}
	began := time.Now()
	results := conform.Run(ctx, config, cases, func(conform.Result) {})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	report := newConformanceReport(program, results, time.Since(began))
	d.say(devEvent{Event: "tested", Tests: &report})
	return nil
}

// sync starts a run and follows it. One that is under way already is waited for.
func (d *developing) sync(ctx context.Context) error {
	for {
		run, err := d.client.Sync(ctx, d.flags.sync, usecase.SyncRequest{})
		if p := new(host.Problem); errors.As(err, &p) && p.Code == host.CodeBusy {
			if err = d.await(ctx); err == nil {
				continue
			}
		}
		if err != nil {
			return err
		}
		if run, err = d.app.follow(ctx, d.client, run); err != nil {
			return err
		}
		d.say(devEvent{Event: "run", Run: &run})
		return nil
	}
}

// await waits for the end of the run that somebody else began.
func (d *developing) await(ctx context.Context) error {
	status, err := d.client.Connection(ctx, d.flags.sync)
	if err != nil {
		return err
	}
	if status.LastRun == nil || status.LastRun.Status.Final() {
		return nil
	}
	_, err = watch(ctx, d.client, *status.LastRun, &steps{app: d.app})
	return err
}

// devEvent is something an author wants to know; with --json a line each.
type devEvent struct {
	At          time.Time          `json:"at"`
	Event       string             `json:"event"`
	Source      string             `json:"source,omitempty"`
	Files       []string           `json:"files,omitempty"` // that changed, relative to source
	Seconds     float64            `json:"seconds,omitempty"`
	Output      string             `json:"output,omitempty"` // of the build
	Connector   string             `json:"connector,omitempty"`
	Version     string             `json:"version,omitempty"`
	Replaces    string             `json:"replaces,omitempty"` // version and trust of what was there
	Changes     []string           `json:"changes,omitempty"`  // in what it says of itself
	Development *host.Development  `json:"development,omitempty"`
	Run         *host.Run          `json:"run,omitempty"`
	Tests       *conformanceReport `json:"tests,omitempty"`
	Problem     *host.Problem      `json:"problem,omitempty"`
}

// say tells the author.
func (d *developing) say(e devEvent) {
	d.sayMu.Lock()
	defer d.sayMu.Unlock()
	e.At = time.Now()
	if !d.app.json {
		fmt.Fprint(d.app.out, e.text())
		return
	}
	if err := printJSONLine(d.app.out, e); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
