package journey

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is the time limit of every step.
const patience = 2 * time.Minute

// Home is a data directory and the environment of the commands that use it.
type Home struct {
	t        testing.TB
	programs *Programs
	dir      string
	environ  []string
}

// Home returns a new, empty data directory. The end of t removes it.
func (p *Programs) Home(t testing.TB) *Home {
	t.Helper()
	// Not t.TempDir: its path has the name of the test, and the path of a socket must be short.
	dir, err := os.MkdirTemp("", "journey")
	if err != nil {
		t.Fatalf("make data directory: %v", err)
	}
	h := &Home{t: t, programs: p, dir: dir, environ: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "TZ=UTC",
		"PLUMBLINE_HOME=" + filepath.Join(dir, "data"),
		"PLUMBLINE_SECRETS_KEY=file", "PLUMBLINE_STORE_MIN_FREE_MIB=64",
	}}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove data directory: %v", err)
		}
	})
	return h
}

// Setenv sets a variable for the commands that follow.
func (h *Home) Setenv(name, value string) { h.environ = append(h.environ, name+"="+value) }

// Result is the result of a command.
type Result struct {
	t      testing.TB
	Line   string // the command line
	Code   int
	Stdout string
	Stderr string
}

// Run runs the program and waits for its end. Any exit code is accepted.
func (h *Home) Run(args ...string) Result {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, h.programs.plumbline, args...)
	var stdout, stderr bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = h.environ, &stdout, &stderr
	err := cmd.Run()
	r := Result{t: h.t, Line: "plumbline " + strings.Join(args, " "), Stdout: stdout.String(), Stderr: stderr.String()}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		h.t.Fatalf("%s did not end within %s\n%s%s", r.Line, patience, r.Stdout, r.Stderr)
	case errors.As(err, &exit):
		r.Code = exit.ExitCode()
	case err != nil:
		h.t.Fatalf("%s: %v", r.Line, err)
	}
	return r
}

// Want fails the test unless the command ended with this exit code.
func (r Result) Want(code int) Result {
	r.t.Helper()
	if r.Code != code {
		r.t.Fatalf("%s: exit code %d, want %d\n%s%s", r.Line, r.Code, code, r.Stdout, r.Stderr)
	}
	return r
}

// Decode decodes the command's JSON into v.
func (r Result) Decode(v any) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.Stdout), v); err != nil {
		r.t.Fatalf("%s printed no JSON: %v\n%s%s", r.Line, err, r.Stdout, r.Stderr)
	}
}

// Refusal returns the problem that the command printed on standard error.
func (r Result) Refusal() Problem {
	r.t.Helper()
	var p Problem
	if err := json.Unmarshal([]byte(r.Stderr), &p); err != nil {
		r.t.Fatalf("%s printed no problem: %v\n%s%s", r.Line, err, r.Stdout, r.Stderr)
	}
	return p
}

// Await waits until so returns true. After patience it fails the test.
func (h *Home) Await(what string, so func() bool) {
	h.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !so(); <-tick.C {
		if time.Now().After(end) {
			h.t.Fatalf("waited %s in vain until %s", patience, what)
		}
	}
}
