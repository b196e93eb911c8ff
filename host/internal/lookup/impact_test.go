package lookup_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

func TestAPersonLeaves(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		fields, state string
	}{
		"works here":             {`"status":"active"`, "stays"},
		"is on leave":            {`"status":"on_leave"`, "stays"},
		"left, by status":        {`"status":"terminated"`, "left"},
		"left, by last day":      {`"status":"active","ended_at":"2026-11-29T00:00:00Z"`, "left"},
		"has the last day today": {`"status":"active","ended_at":"2026-11-30T00:00:00Z"`, "leaving"},
		"has a last day set":     {`"status":"active","ended_at":"2026-12-31"`, "leaving"},
		"has another address":    {`"status":"terminated","email":"eva@example.com.evil.example"`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := host.Record{Alias: "hr", Data: json.RawMessage(`{"email":"Eva@Example.com","name":"Eva Dahl",` + test.fields + `}`)}
			owner, known := lookup.OwnerIn(&r, "eva@example.com", now)
			if known != (test.state != "") || owner.State != test.state {
				t.Errorf("she is known: %v, state %q, want %q", known, owner.State, test.state)
			}
		})
	}
}

func TestWhatARunShowsOfAPermission(t *testing.T) {
	t.Parallel()
	p := host.Permission{ID: "users.read", Streams: []string{"users", "groups"}}
	lacks := &host.Problem{Permissions: []string{"users.read"}}
	read := host.Step{Stream: "users", Status: host.StatusSucceeded}
	tests := map[string]struct {
		steps []host.Step
		want  string
	}{
		"read":                       {[]host.Step{read}, "granted"},
		"a step failed for it":       {[]host.Step{read, {Stream: "groups", Status: host.StatusFailed, Error: lacks}}, "missing"},
		"a part failed for it":       {[]host.Step{{Stream: "users", Status: host.StatusPartial, Gaps: []host.Gap{{Error: *lacks}}}}, "missing"},
		"failed for another reason":  {[]host.Step{read, {Stream: "groups", Status: host.StatusFailed, Error: &host.Problem{}}}, "unknown"},
		"another stream was read":    {[]host.Step{{Stream: "devices", Status: host.StatusSucceeded}}, "unknown"},
		"a removal of it is waiting": {[]host.Step{{Stream: "users", Status: host.StatusPartial}}, "unknown"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := lookup.PermissionIn(test.steps, p); got != test.want {
				t.Errorf("it is %s, want %s", got, test.want)
			}
		})
	}
}
