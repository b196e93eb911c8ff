package main

import (
	"cmp"
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
)

func (a *app) holdCommand() *cobra.Command {
	return group("hold", "Keep spans of history whatever the retention says",
		a.holdAddCommand(), a.holdListCommand(),
		&cobra.Command{
			Use: "release HOLD", Short: "Let a span of history be pruned again", Args: exactly(1),
			Long: "The next pruning deletes what only this hold kept. It cannot be brought back.",
			RunE: answered(a, gone("released", (*calls.Client).ReleaseHold),
				func(w io.Writer, _ map[string]string) error { return say(w, "Released.\n") }),
		},
	)
}

func (a *app) holdAddCommand() *cobra.Command {
	var h api.NewHold
	c := &cobra.Command{
		Use: "add ALIAS", Short: "Keep a connection's records of a span of time until the hold is released",
		Long: "Keeps every version of every record that was valid between --from and --to, both included, also when store.retention\n" +
			"would delete it. A span that was pruned already is refused, because it cannot be brought back.",
		Example: "  plumbline hold add corp --from 2026-01-01 --to 2026-12-31 --reason \"SOC 2 period\"",
		Args:    exactly(1),
	}
	c.Flags().StringVar(&h.From, "from", "", "the first time, or day")
	c.Flags().StringVar(&h.To, "to", "", "the last time, or day")
	c.Flags().StringVar(&h.Stream, "stream", "", "only this stream")
	c.Flags().StringVar(&h.Reason, "reason", "", "what the span is kept for")
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (host.Hold, error) {
		h.Connection = args[0]
		return client.AddHold(ctx, h)
	}, func(w io.Writer, held host.Hold) error { return say(w, "Held as %s.\n", held.ID) })
	return c
}

func (a *app) holdListCommand() *cobra.Command {
	aliases := map[string]string{}
	holds := func(ctx context.Context, client *calls.Client, _ []string) ([]host.Hold, error) {
		connections, err := connectionsOf(ctx, client, api.ConnectionsParams{})
		if err != nil {
			return nil, err
		}
		for _, c := range connections {
			aliases[c.ID] = c.Alias
		}
		return client.Holds(ctx)
	}
	header := []string{"HOLD", "CONNECTION", "STREAM", "FROM", "TO", "REASON"}
	return &cobra.Command{
		Use: "list", Short: "List the spans of history that are held", Args: exactly(0),
		RunE: listed(a, holds, header, func(h host.Hold) []string {
			from, to := h.From.Local().Format(time.DateTime), h.To.Local().Format(time.DateTime)
			return []string{h.ID, cmp.Or(aliases[h.Connection], h.Connection), h.Stream, from, to, h.Reason}
		}),
	}
}
