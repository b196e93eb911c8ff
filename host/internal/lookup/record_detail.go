package lookup

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// RecordRef names one record.
type RecordRef struct {
	Connection string // id or alias
	Stream     string // empty when the key is in one stream of the connection alone
	Key        string
}

// VersionPage is a page of the versions of a record, newest first.
type VersionPage struct {
	Items        []history.RecordVersion `json:"items"`
	Next         string                  `json:"next_cursor,omitempty" doc:"Send as cursor for the following page; absent on the last"`
	Stream       string                  `json:"stream"`
	Kind         string                  `json:"kind"`
	Title        string                  `json:"title" doc:"What people call the record now, else its key"`
	PrunedBefore *time.Time              `json:"pruned_before,omitempty" doc:"Versions before this time are no longer kept"`
	Explanation  string                  `json:"explanation,omitempty" doc:"Set when nothing was read of the stream yet"`
	Demo         bool                    `json:"demo,omitempty" doc:"The record is of a company that does not exist"`
}

// RecordDetail returns everything that is known of a record, as of a moment; the zero time
// is now. A record that was never read in a stream that was read is not found.
func (l *Lookup) RecordDetail(ctx context.Context, ref RecordRef, asOf time.Time) (history.RecordDetail, error) {
	connection, stream, err := l.findRecord(ctx, ref)
	if err != nil {
		return history.RecordDetail{}, err
	}
	found, err := l.parts.Store.RecordAt(connection.ID, stream, ref.Key, asOf)
	if err != nil {
		return history.RecordDetail{}, err
	}
	status, err := l.statuses.Of(ctx, connection)
	if err != nil {
		return history.RecordDetail{}, err
	}
	workspace, err := l.parts.Store.Workspace()
	if err != nil {
		return history.RecordDetail{}, err
	}
	d := history.RecordDetail{
		Stream: stream, Key: ref.Key, State: found.State, Title: ref.Key, Fields: []history.FieldValue{},
		Versions: found.Versions, FirstSeenAt: present(found.FirstAt), ChangedAt: present(found.ChangedAt),
		PrunedBefore: present(found.PrunedBefore), Demo: workspace.Demo,
		Connection: history.RecordConnection{
			ID: status.ID, Alias: status.Alias, Connector: status.Connector, ConnectorName: status.ConnectorName,
			Health: status.Health, Reason: status.Reason, Explanation: status.Explanation,
		},
	}
	for _, s := range status.Streams {
		if s.Name == stream {
			d.StreamTitle, d.Kind = s.Title, s.Kind
		}
	}
	d.StreamTitle, d.Kind = cmp.Or(d.StreamTitle, found.Stream.Title, stream), cmp.Or(found.Stream.Kind, d.Kind)
	if !asOf.IsZero() {
		at := asOf.In(l.parts.Location)
		d.AsOf = &at
	}
	if d.Explanation = l.unreadBy(found.Stream.FirstReadAt, asOf); d.Explanation == "" && found.Versions == 0 {
		return history.RecordDetail{}, noRecord(connection, stream, ref.Key, found.PrunedBefore)
	}
	if err := l.describe(&d, found); err != nil {
		return history.RecordDetail{}, err
	}
	d.Account, d.Person = l.parts.People.Of(connection.ID, stream, ref.Key)
	d.ReadAt, err = l.readBy(connection.ID, stream, found.Stream.LastCompleteAt, asOf)
	return d, err
}

// noRecord is the problem of a key that no record of a stream has or had.
func noRecord(connection host.Connection, stream, key string, pruned time.Time) error {
	remedy := fmt.Sprintf("`plumbline record list %s %s --query …` finds records by a part of their key.", connection.Alias, stream)
	if !pruned.IsZero() {
		remedy += fmt.Sprintf(" A record that was removed before %s is no longer kept.", pruned.UTC().Format(time.RFC3339))
	}
	return host.NotFound("record", key, remedy)
}

