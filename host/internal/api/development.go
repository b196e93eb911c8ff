package api

import (
	"context"
	"net/http"
	"path"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
)

// registerDevelopment lists the operations on connectors in development.
func (s *Server) registerDevelopment() {
	operation(s, http.MethodPost, developments, "start-development", "Use a program in a connector's place; over the socket only", 201, s.startDevelopment)
	operation(s, http.MethodPut, pathDevelopmentProgram, "reload-development", "Use another program from the next run on; over the socket only", 200, s.reloadDevelopment)
	operation(s, http.MethodPost, pathDevelopmentRenew, "renew-development", "Say that the author is still there; over the socket only", 200, s.renewDevelopment)
	operation(s, http.MethodDelete, pathDevelopment, "end-development", "Give the connector its own program back; over the socket only", 204, s.endDevelopment)
}

func (s *Server) startDevelopment(ctx context.Context, in *struct{ Body app.DevelopmentRequest }) (*output[host.Development], error) {
	if err := overSocket(ctx); err != nil {
		return nil, err
	}
	return one(s.app.StartDevelopment(ctx, in.Body))
}

type reloadInput struct {
	IDParam
	Body app.DevelopmentRequest
}

func (s *Server) reloadDevelopment(ctx context.Context, in *reloadInput) (*output[host.Development], error) {
	if err := overSocket(ctx); err != nil {
		return nil, err
	}
	return one(s.app.ReloadDevelopment(ctx, in.ID, in.Body))
}

func (s *Server) renewDevelopment(ctx context.Context, in *IDParam) (*output[host.Development], error) {
	if err := overSocket(ctx); err != nil {
		return nil, err
	}
	return one(s.app.RenewDevelopment(ctx, in.ID))
}

func (s *Server) endDevelopment(ctx context.Context, in *IDParam) (*struct{}, error) {
	if err := overSocket(ctx); err != nil {
		return nil, err
	}
	if err := s.app.EndDevelopment(ctx, in.ID); err != nil {
		return nil, asError(err)
	}
	return nil, nil
}

// socketKey marks the requests that came over the socket, or from this process.
type socketKey struct{}

// overSocket refuses what came another way.
func overSocket(ctx context.Context) error {
	if came, _ := ctx.Value(socketKey{}).(bool); came {
		return nil
	}
	return asError(onlySocket())
}

func onlySocket() *host.Problem {
	return &host.Problem{
		Code: host.CodeForbidden, Message: "a program in development is given to the host over its socket only", Fault: host.FaultCustomer, Retry: host.RetryNever,
		Remedy: "Use `plumbline connector dev`.",
	}
}

// asksForDevelopment reports whether a request, however its path is written, is for
// one of these operations.
func asksForDevelopment(r *http.Request) bool {
	return strings.HasPrefix(path.Clean("/"+r.URL.Path)+"/", prefix+developments+"/")
}
