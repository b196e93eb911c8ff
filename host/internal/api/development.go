package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/app"
)

// registerDevelopment lists the operations on connectors in development. Each answers
// only over the socket.
func (s *Server) registerDevelopment() {
	operation.Add(s.api, http.MethodPost, route.Developments, "start-development",
		"Use a program as a connector; over the socket only", 201, onSocket(operation.ByBody(s.app.StartDevelopment)))
	operation.Add(s.api, http.MethodPut, route.DevelopmentProgram, "reload-development",
		"Use another program from the next run on; over the socket only", 200, onSocket(s.reloadDevelopment))
	operation.Add(s.api, http.MethodPost, route.DevelopmentRenew, "renew-development",
		"Renew the lease of a development; over the socket only", 200, onSocket(operation.ByID(s.app.RenewDevelopment)))
	operation.Add(s.api, http.MethodDelete, route.Development, "end-development",
		"Use the connector's own program again; over the socket only", 204, onSocket(operation.Removes(s.app.EndDevelopment)))
}

// ReloadInput is what reload-development takes.
type ReloadInput struct {
	operation.IDParam
	Body app.DevelopmentRequest
}

func (s *Server) reloadDevelopment(ctx context.Context, in *ReloadInput) (*operation.Output[host.Development], error) {
	return operation.One(s.app.ReloadDevelopment(ctx, in.ID, in.Body))
}

// onSocket refuses requests that came another way.
func onSocket[I, O any](handle func(context.Context, *I) (*O, error)) func(context.Context, *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		if !access.CameOverSocket(ctx) {
			return nil, operation.Error(access.OnlySocket())
		}
		return handle(ctx, in)
	}
}
