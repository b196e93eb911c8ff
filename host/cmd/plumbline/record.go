package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
)

func (a *app) changeCommand() *cobra.Command {
	c := group("change", "Look at what runs added, changed and removed")
	var run string
	var limit int
	l := &cobra.Command{Use: "list ALIAS", Short: "List changes, newest first", Args: exactly(1)}
	l.Flags().StringVar(&run, "run", "", "only what this run did")
	l.Flags().IntVar(&limit, "limit", 0, "how many at most; 0 for all")
	l.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			page := func(p api.PageParams) (api.Items[host.Change], error) {
				return client.Changes(c.Context(), args[0], run, p)
			}
			return paged(a, page, limit,
				[]string{"WHEN", "CHANGE", "STREAM", "KEY", "RUN"},
				func(k host.Change) []string { return []string{ago(&k.At), word(k.Kind), k.Stream, k.Key, k.Run} })
		})
	}
	c.AddCommand(l)
	return c
}

// paged reads a list page by page and prints it as it comes, so that a long one
// is never held in memory. limit 0 means all.
func paged[T any](a *app, read func(api.PageParams) (api.Items[T], error), limit int, header []string, row func(T) []string) error {
	var p api.PageParams
	printer := &listPrinter{app: a, header: header}
	for left := limit; limit == 0 || left > 0; {
		if p.Limit = 1000; limit > 0 {
			p.Limit = min(p.Limit, left)
		}
		page, err := read(p)
		if err != nil {
			return err
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

// listPrinter prints {"items": […]} item by item, or a table page by page.
type listPrinter struct {
	app    *app
	header []string
	rows   [][]string
	count  int
	notes  any // more members of the JSON object; nil = none
}

func (p *listPrinter) item(item any, row func() []string) error {
	p.count++
	if !p.app.json {
		p.rows = append(p.rows, row())
		if len(p.rows) < 1000 {
			return nil
		}
		return p.flush()
	}
	raw, err := json.Marshal(item)
	if err != nil {
		return fmt.Errorf("encode item: %w", err)
	}
	separator := ",\n"
	if p.count == 1 {
		separator = "{\"items\": [\n"
	}
	_, err = fmt.Fprintf(p.app.out, "%s%s", separator, raw)
	return err
}

func (p *listPrinter) flush() error {
	err := table(p.app.out, p.header, p.rows)
	p.rows = nil
	return err
}

func (p *listPrinter) end() error {
	if !p.app.json {
		if len(p.rows) == 0 && p.count > 0 {
			return nil
		}
		return p.flush()
	}
	tail := "\n]"
	if p.count == 0 {
		tail = "{\"items\": []"
	}
	if p.notes != nil {
		raw, err := json.Marshal(p.notes)
		if err != nil {
			return fmt.Errorf("encode notes: %w", err)
		}
		tail += "," + strings.TrimPrefix(string(raw), "{")
	} else {
		tail += "}"
	}
	_, err := fmt.Fprintln(p.app.out, tail)
	return err
}

// moment turns what a person writes into the API's as_of: a time or a date as they
// are, a time without a zone in this machine's, how long ago.
func moment(text string, now time.Time) (string, error) {
	if _, err := time.Parse(time.RFC3339, text); err == nil {
		return text, nil
	}
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		return text, nil
	}
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05"} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at.Format(time.RFC3339Nano), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d).Format(time.RFC3339Nano), nil
	}
	return "", host.Invalid("as-of", text, "must be a time such as 2026-06-30T12:00:00Z, a date such as 2026-06-30, or how long ago such as 90m")
}

// short fits a document into a line of a table.
func short(doc json.RawMessage) string {
	var object map[string]json.RawMessage
	if json.Unmarshal(doc, &object) == nil {
		delete(object, "vendor")
		if compact, err := json.Marshal(object); err == nil {
			doc = compact
		}
	}
	text := strings.ReplaceAll(string(doc), "\t", " ")
	if runes := []rune(text); len(runes) > 120 {
		return string(runes[:119]) + "…"
	}
	return text
}
