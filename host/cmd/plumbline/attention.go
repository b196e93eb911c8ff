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

func (a *app) attentionCommand() *cobra.Command {
	var fail bool
	c := &cobra.Command{
		Use: "attention", Short: "Show what needs you, the gravest consequence first", Args: exactly(0),
		Long: "Shows what needs a person, in the order of the consequences: a full disk, an installation that does not work,\n" +
			"connections that read nothing until somebody acts, those that the agent paused, those that fail, removals that wait\n" +
			"for a decision, a missing backup, unverified programs, connections that are read in part or late, syncs that were\n" +
			"cut off, old credentials, updates that wait, and connections that were never synced. Home shows the same list.\n" +
			"A connection that a person paused is left alone.",
		Example: "  plumbline attention\n  plumbline attention --exit-code --json",
	}
	c.Flags().BoolVar(&fail, "exit-code", false, "exit with 8 when something is critical or an error")
	c.RunE = func(c *cobra.Command, args []string) error {
		var list operation.Items[host.Attention]
		ask := func(ctx context.Context, client *calls.Client, _ []string) (operation.Items[host.Attention], error) {
			items, err := client.Attention(ctx)
			list = itemsOf(items)
			return list, err
		}
		if err := answered(a, ask, printAttention)(c, args); err != nil {
			return err
		}
		if fail && slices.ContainsFunc(list.Items, isGrave) {
			return outcome{exitGate}
		}
		return nil
	}
	return c
}

func isGrave(x host.Attention) bool {
	return x.Severity == host.SeverityCritical || x.Severity == host.SeverityError
}

func printAttention(w io.Writer, list operation.Items[host.Attention]) error {
	if len(list.Items) == 0 {
		return say(w, "Nothing needs you.\n")
	}
	for i, x := range list.Items {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%-8s  %s\n", x.Severity, x.Title)
		fmt.Fprintf(w, "%-8s  %s\n", "", x.Why)
		if x.Remedy != "" {
			fmt.Fprintf(w, "%-8s  what to do: %s\n", "", x.Remedy)
		}
		if x.Since != nil {
			fmt.Fprintf(w, "%-8s  since: %s\n", "", ago(x.Since))
		}
		fmt.Fprintf(w, "%-8s  see: %s\n", "", x.Action.Command)
	}
	return nil
}
