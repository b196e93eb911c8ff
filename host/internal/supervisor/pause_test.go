package supervisor_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/sdk"
)

// pastRuns makes runs an interval apart, newest first, from one letter each: p
// failed for want of a person, f failed otherwise, s succeeded, o read only a part,
// c was cancelled, i interrupted, m failed after a person asked for it, q is queued.
func pastRuns(letters string, now time.Time, interval time.Duration) (runs []host.Run) {
	for i, letter := range letters {
		run := host.Run{Trigger: host.TriggerSchedule, Status: host.StatusFailed, QueuedAt: now.Add(-time.Duration(i+1) * interval)}
		problem := &host.Problem{Code: "upstream.5xx", Message: "the vendor stumbled", Retry: host.RetryAfter, Fault: host.FaultUpstream}
		switch letter {
		case 'p':
			problem = &host.Problem{Code: "auth.invalid", Message: "the credential was refused.", Remedy: "Enter a valid credential.",
				Retry: host.RetryWhenCredentialChanges, Fault: host.FaultCustomer}
		case 's':
			run.Status, problem = host.StatusSucceeded, nil
		case 'o':
			run.Status = host.StatusPartial
		case 'c':
			run.Status = host.StatusCancelled
		case 'i':
			run.Status = host.StatusInterrupted
		case 'm':
			run.Trigger = host.TriggerManual
		case 'q':
			run.Status, problem = host.StatusQueued, nil
		}
		if problem != nil {
			run.Steps = []host.Step{{Name: "users", Stream: "users", Status: host.StatusFailed, Error: problem}}
		}
		runs = append(runs, run)
	}
	return runs
}

func TestWhenAConnectionIsGivenUp(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		runs     string // newest first
		interval time.Duration
		changed  time.Duration // before now; 0 = long ago
		failures int           // 0 = not given up
		says     string
	}{
		"two for want of a person": {runs: "pp", interval: time.Hour},
		"three for want of a person": {runs: "ppp", interval: time.Hour, failures: 3,
			says: "3 syncs in a row failed and trying again cannot help: the credential was refused"},
		"with some that say nothing":     {runs: "qpcpmip", interval: time.Hour, failures: 3, says: "3 syncs in a row"},
		"one of them was something else": {runs: "pfpp", interval: time.Hour},
		"one of them read something":     {runs: "ppsp", interval: time.Hour},
		"one of them read a part":        {runs: "ppop", interval: time.Hour},
		"changed since":                  {runs: "ppp", interval: time.Hour, changed: 150 * time.Minute},
		"nine failed":                    {runs: strings.Repeat("f", 9), interval: 24 * time.Hour},
		"ten failed over days": {runs: strings.Repeat("f", 10), interval: 24 * time.Hour, failures: 10,
			says: "10 syncs in a row failed, since 2026-02-19 12:00 UTC; the last one: the vendor stumbled"},
		"ten failed within hours":           {runs: strings.Repeat("f", 10), interval: time.Hour},
		"twenty failed within a day":        {runs: strings.Repeat("f", 20), interval: time.Hour},
		"many failed over a day":            {runs: strings.Repeat("f", 20), interval: 2 * time.Hour, failures: 20, says: "20 syncs"},
		"ten failed, all that people asked": {runs: strings.Repeat("m", 10), interval: 24 * time.Hour},
		"nothing but parts":                 {runs: strings.Repeat("o", 20), interval: 24 * time.Hour},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connection := host.Connection{Schedule: "@hourly"}
			if test.changed > 0 {
				connection.UpdatedAt = now.Add(-test.changed)
			}
			pause, given := supervisor.PauseFor(connection, pastRuns(test.runs, now, test.interval), now)
			if given != (test.failures > 0) || pause.Failures != test.failures || !strings.Contains(pause.Reason, test.says) {
				t.Fatalf("given up: %v, %+v", given, pause)
			}
			if given && (pause.By != host.PausedByHost || !pause.Since.Equal(now) || pause.Code == "" || !strings.Contains(pause.Remedy, "resume")) {
				t.Errorf("paused as %+v", pause)
			}
		})
	}
}

