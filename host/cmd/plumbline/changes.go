package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
)

func (a *app) changesCommand() *cobra.Command {
	var after string
	var follow bool
	var limit int
	c := &cobra.Command{
		Use: "changes", Short: "Follow the changes of all connections, in the order they were made", Args: exactly(0),
		Long: "Prints what runs added, changed and removed, oldest first, each change once. Every change has a position. To go on\n" +
			"behind the last change you processed, also after a restart, keep its position and give it as --after. Without\n" +
			"--after the command begins with the oldest change that is kept; with --after latest it begins with the next change.\n\n" +
			"With --json it prints one object a line. A change has the same idempotency_key each time it is read.",
		Example: "  plumbline changes --after 1780000000000000000-1 --follow --json",
	}
	c.Flags().StringVar(&after, "after", "", "position to go on from, or latest")
	c.Flags().BoolVarP(&follow, "follow", "f", false, "wait for more until interrupted; without a running agent no more will come")
	limitFlag(c, &limit, 0)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(client *api.Client) error { return a.changes(c.Context(), client, after, follow, limit) })
	}
	return c
}

func (a *app) changes(ctx context.Context, client *api.Client, after string, follow bool, limit int) error {
	if err := checkLimit(limit); err != nil {
		return err
	}
	p := api.FeedParams{After: after}
	if follow {
		p.Wait = "25s"
	}
	for printed := 0; ; {
		if p.Limit = page(limit, printed); p.Limit == 0 {
			return nil
		}
		feed, err := client.Feed(ctx, p)
		if err != nil {
			return err
		}
		if err := a.printChanges(feed.Items); err != nil {
			return err
		}
		if len(feed.Items) == 0 && p.After != "latest" && !follow {
			return nil
		}
		printed += len(feed.Items)
		p.After = feed.Next
	}
}

// printChanges prints each page as it comes, so that a program at the other end of
// a pipe gets it at once.
func (a *app) printChanges(changes []host.FeedChange) error {
	for _, c := range changes {
		var err error
		if a.json {
			err = printJSONLine(a.out, c)
		} else {
			err = say(a.out, "%s  %-7s  %s  %s  %s  %s\n", c.At.Local().Format(time.DateTime), word(c.Kind),
				host.Visible(c.Alias), host.Visible(c.Stream), host.Visible(c.Key), c.Position)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
