package health_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/health"
)

var now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// ago is a moment before now.
func ago(d time.Duration) time.Time { return now.Add(-d) }

// run is a run that finished some time ago, with the given steps.
func run(status host.RunStatus, finished time.Duration, steps ...host.Step) host.Run {
	at, begun := ago(finished), ago(finished+time.Minute)
	return host.Run{ID: "r", Status: status, QueuedAt: begun, StartedAt: &begun, FinishedAt: &at, Steps: steps}
}

func done(name string) host.Step {
	return host.Step{Name: name, Title: "List " + name, Stream: name, Status: host.StatusSucceeded}
}

func failed(name string, p *host.Problem) host.Step {
	return host.Step{Name: name, Title: "List " + name, Stream: name, Status: host.StatusFailed, Error: p}
}

func partial(name string, p *host.Problem) host.Step {
	s := failed(name, p)
	s.Status = host.StatusPartial
	return s
}

func gap(name, scope string, p host.Problem) host.Step {
	return host.Step{Name: name, Title: "List " + name, Status: host.StatusPartial, Gaps: []host.Gap{{Scope: scope, Error: p}}}
}

// gaps is a step with several gaps and the error that the supervisor sums them up in.
func gaps(name string, scopes ...string) host.Step {
	s := partial(name, nil)
	for _, scope := range scopes {
		s.Gaps = append(s.Gaps, host.Gap{Scope: scope, Error: *bug})
	}
	first := *bug
	first.Scope, first.Message = scopes[0], scopes[0]+" could not be read: "+bug.Message+" (and 3 more)"
	s.Error = &first
	return s
}

func succeeded(finished time.Duration) host.Run {
	return run(host.StatusSucceeded, finished, done("users"), done("groups"))
}

var (
	badKey = &host.Problem{Code: "auth.invalid", Message: "The API key was refused.", Remedy: "Make a new key.", Fault: host.FaultCustomer,
		Retry: host.RetryWhenCredentialChanges}
	noScope   = &host.Problem{Code: "permission.missing", Message: "groups.read is not granted", Retry: host.RetryWhenConfigChanges}
	busy      = &host.Problem{Code: "rate.limited", Message: "too many requests", Fault: host.FaultUpstream, Retry: host.RetryAfter}
	down      = &host.Problem{Code: "upstream.5xx", Message: "the server answered 503", Fault: host.FaultUpstream, Retry: host.RetryAfter}
	unplugged = &host.Problem{Code: "network.dns", Message: "no such host", Fault: host.FaultNetwork}
	bug       = &host.Problem{Code: "internal.panic", Message: "the connector crashed", Fault: host.FaultConnector, Retry: host.RetryNever}
	stopped   = &host.Problem{Code: host.CodeInterrupted, Message: "the host stopped while this run was in progress",
		Remedy: "It goes on from its last checkpoint at the next run.", Fault: host.FaultHost, Retry: host.RetryAfter}
)

// Remedies that several verdicts have.
const (
	openLog     = "Open the last run's log; if it happens again, report it to the connector's author with the log."
	nothingToDo = "Nothing to do; the next run tries it again."
	runNow      = "Keep Plumbline running, or run it now."
	resume      = "Resume it when it should run again."
)

func verdict(h host.Health, reason host.Reason, explanation, remedy string, failing ...string) health.Verdict {
	return health.Verdict{Health: h, Reason: reason, Explanation: explanation, Remedy: remedy, FailingSteps: failing}
}

// fromStatus is a verdict on a run without steps.
func fromStatus(v health.Verdict) health.Verdict {
	v.FromStatus = true
	return v
}

