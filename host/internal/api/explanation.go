package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/app"
)

// registerExplanations lists the operations that say why a run was not complete.
func (s *Server) registerExplanations() {
	operation(s, http.MethodGet, route.ConnectionExplanation, "explain-connection",
		"Why the latest run of a connection was not complete, what supports that, what to do and who can", 200, s.explainConnection)
	operation(s, http.MethodGet, route.RunExplanation, "explain-run",
		"Why a run was not complete, what supports that, what to do and who can", 200, s.explainRun)
}

// ExplainParams say what an explanation is wanted with.
type ExplainParams struct {
	Facts bool `query:"facts" doc:"With the facts that it was derived from"`
}

type explainConnectionInput struct {
	RefParam
	ExplainParams
}

func (s *Server) explainConnection(ctx context.Context, in *explainConnectionInput) (*output[app.Explained], error) {
	return one(s.app.ExplainConnection(ctx, in.Ref, in.Facts))
}

type explainRunInput struct {
	IDParam
	ExplainParams
}

func (s *Server) explainRun(ctx context.Context, in *explainRunInput) (*output[app.Explained], error) {
	return one(s.app.ExplainRun(ctx, in.ID, in.Facts))
}

// ExplainConnection returns why the latest run of a connection was not complete.
func (c *Client) ExplainConnection(ctx context.Context, ref string, facts bool) (app.Explained, error) {
	return call[app.Explained](ctx, c, http.MethodGet, route.ConnectionExplanation, explainConnectionInput{RefParam{ref}, ExplainParams{facts}})
}

// ExplainRun returns why a run was not complete.
func (c *Client) ExplainRun(ctx context.Context, id string, facts bool) (app.Explained, error) {
	return call[app.Explained](ctx, c, http.MethodGet, route.RunExplanation, explainRunInput{IDParam{id}, ExplainParams{facts}})
}
