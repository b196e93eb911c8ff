package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// registerDrafts lists the operations on connections that are not saved yet.
func (s *Server) registerDrafts() {
	operation.Add(s.api, http.MethodGet, route.Drafts, "list-drafts",
		"Connections that a person has begun to set up or to edit, newest first", 200,
		s.drafts)
	operation.Add(s.api, http.MethodGet, route.Draft, "get-draft", "One draft", 200, operation.ByID(s.app.Draft))
	operation.Add(s.api, http.MethodPut, route.Draft, "put-draft", "Keep what was entered, without its secrets", 200, s.putDraft)
	operation.Add(s.api, http.MethodDelete, route.Draft, "delete-draft", "Discard a draft", 204, operation.Removes(s.app.DeleteDraft))
}

// DraftsParams say which drafts are asked for.
type DraftsParams struct {
	Connector  string `query:"connector" doc:"Only of this connector"`
	Connection string `query:"connection" doc:"Only edits of this connection, by id or alias"`
}

func (s *Server) drafts(ctx context.Context, in *DraftsParams) (*operation.Output[operation.Items[host.Draft]], error) {
	drafts, err := s.app.Drafts(ctx, in.Connector, in.Connection)
	return operation.List(drafts, "", err)
}

// DraftInput is what put-draft takes.
type DraftInput struct {
	operation.IDParam
	IfMatch string `header:"If-Match" doc:"Revision the change is based on"`
	Body    connections.DraftEdit
}

func (s *Server) putDraft(ctx context.Context, in *DraftInput) (*operation.Output[host.Draft], error) {
	revision, err := revisionOf(in.IfMatch)
	if err != nil {
		return nil, operation.Error(err)
	}
	return operation.One(s.app.PutDraft(ctx, in.ID, revision, in.Body))
}