func TestJudge(t *testing.T) {
	t.Parallel()
	hourly := host.Connection{Schedule: "@hourly", CreatedAt: ago(1000 * time.Hour)}
	unscheduled := host.Connection{CreatedAt: hourly.CreatedAt}
	pausedBy := func(by, reason string) host.Connection {
		c := hourly
		c.Paused = &host.Pause{Since: ago(2 * time.Hour), By: by, Reason: reason}
		return c
	}
	interruptedStep := done("users")
	interruptedStep.Status, interruptedStep.Error = host.StatusInterrupted, stopped
	neverBegun := host.Run{Status: host.StatusInterrupted, QueuedAt: ago(time.Minute), Error: stopped}
	without := func(status host.RunStatus, p *host.Problem) host.Run {
		r := run(status, time.Minute)
		r.Error = p
		return r
	}
	runError := succeeded(time.Minute)
	runError.Status, runError.Error = host.StatusFailed, bug
	reports := succeeded(time.Minute)
	reports.Error = bug
	nextStep := done("groups")
	nextStep.Status = host.StatusSkipped
	held := pausedBy("host", "a removal waits")
	held.Paused.Remedy = "Confirm the removal."

	tests := []struct {
		name       string
		connection host.Connection
		runs       []host.Run
		want       health.Verdict // times are tested below
	}{
		{"never run", hourly, nil,
			verdict(host.HealthUnknown, host.ReasonDraft, "No run has finished yet.", "")},
		{"never run and no schedule", unscheduled, nil,
			verdict(host.HealthUnknown, host.ReasonDraft, "No run has finished yet, and there is no schedule.", "Run it, or give it a schedule.")},
		{"never run and paused", pausedBy("person", ""), nil,
			verdict(host.HealthUnknown, host.ReasonDraft, "No run has finished yet, and the connection is paused.",
				"Resume it, or run it once by hand.")},
		{"running for the first time", hourly, []host.Run{{Status: host.StatusRunning}},
			verdict(host.HealthUnknown, host.ReasonDraft, "No run has finished yet.", "")},
		{"cancelled the first time", hourly, []host.Run{run(host.StatusCancelled, time.Minute)},
			verdict(host.HealthUnknown, host.ReasonDraft, "The last run was cancelled. No run has finished yet.", "")},

		{"every step completed", hourly, []host.Run{succeeded(time.Minute)},
			verdict(host.HealthHealthy, host.ReasonOnTime, "Every step of the last run completed.", "")},
		{"a run in progress changes nothing", hourly,
			[]host.Run{{Status: host.StatusRunning}, {Status: host.StatusQueued}, succeeded(time.Minute)},
			verdict(host.HealthHealthy, host.ReasonOnTime, "Every step of the last run completed.", "")},
		{"a cancelled run changes nothing", hourly,
			[]host.Run{run(host.StatusCancelled, time.Minute, partial("users", nil)), succeeded(2 * time.Minute)},
			verdict(host.HealthHealthy, host.ReasonOnTime, "The last run was cancelled. Every step of the run before it completed.", "")},
		{"nor does one that never began", hourly, []host.Run{neverBegun, succeeded(2 * time.Minute)},
			verdict(host.HealthHealthy, host.ReasonOnTime, "Every step of the last run completed.", "")},
		{"only the latest counts", hourly, []host.Run{succeeded(time.Minute), run(host.StatusFailed, time.Hour, failed("users", badKey))},
			verdict(host.HealthHealthy, host.ReasonOnTime, "Every step of the last run completed.", "")},
		{"nothing is late without a schedule", unscheduled, []host.Run{succeeded(900 * time.Hour)},
			verdict(host.HealthHealthy, host.ReasonOnTime, "Every step of the last run completed.", "")},
		{"within one interval and its tolerance", hourly, []host.Run{succeeded(65 * time.Minute)},
			verdict(host.HealthHealthy, host.ReasonOnTime, "Every step of the last run completed.", "")},

		{"late", hourly, []host.Run{succeeded(66 * time.Minute)},
			verdict(host.HealthHealthy, host.ReasonLate, "No run has succeeded for one interval of its schedule. The last finished one completed.",
				runNow)},
		{"late for two intervals", hourly, []host.Run{succeeded(126 * time.Minute)},
			verdict(host.HealthHealthy, host.ReasonFailing,
				"No run has succeeded for two intervals of its schedule. The last finished one completed.", runNow)},
		{"cancelled after a failure", hourly,
			[]host.Run{run(host.StatusCancelled, time.Minute), run(host.StatusFailed, time.Hour, failed("users", badKey))},
			verdict(host.HealthUnhealthy, host.ReasonActionRequired,
				"The last run was cancelled. As of the run before it: List users failed: The API key was refused.", "Make a new key.", "users")},

		{"the customer's fault", hourly, []host.Run{run(host.StatusFailed, time.Minute, failed("users", badKey), nextStep)},
			verdict(host.HealthUnhealthy, host.ReasonActionRequired, "List users failed: The API key was refused.", "Make a new key.", "users")},
		{"waits for settings", hourly, []host.Run{run(host.StatusPartial, time.Minute, done("users"), failed("groups", noScope))},
			verdict(host.HealthUnhealthy, host.ReasonActionRequired, "List groups failed: groups.read is not granted.",
				"Open the connection's settings and test it.", "groups")},
		{"the person's part is told first", hourly,
			[]host.Run{run(host.StatusFailed, time.Minute, failed("users", down), failed("groups", badKey), failed("apps", bug))},
			verdict(host.HealthUnhealthy, host.ReasonActionRequired, "List groups failed: The API key was refused (and 2 more failures).",
				"Make a new key.", "users", "groups", "apps")},
		{"a gap is an error", hourly, []host.Run{run(host.StatusPartial, time.Minute, done("users"), gap("groups", "the board", *badKey))},
			verdict(host.HealthUnhealthy, host.ReasonActionRequired, "List groups could not read the board: The API key was refused.",
				"Make a new key.", "groups")},

		{"some read, the rest heals", hourly, []host.Run{run(host.StatusPartial, time.Minute, done("users"), failed("groups", down))},
			verdict(host.HealthUnhealthy, host.ReasonDegraded, "List groups failed: the server answered 503.", nothingToDo, "groups")},
		{"a gap that heals", hourly, []host.Run{run(host.StatusPartial, time.Minute, gap("users", "page 7", *unplugged))},
			verdict(host.HealthUnhealthy, host.ReasonDegraded, "List users could not read page 7: no such host.", nothingToDo, "users")},
		{"several gaps are counted once", hourly,
			[]host.Run{run(host.StatusPartial, time.Minute, gaps("users", "line 2", "line 4", "line 9", "line 11"))},
			verdict(host.HealthUnhealthy, host.ReasonDegraded, "List users could not read line 2: the connector crashed (and 3 more failures).",
				nothingToDo, "users")},
		{"read in part, which does not heal", hourly, []host.Run{run(host.StatusPartial, time.Minute, done("groups"), partial("users", bug))},
			verdict(host.HealthUnhealthy, host.ReasonDegraded, "List users was read in part: the connector crashed.", nothingToDo, "users")},
		{"stopped early, no error told", hourly, []host.Run{run(host.StatusPartial, time.Minute, partial("users", nil))},
			verdict(host.HealthUnhealthy, host.ReasonDegraded, "List users was read in part.", nothingToDo, "users")},
		{"nothing but a rate limit", hourly, []host.Run{run(host.StatusFailed, time.Minute, failed("users", busy), failed("groups", busy))},
			verdict(host.HealthUnhealthy, host.ReasonDegraded, "List users failed: too many requests (and one more failure).", nothingToDo, "users",
				"groups")},
		{"the host was stopped", hourly, []host.Run{func() host.Run {
			r := run(host.StatusInterrupted, time.Minute, interruptedStep, nextStep)
			r.Error = stopped
			return r
		}()},
			verdict(host.HealthUnhealthy, host.ReasonDegraded, "List users was interrupted: the host stopped while this run was in progress.",
				"It goes on from its last checkpoint at the next run.", "users")},

		{"nothing read", hourly, []host.Run{run(host.StatusFailed, time.Minute, failed("users", down))},
			verdict(host.HealthUnhealthy, host.ReasonFailing, "List users failed: the server answered 503.", openLog, "users")},
		{"some read, the rest does not heal", hourly,
			[]host.Run{run(host.StatusPartial, time.Minute, done("users"), failed("groups", down), failed("apps", bug))},
			verdict(host.HealthUnhealthy, host.ReasonFailing, "List apps failed: the connector crashed (and one more failure).", openLog, "groups",
				"apps")},
		{"the run itself failed", hourly, []host.Run{runError},
			verdict(host.HealthUnhealthy, host.ReasonFailing, "The run failed: the connector crashed.", openLog)},
		{"a success that reports an error", hourly, []host.Run{reports},
			verdict(host.HealthUnhealthy, host.ReasonFailing, "The run reported an error: the connector crashed.", openLog)},
		{"an error with nothing told", hourly, []host.Run{run(host.StatusFailed, time.Minute, failed("users", nil))},
			verdict(host.HealthUnhealthy, host.ReasonFailing, "List users failed.", openLog, "users")},

		{"no steps, succeeded", hourly, []host.Run{without(host.StatusSucceeded, nil)},
			fromStatus(verdict(host.HealthHealthy, host.ReasonOnTime, "The last run succeeded; it recorded no steps.", ""))},
		{"no steps, failed", hourly, []host.Run{without(host.StatusFailed, badKey)},
			fromStatus(verdict(host.HealthUnhealthy, host.ReasonActionRequired,
				"The run failed: The API key was refused. The run recorded no steps; it is judged by its outcome.", "Make a new key."))},

		{"paused by a person", pausedBy("person", "audit is over."), []host.Run{succeeded(200 * time.Hour)},
			verdict(host.HealthHealthy, host.ReasonPaused, "A person paused this connection: audit is over.", resume)},
		{"paused by the host", pausedBy("host", "it failed ten times"), []host.Run{run(host.StatusFailed, 3*time.Hour, failed("users", bug))},
			verdict(host.HealthUnhealthy, host.ReasonPaused, "Plumbline paused this connection: it failed ten times.", resume, "users")},
		{"paused with a remedy", held, []host.Run{succeeded(time.Hour)},
			verdict(host.HealthHealthy, host.ReasonPaused, "Plumbline paused this connection: a removal waits.", "Confirm the removal.")},
		{"paused without a word", pausedBy("person", ""), []host.Run{succeeded(time.Hour)},
			verdict(host.HealthHealthy, host.ReasonPaused, "A person paused this connection.", resume)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := health.History{Connection: test.connection, Runs: test.runs, Now: now}
			if test.connection.Schedule != "" {
				h.Period = time.Hour
			}
			got := health.Judge(h)
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(health.Verdict{}, "Since", "LastSuccess")); diff != "" {
				t.Errorf("verdict differs (-want +got):\n%s", diff)
			}
			if again := health.Judge(h); !cmp.Equal(got, again) {
				t.Error("the same history gave another verdict")
			}
		})
	}
}

