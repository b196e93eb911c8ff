package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// registerViews lists the operations on saved views.
func (s *Server) registerViews() {
	operation.Add(s.api, http.MethodGet, route.Views, "list-views", "Saved views of a list, by name", 200, s.views)
	operation.Add(s.api, http.MethodPut, route.View, "save-view",
		"Keep a list with its filter and order under a name, for everyone", 200, s.saveView)
	operation.Add(s.api, http.MethodDelete, route.View, "remove-view", "Delete a saved view", 204, s.removeView)
}

// ViewsParam names the list whose views are wanted.
type ViewsParam struct {
	Page string `path:"page" enum:"connections" doc:"List that they are views of"`
}

// ViewParams name a saved view.
type ViewParams struct {
	ViewsParam
	Name string `path:"name" doc:"In any case"`
}

func (s *Server) views(_ context.Context, in *ViewsParam) (*operation.Output[operation.Items[host.SavedView]], error) {
	views, err := s.app.Views(in.Page)
	return operation.List(views, "", err)
}

// SaveViewInput is what save-view takes.
type SaveViewInput struct {
	ViewParams
	Body struct {
		Query string `json:"query" doc:"Parameters of the list, as in an address: health=unhealthy&order=-records"`
	}
}

func (s *Server) saveView(ctx context.Context, in *SaveViewInput) (*operation.Output[host.SavedView], error) {
	return operation.One(s.app.SaveView(ctx, host.SavedView{Page: in.Page, Name: in.Name, Query: in.Body.Query}))
}

func (s *Server) removeView(ctx context.Context, in *ViewParams) (*struct{}, error) {
	if err := s.app.RemoveView(ctx, in.Page, in.Name); err != nil {
		return nil, operation.Error(err)
	}
	return nil, nil
}
