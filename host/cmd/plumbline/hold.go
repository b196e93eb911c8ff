package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
)

func (a *app) holdCommand() *cobra.Command {
	c := group("hold", "Keep spans of history whatever the retention says")
	c.AddCommand(a.holdAddCommand(), a.holdListCommand(), a.holdReleaseCommand())
	return c
}

func (a *app) holdAddCommand() *cobra.Command {
	var h api.NewHold
	c := &cobra.Command{
		Use: "add ALIAS", Short: "Keep a connection's records of a span of time until the hold is released",
		Long: "Keeps every version of every record that was valid between --from and --to, both included, also when store.retention\n" +
			"would let it go. A span that was pruned already is refused, because it cannot be brought back.",
		Example: "  plumbline hold add corp --from 2026-01-01 --to 2026-12-31 --reason \"SOC 2 period\"",
		Args:    exactly(1),
	}
	c.Flags().StringVar(&h.From, "from", "", "the first time, or day")
	c.Flags().StringVar(&h.To, "to", "", "the last time, or day")
	c.Flags().StringVar(&h.Stream, "stream", "", "only this stream")
	c.Flags().StringVar(&h.Reason, "reason", "", "what the span is kept for")
	c.RunE = func(c *cobra.Command, args []string) error {
		h.Connection = args[0]
		return a.with(c.Context(), func(client *api.Client) error {
			held, err := client.AddHold(c.Context(), h)
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(a.out, held)
			}
			_, err = fmt.Fprintf(a.out, "Held as %s.\n", held.ID)
			return err
		})
	}
	return c
}

func (a *app) holdListCommand() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List the spans of history that are held", Args: exactly(0)}
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			holds, err := client.Holds(c.Context())
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(a.out, api.Items[host.Hold]{Items: holds})
			}
			aliases := map[string]string{}
			err = client.EachConnection(c.Context(), api.ConnectionsParams{}, func(item host.ConnectionItem) error {
				aliases[item.ID] = item.Alias
				return nil
			})
			if err != nil {
				return err
			}
			var rows [][]string
			for _, h := range holds {
				rows = append(rows, []string{
					h.ID, cmp.Or(aliases[h.Connection], h.Connection), h.Stream,
					h.From.Local().Format(time.DateTime), h.To.Local().Format(time.DateTime), host.Visible(h.Reason),
				})
			}
			return table(a.out, []string{"HOLD", "CONNECTION", "STREAM", "FROM", "TO", "REASON"}, rows)
		})
	}
	return c
}

func (a *app) holdReleaseCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "release HOLD", Short: "Let a span of history be pruned again", Args: exactly(1),
		Long: "What only this hold kept goes with the next round of pruning and cannot be brought back.",
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			if err := client.ReleaseHold(c.Context(), args[0]); err != nil {
				return err
			}
			if a.json {
				return nil
			}
			_, err := fmt.Fprintln(a.out, "Released.")
			return err
		})
	}
	return c
}
