package supervisor

import (
	"errors"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// endSteps ends the steps that have no outcome when the run ends. A running step gets the
// cause as its error. A step that has not begun is skipped; the first of them fails
// instead when no other step shows why the run failed.
func endSteps(run *host.Run, cause error, now time.Time) {
	var problem *host.Problem
	if cause != nil {
		problem = host.AsProblem(cause)
	}
	blamed := false
	for i := range run.Steps {
		s := &run.Steps[i]
		blamed = blamed || s.Failed() && problem != nil && s.Error == problem
		if s.Status != host.StatusRunning {
			continue
		}
		s.Status, s.Error, s.FinishedAt, s.WaitUntil, s.Note = interruptedStatus(cause), problem, &now, nil, ""
		blamed = true
	}
	for i := range run.Steps {
		s := &run.Steps[i]
		if s.Status != host.StatusQueued {
			continue
		}
		if cause != nil && !blamed && interruptedStatus(cause) == host.StatusFailed {
			s.Status, s.Error, s.StartedAt, s.FinishedAt = host.StatusFailed, problem, &now, &now
			blamed = true
			continue
		}
		s.Status, s.Note = host.StatusSkipped, "not reached"
	}
	if cause != nil && !blamed {
		run.Error = problem
	}
}

// interruptedStatus is the status of a step that was running when cause ended the run.
func interruptedStatus(cause error) host.RunStatus {
	var problem *host.Problem
	if errors.As(cause, &problem) {
		switch problem.Code {
		case host.CodeCancelled:
			return host.StatusCancelled
		case host.CodeInterrupted:
			return host.StatusInterrupted
		}
	}
	return host.StatusFailed
}

// statusOf is the outcome of a run whose steps all have theirs.
func statusOf(steps []host.Step, cause error) host.RunStatus {
	if cause != nil {
		if status := interruptedStatus(cause); status != host.StatusFailed {
			return status
		}
	}
	failed, useful := cause != nil, false
	for _, s := range steps {
		failed = failed || s.Failed()
		useful = useful || s.Stream != "" && (s.Status == host.StatusSucceeded || s.Status == host.StatusPartial)
	}
	switch {
	case !failed:
		return host.StatusSucceeded
	case useful:
		return host.StatusPartial
	default:
		return host.StatusFailed
	}
}
