package journal

import (
	"context"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// FinishDeletions goes on with deletions that a crash or a full disk left.
func (s *Journal) FinishDeletions() error {
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
func (s *Journal) Compact(ctx context.Context) error {
	if err := s.disk.Compact(ctx); err != nil {
		return err
	}
	bytes, err := s.Bytes()
	if err != nil {
		return err
	}
	_, err = s.editHistory(func(_ *badgerdir.Txn, h *history) error {
		h.Given = h.Before - min(h.Before, bytes)
		return nil
	})
	return err
}

// Tended remembers that the store was looked after.
func (s *Journal) Tended(at time.Time) error {
	_, err := s.editHistory(func(_ *badgerdir.Txn, h *history) error {
		h.TendedAt = at.UTC().Round(0)
		return nil
	})
	return err
}

// Maintain gives space in the value log back to the system; call it every few
// minutes when little is going on. It returns early when ctx ends.
func (s *Journal) Maintain(ctx context.Context) error { return s.disk.Maintain(ctx) }

// Bytes returns how much of the disk the store takes, without the ballast.
func (s *Journal) Bytes() (uint64, error) { return s.disk.Bytes() }

// Space is how much room there is on the disk of the store.
type Space = badgerdir.Space

// Space measures the disk and returns how things stand.
func (s *Journal) Space() (Space, error) { return s.disk.Space() }

// CheckSpace measures the disk, lets the ballast go or sets it aside again, and
// opens the store with all it can do once there is room. Call it every few
// seconds.
func (s *Journal) CheckSpace() (Space, error) { return s.disk.CheckSpace() }

// Writable returns a disk.full problem while nothing may be added.
func (s *Journal) Writable() error { return s.disk.Check() }

// ReleaseBallast gives back what a closed store in dir has set aside, so that a few
// bytes can be written before it is opened.
func ReleaseBallast(dir string) error { return badgerdir.ReleaseBallast(dir) }
