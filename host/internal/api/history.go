package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

// registerHistory lists the operations on single records and on what changed.
func (s *Server) registerHistory() {
	operation.Add(s.api, http.MethodGet, route.Record, "get-record",
		"Everything that is known of one record, now or as of a moment", 200, s.record)
	operation.Add(s.api, http.MethodGet, route.RecordVersions, "list-record-versions",
		"Versions of one record, newest first, each with what differs from the one before", 200, s.recordVersions)
	operation.Add(s.api, http.MethodGet, route.Changes, "list-changes",
		"What runs added, changed and removed of one connection's records, newest first", 200, s.changes)
	operation.Add(s.api, http.MethodGet, route.History, "list-history",
		"What runs added, changed and removed of the records of all connections, or of some, newest first", 200, s.history)
	operation.Add(s.api, http.MethodGet, route.HistorySummary, "get-history-summary",
		"How many records were added, changed and removed, by connection and stream", 200, s.historySummary)
}

// RecordParams name one record of a connection.
type RecordParams struct {
	Stream string `query:"stream" doc:"Name of the stream; may be left out when one stream alone has the key"`
	Key    string `query:"key" required:"true" doc:"Key of the record"`
}

// RecordInput is what get-record takes.
type RecordInput struct {
	operation.RefParam
	RecordParams
	AsOf string `query:"as_of" doc:"The record as of this moment: an RFC 3339 time, or a date for the end of that day in the time zone of schedules. What is left of the present day means now; a later moment is refused"`
}

func (s *Server) record(ctx context.Context, in *RecordInput) (*operation.Output[history.RecordDetail], error) {
	ref := lookup.RecordRef{Connection: in.Ref, Stream: in.Stream, Key: in.Key}
	at, err := s.asOf(in.AsOf)
	if err != nil {
		return nil, operation.Error(err)
	}
	return operation.One(s.app.RecordDetail(ctx, ref, at))
}

// RecordVersionsInput is what list-record-versions takes.
type RecordVersionsInput struct {
	operation.RefParam
	RecordParams
	operation.PageParams
}

func (s *Server) recordVersions(ctx context.Context, in *RecordVersionsInput) (*operation.Output[lookup.VersionPage], error) {
	ref := lookup.RecordRef{Connection: in.Ref, Stream: in.Stream, Key: in.Key}
	return operation.One(s.app.RecordVersions(ctx, ref, in.Limit, in.Cursor))
}

// ChangeParams say which changes are wanted.
type ChangeParams struct {
	Run    string `query:"run" doc:"Only what this run did"`
	Stream string `query:"stream" doc:"Name of a stream; empty for all"`
	Change string `query:"change" enum:"added,changed,removed" doc:"Empty for all"`
	Since  string `query:"since" doc:"Time such as 2026-06-30T12:00:00Z, or a day in the time zone of schedules"`
	Until  string `query:"until" doc:"Likewise; a day means its end"`
	Query  string `query:"q" doc:"Part of the key or of what people call the record, in any case"`
}

func (s *Server) changeQuery(p *ChangeParams) (q lookup.ChangeQuery, err error) {
	q = lookup.ChangeQuery{Run: p.Run, Stream: p.Stream, Change: host.ChangeKind(p.Change), Query: p.Query}
	if q.Since, err = s.app.When("since", p.Since, false); err != nil {
		return q, err
	}
	q.Until, err = s.app.When("until", p.Until, true)
	return q, err
}

// DiffParam asks for differences.
type DiffParam struct {
	Diff bool `query:"diff" doc:"Also what differs from the version before"`
}

// ChangesInput is what list-changes takes.
type ChangesInput struct {
	operation.RefParam
	operation.PageParams
	ChangeParams
	DiffParam
}

func (s *Server) changes(ctx context.Context, in *ChangesInput) (*operation.Output[lookup.ChangePage], error) {
	q, err := s.changeQuery(&in.ChangeParams)
	if err != nil {
		return nil, operation.Error(err)
	}
	q.Diff, q.Limit, q.Cursor = in.Diff, in.Limit, in.Cursor
	return operation.One(s.app.Changes(ctx, in.Ref, q))
}

// OfConnections narrow a list to connections and a kind.
type OfConnections struct {
	Connections []string `query:"connection,explode" doc:"Id or alias of a connection; may be given several times; empty for all"`
	Kind        string   `query:"kind" doc:"Kind of the records, e.g. account; empty for any"`
}

// HistoryInput is what list-history takes.
type HistoryInput struct {
	operation.PageParams
	OfConnections
	ChangeParams
	DiffParam
}

func (s *Server) history(ctx context.Context, in *HistoryInput) (*operation.Output[lookup.ChangePage], error) {
	q, err := s.changeQuery(&in.ChangeParams)
	if err != nil {
		return nil, operation.Error(err)
	}
	q.Connections, q.Kind, q.Diff, q.Limit, q.Cursor = in.Connections, in.Kind, in.Diff, in.Limit, in.Cursor
	return operation.One(s.app.History(ctx, q))
}

// HistorySummaryInput is what get-history-summary takes.
type HistorySummaryInput struct {
	OfConnections
	ChangeParams
}

func (s *Server) historySummary(ctx context.Context, in *HistorySummaryInput) (*operation.Output[lookup.ChangeSummary], error) {
	q, err := s.changeQuery(&in.ChangeParams)
	if err != nil {
		return nil, operation.Error(err)
	}
	q.Connections, q.Kind = in.Connections, in.Kind
	return operation.One(s.app.HistorySummary(ctx, q))
}

// LogParams say which lines of a run's log are wanted.
type LogParams struct {
	After  int    `query:"after" minimum:"0" doc:"Number of the last line known, with the oldest line first"`
	Limit  int    `query:"limit" minimum:"1" maximum:"10000" default:"1000"`
	Order  string `query:"order" enum:"oldest,newest" default:"oldest" doc:"newest: the last line first, to begin at the end of a long log"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before, with the same order and filters"`
	Level  string `query:"level" enum:"debug,info,warn,error" doc:"Lines of this level and of the more serious ones"`
	Step   string `query:"step" doc:"Name of a step; empty for all"`
	Query  string `query:"q" doc:"Part of the message, in any case"`
}

// LogsInput is what list-run-logs takes.
type LogsInput struct {
	operation.IDParam
	LogParams
}

func (s *Server) logs(_ context.Context, in *LogsInput) (*operation.Output[connections.LogPage], error) {
	return operation.One(s.app.Logs(in.ID, connections.LogQuery{
		Newest: in.Order == "newest", After: in.After, Level: in.Level, Step: in.Step, Query: in.Query, Limit: in.Limit, Cursor: in.Cursor,
	}))
}
