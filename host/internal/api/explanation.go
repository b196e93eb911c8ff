package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/app"
)

// registerExplanations lists the operations that say why a run was not complete.
func (s *Server) registerExplanations() {
	operation.Add(s.api, http.MethodGet, route.ConnectionExplanation, "explain-connection",
		"Why the latest run of a connection was not complete, what supports that, what to do and who can", 200, s.explainConnection)
	operation.Add(s.api, http.MethodGet, route.RunExplanation, "explain-run",
		"Why a run was not complete, what supports that, what to do and who can", 200, s.explainRun)
}

// ExplainParams say what an explanation is wanted with.
type ExplainParams struct {
	Facts bool `query:"facts" doc:"With the facts that it was derived from"`
}

// ExplainConnectionInput names a connection whose latest run is explained.
type ExplainConnectionInput struct {
	operation.RefParam
	ExplainParams
}

func (s *Server) explainConnection(ctx context.Context, in *ExplainConnectionInput) (*operation.Output[app.Explained], error) {
	return operation.One(s.app.ExplainConnection(ctx, in.Ref, in.Facts))
}

// ExplainRunInput names a run that is explained.
type ExplainRunInput struct {
	operation.IDParam
	ExplainParams
}

func (s *Server) explainRun(ctx context.Context, in *ExplainRunInput) (*operation.Output[app.Explained], error) {
	return operation.One(s.app.ExplainRun(ctx, in.ID, in.Facts))
}
