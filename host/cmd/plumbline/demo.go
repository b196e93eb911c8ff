package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
)

// demoNote goes with everything that is shown of a demo.
const demoNote = "this company does not exist"

// demoFlags are the flags of the command demo.
type demoFlags struct {
	people int
	listen string
	dir    string
	once   bool
}

func (a *app) demoCommand() *cobra.Command {
	var flags demoFlags
	c := &cobra.Command{
		Use: "demo", Short: "Show a company that does not exist, with sixty days of history", Args: exactly(0),
		Long: "Makes a workspace for a simulated company, replays the company's last sixty days through real syncs, and serves\n" +
			"the web UI until interrupted. The connectors are the real ones. Simulated vendors on this machine answer them, and\n" +
			"nothing leaves the machine. The workspace is deleted at the end, unless --dir names a directory for it.\n" +
			"Every screen, every answer of the API and what every command prints is marked as a demo.",
		Example: "  plumbline demo\n  plumbline demo --people 2000 --dir /tmp/company",
	}
	c.Flags().IntVar(&flags.people, "people", 300, "people in the company, from 50 to 20000")
	c.Flags().StringVar(&flags.listen, "listen", "127.0.0.1:8420", "loopback address of the web UI")
	c.Flags().StringVar(&flags.dir, "dir", "", "an empty or new directory that keeps the workspace")
	c.Flags().BoolVar(&flags.once, "once", false, "make the workspace in --dir and end, without serving it")
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case flags.people < 50 || flags.people > 20000:
			return usagef("--people is %d: a company has 50 to 20000 people", flags.people)
		case flags.once && flags.dir == "":
			return usagef("--once keeps the workspace: name its directory with --dir")
		}
		return a.demo(c.Context(), flags)
	}
	return c
}

// demo makes the workspace and serves it.
func (a *app) demo(ctx context.Context, flags demoFlags) (err error) {
	dir, remove, err := demoDir(flags.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	company, err := startCompany(ctx, a.errs, filepath.Join(dir, "company"), flags.people)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, company.stop()) }()
	if err := company.lead(); err != nil {
		return err
	}
	config, err := boot.LoadConfig(boot.Sources{
		DataDir: filepath.Join(dir, "data"), ConfigHome: dir, Environ: demoEnviron(a.environ),
		Flags: map[string]string{
			"listen": flags.listen, "log.level": "warn", "secrets.key": "file",
			"sync.rates": "*=0", // the simulated vendors need no rest
		},
	})
	if err != nil {
		return err
	}
	began := time.Now()
	runs, err := a.replay(ctx, config, company)
	if err != nil {
		return err
	}
	if flags.once {
		return emit(a, demoReport{Dir: config.DataDir, Days: company.Days, Runs: runs}, func(w io.Writer, r demoReport) error {
			return say(w, "Made a workspace with %d days and %d syncs in %s.\n", r.Days, r.Runs, r.Dir)
		})
	}
	fmt.Fprintf(a.errs, "Replayed %d days with %d syncs in %s.\n", company.Days, runs, time.Since(began).Round(100*time.Millisecond))
	return a.serve(ctx, config, func(ctx context.Context, c *calls.Client) error { return a.invite(ctx, c, config.DataDir) })
}

// demoReport is what `plumbline demo --once` made.
type demoReport struct {
	Dir  string `json:"data_dir"`
	Days int    `json:"days"`
	Runs int    `json:"runs"`
}

// demoDir returns the directory of the workspace, and what removes it afterwards.
func demoDir(named string) (dir string, remove func() error, err error) {
	if named == "" {
		dir, err = os.MkdirTemp("", "plumbline-demo-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	if dir, err = filepath.Abs(named); err != nil {
		return "", nil, fmt.Errorf("find %s: %w", named, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, fmt.Errorf("make workspace: %w", err)
	}
	content, err := os.ReadDir(dir)
	if err != nil {
		return "", nil, fmt.Errorf("read workspace: %w", err)
	}
	if len(content) > 0 {
		return "", nil, usagef("%s is not empty: name a new directory for the demo", dir)
	}
	return dir, func() error { return nil }, nil
}

// demoEnviron returns the environment without what configures this machine's own agent.
func demoEnviron(environ []string) []string {
	var kept []string
	for _, pair := range environ {
		if !strings.HasPrefix(pair, "PLUMBLINE_") {
			kept = append(kept, pair)
		}
	}
	return kept
}

// invite prints a link to the web UI.
func (a *app) invite(ctx context.Context, c *calls.Client, dir string) error {
	link, err := c.CreateLink(ctx)
	if err != nil {
		return err
	}
	return emit(a, link, func(w io.Writer, link access.Link) error {
		return say(w, "\nOpen the demo (this link works once, for ten minutes):\n\n  %s\n\n"+
			"Commands in another terminal find it with\n\n  export PLUMBLINE_HOME=%s\n\nStop with Ctrl-C.\n", link.URL, dir)
	})
}
