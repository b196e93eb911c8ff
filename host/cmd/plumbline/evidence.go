package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

func (a *app) evidenceCommand() *cobra.Command {
	c := group("evidence", "Keep what shows that controls work, and put it into one file for an auditor",
		a.evidenceListCommand(), a.evidenceShowCommand(), a.evidenceAddCommand(), a.evidenceRenewCommand(), a.evidenceSetCommand(),
		a.evidenceRemoveCommand(), a.evidenceGetCommand())
	c.AddCommand(a.packCommands()...)
	return c
}

func (a *app) evidenceListCommand() *cobra.Command {
	var states []string
	var wanted proof.EvidenceInput
	c := &cobra.Command{
		Use: "list", Short: "List evidence with its state", Args: exactly(0),
		Long: "Evidence of people needs an artifact (nothing was added yet), needs renewal (its validity has ended), is upcoming (a\n" +
			"renewal is due within 30 days) or ready. With --automated yes the list has what was made from what was read: the\n" +
			"results of tests, and the lists that they judge with count and date.",
		Example: "  plumbline evidence list\n  plumbline evidence list --state needs_artifact,needs_renewal,upcoming\n" +
			"  plumbline evidence list --automated yes --control access-mfa",
	}
	c.Flags().StringSliceVar(&states, "state", nil, "only evidence in these states; removed evidence has to be asked for")
	c.Flags().StringVar(&wanted.Control, "control", "", "only evidence that shows this control")
	c.Flags().StringVar(&wanted.Automated, "automated", "no", "no for what people added, yes for what was made from what was read")
	ask := func(ctx context.Context, client *calls.Client, _ []string) ([]assurance.Evidence, error) {
		wanted.State = each(states, func(s string) assurance.EvidenceState { return assurance.EvidenceState(s) })
		return client.EvidenceItems(ctx, wanted)
	}
	header := []string{"EVIDENCE", "STATE", "KIND", "VALID UNTIL", "OWNER", "CONTROLS", "TITLE"}
	c.RunE = listed(a, ask, header, func(e assurance.Evidence) []string {
		until := ""
		if e.Latest != nil {
			until = e.Latest.ValidUntil.Format(time.DateOnly)
		}
		return []string{e.ID, word(e.State), word(e.Kind), until, e.Owner, strings.Join(e.Controls, ", "), e.Title}
	})
	return c
}

func (a *app) evidenceShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show EVIDENCE", Short: "Show evidence with every version", Args: exactly(1), Example: "  plumbline evidence show 01JD…",
		RunE: answered(a, ofFirst((*calls.Client).Evidence), printEvidence),
	}
}

func printEvidence(w io.Writer, e assurance.Evidence) error {
	fmt.Fprintf(w, "%s\n\n", display.Visible(e.Title))
	err := pairs(w, "evidence", e.ID, "state", fmt.Sprintf("%s: %s", word(e.State), e.Reason), "owner", e.Owner,
		"controls", strings.Join(e.Controls, ", "), "renewed every", fmt.Sprintf("%d days", e.RenewDays), "revision", fmt.Sprint(e.Revision))
	if err != nil || len(e.Versions) == 0 {
		return err
	}
	fmt.Fprintln(w)
	header := []string{"VERSION", "KIND", "WHAT", "OF", "VALID UNTIL", "ADDED BY", "SHA256"}
	return tableOf(w, header, e.Versions, func(v assurance.Artifact) []string {
		what, sum := strings.TrimSpace(v.Ticket+" "+v.Link), ""
		if v.File != nil {
			what, sum = fmt.Sprintf("%s (%d bytes)", v.File.Name, v.File.Bytes), v.File.SHA256
		}
		if what == "" {
			what = display.Cut(strings.ReplaceAll(v.Statement, "\n", " "), 60)
		}
		return []string{fmt.Sprint(v.Number), word(v.Kind), what, v.CollectedAt.Format(time.DateOnly), v.ValidUntil.Format(time.DateOnly),
			v.By.String(), sum}
	})
}

