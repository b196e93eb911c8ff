package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/rogpeppe/go-internal/testscript"
)

// tailorMark stands before what a copy of the scripted connector says of itself.
const tailorMark = "\nplumbline-tailoring:"

// tailor FILE JSON: writes a connector that is the scripted one but for what JSON says.
func (b *builds) tailor(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 || !json.Valid([]byte(args[1])) {
		ts.Fatalf("usage: tailor FILE JSON")
	}
	raw, err := os.ReadFile(b.program(ts, "fake"))
	ts.Check(err)
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
	ts.Check(os.WriteFile(path, append(raw, []byte(tailorMark+args[1])...), 0o700))
}

// registry VAR: starts a registry for the rest of the script; VAR becomes its address.
func startRegistry(ts *testscript.TestScript, _ bool, args []string) {
	server := httptest.NewServer(registry.New())
	ts.Defer(server.Close)
	ts.Setenv(args[0], strings.TrimPrefix(server.URL, "http://"))
}
