package api

import (
	"context"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// ListParams say which records are wanted, and in which order.
type ListParams struct {
	operation.PageParams
	Offset int      `query:"offset" minimum:"0" maximum:"1000000" doc:"Records to leave out, counted from the cursor or from the beginning. Send as_of of the first answer with it, so that every page is of the same moment"`
	Stream string   `query:"stream" doc:"Name of the stream; empty for all"`
	Where  []string `query:"where,explode" doc:"A condition, all of which must hold: FIELD, one of : !: = != < <= > >=, and a value. status:active,suspended is one of these words; name:ann holds this text; name=ann is this text; last_login_at<90d is longer ago; email= is absent. GET /kinds/{kind}/fields lists the fields"`
	Query  string   `query:"q" doc:"Part of the key or of any text of the record, in any case"`
	Sort   string   `query:"sort" doc:"Field to sort by, with - before it for descending; those without it come last. Empty: by key"`
	AsOf   string   `query:"as_of" doc:"The records as of this moment: an RFC 3339 time, or a date for the end of that day in the time zone of schedules. What is left of the present day means now; a later moment is refused"`
}

func (s *Server) query(p *ListParams) (lookup.RecordQuery, error) {
	q := lookup.RecordQuery{Stream: p.Stream, Where: p.Where, Query: p.Query, Sort: p.Sort, Limit: p.Limit, Cursor: p.Cursor, Offset: p.Offset}
	var err error
	q.AsOf, err = s.asOf(p.AsOf)
	return q, err
}

// asOf returns the moment of a list; zero for now.
func (s *Server) asOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return s.app.Moment(text)
}

// RecordsInput is what list-records takes.
type RecordsInput struct {
	operation.RefParam
	ListParams
}

func (s *Server) records(ctx context.Context, in *RecordsInput) (*operation.Output[lookup.RecordPage], error) {
	return s.listRecords(ctx, &in.ListParams, []string{in.Ref}, "")
}

// AllRecordsInput is what list-all-records takes.
type AllRecordsInput struct {
	ListParams
	Kind        string   `query:"kind" doc:"Kind of the records, e.g. account; empty for any"`
	Connections []string `query:"connection,explode" doc:"Id or alias of a connection; may be given several times; empty for all"`
}

func (s *Server) allRecords(ctx context.Context, in *AllRecordsInput) (*operation.Output[lookup.RecordPage], error) {
	return s.listRecords(ctx, &in.ListParams, in.Connections, in.Kind)
}

func (s *Server) listRecords(
	ctx context.Context, in *ListParams, connections []string, kind string,
) (*operation.Output[lookup.RecordPage], error) {
	q, err := s.query(in)
	if err != nil {
		return nil, operation.Error(err)
	}
	q.Connections, q.Kind = connections, kind
	page, err := s.app.Records(ctx, q)
	if page.Items == nil {
		page.Items = []host.Record{}
	}
	return operation.One(page, err)
}

// FieldsInput is what list-fields takes.
type FieldsInput struct {
	Kind string `path:"kind" doc:"Name of the kind, e.g. account"`
}

func (s *Server) fields(_ context.Context, in *FieldsInput) (*operation.Output[operation.Items[kind.Field]], error) {
	fields, err := s.app.Fields(in.Kind)
	return operation.List(fields, "", err)
}