// artifactFlags say what evidence is made of.
type artifactFlags struct {
	file, link, ticket, statement, collected, until string
}

func (f *artifactFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.file, "file", "", "a file of at most 25 MB: pdf, png, jpg, gif, txt, md, log, csv, eml, json, docx, xlsx, pptx")
	flags.StringVar(&f.link, "link", "", "an address")
	flags.StringVar(&f.ticket, "ticket", "", "number of a ticket; --link may give its address")
	flags.StringVar(&f.statement, "statement", "", "what you attest; beside a file, link or ticket a note")
	flags.StringVar(&f.collected, "collected", "", "day or time of which it is (default now)")
	flags.StringVar(&f.until, "valid-until", "", "last day, or time, until which it is valid")
}

// artifact uploads the file if there is one, and returns what the flags describe; nil when they describe nothing.
func (f *artifactFlags) artifact(ctx context.Context, client *calls.Client) (*assurance.NewArtifact, error) {
	n := &assurance.NewArtifact{Link: f.link, Ticket: f.ticket, Statement: f.statement}
	switch {
	case f.file != "":
		n.Kind = assurance.EvidenceFile
	case f.ticket != "":
		n.Kind = assurance.EvidenceTicket
	case f.link != "":
		n.Kind = assurance.EvidenceLink
	case f.statement != "":
		n.Kind = assurance.EvidenceAttestation
	default:
		return nil, nil
	}
	var err error
	if n.CollectedAt, err = dayOrTime("collected", f.collected, false); err != nil {
		return nil, err
	}
	if n.ValidUntil, err = dayOrTime("valid-until", f.until, true); err != nil {
		return nil, err
	}
	if f.file == "" {
		return n, nil
	}
	file, err := openSized(f.file)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	uploaded, err := client.UploadEvidence(ctx, filepath.Base(f.file), file)
	n.File = &uploaded
	return n, err
}

// dayOrTime reads a day or a time; "" is nil. The end of a day is its last second.
func dayOrTime(flag, text string, end bool) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return &at, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, time.Local)
	if err != nil {
		return nil, usagef("--%s must be a day such as 2026-06-30, or a time such as 2026-06-30T12:00:00Z, not %q", flag, text)
	}
	if end {
		at = at.AddDate(0, 0, 1).Add(-time.Second)
	}
	return &at, nil
}

func (a *app) evidenceAddCommand() *cobra.Command {
	var n assurance.NewEvidence
	var f artifactFlags
	c := &cobra.Command{
		Use: "add TITLE", Short: "Add evidence: a file, a link, a ticket or an attestation", Args: exactly(1),
		Long: "Without any of them it is a request for evidence, which is listed as one that needs an artifact. A file is stored under\n" +
			"the hash of its content; its type is compared with the content. Evidence is valid for --renew-every days after it was\n" +
			"collected, unless --valid-until says otherwise.",
		Example: "  plumbline evidence add \"Penetration test 2026\" --file report.pdf --control weakness-scanning --owner ann@example.com\n" +
			"  plumbline evidence add \"Board reviewed the risks\" --statement \"Reviewed on 3 March.\" --control risk-assessment --renew-every 90",
	}
	c.Flags().StringVar(&n.Owner, "owner", "", "address or name of who renews it")
	c.Flags().StringSliceVar(&n.Controls, "control", nil, "a control that it shows; may be given several times")
	c.Flags().IntVar(&n.RenewDays, "renew-every", 365, "days for which it is valid")
	f.register(c.Flags())
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (e assurance.Evidence, err error) {
		n.Title = args[0]
		if n.Artifact, err = f.artifact(ctx, client); err != nil {
			return e, err
		}
		return client.AddEvidence(ctx, n)
	}, printEvidence)
	return c
}

