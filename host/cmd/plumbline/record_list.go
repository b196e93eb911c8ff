package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

func (a *app) recordCommand() *cobra.Command {
	fields := func(ctx context.Context, c *calls.Client, args []string) ([]kind.Field, error) {
		return c.Fields(ctx, args[0])
	}
	return group("record", "Show records as they are, or were",
		a.recordListCommand(),
		a.recordShowCommand(),
		a.recordHistoryCommand(),
		&cobra.Command{
			Use: "fields KIND", Short: "List the fields by which records of a kind can be filtered and sorted", Args: exactly(1),
			Example: "  plumbline record fields account",
			RunE: listed(a, fields, []string{"FIELD", "TYPE", "WORDS"},
				func(f kind.Field) []string { return []string{f.Name, string(f.Type), strings.Join(f.Words, ", ")} }),
		},
	)
}

// recordFlags say which records are listed, and how.
type recordFlags struct {
	kind, query, sort, asOf string
	where, columns          []string
	limit                   int
	count                   bool
}

func (a *app) recordListCommand() *cobra.Command {
	var f recordFlags
	c := &cobra.Command{
		Use: "list [ALIAS [STREAM]]", Short: "List records of one connection or, by kind, of all", Args: atMost(2),
		Long: `List records of one connection or, by kind, of all.

--where takes a field, a comparison and a value. Given several times, all
conditions must hold. "plumbline record fields KIND" lists the fields.

  status:active,suspended  is one of these words (!: none of them)
  name:ann                 holds this text, in any case (!: does not)
  name='Ann Lee'           is exactly this text, in any case (!= is not)
  last_login_at<90d        is longer ago than 90 days; also <= > >= and dates
  email=                   is absent (!= is there)

A value that a system does not report is unknown: it is neither "no" nor before
any time.

Standard error names each source whose list is incomplete, and says so when
nothing was read yet at the time of --as-of; --json has both in "sources" and
"explanation".`,
		Example: `  plumbline record list --kind account --where mfa:no --where admin:yes --sort -last_login_at
  plumbline record list corp-ldap users --query smith --as-of 2026-06-30
  plumbline record list --kind account --where 'last_login_at<90d' --count`,
	}
	flags := c.Flags()
	flags.StringVar(&f.kind, "kind", "", "only records of this kind, e.g. account")
	flags.StringArrayVar(&f.where, "where", nil, "a condition that must hold; may be given several times")
	flags.StringVar(&f.query, "query", "", "only records whose key or any text holds this")
	flags.StringVar(&f.sort, "sort", "", "field to sort by, with - before it for descending")
	flags.StringVar(&f.asOf, "as-of", "",
		"the records as of then: a time such as 2026-06-30T12:00:00Z, a date for the end of that day (today is now), or how long ago, e.g. 90m")
	flags.StringSliceVar(&f.columns, "columns", nil, "fields to print, separated by commas")
	limitFlag(c, &f.limit, 0)
	flags.BoolVar(&f.count, "count", false, "print only how many there are")
	c.RunE = func(c *cobra.Command, args []string) error {
		p, err := f.params(args, time.Now())
		if err != nil {
			return err
		}
		return a.with(c.Context(), func(client *calls.Client) error {
			read := func(p api.ListParams) (lookup.RecordPage, error) {
				if f.kind == "" {
					return client.Records(c.Context(), args[0], p)
				}
				return client.AllRecords(c.Context(), f.kind, args[:min(1, len(args))], p)
			}
			if f.count {
				return a.countRecords(read, p)
			}
			header, row := f.table(len(args) == 0)
			return a.listRecords(read, p, f.limit, header, row)
		})
	}
	return c
}

func (f *recordFlags) params(args []string, now time.Time) (api.ListParams, error) {
	p := api.ListParams{Where: f.where, Query: f.query, Sort: f.sort}
	if f.asOf != "" {
		var err error
		if p.AsOf, err = moment(f.asOf, now); err != nil {
			return p, err
		}
	}
	if len(args) == 2 {
		p.Stream = args[1]
	}
	if len(args) == 0 && f.kind == "" {
		return p, usagef("give the alias of a connection, or --kind for the records of all connections")
	}
	return p, nil
}

// recordReader reads a page of the list that a command is about.
type recordReader func(api.ListParams) (lookup.RecordPage, error)

