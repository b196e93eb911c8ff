package health

import (
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// Judge draws the verdict from a connection's history. The same history always
// gives the same verdict.
func Judge(h History) Verdict { return Summarise(h.Runs).Judge(h.Connection, h.Period, h.Now) }

// Summarise reads a connection's runs, newest first. Who keeps the summary judges
// again and again without them.
func Summarise(runs []host.Run) Summary {
	runs = evidence(runs)
	if len(runs) == 0 {
		return Summary{}
	}
	v := judgeRun(runs[0])
	v.Since = streak(runs, v)
	v.LastSuccess = lastSuccess(runs)
	return Summary{verdict: v, said: true}
}

// Judge draws the verdict at a moment. Period is the time between two scheduled
// runs, 0 for a connection that runs only when asked.
func (s Summary) Judge(c host.Connection, period time.Duration, now time.Time) Verdict {
	if !s.said {
		return draft(c)
	}
	v := s.verdict
	if v.Health == host.HealthHealthy {
		v = punctual(v, period, now)
	}
	if c.Paused != nil {
		v = paused(v, *c.Paused)
	}
	return v
}

// evidence returns the runs that say something: finished, not cancelled, and
// begun.
func evidence(runs []host.Run) []host.Run {
	var said []host.Run
	for _, run := range runs {
		switch {
		case !run.Status.Final(), run.Status == host.StatusCancelled:
		case run.Status == host.StatusInterrupted && run.StartedAt == nil:
		default:
			said = append(said, run)
		}
	}
	return said
}

func draft(c host.Connection) Verdict {
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
	return v
}

// judgeRun judges one run by itself.
func judgeRun(run host.Run) Verdict {
	v := Verdict{Health: host.HealthHealthy, Reason: host.ReasonOnTime, FromStatus: len(run.Steps) == 0}
	failures := failuresOf(run)
	if len(failures) == 0 {
		v.Explanation = "Every step of the last run completed."
		if v.FromStatus {
			v.Explanation = "The last run succeeded; it recorded no steps."
		}
		return judgeHeld(v, run)
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
	return v
}

// judgeHeld looks for removals that wait for a person.
func judgeHeld(v Verdict, run host.Run) Verdict {
	for _, step := range run.Steps {
		if step.Held > 0 {
			v.Reason = host.ReasonActionRequired
			v.Explanation = fmt.Sprintf("%s no longer lists %d records; they are kept until somebody confirms that they are gone.", title(step), step.Held)
			v.Remedy = "Look at what is missing; if it is really gone, sync again and confirm the removals."
			return v
		}
	}
	return v
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
	if run.Status == host.StatusInterrupted || limited || (heals && readSomething(run)) {
		return host.ReasonDegraded
	}
	return host.ReasonFailing
}

// readSomething reports whether a part of the run completed or was partly read.
func readSomething(run host.Run) bool {
	for _, step := range run.Steps {
		if step.Stream != "" && (step.Status == host.StatusSucceeded || step.Status == host.StatusPartial) {
			return true
		}
	}
	return run.Status == host.StatusPartial
}

func fallbackRemedy(reason host.Reason) string {
	switch reason {
	case host.ReasonActionRequired:
		return "Open the connection's settings and test it."
	case host.ReasonDegraded:
		return "Nothing to do; it is tried again at the next run."
	}
	return "Open the last run's log; if it happens again, report it with the log."
}

// punctual looks at the clock for a connection whose last run completed.
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
	v.Explanation += " The last one did."
	v.Remedy = "Keep Plumbline running, or run it now."
	return v
}

func paused(v Verdict, pause host.Pause) Verdict {
	v.Reason, v.Since = host.ReasonPaused, pause.Since
	who := "Somebody"
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

// streak returns when the oldest run of the latest ones that give v's health and
// reason finished.
func streak(runs []host.Run, v Verdict) time.Time {
	var since time.Time
	for _, run := range runs {
		if earlier := judgeRun(run); earlier.Health != v.Health || earlier.Reason != v.Reason {
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

// finished returns when a run ended; one that does not say was queued last.
func finished(run host.Run) time.Time {
	switch {
	case run.FinishedAt != nil:
		return *run.FinishedAt
	case run.StartedAt != nil:
		return *run.StartedAt
	}
	return run.QueuedAt
}
