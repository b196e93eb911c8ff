package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
)

// controlStates explains the states of controls in the help.
const controlStates = "A control is passing only if every test that counts for it passes, and evidence is valid where it is\n" +
	"needed. Otherwise it is not applicable (a person decided so), failing, stale (a test read something too old), unproven (a test shows\n" +
	"nothing) or needs evidence. Evidence is needed where it is required, and where no test counts. A test that is disabled or\n" +
	"set aside for the control does not count."

func (a *app) controlCommand() *cobra.Command {
	return group("control", "See and decide what the company does for its security",
		a.controlListCommand(), a.controlShowCommand(), a.controlSetCommand(), a.controlAddCommand(), a.controlRemoveCommand(),
		a.controlImpactCommand())
}

func (a *app) controlListCommand() *cobra.Command {
	var states []string
	var wanted proof.ControlsInput
	c := &cobra.Command{
		Use: "list", Short: "List every control with its state", Args: exactly(0), Long: controlStates,
		Example: "  plumbline control list\n  plumbline control list --state failing,needs_evidence\n  plumbline control list --framework soc2",
	}
	c.Flags().StringSliceVar(&states, "state", nil, "only controls in these states")
	c.Flags().StringVar(&wanted.Framework, "framework", "", "only controls that meet a requirement of this framework")
	c.Flags().StringVar(&wanted.Owner, "owner", "", "only controls of this owner; none for those without")
	ask := func(ctx context.Context, client *calls.Client, _ []string) ([]assurance.Control, error) {
		wanted.State = each(states, func(s string) assurance.State { return assurance.State(s) })
		return client.Controls(ctx, wanted)
	}
	c.RunE = listed(a, ask, []string{"CONTROL", "STATE", "SHOWN BY", "OWNER", "TITLE"}, func(c assurance.Control) []string {
		return []string{c.ID, word(c.State), word(c.ShownBy), c.Owner, c.Title}
	})
	return c
}

func (a *app) controlShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show CONTROL", Short: "Show a control, its state and how that is worked out", Args: exactly(1), Long: controlStates,
		Example: "  plumbline control show access-mfa",
		RunE:    answered(a, ofFirst((*calls.Client).Control), printControl),
	}
}

func printControl(w io.Writer, c assurance.Control) error {
	fmt.Fprintf(w, "%s\n\n", display.Visible(c.Title))
	needed, decided := "", ""
	if c.EvidenceRequired {
		needed = "required"
	}
	if d := c.Applicability; d != nil {
		decided = fmt.Sprintf("%s, by %s on %s", yesNo(d.Applies), d.By, d.At.Format(time.DateOnly))
		if d.Reason != "" {
			decided += ": " + d.Reason
		}
	}
	byFramework := map[string][]string{}
	for _, r := range c.Requirements {
		byFramework[r.Framework] = append(byFramework[r.Framework], r.ID)
	}
	if err := pairs(w, "state", fmt.Sprintf("%s: %s", word(c.State), c.Reason), "owner", c.Owner, "usual role", c.Role,
		"applies", decided, "evidence", needed, "revision", fmt.Sprint(c.Revision)); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n\n", display.VisibleText(c.Text))
	for _, f := range sortedKeys(byFramework) {
		fmt.Fprintf(w, "%s: %s\n", display.Visible(f), display.Visible(strings.Join(byFramework[f], ", ")))
	}
	fmt.Fprintln(w)
	header := []string{"SHOWN BY", "", "STATE", "COUNTS", "WHY"}
	if err := tableOf(w, header, c.Lines, func(l assurance.Line) []string {
		return []string{word(l.Kind), l.ID, word(l.State), yesNo(l.Counts), l.Why}
	}); err != nil || len(c.Populations) == 0 {
		return err
	}
	fmt.Fprintln(w)
	return tableOf(w, []string{"LIST", "", "RECORDS", "AS OF", "WHOLE"}, c.Populations, func(p assurance.Population) []string {
		return []string{p.Alias, p.Stream, fmt.Sprint(p.Records), ago(p.AsOf), yesNo(p.Complete && !p.Stale)}
	})
}

func yesNo(so bool) string {
	if so {
		return "yes"
	}
	return "no"
}

