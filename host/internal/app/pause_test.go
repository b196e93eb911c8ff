package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

func TestWhatTheHostPausedSaysWhyAndResumesWhenItIsMended(t *testing.T) {
	t.Parallel()
	settings, alias := []byte(`{"streams":[]}`), "renamed"
	tests := map[string]struct {
		by      string
		edit    connections.Edit
		resumes bool
	}{
		"another alias":                   {host.PausedByHost, connections.Edit{Alias: &alias}, false},
		"other settings":                  {host.PausedByHost, connections.Edit{Settings: settings}, true},
		"another secret":                  {host.PausedByHost, connections.Edit{Secrets: map[string]string{"token": "new"}}, true},
		"other settings, a person paused": {host.PausedByPerson, connections.Edit{Settings: settings}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			c := add(t, e, connections.NewConnection{Schedule: "@daily"})
			run := sync(t, e, "corp")
			run.QueuedAt = time.Now() // as if no edit had followed
			if test.by == host.PausedByPerson {
				if _, err := e.Pause(as(t), "corp", ""); err != nil {
					t.Fatal(err)
				}
			}
			last := e.LastEvent()
			e.PauseAfter(run, host.Pause{Since: time.Now(), By: host.PausedByHost, Reason: "3 syncs in a row failed",
				Remedy: "Enter a valid credential.", Code: "auth.invalid"})
			s, err := e.Connection(as(t), "corp")
			if err != nil || s.Paused == nil || s.Paused.By != test.by || s.Reason != host.ReasonPaused || s.NextRunAt != nil {
				t.Fatalf("paused: %+v, %s, %v", s.Paused, s.Reason, err)
			}
			if test.by == host.PausedByHost {
				if s.Explanation != "Plumbline paused this connection: 3 syncs in a row failed." || s.Remedy != "Enter a valid credential." {
					t.Errorf("the person is told %q, %q", s.Explanation, s.Remedy)
				}
				events, _, _ := e.Events(as(t), last, 0)
				if len(events) != 1 || events[0].ID != c.ID || events[0].Kind != "paused" {
					t.Errorf("the screens were told %+v", events)
				}
			}
			after, err := e.EditConnection(as(t), "corp", 0, test.edit)
			if err != nil || (after.Paused == nil) != test.resumes {
				t.Errorf("after the edit: %+v, %v; want resumed: %v", after.Paused, err, test.resumes)
			}
		})
	}
}

func TestAConnectionChangedDuringItsRunIsNotPaused(t *testing.T) {
	t.Parallel()
	e := setup(t)
	add(t, e, connections.NewConnection{Schedule: "@daily"})
	run := sync(t, e, "corp")
	if _, err := e.EditConnection(as(t), "corp", 0, connections.Edit{Settings: []byte(`{"streams":[]}`)}); err != nil {
		t.Fatal(err)
	}
	e.PauseAfter(run, host.Pause{By: host.PausedByHost, Reason: "old news"})
	if s, err := e.Connection(as(t), "corp"); err != nil || s.Paused != nil {
		t.Errorf("paused for what was mended: %+v, %v", s.Paused, err)
	}
}

func TestADeadlineIsValidated(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for _, bad := range []string{"soon", "30s", "-5m", "200h"} {
		_, err := e.AddConnection(as(t), connections.NewConnection{Connector: "fake", Alias: "corp", Deadline: bad})
		if p := problem(t, err); len(p.Fields) != 1 || p.Fields[0].Field != "deadline" || !strings.Contains(p.Message, "90m") {
			t.Errorf("%q: %+v", bad, p)
		}
	}
	add(t, e, connections.NewConnection{Deadline: "90m"})
	none := ""
	if s, err := e.EditConnection(as(t), "corp", 0, connections.Edit{Deadline: &none}); err != nil || s.Deadline != "" {
		t.Errorf("removed: %q, %v", s.Deadline, err)
	}
}
