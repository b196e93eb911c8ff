package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/plumbline-dev/plumbline/frontend"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	usecase "github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
)

// app is one invocation: where it reads and writes, and the global flags.
type app struct {
	in      *os.File
	out     io.Writer // both show hidden characters as escapes
	errs    io.Writer
	screen  *os.File // standard error itself, to draw on
	environ []string

	dataDir    string
	configFile string
	json       bool
}

func (a *app) command() *cobra.Command {
	root := group("plumbline", "Connects a company's systems to its compliance work")
	root.Long = "Plumbline reads a company's systems through connectors, keeps the records with their history,\n" +
		"and says honestly how healthy each connection is.\n\n" +
		"Commands work through the running agent, or open the data directory themselves when none runs."
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetOut(a.out)
	root.SetErr(a.errs)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	flags := root.PersistentFlags()
	flags.StringVar(&a.dataDir, "data-dir", "", "where everything is kept (default $PLUMBLINE_HOME or the user's data directory)")
	flags.StringVar(&a.configFile, "config", "", "configuration file (default $PLUMBLINE_CONFIG, DATA-DIR/config.yaml or the user's)")
	flags.BoolVar(&a.json, "json", false, "print JSON; errors are problem+json on standard error")
	root.AddCommand(
		a.agentCommand(), a.openCommand(),
		a.connectorCommand(), a.connectionCommand(), a.runCommand(), a.recordCommand(), a.changeCommand(), a.changesCommand(),
		a.auditCommand(), a.holdCommand(), a.verifyCommand(), a.backupCommand(),
		a.statusCommand(), a.doctorCommand(), a.configCommand(), a.versionCommand(), a.openAPICommand(),
	)
	return root
}

// group is a command that only holds others. Without a subcommand it shows its
// help; an unknown one is an error and not a reason to show help and succeed.
func group(use, short string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return usagef("unknown command %q for %q; see `%s --help`", args[0], c.CommandPath(), c.CommandPath())
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
}

// exactly wraps cobra's rule, so that a wrong number of arguments is a usage
// error that shows the usage line.
func exactly(n int) cobra.PositionalArgs { return asUsage(cobra.ExactArgs(n)) }

func atMost(n int) cobra.PositionalArgs { return asUsage(cobra.MaximumNArgs(n)) }

func asUsage(rule cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := rule(c, args); err != nil {
			return usagef("%v\nUsage: %s", err, c.UseLine())
		}
		return nil
	}
}

func (a *app) config(flags map[string]string) (boot.Config, error) {
	return boot.LoadConfig(boot.Sources{DataDir: a.dataDir, File: a.configFile, Environ: a.environ, Flags: flags})
}

// client connects to the agent that owns the data directory, or opens the
// data directory here. done must be called when the client is no longer needed.
func (a *app) client(ctx context.Context) (c *api.Client, done func() error, err error) {
	config, err := a.config(nil)
	if err != nil {
		return nil, nil, err
	}
	if c, ok := api.Attach(ctx, config.DataDir); ok {
		return c, func() error { return nil }, nil
	}
	e, err := boot.Open(ctx, boot.Options{Config: config, Program: "command", Version: version, Logger: a.logger("warn")})
	if err != nil {
		return nil, nil, err
	}
	server, err := newServer(e.App)
	if err != nil {
		return nil, nil, errors.Join(err, e.Close())
	}
	return api.Local(server.Handler()), e.Close, nil
}

func newServer(e *usecase.App) (*api.Server, error) {
	screens, err := frontend.Screens()
	if err != nil {
		return nil, err
	}
	return api.New(e, version, screens)
}

// with runs work with a client and closes it afterwards.
func (a *app) with(ctx context.Context, work func(*api.Client) error) (err error) {
	c, done, err := a.client(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	return work(c)
}

func (a *app) logger(level string) *slog.Logger {
	var l slog.Level
	// The configuration has been checked; an unknown word would log as info.
	_ = l.UnmarshalText([]byte(level))
	return slog.New(slog.NewTextHandler(a.errs, &slog.HandlerOptions{Level: l}))
}

// onTerminal reports whether a person watches standard error.
func (a *app) onTerminal() bool { return !a.json && term.IsTerminal(int(a.screen.Fd())) }
