package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	usecase "github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/devbuild"
	"github.com/plumbline-dev/plumbline/sdk/conform"
)

// renewEvery is a third of the time after which the host ends a lease that nothing renews.
const renewEvery = 5 * time.Second

// errChanged ends the work with a program that is no longer the newest.
var errChanged = errors.New("the connector changed")

// developing is one connector dev under way.
type developing struct {
	app     *app
	client  *calls.Client
	flags   devFlags
	source  devbuild.Source
	watch   *devbuild.Watch
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

// reload builds the program and asks the host to use it. It returns the program when
// a new one is to be tried. It reports the author's mistakes as events; they are no
// errors of the command.
func (d *developing) reload(ctx context.Context) (string, error) {
	if err := d.watch.Begin(); err != nil {
		return "", err
	}
	built, err := d.source.Build(ctx, d.scratch)
	if err := errors.Join(d.watch.Built(built), ctx.Err()); err != nil {
		return "", err
	}
	var failed *devbuild.BuildError
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

func (d *developing) take(ctx context.Context, built devbuild.Built) (string, error) {
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

// known returns the connectors that a program may replace.
func (d *developing) known(ctx context.Context) map[string]host.Connector {
	if d.last.ID != "" {
		return map[string]host.Connector{d.last.ID: d.last}
	}
	known := map[string]host.Connector{}
	all, err := d.client.Connectors(ctx)
	if err != nil {
		return known // take only compares with them
	}
	for _, c := range all {
		if c.Problem == nil {
			known[c.ID] = c
		}
	}
	return known
}

// refused says why the host did not take a program. A problem that the author of the
// connector cannot correct is an error.
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
			if lost = err != nil; lost {
				d.say(devEvent{Event: "lost", Problem: host.AsProblem(err)})
			} else {
				d.say(devEvent{Event: "found"})
			}
		}
	}
}

func (d *developing) try(ctx context.Context, program string) {
	if d.flags.test != "" {
		if err := d.test(ctx, program); err != nil {
			d.stumbled(ctx, err)
		}
	}
	if d.flags.dryRun != "" && ctx.Err() == nil {
		if err := d.dryRun(ctx, program); err != nil {
			d.stumbled(ctx, err)
		}
	}
	if d.flags.sync != "" && ctx.Err() == nil {
		if err := d.sync(ctx); err != nil {
			d.stumbled(ctx, err)
		}
	}
}

// stumbled says why something could not be tried, unless ctx has ended.
func (d *developing) stumbled(ctx context.Context, err error) {
	if ctx.Err() == nil {
		d.say(devEvent{Event: "not_tried", Problem: host.AsProblem(err)})
	}
}

func (d *developing) test(ctx context.Context, program string) error {
	o := d.flags.tests()
	cases, err := o.chosen()
	if err != nil {
		return err
	}
	config, err := d.app.kitFor(ctx, o, program)
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

// dryRun says what a run with the program would change.
func (d *developing) dryRun(ctx context.Context, program string) (err error) {
	var tried host.DryRun
	if d.flags.fixtures == "" {
		tried, err = d.app.dryRun(ctx, d.client, d.flags.dryRun)
	} else {
		var config conform.Config
		if config, err = d.app.kitFor(ctx, conformance{fixtures: d.flags.fixtures}, program); err == nil {
			tried, err = dryRunOf(ctx, d.client, d.flags.dryRun, d.last, config)
		}
	}
	if err != nil {
		return err
	}
	d.say(devEvent{Event: "dry_run", Connector: d.last.ID, DryRun: &tried})
	return nil
}

// sync starts a run and follows it. It waits first for a run that goes on already.
func (d *developing) sync(ctx context.Context) error {
	for {
		run, err := d.client.Sync(ctx, d.flags.sync, connections.SyncRequest{})
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

// await waits for the end of a run that another command or the schedule began.
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

// devEvent is a line of the command's output with --json.
type devEvent struct {
	At          time.Time          `json:"at"`
	Event       string             `json:"event"`
	Source      string             `json:"source,omitempty"`
	Files       []string           `json:"files,omitempty"` // that changed, relative to source
	Seconds     float64            `json:"seconds,omitempty"`
	Output      string             `json:"output,omitempty"` // of the build
	Connector   string             `json:"connector,omitempty"`
	Version     string             `json:"version,omitempty"`
	Replaces    string             `json:"replaces,omitempty"` // version and trust of the program before
	Changes     []string           `json:"changes,omitempty"`  // in how it describes itself
	Development *host.Development  `json:"development,omitempty"`
	Run         *host.Run          `json:"run,omitempty"`
	DryRun      *host.DryRun       `json:"dry_run,omitempty"`
	Tests       *conformanceReport `json:"tests,omitempty"`
	Problem     *host.Problem      `json:"problem,omitempty"`
}

func (d *developing) say(e devEvent) {
	d.sayMu.Lock()
	defer d.sayMu.Unlock()
	e.At = time.Now()
	var err error
	if d.app.json {
		err = d.app.printJSONLine(e)
	} else {
		err = say(d.app.out, "%s", e.text())
	}
	if err != nil {
		fmt.Fprintln(d.app.errs, "error: print event:", err)
	}
}