// controlFlags are what `control set` takes.
type controlFlags struct {
	owner, reason, title, text         string
	applies, notApplicable             bool
	evidence, noEvidence               bool
	tests, noTests, without, with      []string
	requirements, noRequirements       []string
	revision                           uint64
	setOwner, setTitle, setText, based bool
}

func (a *app) controlSetCommand() *cobra.Command {
	var f controlFlags
	c := &cobra.Command{
		Use: "set CONTROL", Short: "Decide about a control: owner, whether it applies, what shows it and what it meets", Args: exactly(1),
		Long: "Changes what is given and nothing else. Each change is an entry of the audit log. A control that does not apply, and a\n" +
			"test that is set aside, need a reason.",
		Example: "  plumbline control set access-mfa --owner ann@example.com\n" +
			"  plumbline control set physical-security --not-applicable --reason \"There is no office.\"\n" +
			"  plumbline control set access-mfa --without mfa-infrastructure --reason \"AWS is not used.\"\n" +
			"  plumbline control set access-mfa --requirement iso-27001:A.5.15 --test my-test",
	}
	c.Flags().StringVar(&f.owner, "owner", "", "address or name of who answers for it; empty for none")
	c.Flags().BoolVar(&f.applies, "applicable", false, "it applies")
	c.Flags().BoolVar(&f.notApplicable, "not-applicable", false, "it does not apply; needs --reason")
	c.Flags().StringVar(&f.reason, "reason", "", "why it applies or not, or why tests are set aside")
	c.Flags().BoolVar(&f.evidence, "evidence-required", false, "tests alone do not show it: evidence is required")
	c.Flags().BoolVar(&f.noEvidence, "no-evidence-required", false, "tests alone show it")
	c.Flags().StringSliceVar(&f.tests, "test", nil, "a test that shows it too; may be given several times")
	c.Flags().StringSliceVar(&f.noTests, "remove-test", nil, "a test that was added with --test")
	c.Flags().StringSliceVar(&f.without, "without", nil, "a test that does not count for it any more; needs --reason")
	c.Flags().StringSliceVar(&f.with, "count-again", nil, "a test that was set aside with --without")
	c.Flags().StringSliceVar(&f.requirements, "requirement", nil, "a requirement that it meets too, as FRAMEWORK:ID")
	c.Flags().StringSliceVar(&f.noRequirements, "remove-requirement", nil, "a requirement that was added, as FRAMEWORK:ID")
	c.Flags().StringVar(&f.title, "title", "", "other title, of a control of your own")
	c.Flags().StringVar(&f.text, "text", "", "other text, of a control of your own")
	c.Flags().Uint64Var(&f.revision, "revision", 0, "refuse when the control has another revision by now")
	c.MarkFlagsMutuallyExclusive("applicable", "not-applicable")
	c.MarkFlagsMutuallyExclusive("evidence-required", "no-evidence-required")
	c.RunE = func(c *cobra.Command, args []string) error {
		f.setOwner, f.setTitle = c.Flags().Changed("owner"), c.Flags().Changed("title")
		f.setText, f.based = c.Flags().Changed("text"), c.Flags().Changed("revision")
		edit, err := f.edit()
		if err != nil {
			return err
		}
		ask := func(ctx context.Context, client *calls.Client, args []string) (assurance.Control, error) {
			var revision *uint64
			if f.based {
				revision = &f.revision
			}
			return client.EditControl(ctx, args[0], revision, edit)
		}
		return answered(a, ask, printControl)(c, args)
	}
	return c
}

// edit returns the change that the flags ask for.
func (f *controlFlags) edit() (edit assurance.ControlEdit, err error) {
	edit = assurance.ControlEdit{Reason: f.reason, AddTests: f.tests, RemoveTests: f.noTests, SetAside: f.without, CountAgain: f.with}
	if f.setOwner {
		edit.Owner = &f.owner
	}
	if f.setTitle {
		edit.Title = &f.title
	}
	if f.setText {
		edit.Text = &f.text
	}
	if f.applies || f.notApplicable {
		edit.Applies = &f.applies
	}
	if f.evidence || f.noEvidence {
		edit.EvidenceRequired = &f.evidence
	}
	if edit.AddRequirements, err = requirementsOf(f.requirements); err != nil {
		return edit, err
	}
	edit.RemoveRequirements, err = requirementsOf(f.noRequirements)
	return edit, err
}

