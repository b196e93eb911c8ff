package main

import (
	"net/http/httptest"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/plumbline-dev/plumbline/host/internal/summary/modeltest"
)

// startModels VAR: starts a server of language models and sets VAR to its address.
func startModels(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: models VAR")
	}
	server := httptest.NewServer(&modeltest.Server{})
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}
