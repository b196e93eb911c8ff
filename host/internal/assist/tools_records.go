package assist

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

// SearchRecords are the arguments of search_records.
type SearchRecords struct {
	Kind       string   `json:"kind" jsonschema:"kind of the records, such as account, device or finding"`
	Connection string   `json:"connection,omitempty" jsonschema:"alias or id of a connection; all without it"`
	Stream     string   `json:"stream,omitempty" jsonschema:"name of a stream; all without it"`
	Filter     []string `json:"filter,omitempty" jsonschema:"conditions that must all hold: FIELD, one of : !: = != < <= > >=, and a value, such as mfa:no or last_login_at<90d"`
	Fields     []string `json:"fields,omitempty" jsonschema:"only these fields; all without it"`
	Sort       string   `json:"sort,omitempty" jsonschema:"field to sort by, with - before it for descending"`
	AsOf       string   `json:"as_of,omitempty" jsonschema:"a time such as 2026-01-31T12:00:00Z or a day; now without it"`
	Limit      int      `json:"limit,omitempty" jsonschema:"most items, from 1 to 200; 50 without it"`
	Cursor     string   `json:"cursor,omitempty" jsonschema:"next_cursor of the answer before; send its as_of too"`
}

func searchRecords(ctx context.Context, q *asking, in SearchRecords) error {
	if err := required("kind", in.Kind); err != nil {
		return err
	}
	if err := q.mayRead(in.Kind); err != nil {
		return err
	}
	query, err := q.recordQuery(in)
	if err != nil {
		return err
	}
	page, err := q.app.Records(ctx, query)
	if err != nil {
		return err
	}
	if page.AsOf != nil {
		q.answer.AsOf = page.AsOf.UTC()
	}
	for _, s := range page.Sources {
		q.source(s)
	}
	if page.Explanation != "" {
		q.gap("records", page.Explanation)
	}
	if in.Cursor != "" {
		q.gap("connections", "how far each can be relied on is in the first answer of this list")
	}
	q.answer.Data.Summary = map[string]any{"kind": in.Kind, "matched": page.Matched, "first_read_at": page.FirstReadAt}
	for _, r := range page.Items {
		q.run(r.Run)
		item, err := q.recordOf(r, in.Fields)
		if err != nil {
			return err
		}
		q.add(item)
	}
	q.next(page.Next)
	return nil
}

// recordQuery refuses conditions on what is withheld: how many records meet one would tell it.
func (q *asking) recordQuery(in SearchRecords) (lookup.RecordQuery, error) {
	query := lookup.RecordQuery{Kind: in.Kind, Stream: in.Stream, Where: in.Filter, Sort: in.Sort, Cursor: in.Cursor}
	var err error
	if query.Limit, err = limited(in.Limit); err != nil {
		return query, err
	}
	if in.Connection != "" {
		query.Connections = []string{in.Connection}
	}
	if in.AsOf != "" {
		if query.AsOf, err = q.app.Moment(in.AsOf); err != nil {
			return query, err
		}
	}
	asked := []string{strings.TrimPrefix(in.Sort, "-")}
	for _, condition := range in.Filter {
		asked = append(asked, strings.TrimSpace(condition[:indexAny(condition, ":!=<>")]))
	}
	for _, field := range asked {
		if field != "" && (field == "key" && q.keyIsPersonal(in.Kind) || q.withholds(in.Kind, field)) {
			return query, host.Refused(host.CodeForbidden, "Use another field, or have a person let the client read it.",
				"the field %s of the kind %s is withheld from the client %s", display.Visible(display.Cut(field, 60)), in.Kind, q.policy.Client)
		}
	}
	return query, nil
}

func indexAny(text, chars string) int {
	if at := strings.IndexAny(text, chars); at >= 0 {
		return at
	}
	return len(text)
}

// keyIsPersonal reports whether the keys of a kind may be names or addresses that the client may not read.
func (q *asking) keyIsPersonal(kind string) bool { return q.withholds(kind, "external_id") }

// keyOf returns the key of a record as the client may read it.
func (q *asking) keyOf(kind, key string) string {
	if q.keyIsPersonal(kind) {
		return display.Mask(key)
	}
	return key
}

