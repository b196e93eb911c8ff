package lookup

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/view"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// How much an export reads at once.
const (
	exportPage      = 1000   // items of a list
	versionsAtOnce  = 20_000 // names of records, for which an index of all is read
	documentsAtOnce = 200    // documents, each of up to a megabyte
)

// pages calls row with the items of a list that is read page by page. First is the first
// page.
func pages[T any](
	ctx context.Context, first []T, next string, more func(cursor string) ([]T, string, error),
	row func(item any, cells []any) error, cells func(T) []any,
) error {
	for items := first; ; {
		for _, item := range items {
			if err := row(item, cells(item)); err != nil {
				return err
			}
		}
		if next == "" {
			return ctx.Err()
		}
		var err error
		if items, next, err = more(next); err != nil {
			return err
		}
	}
}

func (l *Lookup) recordSheet(ctx context.Context, r ExportRequest) (sheet, error) {
	q := RecordQuery{
		Connections: r.Connections, Kind: r.Kind, Stream: r.Stream, Where: r.Where, Query: r.Query,
		Sort: cmp.Or(r.Sort, "key"), // one list of one moment, which a plain list is not
		AsOf: l.parts.Store.Clock().In(l.parts.Location), Limit: 1,
	}
	var err error
	if r.AsOf != "" {
		if q.AsOf, err = l.Moment(r.AsOf); err != nil {
			return sheet{}, err
		}
	}
	first, err := l.Records(ctx, q)
	if err != nil {
		return sheet{}, err
	}
	aliases, marks, err := l.listed(ctx, q)
	if err != nil {
		return sheet{}, err
	}
	of := commonKind(r.Kind, marks)
	described := kind.Describe(kind.Kind(of))
	at := q.AsOf.In(l.parts.Location)
	s := sheet{name: exportName(r, of), columns: recordColumns(described)}
	s.head.AsOf, s.head.Sources, s.head.Explanation, s.head.Rows = &at, first.Sources, first.Explanation, first.Matched
	if first.Matched != nil {
		s.total = *first.Matched
	}
	if r.Format == host.FormatCSV {
		s.head.Notes = append(s.head.Notes, "empty cell: the system does not tell, or it was not read")
		if len(described) > 0 {
			s.head.Notes = append(s.head.Notes, "left out: fields that the kind does not have, and the vendor's own documents; JSON Lines have both")
		}
	}
	s.each = func(ctx context.Context, row func(any, []any) error) error {
		query := view.Query{Where: q.Where, Text: q.Query, Sort: q.Sort, AsOf: q.AsOf, Now: q.AsOf, Limit: versionsAtOnce}
		return l.eachRecord(ctx, marks, query, func(r host.Record) error {
			r.Alias = aliases[r.Connection]
			return row(r, recordCells(r, described))
		})
	}
	return s, nil
}

// commonKind returns the kind that all streams of a list have; empty when there are several.
func commonKind(asked string, marks []host.StreamMark) string {
	if asked != "" || len(marks) == 0 {
		return asked
	}
	for _, m := range marks {
		if m.Kind != marks[0].Kind {
			return ""
		}
	}
	return marks[0].Kind
}

// recordColumns returns the columns of records of one kind, or of several, which have the
// document in common.
func recordColumns(described []kind.Description) []string {
	columns := []string{"connection", "stream", "kind", "key"}
	for _, f := range described {
		columns = append(columns, f.Name)
	}
	if len(described) == 0 {
		columns = append(columns, "document")
	}
	return append(columns, "observed_at", "run", "connector_version", "connector_trust", "hash")
}

// eachRecord calls fn with every record of a list, in its order.
func (l *Lookup) eachRecord(ctx context.Context, marks []host.StreamMark, q view.Query, fn func(host.Record) error) error {
	for {
		answer, err := l.parts.View.List(ctx, marks, q)
		if err != nil {
			return err
		}
		if err := l.parts.Store.KeptAt(marks, answer.AsOf); err != nil {
			return err
		}
		for versions := range slices.Chunk(answer.Versions, documentsAtOnce) {
			records, err := l.parts.Store.RecordsAt(ctx, versions)
			if err == nil {
				err = l.marked(records)
			}
			if err != nil {
				return err
			}
			for _, r := range records {
				if err := fn(r); err != nil {
					return err
				}
			}
		}
		if q.Cursor = answer.Next; q.Cursor == "" {
			return ctx.Err()
		}
	}
}

