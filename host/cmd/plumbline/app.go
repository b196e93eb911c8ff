package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/plumbline-dev/plumbline/frontend"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
)

// app is one invocation: its streams and the global flags.
type app struct {
	in      *os.File
	out     io.Writer // shows hidden characters as escapes, as errs does
	errs    io.Writer
	screen  *os.File // standard error itself, to draw on
	environ []string

	dataDir    string
	configFile string
	json       bool

	demoSeen atomic.Bool // an answer was of a demo
}

func (a *app) command() *cobra.Command {
	root := group("plumbline", "Connects a company's systems to its compliance work")
	root.Long = "Plumbline reads a company's systems through connectors, keeps their records with the history of each record,\n" +
		"and shows the health of each connection.\n\n" +
		"A command works through the running agent. When no agent runs, it opens the data directory itself.\n\n" + exitCodes
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetOut(a.out)
	root.SetErr(a.errs)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usagef("%v\nUsage: %s", err, c.UseLine()) })
	flags := root.PersistentFlags()
	flags.StringVar(&a.dataDir, "data-dir", "", "data directory (default $PLUMBLINE_HOME or the user's data directory)")
	flags.StringVar(&a.configFile, "config", "", "configuration file (default $PLUMBLINE_CONFIG, DATA-DIR/config.yaml or the user's)")
	flags.BoolVar(&a.json, "json", false, "print JSON; errors are problem+json on standard error")
	root.AddCommand(
		a.agentCommand(), a.demoCommand(), a.openCommand(),
		a.connectorCommand(), a.connectionCommand(), a.runCommand(), a.recordCommand(), a.changeCommand(), a.changesCommand(), a.exportCommand(),
		a.evidenceCommand(),
		a.accountsCommand(), a.peopleCommand(), a.linkCommand(), a.unlinkCommand(), a.scopeCommand(),
		a.auditCommand(), a.holdCommand(), a.viewCommand(), a.draftCommand(), a.verifyCommand(), a.backupCommand(),
		a.statusCommand(), a.attentionCommand(), a.insightsCommand(), a.testCommand(), a.summaryCommand(), a.mcpCommand(),
		a.notificationCommand(),
		a.serviceCommand(), a.doctorCommand(), a.configCommand(), a.versionCommand(), a.openAPICommand(),
	)
	return root
}

func (a *app) config(flags map[string]string) (boot.Config, error) {
	return boot.LoadConfig(boot.Sources{DataDir: a.dataDir, File: a.configFile, Environ: a.environ, Flags: flags})
}

// options are those of a command that opens the data directory itself.
func (a *app) options(config boot.Config, level string) boot.Options {
	return boot.Options{Config: config, Program: "command", Version: version, Logger: a.logger(level)}
}

func open(ctx context.Context, options boot.Options) (*boot.Host, *api.Server, error) {
	h, err := boot.Open(ctx, options)
	if err != nil {
		return nil, nil, err
	}
	screens, err := frontend.Screens()
	if err != nil {
		return nil, nil, errors.Join(err, h.Close())
	}
	server, err := api.New(h.App, version, screens)
	if err != nil {
		return nil, nil, errors.Join(err, h.Close())
	}
	return h, server, nil
}

// attach returns a client of the agent that owns the data directory, if one answers.
func (a *app) attach(ctx context.Context, dir string) (*calls.Client, bool) {
	client, ok := calls.Attach(ctx, dir)
	if !ok {
		return nil, false
	}
	return client.OnDemo(a.markDemo), true
}

// local returns a client of a host that this program has opened.
func (a *app) local(server *api.Server) *calls.Client {
	return calls.Local(server.Handler()).OnDemo(a.markDemo)
}

// markDemo says once on standard error that what is printed is of a demo. JSON has a member demo.
func (a *app) markDemo() {
	if !a.demoSeen.Swap(true) && !a.json {
		fmt.Fprintln(a.errs, "Demo: "+demoNote)
	}
}

// with runs work with a client of the agent that owns the data directory, or of
// a host that it opens here and closes afterwards.
func (a *app) with(ctx context.Context, work func(*calls.Client) error) (err error) {
	config, err := a.config(nil)
	if err != nil {
		return err
	}
	if agent, ok := a.attach(ctx, config.DataDir); ok {
		return work(agent)
	}
	h, server, err := open(ctx, a.options(config, "warn"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	return work(a.local(server))
}

func (a *app) logger(level string) *slog.Logger {
	var l slog.Level
	// The configuration has checked the word; an unknown one would mean info.
	_ = l.UnmarshalText([]byte(level))
	return slog.New(slog.NewTextHandler(a.errs, &slog.HandlerOptions{Level: l}))
}

// onTerminal reports whether a person watches standard error.
func (a *app) onTerminal() bool { return !a.json && term.IsTerminal(int(a.screen.Fd())) }

// canAsk reports whether a person can answer a question on standard input.
func (a *app) canAsk() bool { return !a.json && term.IsTerminal(int(a.in.Fd())) }
