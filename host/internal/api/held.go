package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// registerHeld lists the operations on removals that wait for a person.
func (s *Server) registerHeld() {
	operation.Add(s.api, http.MethodGet, route.Held, "list-held-removals", "Removals of a connection that are held for a person", 200, s.held)
	operation.Add(s.api, http.MethodGet, route.HeldRecords, "list-held-records",
		"Every record that a held removal would remove", 200, s.heldRecords)
	operation.Add(s.api, http.MethodPost, route.Reject, "reject-removal",
		"Say that the records of a held removal still exist; they are kept", 200, s.rejectRemoval)
}

func (s *Server) held(_ context.Context, in *operation.RefParam) (*operation.Output[operation.Items[host.HeldRemoval]], error) {
	held, err := s.app.Held(in.Ref)
	return operation.List(held, "", err)
}

// StreamParam names a stream of a connection.
type StreamParam struct {
	Stream string `path:"stream" doc:"Name of the stream"`
}

// HeldRecordsInput is what list-held-records takes.
type HeldRecordsInput struct {
	operation.RefParam
	StreamParam
	operation.PageParams
}

func (s *Server) heldRecords(_ context.Context, in *HeldRecordsInput) (*operation.Output[operation.Items[host.HeldRecord]], error) {
	return operation.List(s.app.HeldRecords(in.Ref, in.Stream, in.Limit, in.Cursor))
}

// RejectInput is what reject-removal takes.
type RejectInput struct {
	operation.RefParam
	StreamParam
	Body struct {
		ID string `json:"id" doc:"Of the held removal that the person saw; refused with 409 when the list has changed since"`
	}
}

func (s *Server) rejectRemoval(ctx context.Context, in *RejectInput) (*operation.Output[host.ConnectionStatus], error) {
	return operation.One(s.app.RejectRemoval(ctx, in.Ref, in.Stream, in.Body.ID))
}
