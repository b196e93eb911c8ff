package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	usecase "github.com/plumbline-dev/plumbline/host/internal/app"
)

// explainLong is what both commands say of themselves.
const explainLong = "Names the cause, what supports it and how sure that is, what to do in order, and who can do it.\n" +
	"It is derived on this machine from the run, its log, earlier runs, edits and other connections, without a network and\n" +
	"without a model. A vendor's outage and a bug are inconclusive: they say nothing about the company's own systems."

func (a *app) connectionExplainCommand() *cobra.Command {
	return a.explainCommand("explain ALIAS", "Say why the latest run of a connection was not complete, and what to do",
		(*calls.Client).ExplainConnection)
}

func (a *app) runExplainCommand() *cobra.Command {
	return a.explainCommand("explain RUN", "Say why a run was not complete, and what to do", (*calls.Client).ExplainRun)
}

func (a *app) explainCommand(use, short string, ask func(*calls.Client, context.Context, string, bool) (usecase.Explained,
	error)) *cobra.Command {
	var facts bool
	c := &cobra.Command{Use: use, Short: short, Long: explainLong, Args: exactly(1)}
	c.Flags().BoolVar(&facts, "facts", false, "with --json: with the facts that it was derived from")
	answer := func(ctx context.Context, client *calls.Client, args []string) (usecase.Explained, error) {
		return ask(client, ctx, args[0], facts)
	}
	c.RunE = answered(a, answer, printExplanation)
	return c
}

// actingWord names who can act.
func actingWord(who diagnosis.ActingParty) string {
	words := map[diagnosis.ActingParty]string{
		diagnosis.ActYou: "you", diagnosis.ActVendorAdmin: "an administrator of the company's account at the " +
			"vendor", diagnosis.ActVendor: "the vendor",
		diagnosis.ActAuthor: "the connector's author", diagnosis.ActPlumbline: "the makers of Plumbline", diagnosis.ActNobody: "no one: it " +
			"passes by itself",
	}
	return words[who]
}

func printExplanation(w io.Writer, e usecase.Explained) error {
	if e.Cause == nil {
		if e.Run == "" {
			return say(w, "No run of %s has finished, so there is nothing to explain.\n", e.Alias)
		}
		return say(w, "Every step of run %s completed.\n", e.Run)
	}
	if err := pairs(w, "connection", e.Alias, "run", e.Run, "ended", ago(e.RunAt)); err != nil {
		return err
	}
	printCause(w, *e.Cause)
	for _, c := range e.Also {
		fmt.Fprintln(w, "\nalso:")
		printCause(w, c)
	}
	if len(e.Streams) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return tableOf(w, []string{"STREAM", "THIS RUN", "RECORDS", "LAST COMPLETE"}, e.Streams, func(s diagnosis.UnreadStream) []string {
		return []string{s.Name, word(s.Status), fmt.Sprint(s.Records), ago(s.LastCompleteAt)}
	})
}

// printCause shows a cause in plain text.
func printCause(w io.Writer, c diagnosis.Cause) {
	sure := word(c.Confidence)
	if c.Inconclusive {
		sure += "; inconclusive about the company's own systems"
	}
	fmt.Fprintf(w, "\n%s (%s)\n%s\n\n", display.Visible(c.Title), c.ID, continued(c.Sentence, ""))
	fmt.Fprintf(w, "confidence: %s\nwho:        %s\n", sure, actingWord(c.Who))
	if len(c.Remedies) > 0 {
		fmt.Fprintln(w, "what to do:")
	}
	for i, r := range c.Remedies {
		fmt.Fprintf(w, "  %d. %s\n", i+1, continued(r.Text, "     "))
	}
	if len(c.Evidence) > 0 {
		fmt.Fprintln(w, "because:")
	}
	for _, e := range c.Evidence {
		fmt.Fprintf(w, "  - %s%s\n", continued(e.Text, "    "), where(e))
	}
	if len(c.TellsMore) > 0 {
		fmt.Fprintf(w, "what would tell more:\n  - %s\n", strings.Join(each(c.TellsMore, display.Visible), "\n  - "))
	}
}

// where names what a piece of evidence links to.
func where(e diagnosis.Evidence) string {
	switch {
	case e.Line > 0:
		return fmt.Sprintf(" [log line %d]", e.Line)
	case e.Kind == diagnosis.EvidenceStep && e.Step != "":
		return fmt.Sprintf(" [step %s]", display.Visible(e.Step))
	case e.Entry > 0:
		return fmt.Sprintf(" [audit %d]", e.Entry)
	case e.Kind == diagnosis.EvidenceRun, e.Kind == diagnosis.EvidenceConnection:
		return fmt.Sprintf(" [run %s]", e.Run)
	}
	return ""
}
