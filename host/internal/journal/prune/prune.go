package prune

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/internal/journal/pack"
)

// Pruner prunes a journal.
type Pruner struct {
	ledger    *ledger.Ledger
	documents *documents.Documents
}

// New returns the pruner of a journal.
func New(l *ledger.Ledger, d *documents.Documents) *Pruner { return &Pruner{l, d} }

// Retention says how long what is kept; 0 = for ever.
type Retention struct {
	History time.Duration // superseded versions of records, and the change log
	Runs    time.Duration // runs that changed nothing that is still kept
	Logs    time.Duration // lines of runs' logs
}

// The phases of a pass.
const (
	phaseVersions = "versions"
	phaseChanges  = "changes"
	phaseLogs     = "logs"
	phaseRuns     = "runs"
)

// plan is what one step deletes, and where the next begins.
type plan struct {
	limits ledger.Limits
	keys   [][]byte
	slots  map[string][]uint32 // documents to delete, by the key of their pack
	size   int
	seen   int              // keys read
	counts host.PruneResult // what the keys stand for
	anchor *layout.EntryID  // newest entry of the change log to delete
	logs   time.Time        // runs up to this one have no log after this
	phase  string           // next; empty = the pass has ended
	next   []byte           // key at which it goes on
}

// full reports whether the step has enough to do.
func (p *plan) full() bool {
	return len(p.keys) >= p.limits.PruneKeys || p.size >= ledger.DeleteBytes || p.seen >= p.limits.PruneSeen
}

func (p *plan) doom(k []byte) {
	p.keys = append(p.keys, k)
	p.size += len(k)
}

// PruneStep deletes a bounded number of what the retention gives up, and reports whether
// the pass has ended. It first stores how far back history is kept from then on. After a
// crash, or when it is not called for a while, the next call goes on.
func (p *Pruner) PruneStep(ctx context.Context, r Retention) (ended bool, result host.PruneResult, err error) {
	if err := p.ledger.Disk.Room(); err != nil {
		return false, result, err
	}
	h, err := p.beginPass(r)
	if err != nil || h.Pass == nil {
		return true, result, err
	}
	step, err := ledger.Read(p.ledger, func(txn *badgerdir.Txn) (plan, error) {
		// A hold that is made from now on cannot reach back behind the horizon.
		holds, err := layout.LoadHolds(txn)
		if err != nil {
			return plan{}, err
		}
		return (&planner{limits: p.ledger.Limits, ctx: ctx, txn: txn, pass: *h.Pass, done: h.Logs, holds: holds}).plan()
	})
	if err != nil {
		return false, result, fmt.Errorf("plan pruning: %w", err)
	}
	if h, err = p.execute(step); err != nil {
		return false, result, fmt.Errorf("prune: %w", err)
	}
	if h.Pass == nil {
		return true, *h.Last, nil
	}
	return false, h.Pass.Done, nil
}

// beginPass begins a pass, unless one has begun or there is nothing to do.
func (p *Pruner) beginPass(r Retention) (layout.History, error) {
	h, err := ledger.Read(p.ledger, layout.LoadHistory)
	if err != nil || h.Pass != nil || r == (Retention{}) {
		return h, err
	}
	bytes, err := p.ledger.Disk.Bytes()
	if err != nil {
		return h, err
	}
	now := p.ledger.Now()
	before := func(kept time.Duration) time.Time {
		if kept <= 0 {
			return time.Time{}
		}
		return now.Add(-kept)
	}
	return p.editHistory(func(_ *badgerdir.Txn, h *layout.History) error {
		h.Pass = &layout.Pass{
			Phase: phaseVersions, Began: now, Versions: before(r.History), Logs: before(r.Logs), Runs: before(r.Runs), Before: bytes,
		}
		h.Since = layout.Later(h.Since, h.Pass.Versions)
		return nil
	})
}

// execute deletes what was planned and stores where to go on.
func (p *Pruner) execute(step plan) (layout.History, error) {
	p.ledger.Disk.Wrote(3 * step.size)
	return p.editHistory(func(txn *badgerdir.Txn, h *layout.History) error {
		if step.anchor != nil {
			if err := ledger.DropAnchored(txn, *step.anchor); err != nil {
				return err
			}
			h.Pruned = layout.Later(h.Pruned, step.anchor.At)
		}
		if err := ledger.DeleteKeys(txn, step.keys); err != nil {
			return err
		}
		if err := p.emptySlots(txn, step.slots); err != nil {
			return err
		}
		h.Logs = layout.Later(h.Logs, step.logs)
		h.Pass.Phase, h.Pass.Next = step.phase, step.next
		done := &h.Pass.Done
		done.Versions += step.counts.Versions
		done.Changes += step.counts.Changes
		done.Runs += step.counts.Runs
		done.Logs += step.counts.Logs
		if step.phase == "" {
			if done.Deleted() {
				h.Before, h.Given = h.Pass.Before, 0
			}
			h.PassAt, h.Last, h.Pass = p.ledger.Now(), done, nil
		}
		return nil
	})
}

// emptySlots deletes documents from their packs.
func (p *Pruner) emptySlots(txn *badgerdir.Txn, slots map[string][]uint32) error {
	for k, doomed := range slots {
		before, err := layout.Read(txn, []byte(k))
		if before == nil || err != nil {
			return errors.Join(pack.ErrPack, err)
		}
		after, err := p.ledger.Codec.Without(before, doomed)
		if err != nil {
			return err
		}
		if after == nil {
			err = txn.Delete([]byte(k))
		} else {
			err = txn.Set([]byte(k), after)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// editHistory changes the stored history in a transaction of its own.
func (p *Pruner) editHistory(edit func(*badgerdir.Txn, *layout.History) error) (h layout.History, err error) {
	err = p.ledger.Update(func(txn *badgerdir.Txn) error {
		if h, err = layout.LoadHistory(txn); err != nil {
			return err
		}
		if err := edit(txn, &h); err != nil {
			return err
		}
		return layout.WriteJSON(txn, layout.KeyHistory, h)
	})
	return h, err
}

// Maintenance returns what upkeep did for the journal.
func (p *Pruner) Maintenance() (m host.Maintenance, err error) {
	h, err := ledger.Read(p.ledger, layout.LoadHistory)
	if err != nil {
		return m, err
	}
	known := func(at time.Time) *time.Time {
		if at.IsZero() {
			return nil
		}
		return &at
	}
	m = host.Maintenance{
		LastAt: known(h.TendedAt), HistorySince: known(h.Since), PrunedAt: known(h.PassAt),
		Pruned: h.Last, Pruning: h.Pass != nil, GivenBack: h.Given,
	}
	m.Bytes, err = p.ledger.Disk.Bytes()
	return m, err
}

// Compact merges what was deleted out of the tables, so that the disk gets the space back.
// It reads and writes much of the journal and cannot be stopped, so it is called after a
// pass that deleted something, when nothing else is going on. Close may interrupt it.
func (p *Pruner) Compact(ctx context.Context) error {
	if err := p.ledger.Disk.Compact(ctx); err != nil {
		return err
	}
	bytes, err := p.ledger.Disk.Bytes()
	if err != nil {
		return err
	}
	_, err = p.editHistory(func(_ *badgerdir.Txn, h *layout.History) error {
		h.Given = h.Before - min(h.Before, bytes)
		return nil
	})
	return err
}

// Tended stores when upkeep was last done.
func (p *Pruner) Tended(at time.Time) error {
	_, err := p.editHistory(func(_ *badgerdir.Txn, h *layout.History) error {
		h.TendedAt = at.UTC().Round(0)
		return nil
	})
	return err
}
