package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
)

func (a *app) connectionHeldCommand() *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use: "held ALIAS [STREAM]", Short: "Show the removals that wait for a person",
		Long: "A complete sync removes the records that the system no longer lists. The removal waits for a person when it would\n" +
			"remove every record of a stream, more than half of five or more, or more than the larger of sync.removal_count (20)\n" +
			"and sync.removal_share (10 %). Without STREAM this shows what waits and why, with STREAM every record of it.\n\n" +
			"If the records are gone: plumbline connection sync ALIAS --confirm-removals\n" +
			"If they still exist:     plumbline connection reject ALIAS STREAM",
		Args: asUsage(cobra.RangeArgs(1, 2)),
	}
	limitFlag(c, &limit, 0)
	records := paged(a, &limit, func(
		ctx context.Context, c *calls.Client, args []string, p operation.PageParams,
	) (operation.Items[host.HeldRecord], error) {
		return c.HeldRecords(ctx, args[0], args[1], p)
	}, []string{"KEY", "NAME"}, func(r host.HeldRecord) []string { return []string{r.Key, r.Name} })
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 2 {
			return records(c, args)
		}
		held := func(ctx context.Context, client *calls.Client, args []string) (operation.Items[host.HeldRemoval], error) {
			held, err := client.Held(ctx, args[0])
			return itemsOf(held), err
		}
		return answered(a, held, func(w io.Writer, held operation.Items[host.HeldRemoval]) error {
			for _, h := range held.Items {
				printHeld(w, args[0], h)
			}
			if len(held.Items) == 0 {
				return say(w, "No removal waits for a person.\n")
			}
			return nil
		})(c, args)
	}
	return c
}

// printHeld shows a removal that waits for a person, and the first of its records.
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
	var kept host.HeldRemoval
	reject := func(ctx context.Context, client *calls.Client, args []string) (s host.ConnectionStatus, err error) {
		held, err := client.Held(ctx, args[0])
		if err != nil {
			return s, err
		}
		i := slices.IndexFunc(held, func(h host.HeldRemoval) bool { return h.Stream == args[1] })
		if i < 0 {
			return s, host.NotFound("held removal", args[1], "`plumbline connection held "+args[0]+"` shows what waits.")
		}
		kept = held[i]
		return client.RejectRemoval(ctx, args[0], args[1], kept.ID)
	}
	return &cobra.Command{
		Use: "reject ALIAS STREAM", Short: "Keep the records of a held removal, because they still exist",
		Long: "Keeps the records that the latest complete sync no longer found. The connection asks for action at the source until\n" +
			"a complete sync finds them again, and does not ask about the same records any more. To remove them after all, sync\n" +
			"with --confirm-removals.",
		Args: exactly(2),
		RunE: answered(a, reject, func(w io.Writer, _ host.ConnectionStatus) error {
			return say(w, "Kept %d records of %s.\n", kept.Removes, kept.Title)
		}),
	}
}

// confirmHeld shows what a sync with --confirm-removals would remove and returns the
// ids of exactly those removals, by alias. It asks a person at a terminal; in a script
// the flag is the confirmation.
func (a *app) confirmHeld(ctx context.Context, client *calls.Client, aliases []string, yes bool) (map[string][]string, error) {
	ids := map[string][]string{}
	for _, alias := range aliases {
		held, err := client.Held(ctx, alias)
		if err != nil {
			return nil, err
		}
		for _, h := range held {
			if !a.json {
				printHeld(a.errs, alias, h)
			}
			ids[alias] = append(ids[alias], h.ID)
		}
	}
	if len(ids) == 0 || yes || !a.onTerminal() {
		return ids, nil
	}
	typed, err := a.ask("Remove what is still missing of these records? Type yes to go on: ")
	if err == nil && typed != "yes" {
		err = refusal(host.CodeCancelled, "nothing was synced: you did not confirm the removals", "")
	}
	return ids, err
}
