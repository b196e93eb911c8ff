package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/app"
)

// registerDevelopment lists the operations on connectors in development. Each answers
// only over the socket.
func (s *Server) registerDevelopment() {
	operation(s, http.MethodPost, route.Developments, "start-development",
		"Use a program as a connector; over the socket only", 201, onSocket(byBody(s.app.StartDevelopment)))
	operation(s, http.MethodPut, route.DevelopmentProgram, "reload-development",
		"Use another program from the next run on; over the socket only", 200, onSocket(s.reloadDevelopment))
	operation(s, http.MethodPost, route.DevelopmentRenew, "renew-development",
		"Renew the lease of a development; over the socket only", 200, onSocket(byID(s.app.RenewDevelopment)))
	operation(s, http.MethodDelete, route.Development, "end-development",
		"Use the connector's own program again; over the socket only", 204, onSocket(removes(s.app.EndDevelopment)))
}

// ReloadInput is what reload-development takes.
type ReloadInput struct {
	IDParam
	Body app.DevelopmentRequest
}

func (s *Server) reloadDevelopment(ctx context.Context, in *ReloadInput) (*output[host.Development], error) {
	return one(s.app.ReloadDevelopment(ctx, in.ID, in.Body))
}

// onSocket refuses requests that came another way.
func onSocket[I, O any](handle func(context.Context, *I) (*O, error)) func(context.Context, *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		if !access.CameOverSocket(ctx) {
			return nil, asError(access.OnlySocket())
		}
		return handle(ctx, in)
	}
}
