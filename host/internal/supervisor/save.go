package supervisor

import (
	"errors"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// saveEvery is how often an outcome that could not be stored is stored again.
const saveEvery = time.Second

// saveLater holds a run whose outcome the store could not take, because the disk was
// full, until it can or the host stops: the store still has the run as running. The run
// has freed its slot, and its connection may run again.
func (s *Supervisor) saveLater(connection string, a *active) {
	if a.recorder.saved() {
		return
	}
	ticker := time.NewTicker(saveEvery)
	defer ticker.Stop()
	for !a.recorder.saveAgain() {
		select {
		case <-ticker.C:
		case <-s.closing:
			return // the next start of the host ends the run as interrupted
		}
	}
	s.drop(connection, a)
	s.generations.next(connection)
	s.config.Events.PublishRun(connection, a.recorder.id(), "changed")
}

// saved reports whether the store has the outcome of a run that has one.
func (r *recorder) saved() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.saveFailed
}

// saveAgain stores an outcome that could not be stored, and the lines of the log
// that were left.
func (r *recorder) saveAgain() bool {
	err := r.store.SaveRun(r.snapshot())
	if problem := new(host.Problem); err != nil && (!errors.As(err, &problem) || problem.Code != host.CodeNotFound) {
		return false // the first failure was logged
	}
	// Stored, or removed with its connection.
	r.edit(func(*host.Run) { r.saveFailed = false })
	r.flush()
	return true
}
