package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// pathSamples is the path of dry runs of settings that need not be stored.
const pathSamples = "/dry-runs"

// registerSamples lists the operations on such dry runs.
func (s *Server) registerSamples() {
	operation(s, http.MethodPost, pathSamples, "start-dry-run-sample",
		"Read the first page of each stream with settings that need not be stored, and show a few masked records", 202,
		byBody(s.app.StartDryRunSample))
}

// StartDryRunSample begins to read the first page of each stream.
func (c *Client) StartDryRunSample(ctx context.Context, request connections.CheckRequest) (host.Task, error) {
	return call[host.Task](ctx, c, http.MethodPost, pathSamples, body[connections.CheckRequest]{request})
}
