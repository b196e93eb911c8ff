package supervisor

import (
	"errors"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// againEvery is how often an outcome that could not be stored is tried again.
const againEvery = time.Second

// keep holds on to a run whose outcome could not be stored, which a full disk
// brings about, until it is or the host stops. Without it the store's word would
// be all there is, and that is "running". The run is in nobody's way: it has left
// the queue, and its connection may run again.
func (s *Supervisor) keep(connection string, a *active) {
	if a.recorder.saved() {
		return
	}
	ticker := time.NewTicker(againEvery)
	defer ticker.Stop()
	for !a.recorder.saveAgain() {
		select {
		case <-ticker.C:
		case <-s.closing:
			return // the next start calls the run interrupted
		}
	}
	s.drop(connection, a)
	s.ends.add(connection)
	s.config.Events.PublishRun(connection, a.recorder.id(), "changed")
}

// saved reports whether the store has the run's outcome.
func (r *recorder) saved() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.unsaved
}

// saveAgain stores an outcome that could not be stored, and the lines of the log
// that were left.
func (r *recorder) saveAgain() bool {
	err := r.store.SaveRun(r.snapshot())
	if problem := new(host.Problem); err != nil && (!errors.As(err, &problem) || problem.Code != host.CodeNotFound) {
		return false // it was said the first time
	}
	// Stored, or removed with its connection.
	r.mu.Lock()
	r.unsaved = false
	r.mu.Unlock()
	r.flush()
	return true
}

// ended reports whether the run has its outcome, stored or not.
func (a *active) ended() bool {
	return a.recorder.snapshot().Status.Final()
}
