package writer

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/internal/journal/pack"
)

// Sweep says how many records a complete read may remove without a decision. The zero
// value allows none.
type Sweep struct {
	Limits    host.RemovalLimits
	Confirmed string // id of the held removal that a person confirmed
}

// Finish ends the read of a stream.
type Finish struct {
	Outcome host.Outcome
	Sweep   Sweep
}

// Swept is what Finish did with the records that were not seen.
type Swept struct {
	Removed int // removed now
	Held    int // waiting for a decision, also since an earlier run
}

// How a stream shows removals, where absence from a complete read counts.
const (
	deletesSnapshot  = "snapshot"  // every complete read lists all records
	deletesTombstone = "tombstone" // one from the beginning does; others list the removals since the cursor
)

// Finish ends the read and must be the writer's last call. Only a complete read from the
// stream's beginning and within this run removes what it did not see. With an error it
// returns what it had removed before.
func (w *StreamWriter) Finish(f Finish) (Swept, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return Swept{}, w.broken
	}
	if err := w.digest.Err(); err != nil {
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
	return w.header.Removal()
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

// ended returns the header after the read.
func (w *StreamWriter) ended(outcome host.Outcome, held *layout.HeldList) layout.Header {
	h := w.header
	h.Held = held
	if outcome != host.OutcomeComplete && outcome != host.OutcomeGaps {
		return h
	}
	at := w.ledger.Now()
	if w.whole || h.Again != "" {
		h.FullAt = &at
	}
	if h.FirstAt == nil && h.LastAt.IsZero() {
		h.FirstAt = cmp.Or(h.LastCompleteAt, &at)
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

// sweep removes every record that was not seen and returns how many there were.
func (w *StreamWriter) sweep() (int, error) {
	var counts host.Counts
	err := w.eachUnseen(func(gone []layout.Change) error {
		if err := w.ledger.Disk.Check(); err != nil {
			return err
		}
		return w.write(gone, w.header, &counts)
	})
	return counts.Removed, err
}

// eachUnseen calls fn with the removal of every record that was not seen, some at a time.
func (w *StreamWriter) eachUnseen(fn func([]layout.Change) error) error {
	for after := ""; ; {
		gone, err := w.unseen(after, w.ledger.Limits.PartRecords)
		if len(gone) == 0 || err != nil {
			return err
		}
		after = gone[len(gone)-1].Key
		if err := fn(gone); err != nil {
			return err
		}
	}
}

// unseen returns the removal of at most limit records that were not seen, with keys after
// the given one. The digest knows how many there are, but only the versions know their
// keys.
func (w *StreamWriter) unseen(after string, limit int) (gone []layout.Change, err error) {
	prefix := layout.StreamKey(layout.PrefixVersion, w.header.Number)
	options := badgerdir.IteratorOptions{Prefix: prefix}
	last := after
	err = w.ledger.View(func(txn *badgerdir.Txn) error {
		return layout.EachFrom(txn, options, layout.AfterRecord(prefix, after), func(item *badgerdir.Item) error {
			record, _, err := layout.CutText(item.Key()[len(prefix):])
			if err != nil || record == last { // an older version
				return err
			}
			last = record
			id := layout.KeyPrint(record)
			if content, marked := w.digest.Get(id); marked || content == (layout.Fingerprint{}) {
				return nil
			}
			if len(gone) == limit {
				return layout.ErrStop
			}
			gone = append(gone, layout.Change{Kind: layout.Removed, Key: record, ID: id})
			return nil
		})
	})
	return gone, err
}

// sampleRecords is how many of its records are shown with a held removal.
const sampleRecords = 5

// A chunk of the keys of a held removal ends after this many keys or bytes, so that it
// stays in the tables and a page of a list needs few of them.
const (
	heldKeys  = 1000
	heldBytes = 48 << 10
)

// settle decides what happens to the records that a complete read did not see: they are
// removed or held. It returns the held removal for the header.
func (w *StreamWriter) settle(sweep Sweep) (Swept, *layout.HeldList, error) {
	unseen, known := w.digest.Unseen(), w.begun.Records
	if unseen <= 0 {
		return Swept{}, nil, nil
	}
	before := w.header.Held
	confirmed := before != nil && before.ID == sweep.Confirmed
	rejected := before != nil && before.RejectedAt != nil
	beyond := unseen
	if confirmed || rejected {
		var err error
		if beyond, err = w.beyond(before); err != nil {
			return Swept{}, before, err
		}
	}
	rule, held := sweep.Limits.Holds(known-(unseen-beyond), beyond)
	switch {
	case confirmed && !held, !confirmed && !rejected && !held:
		removed, err := w.sweep()
		return Swept{Removed: removed}, nil, err
	case rejected && beyond == 0:
		rule = before.Rule // a person said that all of these exist
	case rejected:
		if rule, held = sweep.Limits.Holds(known, unseen); !held {
			rule = before.Rule
		}
	case confirmed:
		rule, _ = sweep.Limits.Holds(known, unseen)
	}
	list, err := w.hold(before, sweep, rule, rejected && beyond == 0)
	return Swept{Held: unseen}, list, err
}

// beyond returns how many records were not seen that a held removal does not list. Both
// are in the order of keys.
func (w *StreamWriter) beyond(held *layout.HeldList) (more int, err error) {
	list := heldReader{ledger: w.ledger, stream: w.header.Number, held: held}
	listed, ok, err := list.next()
	if err != nil {
		return 0, err
	}
	err = w.eachUnseen(func(gone []layout.Change) error {
		for _, c := range gone {
			for ok && listed < c.Key {
				if listed, ok, err = list.next(); err != nil {
					return err
				}
			}
			if !ok || listed != c.Key {
				more++
			}
		}
		return nil
	})
	return more, err
}

// heldReader reads the keys of a held removal in order.
type heldReader struct {
	ledger *ledger.Ledger
	stream uint32
	held   *layout.HeldList
	chunk  uint32
	keys   []string
}

func (r *heldReader) next() (key string, ok bool, err error) {
	for len(r.keys) == 0 {
		if r.chunk == r.held.Chunks {
			return "", false, nil
		}
		r.keys, err = ledger.Read(r.ledger, func(txn *badgerdir.Txn) ([]string, error) {
			return layout.HeldChunk(txn, r.stream, r.held, r.chunk)
		})
		if err != nil {
			return "", false, err
		}
		r.chunk++
	}
	key, r.keys = r.keys[0], r.keys[1:]
	return key, true, nil
}

// hold stores the list of records that were not seen, unless it is stored already, and
// returns it for the header.
func (w *StreamWriter) hold(
	before *layout.HeldList, sweep Sweep, rule host.RemovalRule, rejected bool,
) (*layout.HeldList, error) {
	list := &layout.HeldList{
		Run: w.run, Since: w.ledger.Now(), Known: w.begun.Records, Rule: rule,
		Share: sweep.Limits.Share, Count: sweep.Limits.Count, Sample: []host.HeldRecord{}, Generation: 1,
	}
	sum, sample := sha256.New(), []string{}
	err := w.eachUnseen(func(gone []layout.Change) error {
		for _, c := range gone {
			_, _ = sum.Write(layout.AppendCounted(nil, c.Key)) // a hash takes everything
			if len(sample) < sampleRecords {
				sample = append(sample, c.Key)
			}
		}
		list.Removes += len(gone)
		return nil
	})
	if err != nil {
		return before, err
	}
	list.ID = hex.EncodeToString(sum.Sum(nil)[:16])
	if before != nil {
		list.Since, list.Generation = before.Since, before.Generation+1
		if rejected {
			list.RejectedAt = before.RejectedAt
		}
		if before.ID == list.ID {
			list.Generation, list.Chunks, list.Sample = before.Generation, before.Chunks, before.Sample
			return list, nil
		}
	}
	list.Sample, err = ledger.Read(w.ledger, func(txn *badgerdir.Txn) ([]host.HeldRecord, error) {
		return pack.HeldRecords(w.ledger.Cache(txn), w.header.Number, sample)
	})
	if err != nil {
		return before, err
	}
	return list, w.putHeld(list)
}

// putHeld stores the keys of a held removal. What a crash left of the same generation is
// deleted first.
func (w *StreamWriter) putHeld(list *layout.HeldList) error {
	if err := w.ledger.DeleteRange(layout.HeldPrefix(w.header.Number, list.Generation)); err != nil {
		return err
	}
	var raw []byte
	keys := 0
	flush := func() error {
		if keys == 0 {
			return nil
		}
		if err := w.ledger.Disk.Check(); err != nil {
			return err
		}
		err := w.update(func(txn *badgerdir.Txn) error {
			return txn.Set(layout.HeldKey(w.header.Number, list.Generation, list.Chunks), raw)
		})
		list.Chunks++
		raw, keys = nil, 0
		return err
	}
	err := w.eachUnseen(func(gone []layout.Change) error {
		for _, c := range gone {
			if raw, keys = layout.AppendCounted(raw, c.Key), keys+1; keys == heldKeys || len(raw) >= heldBytes {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return errors.Join(err, flush())
}

// dropHeld deletes the lists of a stream that its header no longer refers to.
func (w *StreamWriter) dropHeld(before *layout.HeldList) error {
	if before == nil {
		return nil
	}
	var kept []byte
	if w.header.Held != nil {
		kept = layout.HeldPrefix(w.header.Number, w.header.Held.Generation)
	}
	return w.ledger.DeleteWhere(layout.StreamKey(layout.PrefixHeld, w.header.Number), w.fence, func(k []byte) bool {
		return kept == nil || !bytes.HasPrefix(k, kept)
	})
}
