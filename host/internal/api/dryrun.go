package api

import (
	"net/http"

	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// registerSamples lists the operations on dry runs of settings that need not be stored.
func (s *Server) registerSamples() {
	operation.Add(s.api, http.MethodPost, route.Samples, "start-dry-run-sample",
		"Read the first page of each stream with settings that need not be stored, and show a few masked records", 202,
		operation.ByBody(s.app.StartDryRunSample))
}
