package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/fleet"
	"github.com/plumbline-dev/plumbline/host/internal/insight"
)

func (a *app) insightsCommand() *cobra.Command {
	var p api.InsightsParams
	var asCSV bool
	c := &cobra.Command{
		Use: "insights [ALIAS…]", Short: "Show how reliably connections are read, and what keeps them from it",
		Long: "Counts the runs of a span of time, the last thirty days without --since. A run that read a part is neither complete nor\n" +
			"failed. One whose cause is an outage, a limit or a bug is inconclusive: it says nothing about the company's systems. Each\n" +
			"number is the length of a list: `plumbline run list` takes the same span, outcomes and causes.",
		Example: "  plumbline insights\n  plumbline insights --since 2026-01-01 --until 2026-01-31 --group connector\n" +
			"  plumbline insights --csv > insights.csv",
	}
	fleetFlags(c, &p.FleetParams)
	c.Flags().StringVar(&p.Group, "group", "connection", "what the rows are: connection, connector, category or owner")
	c.Flags().IntVar(&p.ExpiryDays, "expiry-days", 30, "credentials count as expiring within so many days")
	c.Flags().BoolVar(&asCSV, "csv", false, "the rows as CSV")
	ask := func(ctx context.Context, client *calls.Client, args []string) (api.InsightsAnswer, error) {
		p.Connections = args
		return client.Insights(ctx, p)
	}
	show := printInsights
	c.RunE = func(c *cobra.Command, args []string) error {
		if asCSV && a.json {
			return usagef("--csv and --json exclude each other")
		}
		if asCSV {
			show = printInsightsCSV
		}
		return answered(a, ask, show)(c, args)
	}
	return c
}

// fleetFlags narrow a question to a span of time and to some connections.
func fleetFlags(c *cobra.Command, p *api.FleetParams) {
	spanFlags(c.Flags(), &p.Since, &p.Until)
	c.Flags().StringVar(&p.Zone, "zone", "", "time zone of days, such as Europe/Oslo; that of schedules without it")
	c.Flags().StringVar(&p.Connector, "connector", "", "only connections of this connector")
	c.Flags().StringVar(&p.Category, "category", "", "only connections of this category")
	c.Flags().StringVar(&p.Owner, "owner", "", "only connections of this owner; none for those without one")
}

func printInsights(w io.Writer, i api.InsightsAnswer) error {
	zone, err := time.LoadLocation(i.Zone)
	if err != nil { // the agent's own, by an abbreviation
		zone = time.Local
	}
	since, until := i.Since.In(zone).Format(time.DateTime), i.Until.In(zone).Format(time.DateTime)
	if err := say(w, "Runs from %s to %s (%s)\n\n", since, until, i.Zone); err != nil {
		return err
	}
	if i.Total.Runs == 0 {
		if err := say(w, "No run has finished in this span.\n"); err != nil {
			return err
		}
	} else if err := printReliability(w, i); err != nil {
		return err
	}
	if len(i.Freshness) > 0 {
		fmt.Fprintln(w)
		if err := tableOf(w, []string{"CONNECTION", "DATA AS OF", "LAST SUCCESS OF EACH STREAM"}, i.Freshness, freshRow); err != nil {
			return err
		}
	}
	if len(i.Credentials) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return tableOf(w, []string{"CONNECTION", "CREDENTIAL", "ENDS", "SET"}, i.Credentials, func(c fleet.CredentialEnd) []string {
		ends := word(c.State)
		if c.ExpiresAt != nil {
			ends += " " + ago(c.ExpiresAt)
		}
		return []string{c.Alias, c.Name, ends, ago(&c.SetAt)}
	})
}

