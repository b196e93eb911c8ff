package health

import (
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// Judge returns the verdict on a history.
func Judge(h History) Verdict {
	return Summarise(h.Runs).Judge(h.Connection, h.Held, h.Period, h.Now)
}

// Summarise judges a connection's runs, newest first.
func Summarise(runs []host.Run) Summary {
	last := slices.IndexFunc(runs, func(run host.Run) bool { return run.Status.Final() })
	cancelled := last >= 0 && runs[last].Status == host.StatusCancelled
	runs = counting(runs)
	if len(runs) == 0 {
		return Summary{cancelled: cancelled}
	}
	v, code := judgeRun(runs[0])
	v.Since = streak(runs, v)
	v.LastSuccess = lastSuccess(runs)
	return Summary{verdict: v, part: inPart(runs[0]), code: code, cancelled: cancelled, judged: true}
}

// inPart returns the names of a run's steps that were read in part.
func inPart(run host.Run) (names []string) {
	for _, step := range run.Steps {
		if errored(step) && step.Status != host.StatusFailed && step.Status != host.StatusInterrupted {
			names = append(names, step.Name)
		}
	}
	return names
}

// Judge returns the verdict at a moment. Held are the removals that a person has not
// agreed to; period is the time between two scheduled runs, 0 without a schedule.
func (s Summary) Judge(c host.Connection, held []host.HeldRemoval, period time.Duration, now time.Time) Verdict {
	if c.Disconnection != nil {
		return disconnected(*c.Disconnection, s.verdict.LastSuccess)
	}
	if !s.judged {
		return s.draft(c)
	}
	v := s.verdict
	if v.Health == host.HealthHealthy {
		v = punctual(v, period, now)
	}
	v = s.undecided(v, held)
	if s.cancelled {
		v.Explanation = afterCancelled(v)
	}
	if c.Paused != nil {
		v = paused(v, *c.Paused)
	}
	return v
}

// afterCancelled says that the latest run was cancelled and the verdict is on the run before it.
func afterCancelled(v Verdict) string {
	if v.Reason == host.ReasonOnTime && !v.FromStatus {
		return "The last run was cancelled. Every step of the run before it completed."
	}
	return "The last run was cancelled. As of the run before it: " + v.Explanation
}

// undecided adds a removal that waits for a person, or that a person refused and the runs still report.
func (s Summary) undecided(v Verdict, held []host.HeldRemoval) Verdict {
	for _, h := range held {
		if h.Waits() {
			if v.Reason != host.ReasonActionRequired || removalCode(s.code) {
				v.Explanation, v.Remedy, v.Since = h.Explanation, h.Remedy, h.Since
			}
			v.Health, v.Reason = host.HealthUnhealthy, host.ReasonActionRequired
			return v
		}
	}
	if len(held) > 0 && removalCode(s.code) {
		v.Explanation, v.Remedy, v.Since = held[0].Explanation, held[0].Remedy, *held[0].RejectedAt
	}
	return v
}

func removalCode(code string) bool {
	return code == host.CodeRemovalHeld || code == host.CodeRemovalRejected
}

// counting returns the runs that count: finished, not cancelled, and begun.
func counting(runs []host.Run) []host.Run {
	return slices.DeleteFunc(slices.Clone(runs), func(run host.Run) bool {
		return !run.Status.Final() || run.Status == host.StatusCancelled ||
			run.Status == host.StatusInterrupted && run.StartedAt == nil
	})
}

func (s Summary) draft(c host.Connection) Verdict {
	v := Verdict{
		Health:      host.HealthUnknown,
		Reason:      host.ReasonDraft,
		Explanation: "No run has finished yet.",
		Since:       c.CreatedAt,
	}
	switch {
	case c.Paused != nil:
		v.Explanation = "No run has finished yet, and the connection is paused."
		v.Remedy = "Resume it, or run it once by hand."
	case c.Schedule == "":
		v.Explanation = "No run has finished yet, and there is no schedule."
		v.Remedy = "Run it, or give it a schedule."
	}
	if s.cancelled {
		v.Explanation = "The last run was cancelled. " + v.Explanation
	}
	return v
}

// judgeRun judges one run. Code is that of the failure that the reason comes from.
func judgeRun(run host.Run) (v Verdict, code string) {
	v = Verdict{Health: host.HealthHealthy, Reason: host.ReasonOnTime, FromStatus: len(run.Steps) == 0}
	failures := failuresOf(run)
	if len(failures) == 0 {
		v.Explanation = "Every step of the last run completed."
		if v.FromStatus {
			v.Explanation = "The last run succeeded; it recorded no steps."
		}
		return v, ""
	}
	for _, step := range run.Steps {
		if errored(step) {
			v.FailingSteps = append(v.FailingSteps, step.Name)
		}
	}
	v.Health = host.HealthUnhealthy
	v.Reason = reasonFor(run, failures)
	worst := choose(v.Reason, failures)
	v.Explanation, v.Remedy = worst.sentence(len(failures)), worst.problem.Remedy
	if v.FromStatus {
		v.Explanation += " The run recorded no steps; it is judged by its outcome."
	}
	if v.Remedy == "" {
		v.Remedy = fallbackRemedy(v.Reason)
	}
	return v, worst.problem.Code
}

// reasonFor returns the reason for a run with failures.
func reasonFor(run host.Run, failures []failure) host.Reason {
	limited, heals := true, true
	for _, f := range failures {
		if f.needsPerson() {
			return host.ReasonActionRequired
		}
		limited = limited && f.rateLimited()
		heals = heals && f.heals()
	}
	if run.Status == host.StatusInterrupted || limited || readSomething(run) && (heals || !anyFailed(run)) {
		return host.ReasonDegraded
	}
	return host.ReasonFailing
}

// anyFailed reports whether a step failed as a whole.
func anyFailed(run host.Run) bool {
	return run.Error != nil || slices.ContainsFunc(run.Steps, func(step host.Step) bool { return step.Status == host.StatusFailed })
}

// readSomething reports whether the run read a stream, at least in part.
func readSomething(run host.Run) bool {
	return run.Status == host.StatusPartial || slices.ContainsFunc(run.Steps, func(step host.Step) bool {
		return step.Stream != "" && (step.Status == host.StatusSucceeded || step.Status == host.StatusPartial)
	})
}

func fallbackRemedy(reason host.Reason) string {
	switch reason {
	case host.ReasonActionRequired:
		return "Open the connection's settings and test it."
	case host.ReasonDegraded:
		return "Nothing to do; the next run tries it again."
	}
	return "Open the last run's log; if it happens again, report it to the connector's author with the log."
}

// punctual compares the last success of a healthy connection with its schedule.
func punctual(v Verdict, period time.Duration, now time.Time) Verdict {
	if v.Reason != host.ReasonOnTime || period <= 0 || v.LastSuccess == nil {
		return v
	}
	tolerance := min(period/10, 5*time.Minute)
	late := v.LastSuccess.Add(period + tolerance)
	failing := late.Add(period)
	switch {
	case now.After(failing):
		v.Reason, v.Since = host.ReasonFailing, failing
		v.Explanation = "No run has succeeded for two intervals of its schedule."
	case now.After(late):
		v.Reason, v.Since = host.ReasonLate, late
		v.Explanation = "No run has succeeded for one interval of its schedule."
	default:
		return v
	}
	v.Explanation += " The last finished one completed."
	v.Remedy = "Keep Plumbline running, or run it now."
	return v
}

func paused(v Verdict, pause host.Pause) Verdict {
	v.Reason, v.Since = host.ReasonPaused, pause.Since
	who := "A person"
	if pause.By == host.PausedByHost {
		who = "Plumbline"
	}
	v.Explanation = who + " paused this connection."
	if pause.Reason != "" {
		v.Explanation = fmt.Sprintf("%s paused this connection: %s.", who, trimStop(pause.Reason))
	}
	v.Remedy = "Resume it when it should run again."
	if pause.Remedy != "" {
		v.Remedy = pause.Remedy
	}
	return v
}

// disconnected is the verdict on a connection that is not read any more.
func disconnected(d host.Disconnection, last *time.Time) Verdict {
	return Verdict{
		Health:      host.HealthUnknown,
		Reason:      host.ReasonDisconnected,
		Explanation: fmt.Sprintf("%s disconnected this connection. Its history is kept.", d.By),
		Remedy:      "Reconnect it to read it again, or delete it with its history.",
		Since:       d.At,
		LastSuccess: last,
	}
}

// streak returns when the oldest of the latest runs with v's health and reason finished.
func streak(runs []host.Run, v Verdict) time.Time {
	var since time.Time
	for _, run := range runs {
		if earlier, _ := judgeRun(run); earlier.Health != v.Health || earlier.Reason != v.Reason {
			break
		}
		since = finished(run)
	}
	return since
}

// lastSuccess returns when the latest healthy run finished, or nil.
func lastSuccess(runs []host.Run) *time.Time {
	for _, run := range runs {
		if len(failuresOf(run)) == 0 {
			at := finished(run)
			return &at
		}
	}
	return nil
}

// finished returns when a run ended, or what is known instead.
func finished(run host.Run) time.Time {
	switch {
	case run.FinishedAt != nil:
		return *run.FinishedAt
	case run.StartedAt != nil:
		return *run.StartedAt
	}
	return run.QueuedAt
}