// requirementsOf reads requirements given as FRAMEWORK:ID.
func requirementsOf(given []string) (map[string][]string, error) {
	if len(given) == 0 {
		return nil, nil
	}
	all := map[string][]string{}
	for _, one := range given {
		framework, id, found := strings.Cut(one, ":")
		if !found || framework == "" || id == "" {
			return nil, usagef("a requirement must be given as FRAMEWORK:ID, such as soc2:CC6.1, not %q", one)
		}
		all[framework] = append(all[framework], id)
	}
	return all, nil
}

func (a *app) controlAddCommand() *cobra.Command {
	var n assurance.NewControl
	var requirements []string
	c := &cobra.Command{
		Use: "add CONTROL", Short: "Add a control of your own", Args: exactly(1),
		Example: "  plumbline control add clean-desk --title \"Desks are empty\" --requirement iso-27001:A.7.7 --evidence-required",
	}
	c.Flags().StringVar(&n.Title, "title", "", "what holds where the control works, in one line")
	c.Flags().StringVar(&n.Text, "text", "", "the control in full")
	c.Flags().StringVar(&n.Owner, "owner", "", "address or name of who answers for it")
	c.Flags().BoolVar(&n.EvidenceRequired, "evidence-required", false, "tests alone do not show it: evidence is required")
	c.Flags().StringSliceVar(&n.Tests, "test", nil, "a test that shows it; may be given several times")
	c.Flags().StringSliceVar(&requirements, "requirement", nil, "a requirement that it meets, as FRAMEWORK:ID")
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if n.Requirements, err = requirementsOf(requirements); err != nil {
			return err
		}
		return answered(a, func(ctx context.Context, client *calls.Client, args []string) (assurance.Control, error) {
			n.ID = args[0]
			return client.AddControl(ctx, n)
		}, printControl)(c, args)
	}
	return c
}

func (a *app) controlRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "remove CONTROL", Short: "Remove a control of your own", Args: exactly(1),
		Long:    "What was decided about it stays in the audit log. A control of the product cannot be removed: say that it does not apply.",
		Example: "  plumbline control remove clean-desk",
		RunE:    answered(a, gone("removed", (*calls.Client).RemoveControl), printRemoved),
	}
}

func (a *app) controlImpactCommand() *cobra.Command {
	return &cobra.Command{
		Use: "impact CONNECTION", Short: "Say what would no longer be proven if a connection could not be read", Args: exactly(1),
		Long: "A test that reads a list which has become too old is stale, and does not pass. This command says which tests read the\n" +
			"connection, and which controls and requirements would change with them.",
		Example: "  plumbline control impact corp-okta",
		RunE:    answered(a, ofFirst((*calls.Client).ImpactOnControls), printImpactOnControls),
	}
}

func printImpactOnControls(w io.Writer, i assurance.Impact) error {
	fmt.Fprintf(w, "Without %s %d tests read something too old, and %d controls and %d requirements change.\n\n",
		display.Visible(i.Alias), len(i.Tests), len(i.Controls), len(i.Requirements))
	err := tableOf(w, []string{"TEST", "NOW", "THEN", "NOTHING ELSE IS JUDGED"}, i.Tests, func(t assurance.ImpactTest) []string {
		return []string{t.Test, word(t.Before), word(t.After), yesNo(t.Only)}
	})
	if err != nil || len(i.Controls) == 0 {
		return err
	}
	fmt.Fprintln(w)
	err = tableOf(w, []string{"CONTROL", "NOW", "THEN", "TITLE"}, i.Controls, func(c assurance.ImpactControl) []string {
		return []string{c.Control, word(c.Before), word(c.After), c.Title}
	})
	if err != nil || len(i.Requirements) == 0 {
		return err
	}
	fmt.Fprintln(w)
	return tableOf(w, []string{"REQUIREMENT", "", "NOW", "THEN"}, i.Requirements, func(r assurance.ImpactRequirement) []string {
		return []string{r.Framework, r.Requirement, word(r.Before), word(r.After)}
	})
}