func recordCells(r host.Record, described []kind.Description) []any {
	cells := []any{r.Alias, r.Stream, r.Kind, r.Key}
	if len(described) == 0 {
		cells = append(cells, r.Data)
	} else {
		var members map[string]json.RawMessage
		_ = json.Unmarshal(r.Data, &members) // a stored document is an object; of anything else the cells stay empty
		for _, f := range described {
			cells = append(cells, members[f.Name])
		}
	}
	return append(cells, r.ObservedAt, r.Run, r.ConnectorVersion, string(r.ConnectorTrust), r.Hash)
}

// exportName returns the parts of the name of a file: of records their kind and, when they
// are of one connection, its name.
func exportName(r ExportRequest, of string) []string {
	name := r.What
	if r.What == host.ExportRecords && of != "" {
		name = strings.ReplaceAll(of, "_", " ") + "s"
		if stem, ok := strings.CutSuffix(of, "y"); ok {
			name = stem + "ies"
		}
	}
	if len(r.Connections) == 1 {
		return []string{r.Connections[0], cmp.Or(r.Stream, name)}
	}
	return []string{name}
}

func (l *Lookup) changeSheet(ctx context.Context, r ExportRequest) (sheet, error) {
	q := ChangeQuery{
		Connections: r.Connections, Kind: r.Kind, Stream: r.Stream, Change: host.ChangeKind(r.Change), Run: r.Run,
		Query: r.Query, Diff: r.Diff, Limit: exportPage,
	}
	var err error
	if q.Since, err = l.When("since", r.Since, false); err != nil {
		return sheet{}, err
	}
	if q.Until, err = l.When("until", r.Until, true); err != nil {
		return sheet{}, err
	}
	if now := l.parts.Store.Clock(); q.Until.IsZero() || q.Until.After(now) {
		q.Until = now // changes that are made while the file is written are not in it
	}
	first, err := l.History(ctx, q)
	if err != nil {
		return sheet{}, err
	}
	s := sheet{name: exportName(r, ""), columns: []string{"at", "change", "connection", "stream", "record_kind", "key", "title", "run",
		"hash"}}
	if r.Diff {
		s.columns = append(s.columns, "diff")
	}
	sources := RecordPage{}
	if err := l.sources(ctx, RecordQuery{Connections: r.Connections, Kind: r.Kind, Stream: r.Stream, AsOf: q.Until}, &sources); err != nil {
		return sheet{}, err
	}
	until := q.Until.In(l.parts.Location)
	s.head.AsOf, s.head.Sources, s.head.Explanation = &until, sources.Sources, first.Explanation
	if first.PrunedBefore != nil {
		s.head.Notes = append(s.head.Notes, "not kept: changes before "+l.spoken(*first.PrunedBefore)+" are missing, at least in part")
	}
	if r.Query == "" && r.Change == "" {
		if counted, err := l.HistorySummary(ctx, q); err == nil { // without it the rows are counted at the end only
			s.total = counted.Added + counted.Changed + counted.Removed
			s.head.Rows = &s.total
		}
	}
	s.each = func(ctx context.Context, row func(any, []any) error) error {
		more := func(cursor string) ([]history.RecordChange, string, error) {
			q.Cursor = cursor
			page, err := l.History(ctx, q)
			return page.Items, page.Next, err
		}
		return pages(ctx, first.Items, first.Next, more, row, func(c history.RecordChange) []any {
			cells := []any{c.At, string(c.Kind), c.Alias, c.Stream, c.RecordKind, c.Key, c.Title, c.Run, c.Hash}
			if r.Diff {
				cells = append(cells, c.Diff)
			}
			return cells
		})
	}
	return s, nil
}

func (l *Lookup) auditSheet(r ExportRequest) (s sheet, err error) {
	q := AuditQuery{Collection: r.Collection, Key: r.Key, Actor: r.Actor, Limit: exportPage}
	if q.Since, err = l.When("since", r.Since, false); err != nil {
		return s, err
	}
	if q.Until, err = l.When("until", r.Until, true); err != nil {
		return s, err
	}
	s.name = []string{"audit"}
	s.columns = []string{"number", "at", "actor_kind", "actor", "authenticated", "action", "collection", "key", "title", "revision",
		"document", "before", "link"}
	s.each = func(ctx context.Context, row func(any, []any) error) error {
		read := func(cursor string) ([]host.Entry, string, error) {
			q.Cursor = cursor
			return l.Audit(ctx, q)
		}
		first, next, err := read("")
		if err != nil {
			return err
		}
		return pages(ctx, first, next, read, row, func(e host.Entry) []any {
			return []any{
				int(e.Number), e.At, string(e.Actor.Kind), cmp.Or(e.Actor.Name, e.Actor.ID), e.Actor.Auth, string(e.Action), e.Collection, e.Key,
				e.Title, int(e.Revision), e.Document, e.Before, e.Link,
			}
		})
	}
	return s, nil
}

