package runs

import (
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
)

// InterruptRuns ends every run that a crash left unfinished and returns them. A run ended
// at its last sign of life, at the latest at the given moment: the time until the next
// start is no part of it. Its counts are at least what the change log has of it. It is
// called once, before new runs begin.
func (t *Table) InterruptRuns(at time.Time) ([]host.Run, error) {
	ids, err := ledger.Read(t.ledger, func(txn *badgerdir.Txn) ([]string, error) { return layout.IDs(txn, layout.PrefixUnfinished) })
	if err != nil {
		return nil, fmt.Errorf("read unfinished runs: %w", err)
	}
	var runs []host.Run
	for _, id := range ids {
		left, err := t.remains(id)
		if err != nil {
			return runs, err
		}
		run := left.interrupted(at.UTC().Round(0))
		if err := t.SaveRun(run); err != nil {
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
	done map[string]host.Counts // by stream, from the change log
}

// remains reads what is stored of an unfinished run.
func (t *Table) remains(id string) (r remains, err error) {
	r.done = map[string]host.Counts{}
	err = t.ledger.View(func(txn *badgerdir.Txn) error {
		stored, err := layout.LoadRun(txn, id)
		if err != nil {
			return err
		}
		r.run = stored.Run
		r.seen(&stored.Run.QueuedAt, stored.Run.StartedAt, stored.SavedAt)
		for i := range stored.Run.Steps {
			r.seen(stored.Run.Steps[i].StartedAt, stored.Run.Steps[i].FinishedAt)
		}
		return layout.Each(txn, layout.EntriesOfRun(r.run.Connection, r.run.Epoch), func(item *badgerdir.Item) error {
			changes, err := layout.ChangesAt(item, r.run.Connection)
			for _, c := range changes {
				r.seen(&c.At)
				counts := r.done[c.Stream]
				layout.Count(&counts, c.Kind)
				r.done[c.Stream] = counts
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

// interrupted returns the run as the crash ended it. Its error is in the step
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
