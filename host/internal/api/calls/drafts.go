package calls

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// Drafts returns the drafts of a connector or a connection, or all of them.
func (c *Client) Drafts(ctx context.Context, p api.DraftsParams) ([]host.Draft, error) {
	return items[host.Draft](ctx, c, route.Drafts, p)
}

// Draft returns one draft.
func (c *Client) Draft(ctx context.Context, id string) (host.Draft, error) {
	return call[host.Draft](ctx, c, http.MethodGet, route.Draft, operation.IDParam{ID: id})
}

// PutDraft keeps what was entered under an id that its author chose.
func (c *Client) PutDraft(ctx context.Context, id, ifMatch string, edit connections.DraftEdit) (host.Draft, error) {
	return call[host.Draft](ctx, c, http.MethodPut, route.Draft,
		api.DraftInput{IDParam: operation.IDParam{ID: id}, IfMatch: ifMatch, Body: edit})
}

// DeleteDraft discards a draft.
func (c *Client) DeleteDraft(ctx context.Context, id string) error {
	return remove(ctx, c, route.Draft, operation.IDParam{ID: id})
}
