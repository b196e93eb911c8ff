package health_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/health"
)

func TestRefusalsAreANoticeUntilARunHasNone(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	run := func(status host.RunStatus, contacts ...host.Contact) host.Run {
		at = at.Add(time.Hour)
		ended := at
		return host.Run{ID: "r", Status: status, StartedAt: &ended, FinishedAt: &ended, Network: contacts}
	}
	denied := host.Contact{Host: "evil.example", Port: 443, Denied: 2, Reason: "is not among the hosts this connector declares"}
	failed := host.Contact{Host: "slow.example", Port: 443, Failed: 1, Reason: "did not answer"}
	once := denied
	once.Port, once.Denied = 0, 1
	calls := run(host.StatusFailed)
	calls.RefusedCalls = []string{"prlimit64"}
	tests := []struct {
		name string
		runs []host.Run // newest first
		want string     // part of the message; "" = no notice
	}{
		{"none yet", nil, ""},
		{"a connection", []host.Run{run(host.StatusSucceeded, failed, denied)},
			"a connection to evil.example:443, 2 times (is not among the hosts"},
		{"one without a port", []host.Run{run(host.StatusSucceeded, once)}, "a connection to evil.example, once ("},
		{"more than a notice names", []host.Run{run(host.StatusSucceeded, slices.Repeat([]host.Contact{denied}, 8)...)}, "; and 3 more"},
		{"a system call", []host.Run{calls}, "the system calls prlimit64"},
		{"a host that could not be reached is no refusal", []host.Run{run(host.StatusFailed, failed)}, ""},
		{"one under way says nothing", []host.Run{run(host.StatusRunning), run(host.StatusSucceeded, denied)}, "evil.example"},
		{"nor one that was cancelled", []host.Run{run(host.StatusCancelled), run(host.StatusSucceeded, denied)}, "evil.example"},
		{"but for its refusals", []host.Run{run(host.StatusCancelled, denied), run(host.StatusSucceeded)}, "evil.example"},
		{"it goes with a run that had none", []host.Run{run(host.StatusPartial), run(host.StatusSucceeded, denied)}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			notice := health.RefusalNotice(test.runs)
			switch {
			case notice == nil && test.want != "":
				t.Error("no notice")
			case notice != nil && (test.want == "" || !strings.Contains(notice.Message, test.want) || notice.Remedy == "" || notice.Since.IsZero()):
				t.Errorf("notice %+v, want %q", notice, test.want)
			}
		})
	}
}
