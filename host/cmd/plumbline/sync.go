package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
)

// syncFlags are the flags of connection sync.
type syncFlags struct {
	all, noWait, confirm bool
}

func (a *app) connectionSyncCommand() *cobra.Command {
	var flags syncFlags
	c := &cobra.Command{
		Use: "sync ALIAS...", Short: "Sync connections now and wait for the outcome",
		Long: "Starts a run of each connection and waits until all have ended. Ctrl-C cancels them; what was read is kept.\n" +
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
	c.Flags().BoolVar(&flags.confirm, "confirm-removals", false, "remove what was held because too much was missing at once")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error { return a.syncAll(c.Context(), client, args, flags) })
	}
	return c
}

func (a *app) syncAll(ctx context.Context, client *api.Client, aliases []string, flags syncFlags) error {
	if flags.all {
		var err error
		if aliases, err = everyAlias(ctx, client); err != nil {
			return err
		}
	}
	runs := make([]host.Run, len(aliases))
	for i, alias := range aliases {
		body := map[string]any{"confirm_removals": flags.confirm}
		if err := post(ctx, client, pathOf("connections", alias, "sync"), body, &runs[i]); err != nil {
			return err
		}
	}
	if !flags.noWait {
		for i := range runs {
			var err error
			if runs[i], err = a.follow(ctx, client, runs[i]); err != nil {
				return err
			}
		}
	}
	if err := a.showRuns(runs, flags); err != nil {
		return err
	}
	if code := runsCode(runs); code != exitOK && !flags.noWait {
		return outcome{code}
	}
	return nil
}

func everyAlias(ctx context.Context, client *api.Client) ([]string, error) {
	var connections api.Items[host.ConnectionStatus]
	if err := get(ctx, client, "/connections", nil, &connections); err != nil {
		return nil, err
	}
	var aliases []string
	for _, s := range connections.Items {
		if s.Paused == nil {
			aliases = append(aliases, s.Alias)
		}
	}
	return aliases, nil
}

// showRuns prints one run as itself and several as a list.
func (a *app) showRuns(runs []host.Run, flags syncFlags) error {
	switch {
	case a.json && len(runs) == 1 && !flags.all:
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