// recordOf returns a record with the fields that are wanted and not withheld.
func (q *asking) recordOf(r host.Record, wanted []string) (map[string]any, error) {
	fields, err := q.fieldsOf(r.Kind, r.Data)
	if err != nil {
		return nil, err
	}
	if len(wanted) > 0 {
		for name := range fields {
			if !slices.Contains(wanted, name) {
				delete(fields, name)
			}
		}
	}
	item := map[string]any{
		"connection": r.Alias, "stream": r.Stream, "key": q.keyOf(r.Kind, r.Key), "observed_at": r.ObservedAt, "run": r.Run, "fields": fields,
	}
	if r.ConnectorTrust == host.TrustDevelopment {
		item["in_development"] = "read by a connector in development: no evidence"
	}
	return item, nil
}

// fieldsOf returns the fields of a document that are not withheld.
func (q *asking) fieldsOf(kind string, data json.RawMessage) (map[string]any, error) {
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, fmt.Errorf("decode record: %w", err)
	}
	for name, value := range fields {
		if q.withholds(kind, name) {
			delete(fields, name)
			continue
		}
		fields[name] = q.within(kind, value)
	}
	return fields, nil
}

// within returns a value without the members that are withheld.
func (q *asking) within(kind string, value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = q.within(kind, v[i])
		}
	case map[string]any:
		for name, member := range v {
			if q.withholds(kind, name) || !q.policy.Personal && display.PersonalColumn(name) {
				delete(v, name)
				continue
			}
			v[name] = q.within(kind, member)
		}
	}
	return value
}

// RecordHistory are the arguments of record_history.
type RecordHistory struct {
	Connection string `json:"connection" jsonschema:"alias or id of the connection"`
	Key        string `json:"key" jsonschema:"key of the record"`
	Stream     string `json:"stream,omitempty" jsonschema:"name of the stream; needed when several have the key"`
	Limit      int    `json:"limit,omitempty" jsonschema:"most versions, from 1 to 200; 50 without it"`
	Cursor     string `json:"cursor,omitempty" jsonschema:"next_cursor of the answer before"`
}

func recordHistory(ctx context.Context, q *asking, in RecordHistory) error {
	for name, value := range map[string]string{"connection": in.Connection, "key": in.Key} {
		if err := required(name, value); err != nil {
			return err
		}
	}
	limit, err := limited(in.Limit)
	if err != nil {
		return err
	}
	ref := lookup.RecordRef{Connection: in.Connection, Stream: in.Stream, Key: in.Key}
	detail, err := q.app.RecordDetail(ctx, ref, time.Time{})
	if err != nil {
		return err
	}
	if err := q.mayRead(detail.Kind); err != nil {
		return err
	}
	ref.Stream = detail.Stream
	page, err := q.app.RecordVersions(ctx, ref, limit, in.Cursor)
	if err != nil {
		return err
	}
	q.answer.Data.Summary = map[string]any{
		"connection": detail.Connection.Alias, "stream": detail.Stream, "kind": detail.Kind, "key": q.keyOf(detail.Kind, detail.Key),
		"state": detail.State, "versions": detail.Versions, "first_seen_at": detail.FirstSeenAt, "read_at": detail.ReadAt,
	}
	if detail.Explanation != "" {
		q.gap(detail.Connection.Alias+"/"+detail.Stream, detail.Explanation)
	}
	if detail.PrunedBefore != nil {
		q.gap("history", "versions before "+detail.PrunedBefore.UTC().Format(time.RFC3339)+" are no longer kept")
	}
	if c := detail.Connection; c.Health != host.HealthHealthy || c.Reason != host.ReasonOnTime {
		q.gap(c.Alias, string(c.Reason)+": "+c.Explanation)
	}
	for _, v := range page.Items {
		q.run(v.Run)
		q.add(map[string]any{
			"version": v.Number, "at": v.At, "change": v.Change, "run": v.Run, "differences": q.differences(detail.Kind, v.Diff, v.Cut, v.Lost),
		})
	}
	q.next(page.Next)
	return nil
}

// differences returns those that are not withheld.
func (q *asking) differences(kind string, all []history.FieldDiff, cut int, lost bool) []map[string]any {
	told := []map[string]any{}
	for _, d := range all {
		if d.Field == "" || q.withholds(kind, d.Field) || q.hides(kind, d.Path) {
			continue
		}
		told = append(told, map[string]any{"field": d.Field, "path": d.Path, "before": q.shown(kind, d.Before), "after": q.shown(kind, d.After)})
	}
	if cut > 0 {
		q.gap("differences", "a version has more than are shown")
	}
	if lost {
		q.gap("differences", "a version that they are made from is no longer kept")
	}
	return told
}

