package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/rogpeppe/go-internal/testscript"
)

// tailorMark stands before what a copy of testdata/tailored says of itself.
const tailorMark = "\nplumbline-tailoring:"

// buildTailored builds the connector that tailor copies.
func buildTailored(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tailored")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./testdata/tailored").CombinedOutput(); err != nil {
		t.Fatalf("build connector: %v\n%s", err, out)
	}
	return path
}

// tailor FILE JSON: writes a connector that is the scripted one but for what JSON says.
func tailor(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 || !json.Valid([]byte(args[1])) {
		ts.Fatalf("usage: tailor FILE JSON")
	}
	raw, err := os.ReadFile(ts.Getenv("TAILORED"))
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
