package store

import (
	"fmt"
	"math"

	badger "github.com/dgraph-io/badger/v4"

	"github.com/plumbline-dev/plumbline/host"
)

// Result says how the read of a stream ended.
type Result int

// The results, as the protocol has them.
const (
	ResultFailed   Result = iota // nothing can be said
	ResultPartial                // stopped early
	ResultGaps                   // everything but the named gaps
	ResultComplete               // everything there is was sent
)

// Sweep says how many records a complete read may remove without asking.
type Sweep struct {
	MaxShare  float64 // of the records there were when the run began; 0 = 0.1
	MinHeld   int     // this many are removed without asking in any case; 0 = 20
	Confirmed bool    // a person said yes to any number
}

// Finish ends the read of a stream.
type Finish struct {
	Result Result
	Sweep  Sweep
}

// Outcome is what Finish did with the records that were not seen.
type Outcome struct {
	Removed int // removed now
	Held    int // waiting for a person
}

// deletesSnapshot is the way of a stream whose complete read lists everything.
const deletesSnapshot = "snapshot"

// Finish ends the read and must be the writer's last call. Only a complete read,
// from the stream's beginning and within this run, removes what it did not see.
func (w *StreamWriter) Finish(f Finish) (Outcome, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return Outcome{}, w.broken
	}
	if err := w.digest.check(); err != nil {
		return Outcome{}, w.breakOff(fmt.Errorf("finish stream %s: %w", w.header.Name, err))
	}
	var outcome Outcome
	if f.Result == ResultComplete && w.whole && w.header.Deletes == deletesSnapshot {
		unseen := w.digest.live - w.digest.seen
		if unseen > f.Sweep.limit(w.before) {
			outcome.Held = unseen
		} else if unseen > 0 {
			removed, err := w.sweep()
			outcome.Removed = removed
			if err != nil {
				return outcome, w.breakOff(fmt.Errorf("remove what stream %s no longer lists: %w", w.header.Name, err))
			}
		}
	}
	if err := w.saveHeader(w.ended(f.Result)); err != nil {
		return outcome, w.breakOff(fmt.Errorf("finish stream %s: %w", w.header.Name, err))
	}
	if err := w.compact(); err != nil {
		return outcome, w.breakOff(fmt.Errorf("compact digest of stream %s: %w", w.header.Name, err))
	}
	w.broken = fmt.Errorf("stream %s is finished", w.header.Name)
	return outcome, nil
}

// limit returns how many of a stream's records may go without asking.
func (s Sweep) limit(records int) int {
	if s.Confirmed {
		return math.MaxInt
	}
	share, least := s.MaxShare, s.MinHeld
	if share == 0 {
		share = 0.1
	}
	if least == 0 {
		least = 20
	}
	return max(least, int(share*float64(records)))
}

// ended returns the header as the result leaves it.
func (w *StreamWriter) ended(result Result) header {
	h := w.header
	if result != ResultComplete && result != ResultGaps {
		return h
	}
	h.Inside = false
	switch {
	case !h.Incremental:
		h.Cursor = nil
	case len(w.final) > 0:
		h.Cursor = w.final
	}
	if result == ResultComplete {
		at := w.store.now().UTC().Round(0)
		h.LastCompleteAt = &at
	}
	return h
}

// sweep removes every record that was not seen and returns how many it was.
func (w *StreamWriter) sweep() (int, error) {
	var counts host.Counts
	after := ""
	for {
		if err := w.store.space.check(); err != nil {
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
	err = w.store.view(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
		defer it.Close()
		last, n := after, 0
		for it.Seek(afterRecord(prefix, after)); it.Valid(); it.Next() {
			if n++; n%1024 == 0 {
				w.store.mapped.used(1024 * entryEstimate)
			}
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
		return w.digest.check()
	})
	return gone, err
}