// present returns a time, nil for the zero time.
func present(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// findRecord returns the connection and the stream of a record.
func (l *Lookup) findRecord(ctx context.Context, ref RecordRef) (host.Connection, string, error) {
	connection, err := l.parts.Store.Connection(ref.Connection)
	if err != nil {
		return connection, "", err
	}
	if ref.Key == "" {
		return connection, "", host.Invalid("key", nil, "is missing")
	}
	if ref.Stream != "" {
		return connection, ref.Stream, l.statuses.KnownStream(ctx, connection, ref.Stream)
	}
	streams, err := l.parts.Store.StreamsWith(connection.ID, ref.Key)
	switch {
	case err != nil:
		return connection, "", err
	case len(streams) == 1:
		return connection, streams[0], nil
	case len(streams) == 0:
		return connection, "", host.NotFound("record", ref.Key,
			fmt.Sprintf("%s never had a record with this key; `plumbline record list %s --query …` finds records by a part of it.",
				connection.Alias, connection.Alias))
	}
	p := host.Invalid("stream", nil, "is missing: several streams have a record with this key")
	p.Remedy = "Name one of " + strings.Join(streams, ", ") + "."
	return connection, "", p
}

// unreadBy explains a moment before anything was read; empty when something was.
func (l *Lookup) unreadBy(first *time.Time, asOf time.Time) string {
	switch {
	case first == nil:
		return "Nothing was read yet."
	case !asOf.IsZero() && asOf.Before(*first):
		return fmt.Sprintf("Nothing was read before %s.", l.spoken(*first))
	}
	return ""
}

// describe adds to a record what a version of it says, and the run that it is from.
func (l *Lookup) describe(d *history.RecordDetail, found journal.RecordAt) error {
	if found.State == history.RecordAbsent {
		return nil
	}
	run, err := l.parts.Store.Run(found.Run)
	if err != nil && !host.IsNotFound(err) {
		return fmt.Errorf("read run of record: %w", err)
	}
	d.Run = &history.RecordRun{
		ID: found.Run, Kept: err == nil, StartedAt: run.StartedAt, Trigger: run.Trigger, Actor: run.Actor,
		ConnectorVersion: run.ConnectorVersion, ConnectorTrust: run.ConnectorTrust,
	}
	if found.Record == nil {
		return nil // removed, and what it was is no longer kept
	}
	records := []host.Record{*found.Record}
	records[0].Connection, records[0].Alias = d.Connection.ID, d.Connection.Alias
	if err := l.marked(records); err != nil {
		return err
	}
	if found.State == history.RecordPresent {
		d.Record = &records[0]
	} else {
		d.Last = &records[0]
	}
	d.Title = cmp.Or(kind.DisplayName(kind.Kind(d.Kind), found.Record.Data), d.Key)
	d.Fields, d.Vendor = fieldsOf(d.Kind, found.Record.Data)
	return nil
}

// fieldsOf returns the fields of a document as people read them, and the vendor's own
// document.
func fieldsOf(name string, doc json.RawMessage) (fields []history.FieldValue, vendor json.RawMessage) {
	var members map[string]json.RawMessage
	if json.Unmarshal(doc, &members) != nil {
		return []history.FieldValue{}, doc
	}
	vendor = members["vendor"]
	delete(members, "vendor")
	fields = []history.FieldValue{}
	for _, f := range kind.Describe(kind.Kind(name)) {
		value, has := members[f.Name]
		delete(members, f.Name)
		fields = append(fields, history.FieldValue{
			Name: f.Name, Title: f.Title, Doc: f.Doc, Type: string(f.Type), Unit: f.Unit, Value: value,
			Known: has && (f.Type != kind.FieldWord || string(value) != `"`+kind.Unknown.String()+`"`),
		})
	}
	for _, more := range slices.Sorted(maps.Keys(members)) {
		fields = append(fields, history.FieldValue{
			Name: more, Title: kind.FieldTitle(more), Type: string(typeOf(members[more])), Value: members[more],
			Known: string(members[more]) != "null",
		})
	}
	return fields, vendor
}

// typeOf returns the type of a value that no kind describes.
func typeOf(value json.RawMessage) kind.FieldType {
	value = bytes.TrimSpace(value)
	switch {
	case len(value) == 0:
		return kind.FieldText
	case value[0] == '[' || value[0] == '{':
		return kind.FieldList
	case value[0] == '-' || value[0] >= '0' && value[0] <= '9':
		return kind.FieldNumber
	}
	return kind.FieldText
}

// runsBack is how many runs are looked through for the last complete read before a moment.
const runsBack = 500

// readBy returns the end of the last complete read of a stream by a moment; nil when there
// was none, or when it is too long ago to be found.
func (l *Lookup) readBy(connection, stream string, latest *time.Time, asOf time.Time) (*time.Time, error) {
	if latest == nil || asOf.IsZero() || !latest.After(asOf) {
		return latest, nil
	}
	runs, _, err := l.parts.Store.Runs(journal.RunQuery{Connection: connection, Until: asOf, Limit: runsBack})
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	for _, run := range runs {
		for _, s := range run.Steps {
			whole := s.Stream == stream && s.Status == host.StatusSucceeded && s.Held == 0
			if whole && s.FinishedAt != nil && !s.FinishedAt.After(asOf) {
				return s.FinishedAt, nil
			}
		}
	}
	return nil, nil
}

// RecordVersions returns the versions of a record, newest first, each with what differs
// from the one before.
func (l *Lookup) RecordVersions(ctx context.Context, ref RecordRef, limit int, cursor string) (VersionPage, error) {
	connection, stream, err := l.findRecord(ctx, ref)
	if err != nil {
		return VersionPage{}, err
	}
	found, err := l.parts.Store.RecordVersions(ctx, journal.VersionQuery{
		Connection: connection.ID, Stream: stream, Key: ref.Key, Limit: limit, Cursor: cursor,
	})
	if err != nil {
		return VersionPage{}, err
	}
	workspace, err := l.parts.Store.Workspace()
	if err != nil {
		return VersionPage{}, err
	}
	page := VersionPage{
		Items: found.Versions, Next: found.Next, Stream: stream, Kind: found.Kind, Title: found.Title,
		PrunedBefore: present(found.PrunedBefore), Demo: workspace.Demo,
	}
	if len(found.Versions) == 0 && cursor == "" {
		at, err := l.parts.Store.RecordAt(connection.ID, stream, ref.Key, time.Time{})
		if err != nil {
			return VersionPage{}, err
		}
		if page.Explanation = l.unreadBy(at.Stream.FirstReadAt, time.Time{}); page.Explanation == "" {
			return VersionPage{}, noRecord(connection, stream, ref.Key, found.PrunedBefore)
		}
	}
	return page, nil
}
