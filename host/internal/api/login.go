package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// BrowserHandler returns the API for a loopback TCP address, which every user of this
// machine and every web page in its browsers can reach.
func (s *Server) BrowserHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", s.guard.Login)
	mux.Handle("/", s.guard.Guarded(s.mux))
	return access.Hardened(access.LocalOnly(compressed(mux)))
}

// ServeMetrics answers scrapes with metrics: to who may use the API. It is called before the server answers.
func (s *Server) ServeMetrics(metrics http.Handler) { s.mux.Handle("GET "+route.Metrics, metrics) }

// MetricsHandler returns a handler of metrics alone, for a loopback address without a session.
func MetricsHandler(metrics http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+route.Metrics, metrics)
	return access.Hardened(access.LocalOnly(mux))
}

// SetAddress says where the web UI listens; links point there.
func (s *Server) SetAddress(address string) { s.guard.SetAddress(address) }

// Link makes a one-time link to the web UI for the actor of ctx, or returns a problem
// when the host serves none.
func (s *Server) Link(ctx context.Context) (access.Link, error) { return s.guard.Link(ctx) }

func (s *Server) createLink(ctx context.Context, _ *operation.None) (*operation.Output[access.Link], error) {
	return operation.One(s.Link(ctx))
}

// Session says who the caller is.
type Session struct {
	Kind  string     `json:"kind" enum:"ok"`
	Actor host.Actor `json:"actor" doc:"In whose name the caller acts"`
}

// session answers every caller whose request is not refused before.
func (s *Server) session(ctx context.Context, _ *operation.None) (*operation.Output[Session], error) {
	actor, err := host.Acting(ctx)
	return operation.One(Session{Kind: "ok", Actor: actor}, err)
}
