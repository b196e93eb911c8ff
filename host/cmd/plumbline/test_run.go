package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/internal/assess/past"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

func (a *app) testRunCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "run [TEST...]", Short: "Judge tests now, for every record",
		Long: "Tests are judged by themselves after each sync, for the records that it concerns. This judges them for every record\n" +
			"once more, all tests or those that are named, and lists what they find. An interrupt ends it; what was known stays.",
		Example: "  plumbline test run\n  plumbline test run mfa-identity disks-encrypted",
	}
	ask := func(ctx context.Context, client *calls.Client, ids []string) ([]verdict.Judged, error) {
		started, err := client.RunTests(ctx, ids...)
		if err != nil {
			return nil, err
		}
		if _, err := a.followTask(ctx, client, started); err != nil {
			return nil, err
		}
		tests, err := client.Tests(ctx)
		return slices.DeleteFunc(tests, func(j verdict.Judged) bool { return len(ids) > 0 && !slices.Contains(ids, j.ID) }), err
	}
	c.RunE = listed(a, ask, []string{"TEST", "STATE", "SEVERITY", "IN SCOPE", "FAIL", "UNKNOWN", "TITLE"}, testRow)
	return c
}

func (a *app) testHistoryCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "history TEST", Short: "What a test found over time: each change of its state or its counts", Args: exactly(1),
		Example: "  plumbline test history mfa-identity\n  plumbline test history mfa-identity --json",
	}
	limit := c.Flags().Int("limit", 20, "entries at most, 1 to 1000")
	ask := func(ctx context.Context, client *calls.Client, args []string) (assess.TestHistory, error) {
		return client.TestHistory(ctx, args[0], *limit)
	}
	c.RunE = answered(a, ask, printTestHistory)
	return c
}

func printTestHistory(w io.Writer, h assess.TestHistory) error {
	if len(h.Entries) == 0 {
		fmt.Fprintln(w, "Nothing is recorded yet: the agent records what tests find, and `plumbline test run` does.")
		return nil
	}
	if err := tableOf(w, []string{"RECORDED", "STATE", "IN SCOPE", "FAIL", "UNKNOWN", "BY", "WHY"}, h.Entries, historyRow); err != nil {
		return err
	}
	if h.Left {
		fmt.Fprintln(w, "and older ones")
	}
	fmt.Fprintln(w)
	return tableOf(w, []string{"DAY", "STATE", "FAILED"}, h.Days, func(d past.TestDay) []string {
		failed := "no"
		if d.Failed {
			failed = "yes"
		}
		if d.State == "" {
			return []string{d.Day, "not recorded", ""}
		}
		return []string{d.Day, word(d.State), failed}
	})
}

func historyRow(e past.TestEntry) []string {
	return []string{
		e.At.UTC().Format(time.RFC3339), word(e.State), fmt.Sprint(e.Tally.InScope), fmt.Sprint(e.Tally.Fail), fmt.Sprint(e.Tally.Unknown),
		actorText(e.Actor), e.Reason,
	}
}

func actorText(by host.Actor) string { return by.String() }

// standingSince says since when a test is in its state, whether it is overdue, and what is not judged yet.
func standingSince(j verdict.Judged) string {
	text := "not recorded"
	if j.Result.Since != nil {
		text = ago(j.Result.Since)
	}
	if j.Result.Overdue {
		text += ", overdue"
	}
	if waiting := j.Result.Judging; waiting != nil {
		text += fmt.Sprintf("; judging %d of %d records", waiting.Done, waiting.Total)
	}
	return text
}
