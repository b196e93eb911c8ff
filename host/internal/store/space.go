package store

import (
	"fmt"
	"sync"
	"time"
)

// spaceFresh is how long a measurement of the disk is believed.
const spaceFresh = 10 * time.Second

// space refuses writes while the disk is nearly full.
type space struct {
	dir     string
	floor   uint64 // bytes; 0 = by the size of the disk
	now     func() time.Time
	measure func(dir string) (free, total uint64, err error)

	mu      sync.Mutex
	checked time.Time
	refusal error // what the latest measurement led to
}

func newSpace(o Options) *space {
	return &space{dir: o.Dir, floor: o.MinFreeBytes, now: o.Now, measure: o.FreeSpace}
}

// check returns a disk.full problem while less than the floor is free. It
// measures at most every spaceFresh, and again when the clock was set back.
func (s *space) check() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if age := now.Sub(s.checked); age >= 0 && age < spaceFresh {
		return s.refusal
	}
	free, total, err := s.measure(s.dir)
	if err != nil {
		return fmt.Errorf("measure free space: %w", err)
	}
	floor := s.limit(total)
	s.checked, s.refusal = now, nil
	if free < floor {
		s.refusal = diskFull(s.dir, free, floor)
	}
	return s.refusal
}

// limit is the floor of a disk with total bytes.
func (s *space) limit(total uint64) uint64 {
	if s.floor != 0 {
		return s.floor
	}
	return max(512<<20, total/20)
}
