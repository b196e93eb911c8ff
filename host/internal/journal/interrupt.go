package journal

import (
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// InterruptRuns ends every run that a crash left unfinished and returns them. A run
// ended at its last sign of life, at the latest at the given moment: the time until
// the next start is no part of it. Its counts are at least what the change log has
// of it. Call it once, before new runs begin.
func (s *Journal) InterruptRuns(at time.Time) ([]host.Run, error) {
	var ids []string
	err := s.view(func(txn *badgerdir.Txn) error {
		return eachKey(txn, key(prefixUnfinished), func(k []byte) error {
			id, _, err := cutText(k[1:])
			ids = append(ids, id)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read unfinished runs: %w", err)
	}
	var runs []host.Run
	for _, id := range ids {
		left, err := s.leftBy(id)
		if err != nil {
			return runs, err
		}
		run := left.interrupted(at.UTC().Round(0))
		if err := s.SaveRun(run); err != nil {
			return runs, fmt.Errorf("interrupt run %s: %w", id, err)
		}
		runs = append(runs, run)
	}
	return runs, nil
}

// remains are what a crash left of a run.
type remains struct {
	run  host.Run
	last time.Time              // last sign of life
	done map[string]host.Counts // by stream, as the change log has it
}

// leftBy gathers what the store knows of an unfinished run.
func (s *Journal) leftBy(id string) (r remains, err error) {
	r.done = map[string]host.Counts{}
	err = s.view(func(txn *badgerdir.Txn) error {
		stored, err := loadRun(txn, id)
		if err != nil {
			return err
		}
		r.run = stored.Run
		r.seen(&stored.Run.QueuedAt, stored.Run.StartedAt, stored.SavedAt)
		for i := range stored.Run.Steps {
			r.seen(stored.Run.Steps[i].StartedAt, stored.Run.Steps[i].FinishedAt)
		}
		all := key(prefixChange, r.run.Connection)
		return each(txn, keyChangesOfRun(r.run.Connection, r.run.Epoch), func(item *badgerdir.Item) error {
			changes, err := changesAt(item, all)
			for _, c := range changes {
				r.count(c)
			}
			return err
		})
	})
	if err != nil {
		return r, fmt.Errorf("read what is left of run %s: %w", id, err)
	}
	return r, nil
}

// seen takes signs of life into account; nil is none.
func (r *remains) seen(moments ...*time.Time) {
	for _, at := range moments {
		if at != nil && at.After(r.last) {
			r.last = *at
		}
	}
}

func (r *remains) count(c host.Change) {
	r.seen(&c.At)
	counts := r.done[c.Stream]
	switch c.Kind {
	case host.ChangeAdded:
		counts.Added++
	case host.ChangeChanged:
		counts.Changed++
	case host.ChangeRemoved:
		counts.Removed++
	}
	r.done[c.Stream] = counts
}

// interrupted returns the run as the crash ended it. Its error stands in the step
// that was running, and in the run when there was none.
func (r *remains) interrupted(latest time.Time) host.Run {
	run, at := r.run, latest
	if !r.last.IsZero() && r.last.Before(latest) {
		at = r.last.UTC().Round(0)
	}
	problem := &host.Problem{
		Code:    host.CodeInterrupted,
		Message: "Plumbline stopped while this run was in progress",
		Remedy:  "Nothing needs to be done: the next sync goes on from what is stored.",
		Fault:   host.FaultHost,
		Retry:   host.RetryAfter,
	}
	run.Status, run.FinishedAt, run.Error = host.StatusInterrupted, &at, problem
	for i := range run.Steps {
		step := &run.Steps[i]
		if step.Status.Final() {
			continue
		}
		if done := r.done[step.Stream]; step.Stream != "" {
			step.Added, step.Changed, step.Removed = max(step.Added, done.Added), max(step.Changed, done.Changed), max(step.Removed, done.Removed)
			step.Read = max(step.Read, step.Added+step.Changed)
		}
		if step.Status == host.StatusQueued {
			step.Status, step.Note = host.StatusSkipped, "not reached: Plumbline stopped before it"
			continue
		}
		failed := *problem
		step.Status, step.FinishedAt, step.Error, step.WaitUntil, step.Note = host.StatusInterrupted, &at, &failed, nil, ""
		run.Error = nil
	}
	return run
}
