package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	usecase "github.com/plumbline-dev/plumbline/host/internal/app"
)

// syncFlags are the flags of connection sync.
type syncFlags struct {
	all, noWait, full, confirm, yes bool
}

func (a *app) connectionSyncCommand() *cobra.Command {
	var flags syncFlags
	c := &cobra.Command{
		Use: "sync ALIAS...", Short: "Sync connections now and wait for the outcome",
		Long: "Starts a run of each connection and waits until all have ended. Ctrl-C cancels them; what was read is kept.\n" +
			"When a name is unknown, nothing is started.\n" +
			"The exit code is 0 when every step completed, 4 when a credential or permission is to blame, 3 otherwise.",
		Args: func(_ *cobra.Command, args []string) error {
			if flags.all == (len(args) > 0) {
				return usagef("name the connections to sync, or give --all")
			}
			return nil
		},
	}
	c.Flags().BoolVar(&flags.all, "all", false, "sync every connection that is not paused")
	c.Flags().BoolVar(&flags.noWait, "no-wait", false, "only start; needs a running agent")
	c.Flags().BoolVar(&flags.full, "full", false, "read every stream from its beginning, so that what was deleted at the source is noticed")
	c.Flags().BoolVar(&flags.confirm, "confirm-removals", false, "remove what is held (connection held shows it), as far as it is still missing")
	c.Flags().BoolVar(&flags.yes, "yes", false, "with --confirm-removals: do not ask")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error { return a.syncAll(c.Context(), client, args, flags) })
	}
	return c
}

func (a *app) syncAll(ctx context.Context, client *api.Client, aliases []string, flags syncFlags) error {
	aliases, err := connectionsOf(ctx, client, aliases, flags.all)
	if err != nil {
		return err
	}
	request := usecase.SyncRequest{Full: flags.full, ConfirmRemovals: flags.confirm}
	confirmed := map[string][]string{}
	if flags.confirm {
		if confirmed, err = a.confirmHeld(ctx, client, aliases, flags.yes); err != nil {
			return err
		}
	}
	// One that cannot be started, because it is being synced already, does not keep
	// the others from ending: a host opened here interrupts them when it closes.
	var runs []host.Run
	var refused []error
	for _, alias := range aliases {
		request.Confirm = confirmed[alias]
		request.ConfirmRemovals = len(request.Confirm) > 0
		run, err := client.Sync(ctx, alias, request)
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
		return errors.Join(refused...)
	}
	if code := runsCode(runs); code != exitOK && !flags.noWait {
		return outcome{code}
	}
	return nil
}

// connectionsOf returns the connections that a command is about, each once: all
// that are not paused, or those that are named. It names every one that does not
// exist, before anything is done with the others.
func connectionsOf(ctx context.Context, client *api.Client, named []string, all bool) ([]string, error) {
	if all {
		err := client.EachConnection(ctx, api.ConnectionsParams{}, func(item host.ConnectionItem) error {
			if item.Paused == nil {
				named = append(named, item.Alias)
			}
			return nil
		})
		return named, err
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
		return nil, usagef("no connection called %s; nothing was started. `plumbline connection list` shows their names", strings.Join(unknown, ", "))
	}
	return known, nil
}

// showRuns prints one run as itself and several as a list.
func (a *app) showRuns(runs []host.Run, several bool) error {
	switch {
	case a.json && len(runs) == 1 && !several:
		return printJSON(a.out, runs[0])
	case a.json:
		return printJSON(a.out, api.Items[host.Run]{Items: runs})
	}
	for i, r := range runs {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		if err := printRun(a.out, r); err != nil {
			return err
		}
	}
	return nil
}

// runsCode is the exit code that several outcomes come to.
func runsCode(runs []host.Run) int {
	code := exitOK
	for _, r := range runs {
		if r.Status == host.StatusSucceeded {
			continue
		}
		if code == exitOK {
			code = exitSomeFailed
		}
		for _, s := range r.Steps {
			if s.Error != nil && authCode(s.Error.Code) {
				code = exitAuth
			}
		}
	}
	return code
}
