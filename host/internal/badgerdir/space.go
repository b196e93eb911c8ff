package badgerdir

import (
	"cmp"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	badger "github.com/dgraph-io/badger/v4"
)

const (
	// spaceFresh is how long a measurement of the disk is used, and spaceStride how many
	// bytes may be written before it is repeated.
	spaceFresh  = 10 * time.Second
	spaceStride = 8 << 20

	// lastFloor is what must be free for the smallest write. It is far more than a write
	// takes, because Badger maps its files in blocks and dies when the disk has none left.
	lastFloor = 16 << 20

	// ballastAt is when the ballast is released: with less free than this, a close would
	// not have room to write out what is in memory.
	ballastAt = 64 << 20
)

// Space is how much room there is on the disk.
type Space struct {
	Free    uint64 // bytes this process may still write, without the ballast
	Total   uint64 // bytes of the disk
	Floor   uint64 // below this nothing is added
	Resume  uint64 // from this on adding goes on, once it has stopped
	Ballast uint64 // size of the ballast; 0 = released, or none wanted

	Paused  bool      // nothing is added
	Since   time.Time // when that began; zero unless paused
	Limited string    // why even less is possible; empty otherwise
}

// space measures the disk and refuses writes by what they need:
//
//	Check   adding: records, runs, connections             the floor
//	Room    giving back: deleting, pruning, compacting     what Badger may still write by itself
//	small   outcomes of runs, logs, due times, edits,      lastFloor
//	        everything else
//
// The floor is never lower than what Badger may still write after the last commit: it
// writes tables and merges them later, through mmap, and a missing block then ends the
// process.
type space struct {
	dir     string
	floor   uint64 // bytes; 0 = by the size of the disk
	ballast ballast
	now     func() time.Time
	measure func(dir string) (free, total uint64, err error)

	mu      sync.Mutex
	db      *badger.DB // whose pending writes count; nil before it is open
	limited string     // set while the directory is open with limits
	checked time.Time
	spent   uint64 // bytes written since
	state   Space
	err     error // why it could not be measured
}

func newSpace(o Options) *space {
	if o.FreeSpace == nil {
		o.FreeSpace = freeSpace
	}
	aside := ballast{filepath.Join(o.Dir, ballastName), o.BallastBytes}
	return &space{dir: o.Dir, floor: o.MinFreeBytes, now: o.Now, measure: o.FreeSpace, ballast: aside}
}

// Check returns a disk.full problem while nothing may be added.
func (s *space) Check() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refreshLocked()
	if s.err == nil && s.state.Paused {
		return diskFull(s.dir, s.state)
	}
	return s.err
}

// Room returns a disk.full problem while there is less room than Badger may write by itself
// and a small write takes.
func (s *space) Room() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refreshLocked()
	if s.err == nil && (s.limited != "" || s.state.Free < pending(s.db)) {
		return diskFull(s.dir, s.state)
	}
	return s.err
}

// small returns a disk.full problem when not even a small write is safe. On a disk that
// cannot be measured small writes go on, so that this can be stored.
func (s *space) small() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refreshLocked()
	if s.limited == limitedRead || s.err == nil && s.state.Free < lastFloor {
		return diskFull(s.dir, s.state)
	}
	return nil
}

// Wrote counts bytes, so that a fast writer measures the disk often enough.
func (s *space) Wrote(bytes int) {
	s.mu.Lock()
	s.spent += uint64(bytes)
	s.mu.Unlock()
}

// Space measures the disk.
func (s *space) Space() (Space, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.measureLocked()
	return s.state, s.err
}

// refreshLocked measures when the latest measurement is old, or found too little: what a
// person has freed counts at once.
func (s *space) refreshLocked() {
	age := s.now().Sub(s.checked)
	if !s.checked.IsZero() && age >= 0 && age < spaceFresh && s.spent < spaceStride && !s.state.Paused {
		return
	}
	s.measureLocked()
}

func (s *space) measureLocked() {
	free, total, err := s.measure(s.dir)
	s.checked, s.spent = s.now(), 0
	if err != nil {
		s.err = fmt.Errorf("measure free space: %w", err)
		return
	}
	s.err = nil
	released := free < ballastAt && s.ballast.release()
	if released {
		if again, _, err := s.measure(s.dir); err == nil {
			free = again
		}
	}
	before := s.state
	floor := max(cmp.Or(s.floor, max(512<<20, total/20)), pending(s.db)+s.ballast.size)
	s.state = Space{Free: free, Total: total, Floor: floor, Limited: s.limited, Ballast: s.ballast.held()}
	// A released ballast must never count as room for adding.
	s.state.Resume = s.state.Floor + max(s.state.Floor/8, s.ballast.size)
	s.state.Paused = released || free < s.state.Floor || before.Paused && free < s.state.Resume || s.limited != ""
	switch {
	case !s.state.Paused:
	case before.Paused:
		s.state.Since = before.Since
	default:
		s.state.Since = s.checked.UTC()
	}
}

// settle measures the disk and makes the ballast again when there is room for it above the
// floor.
func (s *space) settle() (Space, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.measureLocked()
	if s.err != nil || s.state.Paused || s.state.Ballast > 0 || s.state.Free < s.state.Resume+s.ballast.size {
		return s.state, s.err
	}
	if err := s.ballast.make(); err != nil {
		return s.state, fmt.Errorf("make ballast: %w", err)
	}
	s.measureLocked()
	return s.state, s.err
}

// open sets the database whose pending writes count, and its limits.
func (s *space) open(db *badger.DB, limited string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.db, s.limited, s.checked = db, limited, time.Time{}
}

// pending returns how many bytes Badger may write by itself after the last commit, before
// it deletes anything: the tables of all memtables, the log of the next one, and two merges
// at a time: of level 0 with all of the base level, or of a table of a lower level with
// those it overlaps. Small writes, and what is written between two measurements, must have
// room besides.
func pending(db *badger.DB) uint64 {
	const memtables = memTables + 1 // and the one being filled
	bytes := uint64(memtables*memTableBytes + memTableBytes + lastFloor)
	if db == nil {
		return bytes
	}
	merge, lower := int64(memtables*memTableBytes), int64(0)
	for _, level := range db.Levels() {
		switch {
		case level.Level == 0 || level.IsBaseLevel:
			merge += level.Size
		case level.Size > 0:
			// A level is ten times the one above with tables twice as large, so a
			// table overlaps about five; with twice that to be safe.
			lower = max(lower, min(level.Size, 10*level.TargetFileSize))
		}
	}
	return bytes + uint64(max(merge, lower)+lower)
}
