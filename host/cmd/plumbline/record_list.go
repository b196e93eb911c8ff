package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/engine"
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

What a system does not tell is unknown: it is neither "no" nor before any time.`,
		Example: `  plumbline record list --kind account --where mfa:no --where admin:yes --sort -last_login_at
  plumbline record list corp-ldap users --query smith --as-of 2026-06-30
  plumbline record list --kind account --where 'last_login_at<90d' --count`,
	}
	flags := c.Flags()
	flags.StringVar(&f.kind, "kind", "", "only records of this kind, e.g. account")
	flags.StringArrayVar(&f.where, "where", nil, "a condition that must hold; may be given several times")
	flags.StringVar(&f.query, "query", "", "only records whose key or any text holds this")
	flags.StringVar(&f.sort, "sort", "", "field to sort by, with - before it for descending")
	flags.StringVar(&f.asOf, "as-of", "", "the records as they were then: a time such as 2026-06-30T12:00:00Z, a date, or how long ago, e.g. 90m")
	flags.StringSliceVar(&f.columns, "columns", nil, "fields to print, parted by commas")
	flags.IntVar(&f.limit, "limit", 0, "how many at most; 0 for all")
	flags.BoolVar(&f.count, "count", false, "print only how many there are")
	c.RunE = func(c *cobra.Command, args []string) error {
		path, values, err := f.request(args, time.Now())
		if err != nil {
			return err
		}
		return a.with(c.Context(), func(client *api.Client) error {
			if f.count {
				return a.countRecords(c, client, path, values)
			}
			header, row := f.table(len(args) == 0)
			return paged(c.Context(), a, client, path, values, f.limit, header, row)
		})
	}
	return c
}

// request turns arguments and flags into what is asked of the API.
func (f *recordFlags) request(args []string, now time.Time) (path string, values url.Values, err error) {
	values = url.Values{}
	for name, value := range map[string]string{"q": f.query, "sort": f.sort} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(f.where) > 0 {
		values["where"] = f.where
	}
	if f.asOf != "" {
		at, err := moment(f.asOf, now)
		if err != nil {
			return "", nil, err
		}
		values.Set("as_of", at.UTC().Format(time.RFC3339Nano))
	}
	if len(args) == 2 {
		values.Set("stream", args[1])
	}
	if len(args) > 0 && f.kind == "" {
		return pathOf("connections", args[0], "records"), values, nil
	}
	if f.kind == "" {
		return "", nil, usagef("give the alias of a connection, or --kind for the records of all connections")
	}
	values.Set("kind", f.kind)
	if len(args) > 0 {
		values.Set("connection", args[0])
	}
	return pathOf("records"), values, nil
}

func (a *app) countRecords(c *cobra.Command, client *api.Client, path string, values url.Values) error {
	values.Set("limit", "1")
	if !values.Has("sort") {
		values.Set("sort", "key") // so that they are counted also as of then
	}
	var page engine.RecordPage
	if err := get(c.Context(), client, path, values, &page); err != nil {
		return err
	}
	if page.Matched == nil {
		return errors.New("count records: the agent did not count them")
	}
	if a.json {
		return printJSON(a.out, map[string]int{"matched": *page.Matched})
	}
	fmt.Fprintln(a.out, *page.Matched)
	return nil
}

// leading are the fields a reader of a table looks for first.
var leading = []string{"name", "title", "hostname", "person_name", "course", "email", "username", "status", "severity", "type", "mfa", "admin", "owner", "last_login_at", "due_at"}

// table returns the header of the list and how a record becomes a row.
func (f *recordFlags) table(all bool) (header []string, row func(host.Record) []string) {
	columns := f.columns
	if len(columns) == 0 && f.kind != "" {
		fields := kind.Fields(kind.Kind(f.kind))
		for _, name := range leading {
			known := slices.ContainsFunc(fields, func(k kind.Field) bool { return k.Name == name })
			if known && len(columns) < 7 {
				columns = append(columns, name)
			}
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
		cells := []string{r.Key}
		if all {
			cells = []string{r.Alias, r.Key}
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
				var fields api.Items[kind.Field]
				if err := get(c.Context(), client, pathOf("kinds", args[0], "fields"), nil, &fields); err != nil {
					return err
				}
				if a.json {
					return printJSON(a.out, fields)
				}
				rows := make([][]string, 0, len(fields.Items))
				for _, f := range fields.Items {
					rows = append(rows, []string{f.Name, string(f.Type), strings.Join(f.Words, ", ")})
				}
				return table(a.out, []string{"FIELD", "TYPE", "WORDS"}, rows)
			})
		},
	}
}
