package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// registerSamples lists the operations on dry runs of settings that need not be stored.
func (s *Server) registerSamples() {
	operation(s, http.MethodPost, route.Samples, "start-dry-run-sample",
		"Read the first page of each stream with settings that need not be stored, and show a few masked records", 202,
		byBody(s.app.StartDryRunSample))
}

// StartDryRunSample begins to read the first page of each stream.
func (c *Client) StartDryRunSample(ctx context.Context, request connections.CheckRequest) (host.Task, error) {
	return call[host.Task](ctx, c, http.MethodPost, route.Samples, body[connections.CheckRequest]{request})
}
