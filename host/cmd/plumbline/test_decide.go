package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// disableOrExclude explains in the help what each does.
const disableOrExclude = "Disabling and excluding differ:\n\n" +
	"              disable a test                            exclude an item\n" +
	"  the test    is not judged; its state is unused        goes on for everything else\n" +
	"  the item    is not judged                             counts neither as pass nor as fail\n" +
	"  controls    do not count the test                     count the test; one with nothing else in scope is empty,\n" +
	"                                                        which is no pass\n" +
	"  a pack      lists the test as disabled, and why       lists the item as excluded: why, by whom, until when\n" +
	"  it ends     when somebody enables the test            with its date, or when somebody includes the item\n"

func (a *app) testDecisionCommands() []*cobra.Command {
	return []*cobra.Command{
		a.testDisableCommand(), a.testEnableCommand(), a.testSetCommand(),
		a.testExcludeCommand(), a.testIncludeCommand(), a.testExclusionsCommand(),
	}
}

// choosing is the body of a command that changes what is chosen for the test in the first argument.
func choosing(a *app, change func(verdict.Test, *verdict.Choice) error) runE {
	return answered(a, func(ctx context.Context, client *calls.Client, args []string) (verdict.Setting, error) {
		test, err := client.Test(ctx, args[0])
		if err != nil {
			return verdict.Setting{}, err
		}
		setting, err := client.TestSetting(ctx, args[0])
		if err != nil {
			return verdict.Setting{}, err
		}
		if err := change(test.Test, &setting.Choice); err != nil {
			return verdict.Setting{}, err
		}
		return client.SetTest(ctx, args[0], strconv.FormatUint(setting.Revision, 10), setting.Choice)
	}, printSetting)
}

func printSetting(w io.Writer, s verdict.Setting) error {
	list := []string{"test", s.Test, "enabled", "yes"}
	if s.Disabled {
		list[3] = "no: " + s.Reason
	}
	for _, name := range slices.Sorted(maps.Keys(s.Parameters)) {
		raw, err := json.Marshal(s.Parameters[name])
		if err != nil {
			return err
		}
		list = append(list, "parameter "+name, string(raw))
	}
	if s.Severity != nil {
		list = append(list, "severity", word(*s.Severity))
	}
	if s.Days != nil {
		list = append(list, "days allowed", strconv.Itoa(*s.Days))
	}
	return pairs(w, append(list, "owner", s.Owner)...)
}

func (a *app) testDisableCommand() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: "disable TEST", Short: "Have a test not judged, with a reason", Args: exactly(1), Long: disableOrExclude,
		Example: "  plumbline test disable mfa-sms --reason \"Our identity provider has no text messages\"",
	}
	c.Flags().StringVar(&reason, "reason", "", "why; compulsory")
	c.RunE = choosing(a, func(_ verdict.Test, choice *verdict.Choice) error {
		choice.Disabled, choice.Reason = true, reason
		return nil
	})
	return c
}

func (a *app) testEnableCommand() *cobra.Command {
	return &cobra.Command{
		Use: "enable TEST", Short: "Have a disabled test judged again", Args: exactly(1), Example: "  plumbline test enable mfa-sms",
		RunE: choosing(a, func(_ verdict.Test, choice *verdict.Choice) error {
			choice.Disabled, choice.Reason = false, ""
			return nil
		}),
	}
}

func (a *app) testSetCommand() *cobra.Command {
	var parameters, defaults []string
	var severity, owner string
	var days int
	c := &cobra.Command{
		Use: "set TEST", Short: "Set own parameters of a test, its severity, the days allowed and its owner", Args: exactly(1),
		Long: "A flag sets one of them and leaves the others. `plumbline test show TEST` lists the parameters.",
		Example: "  plumbline test set no-dormant-accounts --parameter days=45 --owner anna@example.com\n" +
			"  plumbline test set no-dormant-accounts --default days --default severity",
	}
	f := c.Flags()
	f.StringArrayVar(&parameters, "parameter", nil, "NAME=VALUE; a list is written as [\"a\",\"b\"]; can be given again")
	f.StringVar(&severity, "severity", "", "critical, high, medium, low or info, in place of the test's own")
	f.IntVar(&days, "days", 0, "days after which a failing item is overdue, in place of the test's own")
	f.StringVar(&owner, "owner", "", "who answers for the test; empty for nobody")
	f.StringArrayVar(&defaults, "default", nil, "what is to be as the test says again: the name of a parameter, severity or days")
	c.RunE = choosing(a, func(test verdict.Test, choice *verdict.Choice) error {
		if !changedAny(c, "parameter", "severity", "days", "owner", "default") {
			return usagef("nothing is to be set; see `plumbline test set --help`")
		}
		for _, name := range defaults {
			if err := reset(choice, name); err != nil {
				return err
			}
		}
		if f.Changed("severity") {
			choice.Severity = new(verdict.Severity(severity))
		}
		if f.Changed("days") {
			choice.Days = &days
		}
		if f.Changed("owner") {
			choice.Owner = owner
		}
		return setParameters(test, choice, parameters)
	})
	return c
}