// hides reports whether a JSON pointer leads through a member that is withheld.
func (q *asking) hides(kind, path string) bool {
	for i, name := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		if q.withholds(kind, name) || i > 0 && !q.policy.Personal && display.PersonalColumn(name) {
			return true
		}
	}
	return false
}

func (q *asking) shown(kind string, raw json.RawMessage) any {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return nil // absent
	}
	return q.within(kind, value)
}

// Diff are the arguments of diff.
type Diff struct {
	From       string `json:"from" jsonschema:"a time such as 2026-01-31T12:00:00Z, or a day"`
	To         string `json:"to,omitempty" jsonschema:"likewise, a day means its end; now without it"`
	Connection string `json:"connection,omitempty" jsonschema:"alias or id of a connection; all without it"`
	Kind       string `json:"kind,omitempty" jsonschema:"kind of the records, such as account; any without it"`
	Change     string `json:"change,omitempty" jsonschema:"added, changed or removed; any without it"`
	Limit      int    `json:"limit,omitempty" jsonschema:"most items, from 1 to 200; 50 without it"`
	Cursor     string `json:"cursor,omitempty" jsonschema:"next_cursor of the answer before"`
}

func (q *asking) changeQuery(in Diff) (query lookup.ChangeQuery, err error) {
	query = lookup.ChangeQuery{Kind: in.Kind, Change: host.ChangeKind(in.Change), Diff: true, Cursor: in.Cursor}
	if in.Change != "" && !slices.Contains([]string{"added", "changed", "removed"}, in.Change) {
		return query, host.Invalid("change", in.Change, "must be added, changed or removed")
	}
	if in.Connection != "" {
		query.Connections = []string{in.Connection}
	}
	if query.Limit, err = limited(in.Limit); err != nil {
		return query, err
	}
	if query.Since, err = q.app.When("from", in.From, false); err != nil {
		return query, err
	}
	query.Until, err = q.app.When("to", in.To, true)
	return query, err
}

func diff(ctx context.Context, q *asking, in Diff) error {
	if err := required("from", in.From); err != nil {
		return err
	}
	if in.Kind != "" {
		if err := q.mayRead(in.Kind); err != nil {
			return err
		}
	}
	query, err := q.changeQuery(in)
	if err != nil {
		return err
	}
	summary, err := q.app.HistorySummary(ctx, query)
	if err != nil {
		return err
	}
	page, err := q.app.History(ctx, query)
	if err != nil {
		return err
	}
	if !query.Until.IsZero() && query.Until.Before(q.now) {
		q.answer.AsOf = query.Until.UTC()
	}
	q.answer.Data.Summary = map[string]any{
		"since": query.Since.UTC(), "added": summary.Added, "changed": summary.Changed, "removed": summary.Removed,
		"by_stream": summary.Items, "searched_to": page.SearchedTo,
	}
	if page.Explanation != "" {
		q.gap("changes", page.Explanation)
	}
	if page.PrunedBefore != nil {
		q.gap("changes", "those before "+page.PrunedBefore.UTC().Format(time.RFC3339)+" are no longer kept, at least in part")
	}
	all, err := q.those(ctx, in.Connection)
	if err != nil {
		return err
	}
	for _, c := range all {
		q.connection(c)
	}
	q.answer.SourceRuns = []string{} // those of the changes, not the latest
	for _, c := range page.Items {
		if q.policy.WithholdsKind(c.RecordKind) {
			q.gap("kind "+c.RecordKind, "withheld from the client "+q.policy.Client)
			continue
		}
		q.kinds[c.RecordKind] = true
		q.run(c.Run)
		item := map[string]any{
			"connection": c.Alias, "stream": c.Stream, "kind": c.RecordKind, "key": q.keyOf(c.RecordKind, c.Key), "change": c.Kind, "at": c.At,
			"run": c.Run, "differences": q.differences(c.RecordKind, c.Diff, c.Cut, c.Lost),
		}
		if !q.keyIsPersonal(c.RecordKind) {
			item["title"] = c.Title
		}
		q.add(item)
	}
	q.next(page.Next)
	return nil
}
