package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

func (a *app) recordShowCommand() *cobra.Command {
	var stream, asOf string
	c := &cobra.Command{
		Use: "show ALIAS KEY", Short: "Show everything that is known of one record", Args: exactly(2),
		Long: "Shows every field of a record with what the system tells of it, the run that first saw this version, and until when it\n" +
			"is known to be true. --json has the meaning of each field and the vendor's own document as well.",
		Example: "  plumbline record show corp-ldap anna --as-of 2026-06-30",
	}
	c.Flags().StringVar(&stream, "stream", "", "stream of the record, when several streams have the key")
	c.Flags().StringVar(&asOf, "as-of", "", "the record as of then, as for record list")
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (d history.RecordDetail, err error) {
		if asOf != "" {
			if asOf, err = moment(asOf, time.Now()); err != nil {
				return d, err
			}
		}
		return client.Record(ctx, args[0], api.RecordParams{Stream: stream, Key: args[1]}, asOf)
	}, a.printRecord)
	return c
}

// printRecord prints a record with its fields. What is not known has a dash.
func (a *app) printRecord(w io.Writer, d history.RecordDetail) error {
	if d.Demo {
		fmt.Fprintln(a.errs, "Demo: "+demoNote)
	}
	state := string(d.State)
	switch {
	case d.Explanation != "":
		state = "not known: " + d.Explanation
	case d.State == history.RecordRemoved:
		state = "removed; the fields are those it had before"
	}
	list := []string{
		"record", d.Title, "key", d.Key, "state", state, "connection", fmt.Sprintf("%s (%s, %s)", d.Connection.Alias, d.Connection.Health,
			word(d.Connection.Reason)),
		"stream", d.Stream, "kind", word(d.Kind), "as of", moments(d.AsOf), "first seen", moments(d.FirstSeenAt),
		"this version since", moments(d.ChangedAt),
		"known to be true until", moments(d.ReadAt),
	}
	if d.PrunedBefore != nil {
		list = append(list, "versions kept since", moments(d.PrunedBefore))
	}
	if r := d.Run; r != nil {
		list = append(list, "run", strings.TrimSpace(r.ID+" "+r.ConnectorVersion), "started by", actorWord(r.Actor))
	}
	if err := pairs(w, list...); err != nil || len(d.Fields) == 0 {
		return err
	}
	fmt.Fprintln(w)
	return tableOf(w, []string{"FIELD", "VALUE"}, d.Fields, func(f history.FieldValue) []string {
		if !f.Known {
			return []string{f.Title, "– (the system does not tell)"}
		}
		return []string{f.Title, strings.TrimSpace(cell(f.Value) + " " + f.Unit)}
	})
}

// moments writes a time for a person, "" for none.
func moments(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.Local().Format("2006-01-02 15:04:05 MST")
}

func (a *app) recordHistoryCommand() *cobra.Command {
	var stream string
	var limit int
	c := &cobra.Command{
		Use: "history ALIAS KEY", Short: "Show the versions of one record and what differs", Args: exactly(2),
		Example: "  plumbline record history corp-ldap anna --limit 5",
	}
	c.Flags().StringVar(&stream, "stream", "", "stream of the record, when several streams have the key")
	limitFlag(c, &limit, 0)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *calls.Client) error {
			printer := &listPrinter{app: a, header: []string{"NUMBER", "WHEN", "CHANGE", "RUN", "WHAT DIFFERS"}}
			return printPages(printer, limit, versionRow, func(p operation.PageParams) ([]history.RecordVersion, string, error) {
				page, err := client.RecordVersions(c.Context(), args[0], api.RecordParams{Stream: stream, Key: args[1]}, p)
				if err == nil && p.Cursor == "" {
					a.noteVersions(printer, page)
				}
				return page.Items, page.Next, err
			})
		})
	}
	return c
}

// noteVersions says what is not known of the versions of a record.
func (a *app) noteVersions(printer *listPrinter, page lookup.VersionPage) {
	page.Items = nil
	if a.json {
		printer.notes = struct {
			Title        string     `json:"title"`
			Stream       string     `json:"stream"`
			PrunedBefore *time.Time `json:"pruned_before,omitempty"`
			Explanation  string     `json:"explanation,omitempty"`
		}{page.Title, page.Stream, page.PrunedBefore, page.Explanation}
		return
	}
	if page.Explanation != "" {
		fmt.Fprintln(a.errs, page.Explanation)
	}
	if page.PrunedBefore != nil {
		fmt.Fprintf(a.errs, "Versions before %s are no longer kept.\n", moments(page.PrunedBefore))
	}
}

func versionRow(v history.RecordVersion) []string {
	return []string{fmt.Sprint(v.Number), v.At.Local().Format(time.DateTime), string(v.Change), v.Run, diffWords(v.Change, v.Diff, v.Cut,
		v.Lost)}
}

// mostWords is how many differences fit into a line of a table.
const mostWords = 4

// diffWords says in one line what differs.
func diffWords(change host.ChangeKind, diff []history.FieldDiff, cut int, lost bool) string {
	if lost {
		return "the version before is no longer kept"
	}
	if change != host.ChangeChanged {
		return ""
	}
	parts := []string{}
	for _, d := range diff[:min(len(diff), mostWords)] {
		parts = append(parts, fmt.Sprintf("%s: %s → %s", strings.TrimPrefix(d.Path, "/"), brief(d.Before), brief(d.After)))
	}
	if more := len(diff) - len(parts) + cut; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ")
}

// brief is a value in few letters, a dash for none.
func brief(value json.RawMessage) string {
	text := cell(bytes.TrimSpace(value))
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:39]) + "…"
	}
	return text
}
