package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	usecase "github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/devbuild"
)

type devFlags struct {
	devbuild.Options
	attach   string
	sync     string
	dryRun   string
	test     string
	fixtures string
}

func (a *app) connectorDevCommand() *cobra.Command {
	var o devFlags
	c := &cobra.Command{
		Use: "dev [PATH]", Short: "Use a connector that you are working on, and reload it with every change", Args: atMost(1),
		Long: `Builds the connector at PATH (by default the current directory) and uses this
build instead of the connector's own program while the command runs. After every
change it builds and reloads the connector. When a build fails, or the program is
no connector, the command says why, and the last good program stays in use.
Ctrl-C ends the development, and the connector uses its own program again.

PATH is a Go package, a directory with one *.connector.yaml, a directory with a
build of its own (--build with --program), or a program file.

With --attach the command uses a process that you started yourself, for example
in a debugger, with PLUMBLINE_DEV=FILE in its environment. Nothing contains such
a process: it may do what you may, and the host never ends it.

With --dry-run the command reads a connection after every good build and shows what
a run would change in its records. Nothing is stored, and the connection may be one
that is in use. With --fixtures a recording answers, without a network.

Runs and records of a connector in development are marked, and are no evidence.
Use a connection that you add for the development. A change cancels a run that
--sync began; the command waits for the end of other runs.`,
		Example: `  plumbline connector dev ./acme
  plumbline connector dev acme-hr.connector.yaml --sync acme-trial
  plumbline connector dev acme-hr.connector.yaml --dry-run acme
  plumbline connector dev ./acme --test R,C --fixtures ./acme/fixtures
  plumbline connector dev ./py --build 'make acme' --program bin/acme
  plumbline connector dev --attach /tmp/acme.json --sync acme-trial`,
	}
	flags := c.Flags()
	flags.StringVar(&o.Build, "build", "", "command that builds it, run by the shell in PATH")
	flags.StringVar(&o.Program, "program", "", "file that --build writes, in PATH")
	flags.StringVar(&o.attach, "attach", "", "use the process that wrote this file: one started with PLUMBLINE_DEV=FILE")
	flags.StringVar(&o.sync, "sync", "", "sync this connection after every good build, and follow the run to its end")
	flags.StringVar(&o.dryRun, "dry-run", "", "after every good build, show what a run of this connection would change")
	flags.StringVar(&o.test, "test", "", "try these groups or cases of the conformance kit after every good build, such as D,R2")
	flags.StringVar(&o.fixtures, "fixtures", "", "directory of a recording, for --test and --dry-run")
	c.RunE = func(c *cobra.Command, args []string) error {
		source, err := o.source(args)
		if err != nil {
			return err
		}
		return a.dev(c.Context(), source, o)
	}
	return c
}

func (o devFlags) source(args []string) (devbuild.Source, error) {
	switch {
	case o.attach != "" && (len(args) > 0 || o.Build != "" || o.Program != ""):
		return devbuild.Source{}, usagef("with --attach there is nothing to build: leave PATH, --build and --program out")
	case o.attach != "" && o.test != "":
		return devbuild.Source{}, usagef("--test starts a program, and --attach has none to start")
	case o.fixtures != "" && o.test == "" && o.dryRun == "":
		return devbuild.Source{}, usagef("--fixtures belongs to --test or --dry-run")
	case o.attach != "" && o.dryRun != "" && o.fixtures != "":
		return devbuild.Source{}, usagef("a recording needs a program to start, and --attach has none")
	}
	if _, err := o.tests().chosen(); err != nil {
		return devbuild.Source{}, err
	}
	if o.attach != "" {
		return devbuild.File(o.attach)
	}
	return devbuild.Find(append(args, ".")[0], o.Options)
}

// tests are the flags of connector test for --test.
func (o devFlags) tests() conformance {
	return conformance{fixtures: o.fixtures, cases: strings.FieldsFunc(o.test, func(r rune) bool { return r == ',' || r == ' ' })}
}

// dev uses a connector in development until ctx ends.
func (a *app) dev(ctx context.Context, source devbuild.Source, o devFlags) (err error) {
	client, done, err := a.residing(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	scratch, err := os.MkdirTemp("", "plumbline-dev-")
	if err != nil {
		return fmt.Errorf("create directory to build in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	watch, err := source.Watch()
	if err != nil {
		return err
	}
	d := &developing{app: a, client: client, flags: o, source: source, watch: watch, scratch: scratch}
	d.say(devEvent{Event: "watching", Source: source.Path})
	keeping, release := context.WithCancel(ctx)
	kept := make(chan struct{})
	go func() { // ends with release
		defer close(kept)
		d.keep(keeping)
	}()
	err = d.loop(ctx)
	release()
	<-kept
	err = errors.Join(err, d.end(context.WithoutCancel(ctx)))
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// residing returns a client for a command that runs until it is interrupted: of the
// running agent, or of a host opened here, whose socket other commands use as an agent's.
func (a *app) residing(ctx context.Context) (*calls.Client, func() error, error) {
	config, err := a.config(nil)
	if err != nil {
		return nil, nil, err
	}
	if c, ok := a.attach(ctx, config.DataDir); ok {
		return c, func() error { return nil }, nil
	}
	options := a.options(config, "error")
	options.Socket = access.SocketPath(config.DataDir)
	h, server, err := open(ctx, options)
	if err != nil {
		return nil, nil, err
	}
	// The socket answers until the command has ended the development.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	listener, err := access.ListenSocket(serving, options.Socket, h.IsConnector, options.Logger)
	if err != nil {
		stop()
		return nil, nil, errors.Join(err, h.Close())
	}
	served := make(chan error, 1)
	go func() { served <- access.Serve(serving, listener, server.Handler()) }() // ends with stop
	if !a.json {
		fmt.Fprintln(a.errs, "No agent runs: this command stands in for it, and nothing is synced on schedule.")
	}
	return a.local(server), func() error {
		stop()
		return errors.Join(<-served, h.Close())
	}, nil
}

func (d *developing) use(ctx context.Context, program string) (host.Development, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	request := usecase.DevelopmentRequest{Program: program, Source: d.source.Name(), Attach: d.flags.attach != ""}
	if d.lease.ID != "" {
		after, err := d.client.ReloadDevelopment(ctx, d.lease.ID, request)
		if !ended(err) {
			if err == nil {
				d.lease, d.request = after, request
			}
			return after, err
		}
	}
	return d.startLocked(ctx, request)
}

func (d *developing) startLocked(ctx context.Context, request usecase.DevelopmentRequest) (host.Development, error) {
	started, err := d.client.StartDevelopment(ctx, request)
	if err == nil {
		d.lease, d.request = started, request
	}
	return started, err
}

// renew keeps the lease. It asks for a new lease when the old one ended, because this
// machine slept or the agent was started again.
func (d *developing) renew(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lease.ID == "" {
		return nil
	}
	_, err := d.client.RenewDevelopment(ctx, d.lease.ID)
	if ended(err) {
		_, err = d.startLocked(ctx, d.request)
	}
	return err
}

// end ends the lease, and the connector uses its own program again.
func (d *developing) end(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lease.ID == "" {
		return nil
	}
	err := d.client.EndDevelopment(ctx, d.lease.ID)
	if ended(err) {
		err = nil
	}
	if err == nil {
		d.say(devEvent{Event: "ended", Connector: d.lease.Connector, Source: d.source.Name()})
	}
	return err
}

// ended reports whether err says that the host no longer knows a lease.
func ended(err error) bool {
	var p *host.Problem
	return errors.As(err, &p) && p.Code == host.CodeNotFound
}
