package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

func (a *app) testCommand() *cobra.Command {
	c := &cobra.Command{Use: "test", Short: "Judge what the connections have read by tests"}
	c.AddCommand(a.testListCommand(), a.testShowCommand(), a.testRunCommand(), a.testHistoryCommand())
	c.AddCommand(a.testCoverageCommand(), a.testHeldCommand())
	c.AddCommand(a.testDecisionCommands()...)
	c.AddCommand(a.testWriteCommands()...)
	return c
}

// testStates explains the states of tests in the help.
const testStates = "A test is passing only if everything in its scope passes, there is something in scope, and every list that it reads\n" +
	"was read whole and lately. Otherwise it is failing, stale (a list is too old), unproven (a fact is not known, or a list\n" +
	"was read in part), empty (nothing in scope), unused (no connection supplies what it judges) or error."

func (a *app) testListCommand() *cobra.Command {
	var states []string
	var fail bool
	c := &cobra.Command{
		Use: "list", Short: "List every test with what it finds now", Args: exactly(0), Long: testStates,
		Example: "  plumbline test list\n  plumbline test list --state failing,unproven\n  plumbline test list --exit-code",
	}
	c.Flags().StringSliceVar(&states, "state", nil, "only tests in these states")
	c.Flags().BoolVar(&fail, "exit-code", false, "exit with 8 when a test that is listed is failing or in error")
	c.RunE = func(c *cobra.Command, args []string) error {
		failing := false
		ask := func(ctx context.Context, client *calls.Client, _ []string) ([]verdict.Judged, error) {
			wanted := make([]verdict.State, len(states))
			for i, s := range states {
				wanted[i] = verdict.State(s)
			}
			tests, err := client.Tests(ctx, wanted...)
			failing = slices.ContainsFunc(tests, func(j verdict.Judged) bool {
				return j.Result.State == verdict.StateFailing || j.Result.State == verdict.StateError
			})
			return tests, err
		}
		header := []string{"TEST", "STATE", "SEVERITY", "IN SCOPE", "FAIL", "UNKNOWN", "TITLE"}
		if err := listed(a, ask, header, testRow)(c, args); err != nil {
			return err
		}
		if fail && failing {
			return outcome{exitGate}
		}
		return nil
	}
	return c
}

func testRow(j verdict.Judged) []string {
	t := j.Result.Tally
	return []string{j.ID, word(j.Result.State), word(j.Severity), fmt.Sprint(t.InScope), fmt.Sprint(t.Fail), fmt.Sprint(t.Unknown), j.Title}
}

func (a *app) testShowCommand() *cobra.Command {
	var file bool
	c := &cobra.Command{
		Use: "show TEST", Short: "Show a test, what it finds now, and what it read", Args: exactly(1), Long: testStates,
		Example: "  plumbline test show mfa-everywhere\n  plumbline test show own-kiosks --yaml > own-kiosks.yaml",
	}
	c.Flags().BoolVar(&file, "yaml", false, "print the test as a file, of a test of your own the draft")
	ask := func(ctx context.Context, client *calls.Client, args []string) (verdict.Judged, error) {
		return client.Test(ctx, args[0])
	}
	shown, written := answered(a, ask, printTest), answered(a, testOf, printTestFile)
	c.RunE = func(c *cobra.Command, args []string) error {
		if file {
			return written(c, args)
		}
		return shown(c, args)
	}
	return c
}

func printTest(w io.Writer, j verdict.Judged) error {
	t := j.Result.Tally
	fmt.Fprintf(w, "%s\n\n", display.Visible(j.Title))
	err := pairs(w,
		"state", fmt.Sprintf("%s: %s", word(j.Result.State), j.Result.Reason), "since", standingSince(j),
		"severity", word(j.Severity), "judges", j.Kind,
		"in scope", fmt.Sprintf("%d: %d pass, %d fail, %d unknown, %d excluded", t.InScope, t.Pass, t.Fail, t.Unknown, t.Excluded),
		"controls", strings.Join(j.Controls, ", "), "lifecycle", word(j.Lifecycle), "owner", j.Setting.Owner,
		"parameters", parametersOf(j))
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nwhy:    %s\nremedy: %s\n\nscope:  %s\nexpect: %s\n",
		continued(j.Why, "        "), continued(j.Remedy, "        "), continued(j.Scope, "        "), continued(j.Expect, "        "))
	if len(j.Findings) > 0 {
		fmt.Fprintln(w)
		if err := tableOf(w, []string{"OUTCOME", "CONNECTION", "ITEM", "MESSAGE"}, j.Findings, findingRow); err != nil {
			return err
		}
	}
	if j.Left > 0 {
		fmt.Fprintf(w, "and %d more\n", j.Left)
	}
	if len(j.Result.Sources) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return tableOf(w, []string{"READ FROM", "LIST", "AS OF", "WHOLE", "USED"}, j.Result.Sources, testSourceRow)
}

// parametersOf lists the parameters of a test with the values that it is judged with.
func parametersOf(j verdict.Judged) string {
	return strings.Join(each(j.Parameters, func(p verdict.Parameter) string {
		value := p.Default
		if set, ok := j.Setting.Parameters[p.Name]; ok {
			value = set
		}
		raw, err := json.Marshal(value)
		if err != nil {
			raw = []byte("?")
		}
		return p.Name + " " + string(raw)
	}), ", ")
}

func findingRow(i verdict.Item) []string {
	name := i.Name
	if name == "" {
		name = i.Key
	}
	message := i.Message
	if i.Exclusion != nil {
		message = i.Exclusion.Reason
	}
	return []string{word(i.Outcome), i.Alias, name, message}
}

func testSourceRow(s verdict.Reading) []string {
	whole, used := "yes", "to look things up"
	switch {
	case s.Stale:
		whole = "too old"
	case len(s.Gaps) > 0:
		whole = s.Gaps[0]
	case !s.Complete:
		whole = "no"
	}
	if s.Direct {
		used = "judged"
	}
	return []string{s.Alias, s.Stream, ago(s.AsOf), whole, used}
}
