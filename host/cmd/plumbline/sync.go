package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

type syncFlags struct {
	all, noWait, full, confirm, yes, dry bool
}

func (a *app) connectionSyncCommand() *cobra.Command {
	var flags syncFlags
	c := &cobra.Command{
		Use: "sync ALIAS...", Short: "Sync connections now and wait for the outcome",
		Long: "Starts a run of each connection and waits until all have ended. Ctrl-C cancels them; the records read until then\n" +
			"are kept. When a name is unknown, nothing is started.\n" +
			"With --dry-run the connections are read as a run reads them, one after the other, and compared with what is stored;\n" +
			"nothing is stored.\n" +
			"The exit code is 0 when every step completed, 4 when a credential or permission is to blame, 3 otherwise.",
		Args: func(_ *cobra.Command, args []string) error {
			if flags.dry && (flags.noWait || flags.full || flags.confirm) {
				return usagef("--dry-run reads every stream from its beginning, waits for the end and stores nothing: " +
					"leave --no-wait, --full and --confirm-removals out")
			}
			if flags.all == (len(args) > 0) {
				return usagef("name the connections to sync, or give --all")
			}
			return nil
		},
	}
	c.Flags().BoolVar(&flags.all, "all", false, "sync every connection that is not paused")
	c.Flags().BoolVar(&flags.noWait, "no-wait", false, "only start; needs a running agent")
	c.Flags().BoolVar(&flags.dry, "dry-run", false, "only show what a run would change")
	c.Flags().BoolVar(&flags.full, "full", false, "read every stream from its beginning, which notices what was deleted at the source")
	c.Flags().BoolVar(&flags.confirm, "confirm-removals", false, "remove the held records (connection held shows them) that are still missing")
	c.Flags().BoolVar(&flags.yes, "yes", false, "with --confirm-removals: do not ask")
	c.RunE = func(c *cobra.Command, args []string) error {
		sync := func(client *calls.Client) error { return a.syncAll(c.Context(), client, args, flags) }
		if !flags.noWait {
			return a.with(c.Context(), sync)
		}
		client, err := a.runningAgent(c.Context()) // a host opened here would end the runs with the command
		if err != nil {
			return err
		}
		return sync(client)
	}
	return c
}

func (a *app) syncAll(ctx context.Context, client *calls.Client, aliases []string, flags syncFlags) error {
	aliases, err := syncable(ctx, client, aliases, flags.all)
	if err != nil {
		return err
	}
	if flags.dry {
		return a.dryRuns(ctx, client, aliases)
	}
	confirmed := map[string][]string{}
	if flags.confirm {
		if confirmed, err = a.confirmHeld(ctx, client, aliases, flags.yes); err != nil {
			return err
		}
	}
	// A connection that is being synced already cannot be started. The command waits
	// for the others all the same: a host opened here interrupts them when it closes.
	var runs []host.Run
	var refused several
	for _, alias := range aliases {
		ids := confirmed[alias]
		run, err := client.Sync(ctx, alias, connections.SyncRequest{Full: flags.full, Confirm: ids, ConfirmRemovals: len(ids) > 0})
		if err != nil {
			refused = append(refused, err)
			continue
		}
		runs = append(runs, run)
	}
	if !flags.noWait {
		for i := range runs {
			if runs[i], err = a.follow(ctx, client, runs[i]); err != nil {
				refused = append(refused, err)
				if ctx.Err() != nil {
					return err
				}
			}
		}
	}
	if len(runs) > 0 || len(refused) == 0 {
		if err := a.showRuns(runs, len(aliases) > 1 || flags.all); err != nil {
			return err
		}
	}
	if len(refused) > 0 {
		return refused
	}
	if code := runsCode(runs); code != exitOK && !flags.noWait {
		return outcome{code}
	}
	return nil
}

// syncable returns the aliases of the connections to sync, each once: of all that are
// not paused, or of the named ones. An error lists every unknown name, before any sync
// begins.
func syncable(ctx context.Context, client *calls.Client, named []string, all bool) ([]string, error) {
	if all {
		items, err := connectionsOf(ctx, client, api.ConnectionsParams{})
		items = slices.DeleteFunc(items, func(item host.ConnectionItem) bool { return item.Paused != nil })
		return each(items, func(item host.ConnectionItem) string { return item.Alias }), err
	}
	var known, unknown []string
	for _, name := range named {
		connection, err := client.Connection(ctx, name)
		switch {
		case err != nil && host.AsProblem(err).Code == host.CodeNotFound:
			unknown = append(unknown, fmt.Sprintf("%q", name))
		case err != nil:
			return nil, err
		case !slices.Contains(known, connection.Alias):
			known = append(known, connection.Alias)
		}
	}
	if len(unknown) > 0 {
		return nil, usagef("no connection called %s; nothing was started. `plumbline connection list` shows the names",
			strings.Join(unknown, ", "))
	}
	return known, nil
}

// showRuns prints one run as itself and several as a list.
func (a *app) showRuns(runs []host.Run, several bool) error {
	if a.json && len(runs) == 1 && !several {
		return a.printJSON(runs[0])
	}
	return emit(a, itemsOf(runs), func(w io.Writer, list operation.Items[host.Run]) error {
		for i, r := range list.Items {
			if i > 0 {
				fmt.Fprintln(w)
			}
			if err := printRun(w, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func runsCode(runs []host.Run) int {
	code := exitOK
	for _, r := range runs {
		if r.Status != host.StatusSucceeded {
			code = max(code, blame(each(r.Steps, func(s host.Step) *host.Problem { return s.Error })))
		}
	}
	return code
}

// blame is the exit code for something that failed with these problems.
func blame(problems []*host.Problem) int {
	if slices.ContainsFunc(problems, func(p *host.Problem) bool { return p != nil && authCode(p.Code) }) {
		return exitAuth
	}
	return exitSomeFailed
}