// A removal that waits for a person is shown whatever the latest run says, and is
// shown until the person decides.
func TestHeldRemovals(t *testing.T) {
	t.Parallel()
	decided := ago(time.Hour)
	waits := host.HeldRemoval{Stream: "users", Since: ago(3 * time.Hour), Explanation: "31 of 40 are not listed.", Remedy: "Read the list."}
	rejected := waits
	rejected.RejectedAt, rejected.Explanation, rejected.Remedy = &decided, "A person keeps 31 of 40.", "Check the filters."
	asked := &host.Problem{Code: host.CodeRemovalHeld, Message: "31 of 40 are not listed.", Remedy: "Confirm.", Fault: host.FaultCustomer}
	tests := []struct {
		name string
		run  host.Run
		held []host.HeldRemoval
		want health.Verdict
	}{
		{"found by this run", run(host.StatusPartial, time.Minute, partial("users", asked)), []host.HeldRemoval{waits},
			health.Verdict{Health: host.HealthUnhealthy, Reason: host.ReasonActionRequired, Explanation: waits.Explanation, Remedy: waits.Remedy,
				Since: waits.Since}},
		{"found by an earlier run", succeeded(time.Minute), []host.HeldRemoval{waits},
			health.Verdict{Health: host.HealthUnhealthy, Reason: host.ReasonActionRequired, Explanation: waits.Explanation, Remedy: waits.Remedy,
				Since: waits.Since}},
		{"beside a failure that heals", run(host.StatusFailed, time.Minute, failed("users", down)), []host.HeldRemoval{waits},
			health.Verdict{Health: host.HealthUnhealthy, Reason: host.ReasonActionRequired, Explanation: waits.Explanation, Remedy: waits.Remedy,
				Since: waits.Since}},
		{"beside a failure that needs a person", run(host.StatusFailed, time.Minute, failed("users", badKey)), []host.HeldRemoval{waits},
			health.Verdict{Health: host.HealthUnhealthy, Reason: host.ReasonActionRequired,
				Explanation: "List users failed: The API key was refused.", Remedy: "Make a new key.", Since: ago(time.Minute)}},
		{"rejected", run(host.StatusPartial, time.Minute, partial("users", asked)), []host.HeldRemoval{rejected},
			health.Verdict{Health: host.HealthUnhealthy, Reason: host.ReasonActionRequired, Explanation: rejected.Explanation,
				Remedy: rejected.Remedy, Since: decided}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := health.Judge(health.History{Runs: []host.Run{test.run}, Held: test.held, Now: now})
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(health.Verdict{}, "FailingSteps", "LastSuccess")); diff != "" {
				t.Errorf("verdict differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSince(t *testing.T) {
	t.Parallel()
	created, begun := ago(1000*time.Hour), ago(2*time.Hour)
	failing := func(finished time.Duration, p *host.Problem) host.Run {
		return run(host.StatusFailed, finished, failed("users", p))
	}
	tests := []struct {
		name    string
		period  time.Duration
		pause   *host.Pause
		runs    []host.Run
		since   time.Time
		success time.Time // zero = never
	}{
		{"draft", 0, nil, nil, created, time.Time{}},
		{"the first good run of a row", time.Hour, nil,
			[]host.Run{succeeded(time.Minute), succeeded(time.Hour), succeeded(2 * time.Hour),
				failing(3*time.Hour, bug)}, ago(2 * time.Hour), ago(time.Minute)},
		{"the first of a row of equal failures", time.Hour, nil,
			[]host.Run{failing(time.Minute, badKey), failing(time.Hour, badKey), failing(2*time.Hour, bug),
				succeeded(3 * time.Hour)}, ago(time.Hour), ago(3 * time.Hour)},
		{"runs that say nothing do not end a row", time.Hour, nil,
			[]host.Run{failing(time.Minute, bug), run(host.StatusCancelled, time.Hour), failing(2*time.Hour, bug)}, ago(2 * time.Hour), time.Time{}},
		{"a run that says only its start", 0, nil, []host.Run{{Status: host.StatusSucceeded, StartedAt: &begun}}, begun, begun},
		{"a run that says only when it was queued", 0, nil, []host.Run{{Status: host.StatusSucceeded, QueuedAt: begun}}, begun, begun},
		{"late", time.Hour, nil, []host.Run{succeeded(90 * time.Minute)}, ago(25 * time.Minute), ago(90 * time.Minute)},
		{"late for two intervals", time.Hour, nil, []host.Run{succeeded(3 * time.Hour)}, ago(55 * time.Minute), ago(3 * time.Hour)},
		{"a short interval has a short tolerance", 10 * time.Minute, nil, []host.Run{succeeded(12 * time.Minute)}, ago(time.Minute),
			ago(12 * time.Minute)},
		{"paused", time.Hour, &host.Pause{Since: ago(5 * time.Hour)}, []host.Run{succeeded(6 * time.Hour)}, ago(5 * time.Hour),
			ago(6 * time.Hour)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := health.Judge(health.History{
				Connection: host.Connection{CreatedAt: created, Paused: test.pause},
				Runs:       test.runs, Period: test.period, Now: now,
			})
			if !got.Since.Equal(test.since) {
				t.Errorf("since %v, want %v", got.Since, test.since)
			}
			var success time.Time
			if got.LastSuccess != nil {
				success = *got.LastSuccess
			}
			if !success.Equal(test.success) {
				t.Errorf("last success %v, want %v", success, test.success)
			}
		})
	}
}

func TestInPartNamesTheStepsThatWereReadInPart(t *testing.T) {
	t.Parallel()
	interrupted := done("files")
	interrupted.Status = host.StatusInterrupted
	latest := run(host.StatusPartial, time.Minute, done("users"), gap("groups", "page 7", *bug), partial("apps", bug), failed("roles", bug),
		interrupted)
	earlier := run(host.StatusPartial, time.Hour, partial("users", bug))
	if diff := cmp.Diff([]string{"groups", "apps"}, health.Summarise([]host.Run{latest, earlier}).InPart()); diff != "" {
		t.Errorf("steps differ (-want +got):\n%s", diff)
	}
}
