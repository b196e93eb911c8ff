package calls

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/app"
)

// ExplainConnection returns why the latest run of a connection was not complete.
func (c *Client) ExplainConnection(ctx context.Context, ref string, facts bool) (app.Explained, error) {
	in := api.ExplainConnectionInput{RefParam: operation.RefParam{Ref: ref}, ExplainParams: api.ExplainParams{Facts: facts}}
	return call[app.Explained](ctx, c, http.MethodGet, route.ConnectionExplanation, in)
}

// ExplainRun returns why a run was not complete.
func (c *Client) ExplainRun(ctx context.Context, id string, facts bool) (app.Explained, error) {
	in := api.ExplainRunInput{IDParam: operation.IDParam{ID: id}, ExplainParams: api.ExplainParams{Facts: facts}}
	return call[app.Explained](ctx, c, http.MethodGet, route.RunExplanation, in)
}
