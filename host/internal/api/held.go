package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// registerHeld lists the operations on removals that wait for a person.
func (s *Server) registerHeld() {
	operation(s, http.MethodGet, route.Held, "list-held-removals", "Removals of a connection that are held for a person", 200, s.held)
	operation(s, http.MethodGet, route.HeldRecords, "list-held-records", "Every record that a held removal would remove", 200, s.heldRecords)
	operation(s, http.MethodPost, route.Reject, "reject-removal",
		"Say that the records of a held removal still exist; they are kept", 200, s.rejectRemoval)
}

func (s *Server) held(_ context.Context, in *RefParam) (*output[Items[host.HeldRemoval]], error) {
	held, err := s.app.Held(in.Ref)
	return list(held, "", err)
}

// StreamParam names a stream of a connection.
type StreamParam struct {
	Stream string `path:"stream" doc:"Name of the stream"`
}

// HeldRecordsInput is what list-held-records takes.
type HeldRecordsInput struct {
	RefParam
	StreamParam
	PageParams
}

func (s *Server) heldRecords(_ context.Context, in *HeldRecordsInput) (*output[Items[host.HeldRecord]], error) {
	return list(s.app.HeldRecords(in.Ref, in.Stream, in.Limit, in.Cursor))
}

// RejectInput is what reject-removal takes.
type RejectInput struct {
	RefParam
	StreamParam
	Body struct {
		ID string `json:"id" doc:"Of the held removal that the person saw; refused with 409 when the list has changed since"`
	}
}

func (s *Server) rejectRemoval(ctx context.Context, in *RejectInput) (*output[host.ConnectionStatus], error) {
	return one(s.app.RejectRemoval(ctx, in.Ref, in.Stream, in.Body.ID))
}
