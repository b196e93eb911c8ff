package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// heldRule explains the outcomes in the help.
const heldRule = "An item is yes if the test held for it at every moment of the period at which it was in scope, no if there was a\n" +
	"moment at which it did not, and else cannot say: a fact was unknown, or what decides was not read whole and lately. Each\n" +
	"span is shown with the version of the record that shows it. A test that depends on the clock or on persons is also judged\n" +
	"at the end of each day. As a whole the test held if every item is yes and every list that it reads was read all the time."

func (a *app) testHeldCommand() *cobra.Command {
	f := periodFlags{}
	var outcomes []string
	var limit int
	var gate bool
	c := &cobra.Command{
		Use: "held TEST", Short: "Show whether a test held at every moment of a period, for each item", Args: exactly(1), Long: heldRule,
		Example: "  plumbline test held mfa-identity --over 90d\n" +
			"  plumbline test held mfa-identity --from 2026-07-01 --to 2026-09-30 --outcome no,cannot_say\n" +
			"  plumbline test held mfa-identity --over 90d --json | jq '.items[] | select(.outcome == \"no\")'",
	}
	f.add(c.Flags())
	limitFlag(c, &limit, 0)
	c.Flags().StringSliceVar(&outcomes, "outcome", nil, "only items that are yes, no, cannot_say or excluded")
	c.Flags().BoolVar(&gate, "exit-code", false, "exit with 8 unless the test held")
	c.RunE = func(c *cobra.Command, args []string) error {
		now := time.Now()
		p, err := f.params(now)
		if err != nil {
			return err
		}
		if p.To == "" {
			p.To = now.Format(time.RFC3339Nano) // the same period for every page
		}
		if err := checkLimit(limit); err != nil {
			return err
		}
		var held verdict.Held
		err = a.with(c.Context(), func(client *calls.Client) (err error) {
			if held, err = a.held(c.Context(), client, args[0], p, outcomes, limit); err != nil {
				return err
			}
			return emit(a, held, printWhatHeld)
		})
		if err == nil && gate && held.Outcome != verdict.HeldYes {
			err = outcome{exitGate}
		}
		return err
	}
	return c
}

// held works out whether a test held, with its progress on a terminal, and returns it with all items or as many as are asked for.
func (a *app) held(
	ctx context.Context, client *calls.Client, id string, p proof.PeriodParams, outcomes []string, limit int,
) (held verdict.Held, err error) {
	started, err := client.StartHeld(ctx, id, p)
	if err != nil {
		return held, err
	}
	if _, err := a.followTask(ctx, client, started); err != nil {
		return held, err
	}
	of := proof.HeldParams{}
	for _, o := range outcomes {
		of.Outcome = append(of.Outcome, verdict.HeldOutcome(o))
	}
	items := []verdict.HeldItem{}
	for at := (operation.PageParams{Limit: page(limit, 0)}); ; {
		if held, err = client.TestHeld(ctx, id, p, of, at); err != nil {
			return held, err
		}
		items = append(items, held.Items...)
		at = operation.PageParams{Limit: page(limit, len(items)), Cursor: held.Next}
		if at.Cursor == "" || at.Limit <= 0 {
			break
		}
	}
	held.Items = items
	return held, nil
}

func printWhatHeld(w io.Writer, h verdict.Held) error {
	fmt.Fprintf(w, "%s\n\n", display.Visible(h.Title))
	clock := ""
	if h.Clock {
		clock = "it depends on the clock or on persons, so it was judged at the end of each day too"
	}
	t, outcome := h.Tally, heldWord(h.Outcome)
	if h.Disabled {
		outcome = "not judged"
	}
	err := pairs(w,
		"held", fmt.Sprintf("%s: %s", outcome, h.Reason), "period", periodWords(h.Period), "days", dayWords(h.Days),
		"items", fmt.Sprintf("%d yes, %d no, %d cannot say, %d excluded", t.Yes, t.No, t.CannotSay, t.Excluded), "judged", clock)
	if err != nil || len(h.Items) == 0 {
		return err
	}
	fmt.Fprintln(w)
	rows := [][]string{}
	for _, i := range h.Items {
		name := i.Name
		if name == "" {
			name = i.Key
		}
		first := []string{heldWord(i.Outcome), i.Alias, name}
		if len(i.Spans) == 0 {
			rows = append(rows, append(first, i.From.Format("2006-01-02 15:04"), i.To.Format("2006-01-02 15:04"), "", ""))
		}
		for _, s := range i.Spans {
			rows = append(rows, append(first, s.From.Format("2006-01-02 15:04"), s.To.Format("2006-01-02 15:04"), strconv.Itoa(s.Days), heldWhy(s)))
			first = []string{"", "", ""}
		}
	}
	if err := table(w, []string{"HELD", "CONNECTION", "ITEM", "FROM", "TO", "DAYS", "WHY"}, rows); err != nil {
		return err
	}
	if h.Left > 0 || h.Next != "" {
		fmt.Fprintln(w, "and more; --limit says how many are shown")
	}
	return nil
}

// heldWhy says why a span is one.
func heldWhy(s verdict.HeldSpan) string {
	why := word(s.Cause)
	if s.Message != "" {
		why += ": " + s.Message
	}
	if s.Exclusion != nil {
		why += ": " + s.Exclusion.Reason
	}
	if s.Begun != nil && s.Begun.Hash != "" {
		why += " (version " + s.Begun.Hash[:12] + ")"
	}
	return why
}

func heldWord(o verdict.HeldOutcome) string {
	if o == verdict.HeldNothing {
		return "nothing in scope"
	}
	return word(o)
}
