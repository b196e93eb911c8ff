package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// registerDrafts lists the operations on connections that are not saved yet.
func (s *Server) registerDrafts() {
	operation(s, http.MethodGet, route.Drafts, "list-drafts", "Connections that a person has begun to set up or to edit, newest first", 200,
		s.drafts)
	operation(s, http.MethodGet, route.Draft, "get-draft", "One draft", 200, byID(s.app.Draft))
	operation(s, http.MethodPut, route.Draft, "put-draft", "Keep what was entered, without its secrets", 200, s.putDraft)
	operation(s, http.MethodDelete, route.Draft, "delete-draft", "Discard a draft", 204, removes(s.app.DeleteDraft))
}

// DraftsParams say which drafts are asked for.
type DraftsParams struct {
	Connector  string `query:"connector" doc:"Only of this connector"`
	Connection string `query:"connection" doc:"Only edits of this connection, by id or alias"`
}

func (s *Server) drafts(ctx context.Context, in *DraftsParams) (*output[Items[host.Draft]], error) {
	drafts, err := s.app.Drafts(ctx, in.Connector, in.Connection)
	return list(drafts, "", err)
}

type draftInput struct {
	IDParam
	IfMatch string `header:"If-Match" doc:"Revision the change is based on"`
	Body    connections.DraftEdit
}

func (s *Server) putDraft(ctx context.Context, in *draftInput) (*output[host.Draft], error) {
	revision, err := revisionOf(in.IfMatch)
	if err != nil {
		return nil, asError(err)
	}
	return one(s.app.PutDraft(ctx, in.ID, revision, in.Body))
}

// Drafts returns the drafts of a connector or a connection, or all of them.
func (c *Client) Drafts(ctx context.Context, p DraftsParams) ([]host.Draft, error) {
	return items[host.Draft](ctx, c, route.Drafts, p)
}

// Draft returns one draft.
func (c *Client) Draft(ctx context.Context, id string) (host.Draft, error) {
	return call[host.Draft](ctx, c, http.MethodGet, route.Draft, IDParam{id})
}

// PutDraft keeps what was entered under an id that its author chose.
func (c *Client) PutDraft(ctx context.Context, id, ifMatch string, edit connections.DraftEdit) (host.Draft, error) {
	return call[host.Draft](ctx, c, http.MethodPut, route.Draft, draftInput{IDParam{id}, ifMatch, edit})
}

// DeleteDraft discards a draft.
func (c *Client) DeleteDraft(ctx context.Context, id string) error {
	return remove(ctx, c, route.Draft, IDParam{id})
}
