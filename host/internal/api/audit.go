package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

// registerAudit lists the operations on the audit log and on holds of history.
func (s *Server) registerAudit() {
	operation.Add(s.api, http.MethodGet, route.Audit, "list-audit",
		"Who changed what, newest first: every edit of a connection or a hold, every decision on removals, trust and consent", 200, s.audit)
	operation.Add(s.api, http.MethodGet, route.Holds, "list-holds", "Spans of history that are kept whatever the retention says", 200, s.holds)
	operation.Add(s.api, http.MethodPost, route.Holds, "add-hold",
		"Keep a connection's records of a span of time until the hold is released", 201, s.addHold)
	operation.Add(s.api, http.MethodDelete, route.Hold, "release-hold",
		"Let a span of history be pruned again", 204, operation.Removes(s.app.Release))
}

// AuditParams say which entries of the audit log are asked for.
type AuditParams struct {
	operation.PageParams
	Collection string `query:"collection" doc:"Such as connection, hold, decision, trust, consent or export"`
	Key        string `query:"key" doc:"Of a document: its id or what it is called, such as a connection's alias"`
	Actor      string `query:"actor" doc:"Name, id or kind of who acted"`
	Since      string `query:"since" doc:"Time such as 2026-06-30T12:00:00Z, or a day in the time zone of schedules"`
	Until      string `query:"until" doc:"Likewise; a day means its end"`
}

func (s *Server) audit(ctx context.Context, in *AuditParams) (*operation.Output[operation.Items[host.Entry]], error) {
	q := lookup.AuditQuery{Collection: in.Collection, Key: in.Key, Actor: in.Actor, Limit: in.Limit, Cursor: in.Cursor}
	var err error
	if q.Since, err = s.app.When("since", in.Since, false); err != nil {
		return nil, operation.Error(err)
	}
	if q.Until, err = s.app.When("until", in.Until, true); err != nil {
		return nil, operation.Error(err)
	}
	return operation.List(s.app.Audit(ctx, q))
}

func (s *Server) holds(_ context.Context, _ *operation.None) (*operation.Output[operation.Items[host.Hold]], error) {
	holds, err := s.app.Holds()
	return operation.List(holds, "", err)
}

// NewHold is what a hold is made from.
type NewHold struct {
	Connection string `json:"connection" doc:"Id or alias"`
	Stream     string `json:"stream,omitempty" doc:"Empty = all streams"`
	From       string `json:"from" doc:"Time such as 2026-01-01T00:00:00Z, or a day in the time zone of schedules"`
	To         string `json:"to" doc:"Likewise; a day means its end"`
	Reason     string `json:"reason" doc:"What the span is kept for, such as the name of an audit"`
}

func (s *Server) addHold(ctx context.Context, in *struct{ Body NewHold }) (*operation.Output[host.Hold], error) {
	h := host.Hold{Connection: in.Body.Connection, Stream: in.Body.Stream, Reason: in.Body.Reason}
	var err error
	if h.From, err = s.app.When("from", in.Body.From, false); err != nil {
		return nil, operation.Error(err)
	}
	if h.To, err = s.app.When("to", in.Body.To, true); err != nil {
		return nil, operation.Error(err)
	}
	return operation.One(s.app.Hold(ctx, h))
}