// TestEveryCodeIsTriedAgainOnlyWhenThatCanHelp holds each code of the taxonomy, as
// the SDK makes it, against what is promised.
func TestEveryCodeIsTriedAgainOnlyWhenThatCanHelp(t *testing.T) {
	t.Parallel()
	again := []string{
		"rate.limited", "rate.quota_exhausted", "notfound.resource", "network.dns", "network.connect", "network.tls", "network.timeout",
		"network.proxy", "upstream.5xx", "upstream.maintenance", "upstream.invalid_response", "cursor.expired", "cursor.invalid",
		"limit.memory", "limit.deadline", "internal.panic", "internal.bug", "cancelled",
	}
	never := []string{
		"auth.invalid", "auth.expired", "auth.reauth_required", "permission.missing", "permission.licence", "notfound.endpoint",
		"schema.unexpected", "schema.key_missing", "config.invalid", "limit.record_too_large", "protocol.violation", "network.denied",
	}
	if len(again)+len(never) != len(sdk.Codes()) {
		t.Errorf("%d codes are looked at, there are %d", len(again)+len(never), len(sdk.Codes()))
	}
	for _, code := range sdk.Codes() {
		e := sdk.Errorf(code, "x")
		step := host.Step{Name: "users", Stream: "users", Status: host.StatusFailed,
			Error: &host.Problem{Code: code, Retry: host.Retry(e.Retry), Fault: host.Fault(e.Fault)}}
		if got, want := supervisor.CanHeal(host.Run{Status: host.StatusFailed, Steps: []host.Step{step}}), slices.Contains(again,
			code); got != want {
			t.Errorf("%s is tried again: %v, want %v", code, got, want)
		}
		gap := host.Step{Name: "users", Stream: "users", Status: host.StatusPartial, Error: &host.Problem{Retry: host.RetryAfter},
			Gaps: []host.Gap{{Error: *step.Error}}}
		if got, want := supervisor.CanHeal(host.Run{Status: host.StatusPartial, Steps: []host.Step{gap}}), slices.Contains(again,
			code); got != want {
			t.Errorf("a gap with %s is tried again: %v, want %v", code, got, want)
		}
	}
	if supervisor.CanHeal(host.Run{Status: host.StatusFailed,
		Steps: []host.Step{{Status: host.StatusFailed, Error: &host.Problem{Code: "unheard.of", Retry: host.RetryNever}}}}) {
		t.Error("an unknown code that says never is tried again")
	}
}

func TestAConnectionThatNeedsAPersonIsPausedNotTriedForEver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connection(t, "fake", "corp", `{"connect":{"error":"auth.invalid"}}`)
	for n := 1; n <= 3; n++ {
		b.ended(t, b.start(t, c, supervisor.Options{Trigger: host.TriggerSchedule}).ID)
		stored, err := b.store.Connection(c.ID)
		if err != nil {
			t.Fatal(err)
		}
		p := stored.Paused
		if paused := p != nil; paused != (n == 3) || len(b.retries) > 0 {
			t.Fatalf("after %d runs: paused %v, %d retries", n, paused, len(b.retries))
		}
		if p != nil && (p.Code != "auth.invalid" || p.Failures != 3) {
			t.Errorf("paused as %+v", p)
		}
	}
}

func TestAProgramThatCrashesAgainAndAgainIsNotStartedByItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const crash = `{"streams":[{"name":"users","records":2,"crash":"kill"}]}`
	scheduled := supervisor.Options{Trigger: host.TriggerSchedule}
	for n := range 5 {
		run := b.ended(t, b.start(t, b.connection(t, "fake", fmt.Sprint("c", n), crash), scheduled).ID)
		if !strings.Contains(told(run), host.CodeConnectorExited) {
			t.Fatalf("crash %d: %s", n, told(run))
		}
	}
	good := b.connection(t, "fake", "good", `{}`)
	run := b.ended(t, b.start(t, good, scheduled).ID)
	p := step(run, "start").Error
	if p == nil || p.Code != host.CodeQuarantined || !strings.Contains(p.Message, "crashed 5 times") || p.Remedy == "" {
		t.Fatalf("the sixth: %s, %+v", told(run), p)
	}
	if run := b.ended(t, b.start(t, b.connection(t, "picky", "other", `{}`), scheduled).ID); run.Status != host.StatusSucceeded {
		t.Errorf("another program: %s", told(run))
	}
	if run := b.sync(t, good); run.Status != host.StatusSucceeded {
		t.Fatalf("a person's try: %s", told(run))
	}
	if run := b.ended(t, b.start(t, good, scheduled).ID); run.Status != host.StatusSucceeded {
		t.Errorf("after that: %s", told(run))
	}
}

func TestAConnectionsOwnDeadlineHolds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	script, _ := b.blocking("a")
	c := b.connection(t, "fake", "corp", script)
	c.Deadline = "3s"
	run := b.sync(t, c)
	if p := step(run, "users").Error; p == nil || p.Code != sdk.CodeLimitDeadline || !strings.Contains(p.Message, "3s") ||
		!strings.Contains(p.Remedy, "the connection's deadline") {
		t.Errorf("got %s, %+v", told(run), p)
	}
}