func (a *app) evidenceRenewCommand() *cobra.Command {
	var f artifactFlags
	c := &cobra.Command{
		Use: "renew EVIDENCE", Short: "Give evidence a new version; earlier ones are kept", Args: exactly(1),
		Example: "  plumbline evidence renew 01JD… --file report-2027.pdf --collected 2027-01-15",
	}
	f.register(c.Flags())
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (e assurance.Evidence, err error) {
		n, err := f.artifact(ctx, client)
		if err != nil {
			return e, err
		}
		if n == nil {
			return e, usagef("give --file, --link, --ticket or --statement")
		}
		return client.RenewEvidence(ctx, args[0], nil, *n)
	}, printEvidence)
	return c
}

func (a *app) evidenceSetCommand() *cobra.Command {
	var title, owner string
	var controls []string
	var days int
	c := &cobra.Command{
		Use: "set EVIDENCE", Short: "Change title, owner, controls or renewal of evidence", Args: exactly(1),
		Example: "  plumbline evidence set 01JD… --owner ben@example.com --control weakness-scanning,risk-assessment",
	}
	c.Flags().StringVar(&title, "title", "", "other title")
	c.Flags().StringVar(&owner, "owner", "", "address or name of who renews it; empty for none")
	c.Flags().StringSliceVar(&controls, "control", nil, "every control that it shows")
	c.Flags().IntVar(&days, "renew-every", 0, "days for which the next version is valid")
	c.RunE = func(c *cobra.Command, args []string) error {
		var edit assurance.EvidenceEdit
		for name, set := range map[string]func(){
			"title": func() { edit.Title = &title }, "owner": func() { edit.Owner = &owner },
			"control": func() { edit.Controls = &controls }, "renew-every": func() { edit.RenewDays = &days },
		} {
			if c.Flags().Changed(name) {
				set()
			}
		}
		return answered(a, func(ctx context.Context, client *calls.Client, args []string) (assurance.Evidence, error) {
			return client.EditEvidence(ctx, args[0], nil, edit)
		}, printEvidence)(c, args)
	}
	return c
}

func (a *app) evidenceRemoveCommand() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: "remove EVIDENCE --reason TEXT", Short: "Remove evidence; its entry and its files are kept", Args: exactly(1),
		Example: "  plumbline evidence remove 01JD… --reason \"The report was withdrawn.\"",
	}
	c.Flags().StringVar(&reason, "reason", "", "why it is removed")
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (assurance.Evidence, error) {
		return client.RemoveEvidence(ctx, args[0], reason)
	}, printEvidence)
	return c
}

func (a *app) evidenceGetCommand() *cobra.Command {
	var number int
	var to string
	c := &cobra.Command{
		Use: "get EVIDENCE", Short: "Write the file of evidence", Args: exactly(1),
		Long:    "Writes the latest version that is a file, or the one that --number names, into the file that -o names.",
		Example: "  plumbline evidence get 01JD… -o report.pdf",
	}
	c.Flags().IntVar(&number, "number", 0, "version (default the latest that is a file)")
	c.Flags().StringVarP(&to, "output", "o", "", "file to write, replacing it (default the name that it was added with)")
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (got assurance.File, err error) {
		e, err := client.Evidence(ctx, args[0])
		if err != nil {
			return got, err
		}
		for _, v := range e.Versions {
			if v.File == nil || number != 0 && v.Number != number {
				continue
			}
			got = *v.File
			if to != "" {
				got.Name = to
			}
			return got, durable.Write(got.Name, 0o600, func(w io.Writer) error { return client.EvidenceFile(ctx, e.ID, v.Number, w) })
		}
		return got, usagef("%s has no such version that is a file; see `plumbline evidence show %s`", args[0], args[0])
	}, func(w io.Writer, f assurance.File) error {
		return say(w, "Wrote %s: %d bytes, SHA-256 %s.\n", display.Visible(f.Name), f.Bytes, f.SHA256)
	})
	return c
}
