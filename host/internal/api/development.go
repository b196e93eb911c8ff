package api

import (
	"context"
	"net/http"
	"path"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
)

// registerDevelopment lists the operations on connectors in development. Each answers
// only over the socket.
func (s *Server) registerDevelopment() {
	operation(s, http.MethodPost, developments, "start-development",
		"Use a program as a connector; over the socket only", 201, onSocket(byBody(s.app.StartDevelopment)))
	operation(s, http.MethodPut, pathDevelopmentProgram, "reload-development",
		"Use another program from the next run on; over the socket only", 200, onSocket(s.reloadDevelopment))
	operation(s, http.MethodPost, pathDevelopmentRenew, "renew-development",
		"Renew the lease of a development; over the socket only", 200, onSocket(byID(s.app.RenewDevelopment)))
	operation(s, http.MethodDelete, pathDevelopment, "end-development",
		"Use the connector's own program again; over the socket only", 204, onSocket(removes(s.app.EndDevelopment)))
}

type reloadInput struct {
	IDParam
	Body app.DevelopmentRequest
}

func (s *Server) reloadDevelopment(ctx context.Context, in *reloadInput) (*output[host.Development], error) {
	return one(s.app.ReloadDevelopment(ctx, in.ID, in.Body))
}

// socketKey marks the requests that came over the socket, or from this process.
type socketKey struct{}

// onSocket refuses requests that came another way.
func onSocket[I, O any](handle func(context.Context, *I) (*O, error)) func(context.Context, *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		if came, _ := ctx.Value(socketKey{}).(bool); !came {
			return nil, asError(onlySocket())
		}
		return handle(ctx, in)
	}
}

func onlySocket() *host.Problem {
	return host.Refused(host.CodeForbidden, "Use `plumbline connector dev`.",
		"a program in development is given to the host over its socket only")
}

// asksForDevelopment reports whether a request, however its path is written, is for
// one of these operations.
func asksForDevelopment(r *http.Request) bool {
	return strings.HasPrefix(path.Clean("/"+r.URL.Path)+"/", prefix+developments+"/")
}
