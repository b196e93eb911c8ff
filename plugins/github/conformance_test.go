package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	simulator "github.com/plumbline-dev/plumbline/plugins/internal/simulator/github"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk/replay"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

var record = flag.Bool("record", false, "write testdata/fixtures anew, from the simulator")

func TestConforms(t *testing.T) {
	t.Parallel()
	sdktest.Run(t, sdktest.Config{Program: sdktest.Build(t, "."), Fixture: sdktest.Fixture(t, "testdata/fixtures")})
}

// TestRecording checks that the recording holds what the simulator answers. It writes it anew with
// go test ./plugins/github -run TestRecording -args -record.
func TestRecording(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: simulator.New(vendor.Mode{}, simulator.Organization(4, 1, 1, 3, 2, 3)), seen: map[string]bool{}}
	b := sdktest.NewBench(t, New())
	b.Reach(t, r)
	in := sdktest.Input{Settings: (*simulator.System)(nil).Settings(), Secrets: (*simulator.System)(nil).Secrets()}
	b.Check(t, in)
	b.Sync(t, in)
	slices.Sort(r.lines)
	exchanges := strings.Join(r.lines, "")
	if !*record {
		stored, err := os.ReadFile("testdata/fixtures/exchanges.jsonl")
		if err != nil || string(stored) != exchanges {
			t.Errorf("testdata/fixtures is not what the simulator answers (%v): write it anew", err)
		}
		return
	}
	for name, value := range map[string]any{"settings.json": in.Settings, "secrets.json": in.Secrets} {
		raw, err := json.MarshalIndent(value, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		write(t, name, append(raw, '\n'))
	}
	write(t, "exchanges.jsonl", []byte(exchanges))
}

func write(t *testing.T, name string, raw []byte) {
	t.Helper()
	if err := os.MkdirAll("testdata/fixtures", 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("testdata/fixtures", name), raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// hidden replaces the value that a recording does not show because of its name.
var hidden = strings.NewReplacer("hide_secret=true", "hide_secret=*")

// recorder writes down what the simulator answers.
type recorder struct {
	answers http.Handler

	mu    sync.Mutex
	lines []string
	seen  map[string]bool
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	asked, _ := io.ReadAll(q.Body)
	q.Body = io.NopCloser(bytes.NewReader(asked))
	answer := httptest.NewRecorder()
	r.answers.ServeHTTP(answer, q)
	e := replay.Exchange{Method: q.Method, URL: "https://api.github.com" + hidden.Replace(q.URL.RequestURI()), Status: answer.Code,
		Header: map[string]string{}}
	if len(asked) > 0 {
		e.Asked = string(asked)
	}
	for name := range answer.Header() {
		e.Header[name] = answer.Header().Get(name)
	}
	if body := bytes.TrimSpace(answer.Body.Bytes()); json.Valid(body) {
		e.JSON = body
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if line, err := json.Marshal(e); err == nil && !r.seen[string(line)] {
		r.seen[string(line)] = true
		r.lines = append(r.lines, string(line)+"\n")
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}
