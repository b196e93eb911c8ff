package supervisor

import (
	"math/rand/v2"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk"
)

// maxRetries is how many times in a row a failed run is tried again by itself
// before the ordinary schedule takes over.
const maxRetries = 5

// retryAt says when a run is tried again by itself. It is when every failure of the run
// can heal without a person, and the connection runs by itself.
func (s *Supervisor) retryAt(connection host.Connection, run host.Run, runs []host.Run) (time.Time, bool) {
	if connection.Schedule == "" || connection.Paused != nil || !canHeal(run) {
		return time.Time{}, false
	}
	attempt := 0
	for _, r := range runs {
		if !r.Status.Final() {
			continue // begun since
		}
		if !canHeal(r) {
			break
		}
		attempt++
	}
	if attempt > maxRetries || attempt > 1 && onceIsEnough(run) {
		return time.Time{}, false
	}
	wait := max(backoff(attempt), announced(run))
	return s.config.Now().Add(wait), true
}

// retry brings the next run of a connection forward, if the host runs a schedule.
func (s *Supervisor) retry(connection host.Connection, at time.Time) {
	if s.config.Scheduler == nil {
		return
	}
	if err := s.config.Scheduler.Retry(connection.ID, at); err != nil {
		s.config.Logger.Error("plan retry", "connection", connection.Alias, "err", err)
	}
}

// onceIsEnough reports whether a failure of the run is the kind that one more try
// tells from an accident: a crash, a bug, an answer that cannot be read.
func onceIsEnough(run host.Run) bool {
	for _, step := range run.Steps {
		if step.Error == nil {
			continue
		}
		switch step.Error.Code {
		case sdk.CodeInternalBug, sdk.CodeInternalPanic, host.CodeConnectorExited, sdk.CodeUpstreamInvalidResponse:
			return true
		}
	}
	return false
}

// canHeal reports whether the run failed and every failing step, and every gap, can
// succeed when it is tried again. A run that a person cancelled is not tried again.
func canHeal(run host.Run) bool {
	if run.Status == host.StatusCancelled {
		return false
	}
	failed := false
	for _, step := range run.Steps {
		if !step.Failed() {
			continue
		}
		if step.Error == nil || step.Error.Retry != host.RetryAfter {
			return false
		}
		for _, gap := range step.Gaps {
			if gap.Error.Retry != host.RetryAfter {
				return false
			}
		}
		failed = true
	}
	return failed
}

// backoff is 1, 4, 16, 64, 256 minutes, give or take a fifth.
func backoff(attempt int) time.Duration {
	wait := time.Minute << (2 * min(max(attempt-1, 0), 4))
	return time.Duration(float64(wait) * (0.8 + 0.4*rand.Float64()))
}

// announced is the longest wait a vendor asked for.
func announced(run host.Run) time.Duration {
	var longest float64
	for _, p := range problems(run) {
		longest = max(longest, p.RetryAfter)
	}
	return time.Duration(longest * float64(time.Second))
}
