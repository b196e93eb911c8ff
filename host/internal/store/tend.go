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
	s.compactors.wake(s.db)
	return s.db.Flatten(1)
}

// Tended remembers that the store was looked after.
func (s *Store) Tended(at time.Time) error {
	_, err := s.editHistory(func(_ *badger.Txn, h *history) error {
		h.TendedAt = at.UTC().Round(0)
		return nil
	})
	return err
}