// reset makes one choice as the test says.
func reset(choice *verdict.Choice, name string) error {
	_, set := choice.Parameters[name]
	switch {
	case set:
		delete(choice.Parameters, name)
	case name == "severity":
		choice.Severity = nil
	case name == "days":
		choice.Days = nil
	default:
		return usagef("--default %s: nothing of this name is set", name)
	}
	return nil
}

// setParameters sets parameters from NAME=VALUE. A value is of the type of the parameter's default; the host refuses what does not fit.
func setParameters(test verdict.Test, choice *verdict.Choice, given []string) error {
	for _, pair := range given {
		name, text, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return usagef("--parameter %q must be NAME=VALUE", pair)
		}
		if choice.Parameters == nil {
			choice.Parameters = map[string]any{}
		}
		choice.Parameters[name] = text
		for _, p := range test.Parameters {
			if _, isText := p.Default.(string); p.Name != name || isText {
				continue
			}
			var value any
			if json.Unmarshal([]byte(text), &value) == nil {
				choice.Parameters[name] = value
			}
		}
	}
	return nil
}

func (a *app) testExcludeCommand() *cobra.Command {
	var n verdict.NewExclusion
	c := &cobra.Command{
		Use: "exclude TEST CONNECTION KEY", Short: "Take one item out of a test, with a reason", Long: disableOrExclude +
			"\nThe item is a record, by its connection and its key in the stream; it stays excluded when it changes. Of a test that counts, name\n" +
			"the connection alone, or nothing if it counts everything. `plumbline test show TEST --json` has the keys of what does not pass.",
		Example: "  plumbline test exclude disks-encrypted laptops 11 --reason \"Kiosk without data, replaced in January\" --until 2027-01-31",
		Args:    asUsage(cobra.RangeArgs(1, 3)),
	}
	c.Flags().StringVar(&n.Stream, "stream", "", "the stream, if several of the connection have the key")
	c.Flags().StringVar(&n.Reason, "reason", "", "why; compulsory")
	c.Flags().StringVar(&n.Until, "until", "", "the last day, or a time; without it the exclusion does not end by itself")
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (verdict.ItemExclusion, error) {
		if len(args) > 1 {
			n.Connection = args[1]
		}
		if len(args) > 2 {
			n.Key = args[2]
		}
		return client.Exclude(ctx, args[0], n)
	}, func(w io.Writer, e verdict.ItemExclusion) error { return say(w, "Excluded as %s.\n", e.ID) })
	return c
}

func (a *app) testIncludeCommand() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: "include EXCLUSION", Short: "Withdraw an exclusion, so that the item is judged again", Args: exactly(1),
		Long:    "The exclusion is kept as withdrawn, with who withdrew it and why. `plumbline test exclusions` lists the ids.",
		Example: "  plumbline test include 3f9ac1d204be-1 --reason \"The kiosk is gone\"",
	}
	c.Flags().StringVar(&reason, "reason", "", "why; compulsory")
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (verdict.ItemExclusion, error) {
		return client.WithdrawExclusion(ctx, args[0], "", reason)
	}, func(w io.Writer, e verdict.ItemExclusion) error {
		return say(w, "Withdrawn: %s is judged again.\n", cmp.Or(e.Name, e.Key, "it"))
	})
	return c
}

func (a *app) testExclusionsCommand() *cobra.Command {
	var p proof.ExclusionsInput
	var states []string
	c := &cobra.Command{
		Use: "exclusions", Short: "List the items that were taken out of tests, those that stand first", Args: exactly(0),
		Example: "  plumbline test exclusions --test disks-encrypted --state stands",
	}
	c.Flags().StringVar(&p.Test, "test", "", "only of this test")
	c.Flags().StringVar(&p.Connection, "connection", "", "only of items of this connection")
	c.Flags().StringSliceVar(&states, "state", nil, "only in these states: stands, ended, withdrawn")
	ask := func(ctx context.Context, client *calls.Client, _ []string) ([]verdict.ItemExclusion, error) {
		p.State = each(states, func(s string) verdict.ExclusionState { return verdict.ExclusionState(s) })
		return client.Exclusions(ctx, p)
	}
	c.RunE = listed(a, ask, []string{"EXCLUSION", "STATE", "TEST", "CONNECTION", "ITEM", "UNTIL", "BY", "REASON"}, exclusionRow)
	return c
}

func exclusionRow(e verdict.ItemExclusion) []string {
	until := "–"
	if e.Until != nil {
		until = e.Until.Local().Format(time.DateTime)
	}
	reason := e.Reason
	if e.Withdrawn != nil {
		reason = fmt.Sprintf("%s; withdrawn: %s", reason, e.Withdrawn.Reason)
	}
	return []string{e.ID, word(e.State), e.Test, e.Alias, cmp.Or(e.Name, e.Key), until, e.By.String(), reason}
}
