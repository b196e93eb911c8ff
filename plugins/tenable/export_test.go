package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// exports is Tenable with export jobs of findings that a test scripts. Each chunk has one finding unless it is scripted.
type exports struct {
	begin    []string          // answers to requests for an export: "200", "409 {…}"; the last one repeats
	statuses []string          // answers to requests for the status; the last one repeats
	chunks   map[string]string // answers to requests for a chunk

	mu            sync.Mutex
	begun, polled int
	bodies        []string // of requests for an export
	asked         []string // ids of jobs whose chunks were read
}

func (e *exports) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodPost:
		body, _ := io.ReadAll(r.Body)
		e.bodies = append(e.bodies, string(body))
		e.begun++
		answer := fmt.Sprintf(`200 {"export_uuid":"job-%d"}`, e.begun)
		if len(e.begin) > 0 {
			answer = e.begin[min(e.begun, len(e.begin))-1]
		}
		write(w, answer)
	case parts[len(parts)-1] == "status":
		e.polled++
		write(w, "200 "+e.statuses[min(e.polled, len(e.statuses))-1])
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		chunk := parts[len(parts)-1]
		e.asked = append(e.asked, parts[2])
		if answer, scripted := e.chunks[chunk]; scripted {
			write(w, answer)
			return
		}
		write(w, `200 [{"asset":{"uuid":"a`+chunk+`"},"plugin":{"id":7,"name":"Old"},"port":{"port":0,"protocol":"TCP"},"state":"OPEN"}]`)
	}
}

// write writes an answer: its status and its body. A status 429 comes with the page of Tenable's gateway.
func write(w http.ResponseWriter, answer string) {
	status, body, _ := strings.Cut(answer, " ")
	code := 0
	_, _ = fmt.Sscan(status, &code)
	if code == http.StatusTooManyRequests {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Retry-After", "30")
		body = "<html><head><title>429 Too Many Requests</title></head></html>"
	}
	if strings.HasPrefix(body, "<") {
		w.Header().Set("Content-Type", "text/html")
	}
	w.WriteHeader(code)
	_, _ = w.Write([]byte(body))
}

func (e *exports) input(t *testing.T) sdktest.Input {
	t.Helper()
	v := sdktest.NewVendor(t, e)
	return sdktest.Input{
		Settings: map[string]any{"base_url": v.URL}, Secrets: map[string]string{"access_key": "an-access-key", "secret_key": "a-secret-key"},
		Streams: []string{"findings"},
	}
}

const (
	begun      = `200 {"export_uuid":"job"}`
	running    = `409 {"active_job_id":"other","failure_reason":"conflict"}`
	queued     = `{"status":"QUEUED","chunks_available":[]}`
	processing = `{"status":"PROCESSING","chunks_available":[2],"total_chunks":3}`
	finished   = `{"status":"FINISHED","chunks_available":[3,1,2],"total_chunks":3}`
	cancelled  = `{"status":"CANCELLED","chunks_available":[2]}`
	failed     = `{"status":"ERROR","reason":"The export timed out. Try again.","chunks_available":[]}`
)