func printReliability(w io.Writer, i api.InsightsAnswer) error {
	header := []string{
		strings.ToUpper(i.Group), "RUNS", "COMPLETED", "PARTIAL", "FAILED", "INCONCLUSIVE", "MEDIAN", "P95", "TO REPAIR", "LATE MIN",
	}
	rows := append(i.Rows[:len(i.Rows):len(i.Rows)], insight.RowFigures{RowKey: insight.RowKey{Title: "all together"}, Figures: i.Total})
	err := tableOf(w, header, rows, func(r insight.RowFigures) []string {
		title := r.Title
		if title == "" {
			title = "no owner"
		}
		return []string{
			title, strconv.Itoa(r.Runs), percentWord(r.Success), strconv.Itoa(r.Partial), strconv.Itoa(r.Failed), strconv.Itoa(r.Inconclusive),
			secondsWord(r.Median), secondsWord(r.P95), secondsWord(r.Repair), fmt.Sprintf("%.1f", r.LateMinutes),
		}
	})
	if err != nil || len(i.Cause) == 0 {
		return err
	}
	fmt.Fprintln(w)
	header = []string{"CAUSE", "SAYS", "RUNS", "CONNECTIONS", "LISTS", "PEOPLE", "LAST"}
	return tableOf(w, header, i.Cause, func(c insight.CauseFigures) []string {
		says, people := "something to put right here", "–"
		if c.Inconclusive {
			says = "nothing about the company's systems"
		}
		if c.People != nil {
			people = strconv.Itoa(*c.People)
		}
		lists := each(c.Lists, func(l insight.ListReach) string { return fmt.Sprintf("%s (%d)", l.Kind, l.Records) })
		return []string{
			word(c.Group), says, strconv.Itoa(c.Runs), strings.Join(each(c.Affected, func(a insight.Affected) string { return a.Alias }), ", "),
			strings.Join(lists, ", "), people, ago(&c.LastAt),
		}
	})
}

func freshRow(f fleet.FreshConnection) []string {
	asOf := "part was never read whole"
	if f.AsOf != nil {
		asOf = ago(f.AsOf)
	}
	return []string{f.Alias, asOf, strings.Join(each(f.Streams, func(s fleet.StreamSuccess) string {
		last := "never"
		if s.LastCompleteAt != nil {
			last = ago(s.LastCompleteAt)
		}
		if s.Unread {
			last += ", not in the last run"
		}
		return s.Name + ": " + last
	}), "; ")}
}

// percentWord never says that all runs completed when one did not.
func percentWord(share *float64) string {
	switch {
	case share == nil:
		return "–"
	case *share >= 1:
		return "100 %"
	}
	return fmt.Sprintf("%.1f %%", min(*share*100, 99.9))
}

func secondsWord(seconds *float64) string {
	if seconds == nil {
		return "–"
	}
	return time.Duration(*seconds * float64(time.Second)).Round(10 * time.Millisecond).String()
}

// printInsightsCSV prints the rows for programs. A text that a spreadsheet would take for a formula gets an apostrophe in front.
func printInsightsCSV(w io.Writer, i api.InsightsAnswer) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	number := func(n *float64) string {
		if n == nil {
			return ""
		}
		return strconv.FormatFloat(*n, 'g', -1, 64)
	}
	safe := func(text string) string {
		if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
			return "'" + text
		}
		return text
	}
	_ = out.Write([]string{ // Error tells
		i.Group, "key", "since", "until", "zone", "runs", "completed", "partial", "failed", "inconclusive", "cancelled", "success",
		"median_seconds", "p95_seconds", "repairs", "repair_seconds", "late_runs", "late_minutes",
	})
	for _, r := range i.Rows {
		_ = out.Write([]string{
			safe(r.Title), safe(r.Key), i.Since.Format(time.RFC3339), i.Until.Format(time.RFC3339), i.Zone, strconv.Itoa(r.Runs),
			strconv.Itoa(r.Completed), strconv.Itoa(r.Partial), strconv.Itoa(r.Failed), strconv.Itoa(r.Inconclusive), strconv.Itoa(r.Cancelled),
			number(r.Success), number(r.Median), number(r.P95), strconv.Itoa(r.Repairs), number(r.Repair), strconv.Itoa(r.LateRuns),
			number(&r.LateMinutes),
		})
	}
	out.Flush()
	return out.Error()
}

// runRow is a row of a list of runs.
func runRow(r host.Run) []string {
	total := host.Counts{}
	for _, s := range r.Steps {
		total.Read, total.Added = total.Read+s.Read, total.Added+s.Added
		total.Changed, total.Removed = total.Changed+s.Changed, total.Removed+s.Removed
	}
	return []string{
		r.ID, r.Alias, word(r.Status), word(r.Trigger), actorWord(r.Actor),
		ago(r.StartedAt), duration(r.StartedAt, r.FinishedAt), counts(total),
	}
}
