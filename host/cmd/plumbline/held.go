package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
)

func (a *app) connectionHeldCommand() *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use: "held ALIAS [STREAM]", Short: "Show the removals that wait for a person",
		Long: "A complete sync that no longer finds a stream's records removes them, but waits for a person when it would remove\n" +
			"every record of a stream, more than half of five or more, or more than the larger of sync.removal_count (20) and\n" +
			"sync.removal_share (10 %). Without STREAM this shows what waits and why, with STREAM every record of it.\n\n" +
			"If the records are gone: plumbline connection sync ALIAS --confirm-removals\n" +
			"If they still exist:     plumbline connection reject ALIAS STREAM",
		Args: asUsage(cobra.RangeArgs(1, 2)),
	}
	c.Flags().IntVar(&limit, "limit", 0, "how many records at most; 0 for all")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			if len(args) == 2 {
				page := func(p api.PageParams) (api.Items[host.HeldRecord], error) {
					return client.HeldRecords(c.Context(), args[0], args[1], p)
				}
				return paged(a, page, limit, []string{"KEY", "NAME"}, func(r host.HeldRecord) []string { return []string{r.Key, r.Name} })
			}
			held, err := client.Held(c.Context(), args[0])
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(a.out, api.Items[host.HeldRemoval]{Items: held})
			}
			if len(held) == 0 {
				_, err := fmt.Fprintln(a.out, "No removal waits for a person.")
				return err
			}
			for _, h := range held {
				printHeld(a.out, args[0], h)
			}
			return nil
		})
	}
	return c
}

// printHeld shows what waits for a person, and the first of its records.
func printHeld(w io.Writer, alias string, h host.HeldRemoval) {
	fmt.Fprintf(w, "held:  %s\n", h.Explanation)
	for _, r := range h.Sample {
		fmt.Fprintf(w, "         %s  %s\n", r.Key, r.Name)
	}
	if more := h.Removes - len(h.Sample); more > 0 {
		fmt.Fprintf(w, "         and %d more: plumbline connection held %s %s\n", more, alias, h.Stream)
	}
	fmt.Fprintf(w, "       what to do: %s\n", h.Remedy)
}

func (a *app) connectionRejectCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "reject ALIAS STREAM", Short: "Say that the records of a held removal still exist; they are kept",
		Long: "Keeps the records that the latest complete sync no longer found. The connection asks for action at the source until\n" +
			"a complete sync finds them again, and does not ask about the same records any more. To remove them after all, sync\n" +
			"with --confirm-removals.",
		Args: exactly(2),
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			held, err := client.Held(c.Context(), args[0])
			if err != nil {
				return err
			}
			i := slices.IndexFunc(held, func(h host.HeldRemoval) bool { return h.Stream == args[1] })
			if i < 0 {
				return host.NotFound("held removal", args[1], "`plumbline connection held "+args[0]+"` shows what waits.")
			}
			s, err := client.RejectRemoval(c.Context(), args[0], args[1], held[i].ID)
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(a.out, s)
			}
			_, err = fmt.Fprintf(a.out, "Kept %d records of %s.\n", held[i].Removes, held[i].Title)
			return err
		})
	}
	return c
}

// confirmHeld shows what a sync with --confirm-removals would remove and returns the ids
// of exactly that, by alias. A person at a terminal is asked; a script has agreed
// by writing the command.
func (a *app) confirmHeld(ctx context.Context, client *api.Client, aliases []string, yes bool) (map[string][]string, error) {
	ids := map[string][]string{}
	waiting := 0
	for _, alias := range aliases {
		held, err := client.Held(ctx, alias)
		if err != nil {
			return nil, err
		}
		for _, h := range held {
			if waiting++; !a.json {
				printHeld(a.errs, alias, h)
			}
			ids[alias] = append(ids[alias], h.ID)
		}
	}
	if waiting == 0 || yes || !a.onTerminal() {
		return ids, nil
	}
	fmt.Fprint(a.errs, "Remove what is still missing of these records? Type yes to go on: ")
	typed, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil || strings.TrimSpace(typed) != "yes" {
		return nil, usagef("nothing was synced: the removals were not confirmed")
	}
	return ids, nil
}
