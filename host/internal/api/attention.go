package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// registerAttention lists the operations that say how the host itself is.
func (s *Server) registerAttention() {
	operation.Add(s.api, http.MethodGet, route.Attention, "list-attention",
		"What asks for a person, the gravest consequence first", 200, s.attention)
	operation.Add(s.api, http.MethodGet, route.Storage, "get-storage",
		"What is kept, how much room it takes and when it was last backed up and verified", 200, operation.Value(s.app.Storage))
	operation.Add(s.api, http.MethodGet, route.Tasks, "list-tasks",
		"The tasks under way and those that ended lately, newest first", 200, s.tasks)
}

// KnownParams say whether to wait for connectors that have to be asked what they are.
type KnownParams struct {
	Known bool `query:"known" doc:"Answer at once from the connectors known so far; describing counts the others. Events of the topic connector say when more are known"`
}

// KnownItems is the answer of a list that may leave out what is not known yet.
type KnownItems[T any] struct {
	operation.Items[T]
	Describing int `json:"describing,omitempty" doc:"Connectors that the answer leaves out because they are still being asked what they are"`
}

func knownList[T any](items []T, describing int, err error) (*operation.Output[KnownItems[T]], error) {
	whole, err := operation.List(items, "", err)
	if err != nil {
		return nil, err
	}
	return &operation.Output[KnownItems[T]]{Body: KnownItems[T]{Items: whole.Body, Describing: describing}}, nil
}

func (s *Server) attention(ctx context.Context, in *KnownParams) (*operation.Output[KnownItems[host.Attention]], error) {
	if in.Known {
		return knownList(s.app.KnownAttention(ctx))
	}
	items, err := s.app.Attention(ctx)
	return knownList(items, 0, err)
}

func (s *Server) connectors(ctx context.Context, in *KnownParams) (*operation.Output[KnownItems[host.Connector]], error) {
	if in.Known {
		return knownList(s.app.KnownConnectors())
	}
	connectors, err := s.app.Connectors(ctx)
	return knownList(connectors, 0, err)
}

// TasksParams say which tasks are wanted.
type TasksParams struct {
	Kind string `query:"kind" doc:"Such as backup or verify; empty for all"`
}

func (s *Server) tasks(_ context.Context, in *TasksParams) (*operation.Output[operation.Items[host.Task]], error) {
	return operation.List(s.app.Tasks(in.Kind), "", nil)
}
