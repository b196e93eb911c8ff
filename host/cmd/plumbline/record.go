package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
)

func limitFlag(c *cobra.Command, limit *int, usual int) {
	c.Flags().IntVar(limit, "limit", usual, "how many at most; 0 for all")
}

// pageMost is how many items a page of the API has at most.
const pageMost = 1000

// page says how many items to ask for when limit allows left more; 0 when it has
// all. limit 0 means that there is none.
func page(limit, done int) int {
	if limit == 0 {
		return pageMost
	}
	return max(min(pageMost, limit-done), 0)
}

func checkLimit(limit int) error {
	if limit < 0 {
		return usagef("--limit must be 0 for all, or how many at most, not %d", limit)
	}
	return nil
}

// paged is the body of a command that prints a list page by page, without holding
// all of it in memory.
func paged[T any](
	a *app, limit *int, ask func(context.Context, *calls.Client, []string, operation.PageParams) (operation.Items[T], error),
	header []string, row func(T) []string,
) runE {
	return func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *calls.Client) error {
			printer := &listPrinter{app: a, header: header}
			return printPages(printer, *limit, row, func(p operation.PageParams) ([]T, string, error) {
				page, err := ask(c.Context(), client, args, p)
				return page.Items, page.Next, err
			})
		})
	}
}

// printPages reads a list page by page and prints each page as it comes.
func printPages[T any](
	printer *listPrinter, limit int, row func(T) []string, read func(operation.PageParams) (items []T, next string, err error),
) error {
	if err := checkLimit(limit); err != nil {
		return err
	}
	p := operation.PageParams{Limit: page(limit, 0)}
	for p.Limit > 0 {
		items, next, err := read(p)
		if err != nil {
			return err
		}
		for _, item := range items {
			if err := printer.item(item, func() []string { return row(item) }); err != nil {
				return err
			}
		}
		if p = (operation.PageParams{Cursor: next, Limit: page(limit, printer.count)}); next == "" {
			break
		}
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
		if len(p.rows) < pageMost {
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
	return say(p.app.out, "%s%s", separator, raw)
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
	head, tail := "", "}"
	if p.count == 0 {
		head = "{\"items\": ["
	}
	if p.notes == nil {
		p.notes = struct{}{}
	}
	notes, err := p.app.shown(p.notes)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(notes)
	if err != nil {
		return fmt.Errorf("encode notes: %w", err)
	}
	if members := strings.TrimPrefix(string(raw), "{"); members != "}" {
		tail = "," + members
	}
	return say(p.app.out, "%s\n]%s\n", head, tail)
}

// moment turns what a person writes into the API's as_of. A time with a zone and a
// date stay; a time without a zone is in this machine's; a duration means that long ago.
func moment(text string, now time.Time) (string, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if _, err := time.Parse(layout, text); err == nil {
			return text, nil
		}
	}
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05"} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at.Format(time.RFC3339Nano), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d).Format(time.RFC3339Nano), nil
	}
	return "", host.Invalid("as-of", text,
		"must be a time such as 2026-06-30T12:00:00Z, a date such as 2026-06-30, or how long ago such as 90m")
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