func TestExport(t *testing.T) {
	t.Parallel()
	second := func(answer string) *exports { // to the request for the second chunk
		return &exports{statuses: []string{finished}, chunks: map[string]string{"2": answer}}
	}
	tests := map[string]struct {
		exports *exports
		result  string
		code    string
		records int
		gap     string // scope
	}{
		"chunks in any order":     {&exports{statuses: []string{queued, processing, processing, finished}}, "complete", "", 3, ""},
		"nothing to export":       {&exports{statuses: []string{`{"status":"FINISHED","chunks_available":[]}`}}, "complete", "", 0, ""},
		"an empty chunk":          {second("200 []"), "complete", "", 2, ""},
		"a chunk without list":    {second("200 null"), "complete_with_gaps", "", 2, "chunk 2 of the export of findings"},
		"a chunk that ran out":    {second("404 {}"), "complete_with_gaps", "", 2, "chunk 2 of the export of findings"},
		"a web page as a chunk":   {second("200 <html>"), "complete_with_gaps", "", 2, "chunk 2 of the export of findings"},
		"a chunk is forbidden":    {second("403 {}"), "failed", "permission.missing", 0, ""},
		"a finding without asset": {second(`200 [{"plugin":{"id":1}}]`), "complete_with_gaps", "", 2, "finding 1 that cannot be read"},
		"chunks that failed": {
			&exports{statuses: []string{`{"status":"FINISHED","chunks_available":[1],"chunks_failed":[2],"chunks_cancelled":[3]}`}},
			"complete_with_gaps", "", 1, "chunk 3 of the export of findings",
		},
		"chunks that are not listed": {&exports{statuses: []string{`{"status":"FINISHED","chunks_available":[1],"total_chunks":2}`}},
			"complete_with_gaps", "", 1, "export of findings"},
		"empty chunks that are not listed": {
			&exports{statuses: []string{`{"status":"FINISHED","chunks_available":[1],"total_chunks":2,"empty_chunks_count":1}`}},
			"complete", "", 1, "",
		},
		"cancelled":           {&exports{statuses: []string{processing, cancelled}}, "failed", "upstream.5xx", 0, ""},
		"failed once":         {&exports{statuses: []string{failed, finished}}, "complete", "", 3, ""},
		"failed twice":        {&exports{statuses: []string{failed}}, "failed", "upstream.5xx", 0, ""},
		"a status of its own": {&exports{statuses: []string{`{"status":"PAUSED"}`}}, "failed", "upstream.invalid_response", 0, ""},
		"no id of an export":  {&exports{begin: []string{`200 {}`}}, "failed", "upstream.invalid_response", 0, ""},
		"a web page":          {&exports{begin: []string{`200 <html>`}}, "failed", "upstream.invalid_response", 0, ""},
		"too many exports":    {&exports{begin: []string{"429 ", begun}, statuses: []string{finished}}, "complete", "", 3, ""},
		"not allowed": {&exports{begin: []string{`403 {"statusCode":403,"error":"Forbidden","message":"You need permission to do this."}`}},
			"failed", "permission.missing", 0, ""},
		"it runs already": {&exports{begin: []string{running}, statuses: []string{finished}}, "complete", "", 3, ""},
		"it runs already, without its id": {
			&exports{begin: []string{`409 {}`, `409 {}`, begun}, statuses: []string{finished}}, "complete", "", 3, "",
		},
		"it runs already, for hours": {&exports{begin: []string{`409 {}`}}, "failed", "rate.limited", 0, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := tt.exports.input(t)
			in.Deadline = 20 * time.Minute
			out := sdktest.NewBench(t, New()).Sync(t, in)
			s, code := out.Streams["findings"], ""
			if s.Err != nil {
				code = s.Err.Code
			}
			if s.Result != tt.result || code != tt.code || len(s.Records) != tt.records {
				t.Errorf("got %s %q with %d records (%v); want %s %q with %d", s.Result, code, len(s.Records), s.Err, tt.result, tt.code, tt.records)
			}
			if tt.gap != "" && s.Gaps[tt.gap] == nil {
				t.Errorf("gaps are %v, want one of %q", s.Gaps, tt.gap)
			}
			out.Conceals(t, "a-secret-key", "an-access-key")
		})
	}
}

// TestRunningExportIsRead checks that the chunks come from the job that Tenable names, and that no chunk is read twice.
func TestRunningExportIsRead(t *testing.T) {
	t.Parallel()
	e := &exports{begin: []string{running}, statuses: []string{processing, processing, finished}}
	sdktest.NewBench(t, New()).Sync(t, e.input(t))
	if !slices.Equal(e.asked, []string{"other", "other", "other"}) {
		t.Errorf("read chunks of %v, want three of the running job", e.asked)
	}
}

// TestWaitsAreVisible checks that people see what the run waits for, with longer and longer pauses.
func TestWaitsAreVisible(t *testing.T) {
	t.Parallel()
	e := &exports{statuses: []string{queued, queued, queued, processing, processing, finished}}
	bench := sdktest.NewBench(t, New())
	out := bench.Sync(t, e.input(t))
	var notes []string
	for _, p := range out.Progress {
		if p.GetWaitUntil() != nil {
			notes = append(notes, p.GetNote())
		}
	}
	const wait = "Tenable has queued the export of findings."
	const ready = "Tenable prepares the export of findings: 1 of 3 parts are read."
	if want := []string{wait, wait, wait, ready, ready}; !slices.Equal(notes, want) {
		t.Errorf("notes are %q, want %q", notes, want)
	}
	const s = time.Second
	if want := []time.Duration{2 * s, 4 * s, 8 * s, 2 * s, 4 * s}; !slices.Equal(bench.Waits(), want) {
		t.Errorf("waits are %v, want %v", bench.Waits(), want)
	}
}

func TestWaitsEndWithTheRun(t *testing.T) {
	t.Parallel()
	e := &exports{statuses: []string{processing}}
	in := e.input(t)
	in.Deadline = 10 * time.Second
	s := sdktest.NewBench(t, New()).Sync(t, in).Streams["findings"]
	if s.Err == nil || s.Err.Code != "limit.deadline" || len(s.Removed) > 0 {
		t.Errorf("ended with %s, %v; want limit.deadline", s.Result, s.Err)
	}
}

func TestCancelEndsAWaitAtOnce(t *testing.T) {
	t.Parallel()
	e := &exports{statuses: []string{queued}}
	in := e.input(t)
	in.Cancel = func(m *connectorv1.SyncResponse) bool { return m.GetProgress().GetWaitUntil() != nil }
	bench := sdktest.NewBench(t, New())
	bench.TakeTime()
	begun := time.Now()
	s := bench.Sync(t, in).Streams["findings"]
	if s.Err == nil || s.Err.Code != "cancelled" || time.Since(begun) > firstPause {
		t.Errorf("ended after %s with %v, want cancelled at once", time.Since(begun), s.Err)
	}
}
