package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
)

// changesFlags are the flags of changes.
type changesFlags struct {
	after  string
	follow bool
	limit  int
}

func (a *app) changesCommand() *cobra.Command {
	var flags changesFlags
	c := &cobra.Command{
		Use: "changes", Short: "Follow the changes of all connections, in the order they were made", Args: exactly(0),
		Long: "Prints what runs added, changed and removed, oldest first, each change once. Every change has a position:\n" +
			"keep that of the last one you have dealt with and give it as --after to go on behind it, also after a restart.\n" +
			"Without --after it begins with the oldest change that is kept; --after latest begins with the next one to come.\n\n" +
			"With --json it prints one object a line. idempotency_key is the same for the same change, however often it is read.",
		Example: "  plumbline changes --after 1780000000000000000-1 --follow --json",
	}
	c.Flags().StringVar(&flags.after, "after", "", "position to go on from, or latest")
	c.Flags().BoolVarP(&flags.follow, "follow", "f", false, "wait for more until interrupted; needs a running agent to be of use")
	c.Flags().IntVar(&flags.limit, "limit", 0, "how many at most; 0 for all")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(client *api.Client) error { return a.changes(c.Context(), client, flags) })
	}
	return c
}

func (a *app) changes(ctx context.Context, client *api.Client, flags changesFlags) error {
	printed := 0
	for after := flags.after; ; {
		p := api.FeedParams{After: after, Limit: 1000}
		if flags.limit > 0 {
			p.Limit = min(p.Limit, flags.limit-printed)
		}
		if flags.follow {
			p.Wait = "25s"
		}
		page, err := client.Feed(ctx, p)
		if err != nil {
			return err
		}
		if err := a.printChanges(page.Items); err != nil {
			return err
		}
		printed += len(page.Items)
		atEnd := len(page.Items) == 0 && after != "latest"
		if flags.limit > 0 && printed >= flags.limit || atEnd && !flags.follow {
			return nil
		}
		after = page.Next
	}
}

// printChanges prints as it comes, so that a program on the other end of a pipe
// sees each page at once.
func (a *app) printChanges(changes []host.FeedChange) error {
	for _, c := range changes {
		if !a.json {
			fmt.Fprintf(a.out, "%s  %-7s  %s  %s  %s  %s\n", c.At.Local().Format(time.DateTime), word(c.Kind),
				host.Visible(c.Alias), host.Visible(c.Stream), host.Visible(c.Key), c.Position)
			continue
		}
		raw, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("encode change: %w", err)
		}
		fmt.Fprintf(a.out, "%s\n", raw)
	}
	return nil
}
