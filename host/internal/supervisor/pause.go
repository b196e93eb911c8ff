package supervisor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

const (
	// personToPause is how many runs in a row may fail in a way that only a person can
	// mend: a wrong password that is tried every hour locks an account.
	personToPause = 3
	// failuresToPause is how many runs in a row may fail in any way, over at least
	// failingToPause: a vendor's bad day is no reason to pause.
	failuresToPause = 10
	failingToPause  = 24 * time.Hour
)

// pauseFor says whether a connection should no longer run by itself, given its runs,
// newest first. Only runs that read nothing count, and of them only those that the
// schedule started after the connection was last changed or resumed. A run that read
// something begins the count anew.
func pauseFor(connection host.Connection, runs []host.Run, now time.Time) (host.Pause, bool) {
	var failed []host.Run
	person, unbroken := 0, true
	for _, run := range runs {
		if saysNothing(run) {
			continue
		}
		if run.Status != host.StatusFailed || !run.QueuedAt.After(connection.UpdatedAt) {
			break
		}
		failed = append(failed, run)
		if unbroken = unbroken && needsPerson(run) != nil; unbroken {
			person++
		}
	}
	switch {
	case person >= personToPause:
		p := needsPerson(failed[0])
		return host.Pause{
			Since: now.UTC(), By: host.PausedByHost, Code: p.Code, Failures: len(failed),
			Reason: fmt.Sprintf("%d syncs in a row failed and trying again cannot help: %s", person, strings.TrimSuffix(p.Message, ".")),
			Remedy: resumeAfter(p),
		}, true
	case len(failed) >= failuresToPause && span(failed) >= failingToPause:
		p := firstProblem(failed[0])
		return host.Pause{
			Since: now.UTC(), By: host.PausedByHost, Code: p.Code, Failures: len(failed),
			Reason: fmt.Sprintf("%d syncs in a row failed, since %s; the last one: %s", len(failed),
				failed[len(failed)-1].QueuedAt.UTC().Format("2006-01-02 15:04 MST"), strings.TrimSuffix(p.Message, ".")),
			Remedy: resumeAfter(p),
		}, true
	}
	return host.Pause{}, false
}

// errChangedMeanwhile keeps a pause from being stored.
var errChangedMeanwhile = errors.New("the connection changed meanwhile")

// PauseAfter keeps a connection from running by itself because several runs of it failed;
// run is the last of them. A connection that a person changed since the run was queued
// is not paused.
func (s *Supervisor) PauseAfter(run host.Run, pause host.Pause) {
	ctx := host.WithActor(context.Background(), host.AgentActor())
	_, err := s.config.Store.UpdateConnection(ctx, run.Connection, 0, func(c *host.Connection) error {
		if c.Paused != nil || c.UpdatedAt.After(run.QueuedAt) {
			return errChangedMeanwhile
		}
		c.Paused = &pause
		return nil
	}, nil, nil)
	if errors.Is(err, errChangedMeanwhile) {
		return
	}
	if err != nil {
		s.config.Logger.Error("pause connection", "connection", run.Alias, "run", run.ID, "err", err)
		return
	}
	s.config.Logger.Warn("connection is paused", "connection", run.Alias, "reason", pause.Reason, "code", pause.Code, "run", run.ID)
	s.config.Events.Publish("connection", run.Connection, "paused")
	if s.config.Scheduler != nil {
		s.config.Scheduler.Wake()
	}
}

// saysNothing reports whether a run does not show that the next one would fail.
func saysNothing(run host.Run) bool {
	return !run.Status.Final() || run.Status == host.StatusCancelled || run.Status == host.StatusInterrupted ||
		run.Status == host.StatusFailed && run.Trigger == host.TriggerManual
}

func resumeAfter(p *host.Problem) string {
	const resume = "Then resume the connection; a change of its settings or secrets resumes it, too."
	if p.Remedy == "" {
		return resume
	}
	return strings.TrimSuffix(p.Remedy, ".") + ". " + resume
}

// span is the time from the first to the last of runs, which are newest first.
func span(runs []host.Run) time.Duration {
	return runs[0].QueuedAt.Sub(runs[len(runs)-1].QueuedAt)
}

// needsPerson returns the first problem of a run that only a person can mend, or nil.
func needsPerson(run host.Run) *host.Problem {
	for _, p := range problems(run) {
		if p.Fault == host.FaultCustomer || p.Retry == host.RetryWhenConfigChanges || p.Retry == host.RetryWhenCredentialChanges {
			return p
		}
	}
	return nil
}

// firstProblem returns what a failed run failed with.
func firstProblem(run host.Run) *host.Problem {
	if all := problems(run); len(all) > 0 {
		return all[0]
	}
	return &host.Problem{Code: host.CodeInternal, Message: "it did not say why"}
}

// problems returns everything that went wrong in a run.
func problems(run host.Run) (all []*host.Problem) {
	for _, step := range run.Steps {
		if step.Failed() && step.Error != nil {
			all = append(all, step.Error)
		}
		for i := range step.Gaps {
			all = append(all, &step.Gaps[i].Error)
		}
	}
	if run.Error != nil {
		all = append(all, run.Error)
	}
	return all
}
