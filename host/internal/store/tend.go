package store

import (
	"context"
	"fmt"
	"time"

	badger "github.com/dgraph-io/badger/v4"
)

// FinishDeletions goes on with deletions that a crash or a full disk left.
func (s *Store) FinishDeletions() error {
	if err := s.finishDeletions(); err != nil {
		return fmt.Errorf("finish deletions: %w", err)
	}
	return nil
}

// Compact merges what was deleted out of the tables, so that the disk gets the
// room back: Badger by itself waits until newer data pushes it out. Call it after
// a round of pruning that took something away, when nothing else is going on; it
// reads and writes much of the store. It cannot be stopped; Close leaves the
// store as it is then, which is safe.
func (s *Store) Compact(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.space.room(); err != nil {
		return err
	}
	// What is still in memory holds deletions, too, but only tables are merged.
	if err := s.reopen(); err != nil {
		return fmt.Errorf("compact store: %w", err)
	}
	if err := s.flatten(); err != nil {
		return fmt.Errorf("compact store: %w", err)
	}
	bytes, err := s.Bytes()
	if err != nil {
		return err
	}
	_, err = s.editHistory(func(_ *badger.Txn, h *history) error {
		h.Given = h.Before - min(h.Before, bytes)
		return nil
	})
	return err
}

func (s *Store) flatten() error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	s.flattening.Store(true)
	defer s.flattening.Store(false)
	if err := settleMarks(s.db); err != nil {
		return err
	}
	return s.db.Flatten(1)
}

// markQueue is how many reads' ends Badger has room for that it has not yet taken
// note of (y/watermark.go).
const markQueue = 100

// settleMarks returns when Badger knows of the reads that have ended by now. It
// learns of them in a goroutine of its own, that on a busy machine may not have run
// since the store was opened; a merge before that keeps all that was deleted, and
// since everything is on one level then, no later one takes it away. The note is
// taken in order, so a queue's worth of reads that got in behind tells.
func settleMarks(db *badger.DB) error {
	for range markQueue + 1 {
		if err := db.View(func(*badger.Txn) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// Tended remembers that the store was looked after.
func (s *Store) Tended(at time.Time) error {
	_, err := s.editHistory(func(_ *badger.Txn, h *history) error {
		h.TendedAt = at.UTC().Round(0)
		return nil
	})
	return err
}