func (a *app) countRecords(read recordReader, p api.ListParams) error {
	p.Limit = 1
	if p.Sort == "" {
		p.Sort = "key" // the API counts only sorted lists as of a moment
	}
	page, err := read(p)
	if err != nil {
		return err
	}
	if page.Matched == nil && page.Explanation == "" {
		return errors.New("count records: the agent did not count them")
	}
	if a.json {
		return a.printJSON(recordCount{page.Matched, notesOf(page)})
	}
	a.noteSources(page)
	if page.Matched != nil {
		fmt.Fprintln(a.out, *page.Matched)
	}
	return nil
}

// recordNotes is what --json says of a list beside its records.
type recordNotes struct {
	AsOf        *time.Time    `json:"as_of,omitempty"`
	Explanation string        `json:"explanation,omitempty"`
	FirstReadAt *time.Time    `json:"first_read_at,omitempty"`
	Sources     []host.Source `json:"sources"`
}

type recordCount struct {
	Matched *int `json:"matched"` // null when nothing was read by the moment of the list
	recordNotes
}

func notesOf(page lookup.RecordPage) recordNotes {
	return recordNotes{page.AsOf, page.Explanation, page.FirstReadAt, page.Sources}
}

// noteSources names on standard error the sources whose list is incomplete.
func (a *app) noteSources(page lookup.RecordPage) {
	if page.Explanation != "" {
		fmt.Fprintln(a.errs, page.Explanation)
		return
	}
	for _, s := range page.Sources {
		if s.State != host.SourceComplete {
			fmt.Fprintf(a.errs, "%s is %s: %s\n", s.Alias, s.State, s.Explanation)
		}
	}
}

// listRecords prints a list page by page. The pages after the first are as of the
// moment of the first.
func (a *app) listRecords(read recordReader, p api.ListParams, limit int, header []string, row func(host.Record) []string) error {
	printer := &listPrinter{app: a, header: header}
	return printPages(printer, limit, row, func(at operation.PageParams) ([]host.Record, string, error) {
		p.PageParams = at
		page, err := read(p)
		if err != nil || at.Cursor != "" {
			return page.Items, page.Next, err
		}
		if printer.notes = notesOf(page); !a.json {
			a.noteSources(page)
		}
		if page.AsOf != nil && p.AsOf != "" {
			p.AsOf = page.AsOf.Format(time.RFC3339Nano)
		}
		return page.Items, page.Next, nil
	})
}

// mostColumns is how many columns a table has when --columns is not given.
const mostColumns = 7

// table returns the header of the list and how a record becomes a row.
func (f *recordFlags) table(all bool) (header []string, row func(host.Record) []string) {
	columns := f.columns
	if len(columns) == 0 && f.kind != "" {
		fields := slices.DeleteFunc(kind.Fields(kind.Kind(f.kind)), func(k kind.Field) bool { return k.Rank == 0 })
		slices.SortFunc(fields, func(a, b kind.Field) int { return cmp.Compare(a.Rank, b.Rank) })
		for _, k := range fields[:min(len(fields), mostColumns)] {
			columns = append(columns, k.Name)
		}
	}
	if len(columns) == 0 {
		return []string{"KEY", "SEEN SINCE", "DOCUMENT"}, func(r host.Record) []string {
			return []string{r.Key, ago(&r.ObservedAt) + unfit(r), short(r.Data)}
		}
	}
	header = []string{"KEY"}
	if all {
		header = []string{"CONNECTION", "KEY"}
	}
	for _, name := range columns {
		header = append(header, strings.ToUpper(strings.ReplaceAll(name, "_", " ")))
	}
	return header, func(r host.Record) []string {
		cells := []string{r.Key + unfit(r)}
		if all {
			cells = []string{r.Alias, r.Key + unfit(r)}
		}
		var document map[string]json.RawMessage
		if json.Unmarshal(r.Data, &document) != nil {
			return cells
		}
		for _, name := range columns {
			cells = append(cells, cell(document[name]))
		}
		return cells
	}
}

// unfit marks a record of a connector in development, which is no evidence.
func unfit(r host.Record) string {
	if r.ConnectorTrust == host.TrustDevelopment {
		return ", IN DEVELOPMENT"
	}
	return ""
}

// cell is a value of a document in a table. An absent value is a dash, because it
// differs from an empty one.
func cell(value json.RawMessage) string {
	var text string
	var list []string
	switch {
	case len(value) == 0:
		return "-"
	case json.Unmarshal(value, &text) == nil:
		return strings.Join(strings.Fields(text), " ")
	case json.Unmarshal(value, &list) == nil:
		return strings.Join(list, ", ")
	}
	return string(value)
}