func (l *Lookup) logSheet(r ExportRequest) (s sheet, err error) {
	q := connections.LogQuery{Level: r.Level, Step: r.Step, Query: r.Query, Limit: exportPage}
	first, err := l.connections.Logs(r.Run, q)
	if err != nil {
		return s, err
	}
	s.name, s.columns = []string{"log", r.Run}, []string{"number", "at", "level", "step", "message"}
	s.head.Explanation, s.head.Rows, s.total = first.Explanation, first.Matches, *first.Matches
	s.each = func(ctx context.Context, row func(any, []any) error) error {
		more := func(cursor string) ([]host.Log, string, error) {
			q.Cursor = cursor
			page, err := l.connections.Logs(r.Run, q)
			return page.Items, page.Next, err
		}
		return pages(ctx, first.Items, first.Next, more, row, func(l host.Log) []any {
			return []any{l.Number, l.At, l.Level, l.Step, l.Message}
		})
	}
	return s, nil
}

func (l *Lookup) connectionSheet(ctx context.Context, r ExportRequest) (s sheet, err error) {
	q := connections.ConnectionQuery{
		Filter: connections.Filter{
			Health: named[host.Health](r.Health), Reason: named[host.Reason](r.Reason), Category: named[host.Category](r.Category),
			Owner: r.Owner, Connector: r.Connector, NeedsYou: r.Needs == "you", Query: r.Query,
		},
		Order: cmp.Or(r.Order, connections.OrderNewest), Limit: exportPage,
	}
	first, err := l.connections.ListConnections(ctx, q)
	if err != nil {
		return s, err
	}
	s.name = []string{"connections"}
	s.columns = []string{
		"id", "alias", "connector", "connector_name", "categories", "health", "reason", "explanation", "since", "paused", "schedule",
		"records", "last_success_at", "next_run_at", "owner",
	}
	s.head.Rows, s.total = &first.Matched, first.Matched
	s.each = func(ctx context.Context, row func(any, []any) error) error {
		more := func(cursor string) ([]host.ConnectionItem, string, error) {
			q.Cursor = cursor
			page, err := l.connections.ListConnections(ctx, q)
			return page.Items, page.Next, err
		}
		return pages(ctx, first.Items, first.Next, more, row, func(c host.ConnectionItem) []any {
			return []any{
				c.ID, c.Alias, c.Connector, c.ConnectorName, c.Categories, string(c.Health), string(c.Reason), c.Explanation, c.Since,
				c.Paused != nil, c.Schedule, c.Records, c.LastSuccessAt, c.NextRunAt, c.Owner,
			}
		})
	}
	return s, nil
}

func (l *Lookup) runSheet(r ExportRequest) (s sheet, err error) {
	if len(r.Connections) > 1 {
		return s, host.Invalid("connection", r.Connections, "may be given once: a list of runs is of one connection or of all")
	}
	ref := strings.Join(r.Connections, "")
	first, next, err := l.connections.Runs(ref, exportPage, "")
	if err != nil {
		return s, err
	}
	s.name = exportName(r, "")
	s.columns = []string{
		"id", "connection", "connector", "connector_version", "connector_trust", "status", "trigger", "started_by", "queued_at", "started_at",
		"finished_at", "read", "added", "changed", "removed", "failed_steps", "error",
	}
	s.each = func(ctx context.Context, row func(any, []any) error) error {
		more := func(cursor string) ([]host.Run, string, error) { return l.connections.Runs(ref, exportPage, cursor) }
		return pages(ctx, first, next, more, row, runCells)
	}
	return s, nil
}

func runCells(r host.Run) []any {
	var total host.Counts
	failed := []string{}
	problem := ""
	if r.Error != nil {
		problem = r.Error.Message
	}
	for _, s := range r.Steps {
		total.Read, total.Added = total.Read+s.Read, total.Added+s.Added
		total.Changed, total.Removed = total.Changed+s.Changed, total.Removed+s.Removed
		if s.Failed() {
			failed = append(failed, s.Name)
		}
		if s.Error != nil {
			problem = cmp.Or(problem, s.Error.Message)
		}
	}
	by := ""
	if r.Actor != nil {
		by = r.Actor.String()
	}
	return []any{
		r.ID, r.Alias, r.Connector, r.ConnectorVersion, string(r.ConnectorTrust), string(r.Status), string(r.Trigger), by, r.QueuedAt,
		r.StartedAt,
		r.FinishedAt, total.Read, total.Added, total.Changed, total.Removed, strings.Join(failed, " "), problem,
	}
}

// named turns words into the names that they are.
func named[T ~string](words []string) []T {
	names := make([]T, len(words))
	for i, word := range words {
		names[i] = T(word)
	}
	return names
}
