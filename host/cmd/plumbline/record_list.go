package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	usecase "github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

func (a *app) recordCommand() *cobra.Command {
	c := group("record", "Look at records as they are, or were")
	c.AddCommand(a.recordListCommand(), a.recordFieldsCommand())
	return c
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

--where takes a field, a comparison and a value, and may be given several times:
all of them must hold. "plumbline record fields KIND" lists the fields.

  status:active,suspended  is one of these words (!: none of them)
  name:ann                 holds this text, in any case (!: does not)
  name='Ann Lee'           is exactly this text, in any case (!= is not)
  last_login_at<90d        is longer ago than 90 days; also <= > >= and dates
  email=                   is absent (!= is there)

What a system does not tell is unknown: it is neither "no" nor before any time.

A source that cannot be relied on, and a moment before anything was read, are
named on standard error; with --json in "sources" and "explanation".`,
		Example: `  plumbline record list --kind account --where mfa:no --where admin:yes --sort -last_login_at
  plumbline record list corp-ldap users --query smith --as-of 2026-06-30
  plumbline record list --kind account --where 'last_login_at<90d' --count`,
	}
	flags := c.Flags()
	flags.StringVar(&f.kind, "kind", "", "only records of this kind, e.g. account")
	flags.StringArrayVar(&f.where, "where", nil, "a condition that must hold; may be given several times")
	flags.StringVar(&f.query, "query", "", "only records whose key or any text holds this")
	flags.StringVar(&f.sort, "sort", "", "field to sort by, with - before it for descending")
	flags.StringVar(&f.asOf, "as-of", "", "the records as of then: a time such as 2026-06-30T12:00:00Z, a date for the end of that day (today means now), or how long ago, e.g. 90m")
	flags.StringSliceVar(&f.columns, "columns", nil, "fields to print, parted by commas")
	flags.IntVar(&f.limit, "limit", 0, "how many at most; 0 for all")
	flags.BoolVar(&f.count, "count", false, "print only how many there are")
	c.RunE = func(c *cobra.Command, args []string) error {
		p, err := f.params(args, time.Now())
		if err != nil {
			return err
		}
		return a.with(c.Context(), func(client *api.Client) error {
			read := func(p api.ListParams) (usecase.RecordPage, error) {
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

// params turns arguments and flags into what is asked of the API.
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
type recordReader func(api.ListParams) (usecase.RecordPage, error)

func (a *app) countRecords(read recordReader, p api.ListParams) error {
	p.Limit = 1
	if p.Sort == "" {
		p.Sort = "key" // so that they are counted also as of then
	}
	page, err := read(p)
	if err != nil {
		return err
	}
	if page.Matched == nil && page.Explanation == "" {
		return errors.New("count records: the agent did not count them")
	}
	if a.json {
		return printJSON(a.out, recordCount{page.Matched, notesOf(page)})
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

func notesOf(page usecase.RecordPage) recordNotes {
	return recordNotes{page.AsOf, page.Explanation, page.FirstReadAt, page.Sources}
}

// noteSources says on standard error what keeps a list from being relied on.
func (a *app) noteSources(page usecase.RecordPage) {
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

// listRecords reads a list page by page and prints it as it comes. Following pages
// are of the moment of the first.
func (a *app) listRecords(read recordReader, p api.ListParams, limit int, header []string, row func(host.Record) []string) error {
	printer := &listPrinter{app: a, header: header}
	for left, first := limit, true; limit == 0 || left > 0; first = false {
		if p.Limit = 1000; limit > 0 {
			p.Limit = min(p.Limit, left)
		}
		page, err := read(p)
		if err != nil {
			return err
		}
		if first {
			if printer.notes = notesOf(page); !a.json {
				a.noteSources(page)
			}
			if page.AsOf != nil && p.AsOf != "" {
				p.AsOf = page.AsOf.Format(time.RFC3339Nano)
			}
		}
		for _, item := range page.Items {
			if err := printer.item(item, func() []string { return row(item) }); err != nil {
				return err
			}
		}
		left -= len(page.Items)
		if page.Next == "" {
			break
		}
		p.Cursor = page.Next
	}
	return printer.end()
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

// unfit marks a record that is no evidence.
func unfit(r host.Record) string {
	if r.ConnectorTrust == host.TrustDevelopment {
		return ", IN DEVELOPMENT"
	}
	return ""
}

// cell is a value of a document in a table; one that is not there is a dash,
// because it is not the same as empty.
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

func (a *app) recordFieldsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "fields KIND", Short: "List what records of a kind can be filtered and sorted by", Args: exactly(1),
		Example: "  plumbline record fields account",
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(client *api.Client) error {
				fields, err := client.Fields(c.Context(), args[0])
				if err != nil {
					return err
				}
				if a.json {
					return printJSON(a.out, api.Items[kind.Field]{Items: fields})
				}
				rows := make([][]string, 0, len(fields))
				for _, f := range fields {
					rows = append(rows, []string{f.Name, string(f.Type), strings.Join(f.Words, ", ")})
				}
				return table(a.out, []string{"FIELD", "TYPE", "WORDS"}, rows)
			})
		},
	}
}
