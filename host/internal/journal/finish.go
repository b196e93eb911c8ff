package journal

import (
	"errors"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// Sweep says how many records a complete read may remove without asking. The zero
// value lets none go.
type Sweep struct {
	Limits    host.RemovalLimits
	Confirmed string // id of the held removal that a person agreed to
}

// Finish ends the read of a stream.
type Finish struct {
	Outcome host.Outcome
	Sweep   Sweep
}

// Swept is what Finish did with the records that were not seen.
type Swept struct {
	Removed int // removed now
	Held    int // waiting for a person, also since an earlier run
}

// The ways in which a removal becomes visible that a complete read can judge by.
const (
	deletesSnapshot  = "snapshot"  // a complete read lists everything
	deletesTombstone = "tombstone" // so does one from the beginning, in place of the removals since the cursor
)

// Finish ends the read and must be the writer's last call. Only a complete read,
// from the stream's beginning and within this run, removes what it did not see.
func (w *StreamWriter) Finish(f Finish) (Swept, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return Swept{}, w.broken
	}
	if err := w.digest.check(); err != nil {
		return Swept{}, w.breakOff(fmt.Errorf("finish stream %s: %w", w.header.Name, err))
	}
	var swept Swept
	held, before := w.header.Held, w.header.Held
	if f.Outcome == host.OutcomeComplete && w.judges() {
		var err error
		if swept, held, err = w.settle(f.Sweep); err != nil {
			return swept, w.breakOff(fmt.Errorf("settle what stream %s no longer lists: %w", w.header.Name, err))
		}
	} else if held != nil {
		swept.Held = held.Removes
	}
	if err := w.saveHeader(w.ended(f.Outcome, held)); err != nil {
		return swept, w.breakOff(fmt.Errorf("finish stream %s: %w", w.header.Name, err))
	}
	if err := errors.Join(w.dropHeld(before), w.compact()); err != nil {
		return swept, w.breakOff(fmt.Errorf("tidy stream %s: %w", w.header.Name, err))
	}
	w.broken = fmt.Errorf("stream %s is finished", w.header.Name)
	return swept, nil
}

// Held returns the removal that is held after Finish, or nil.
func (w *StreamWriter) Held() *host.HeldRemoval {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.header.removal()
}

// judges reports whether absence from a complete read means that a record is gone.
func (w *StreamWriter) judges() bool {
	switch w.header.Deletes {
	case deletesSnapshot:
		return w.whole
	case deletesTombstone:
		return w.whole && w.header.Again != ""
	}
	return false
}

// ended returns the header as the result leaves it.
func (w *StreamWriter) ended(outcome host.Outcome, held *heldList) header {
	h := w.header
	h.Held = held
	if outcome != host.OutcomeComplete && outcome != host.OutcomeGaps {
		return h
	}
	at := w.store.now().UTC().Round(0)
	if w.whole || h.Again != "" {
		h.FullAt = &at
	}
	if h.FirstAt == nil && h.LastAt.IsZero() {
		h.FirstAt = orTime(h.LastCompleteAt, &at)
	}
	h.Inside, h.Again = false, ""
	if !h.Incremental {
		h.Cursor = nil
	}
	if outcome == host.OutcomeComplete && held == nil {
		h.LastCompleteAt = &at
	}
	return h
}

// sweep removes every record that was not seen and returns how many it was.
func (w *StreamWriter) sweep() (int, error) {
	var counts host.Counts
	after := ""
	for {
		if err := w.store.disk.Check(); err != nil {
			return counts.Removed, err
		}
		gone, err := w.unseen(after, w.store.limits.partRecords)
		if len(gone) == 0 || err != nil {
			return counts.Removed, err
		}
		after = gone[len(gone)-1].key
		if err := w.write(gone, w.header, &counts); err != nil {
			return counts.Removed, err
		}
	}
}

// unseen returns the removal of at most limit records that were not seen, with
// keys after the given one. The digest knows how many there are, but only the
// versions know their keys.
func (w *StreamWriter) unseen(after string, limit int) (gone []change, err error) {
	prefix := numbered(prefixVersion, w.header.Number)
	err = w.store.view(func(txn *badgerdir.Txn) error {
		it := txn.NewIterator(badgerdir.IteratorOptions{Prefix: prefix})
		defer it.Close()
		last := after
		for it.Seek(afterRecord(prefix, after)); it.Valid(); it.Next() {
			record, _, err := cutText(it.Item().Key()[len(prefix):])
			if err != nil {
				return err
			}
			if record == last {
				continue // an older version
			}
			last = record
			id := keyPrint(record)
			if _, exists := w.digest.content(id); !exists || w.digest.marked(id) {
				continue
			}
			if len(gone) == limit {
				return nil
			}
			gone = append(gone, change{kind: changeRemoved, key: record, id: id})
		}
		return nil
	})
	return gone, err
}
