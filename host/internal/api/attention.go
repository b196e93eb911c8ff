package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// registerAttention lists the operations that say how the host itself is.
func (s *Server) registerAttention() {
	operation(s, http.MethodGet, route.Attention, "list-attention",
		"What asks for a person, the gravest consequence first", 200, s.attention)
	operation(s, http.MethodGet, route.Storage, "get-storage",
		"What is kept, how much room it takes and when it was last backed up and verified", 200, value(s.app.Storage))
	operation(s, http.MethodGet, route.Tasks, "list-tasks", "The tasks under way and those that ended lately, newest first", 200, s.tasks)
}

func (s *Server) attention(ctx context.Context, _ *none) (*output[Items[host.Attention]], error) {
	items, err := s.app.Attention(ctx)
	return list(items, "", err)
}

// TasksParams say which tasks are wanted.
type TasksParams struct {
	Kind string `query:"kind" doc:"Such as backup or verify; empty for all"`
}

func (s *Server) tasks(_ context.Context, in *TasksParams) (*output[Items[host.Task]], error) {
	return list(s.app.Tasks(in.Kind), "", nil)
}
