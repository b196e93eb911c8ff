package badgerdir

import (
	"fmt"
	"sync"
	"time"

	badger "github.com/dgraph-io/badger/v4"
)

const (
	// spaceFresh is how long a measurement of the disk is believed, and
	// spaceStride how many bytes may be written before it is made again.
	spaceFresh  = 10 * time.Second
	spaceStride = 8 << 20

	// lastFloor is what must be free for the smallest write. It is far more than
	// one takes, because Badger maps its files in blocks and dies when a block
	// cannot be had.
	lastFloor = 16 << 20

	// ballastAt is when the ballast is let go: with less free than this, a close
	// would not have room to write out what is in memory.
	ballastAt = 64 << 20
)

// Space is how much room there is on the disk of the store.
type Space struct {
	Free    uint64 // bytes this process may still write, without the ballast
	Total   uint64 // bytes of the disk
	Floor   uint64 // below this nothing is added
	Resume  uint64 // from this on adding goes on, once it has stopped
	Ballast uint64 // bytes set aside for an orderly end; 0 = let go, or none wanted

	Paused  bool      // nothing is added
	Since   time.Time // when that began; zero unless paused
	Limited string    // why even less is possible; empty otherwise
}

// space knows how much room there is and refuses writes by what they need:
//
//	check   adds: records, runs, connections           the floor
//	room    gives back: deleting, pruning, compacting  what Badger may still write by itself
//	small   says what happened: ends of runs, logs,    lastFloor
//	        due times, edits, everything else
//
// The floor is never lower than what Badger may still write after the last
// commit: it writes tables and merges them later, by itself, through mmap, and a
// block that cannot be had then ends the process.
type space struct {
	dir     string
	floor   uint64 // bytes; 0 = by the size of the disk
	ballast ballast
	now     func() time.Time
	measure func(dir string) (free, total uint64, err error)

	mu      sync.Mutex
	db      *badger.DB // whose pending writes count; nil before it is open
	limited string     // set while the store is open with less than all it can do
	checked time.Time
	spent   uint64 // bytes written since
	state   Space
	err     error // why it could not be measured
}

func newSpace(o Options) *space {
	return &space{dir: o.Dir, floor: o.MinFreeBytes, now: o.Now, measure: o.measure(), ballast: ballastIn(o.Dir, o.BallastBytes)}
}

// check returns a disk.full problem while nothing may be added.
func (s *space) check() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookLocked()
	if s.err != nil {
		return s.err
	}
	if s.state.Paused {
		return diskFull(s.dir, s.state)
	}
	return nil
}

// room returns a disk.full problem while there is less than Badger may write by
// itself, and a small write takes.
func (s *space) room() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookLocked()
	if s.err == nil && (s.limited != "" || s.state.Free < pending(s.db)) {
		return diskFull(s.dir, s.state)
	}
	return s.err
}

// small returns a disk.full problem when not even a small write is safe. A disk
// that cannot be measured does not keep anybody from saying so.
func (s *space) small() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookLocked()
	if s.limited == limitedRead || s.err == nil && s.state.Free < lastFloor {
		return diskFull(s.dir, s.state)
	}
	return nil
}

// wrote counts bytes, so that a fast sync is measured as often as it has to be.
func (s *space) wrote(bytes int) {
	s.mu.Lock()
	s.spent += uint64(bytes)
	s.mu.Unlock()
}

// look measures now and returns what it found.
func (s *space) look() (Space, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.measureLocked()
	return s.state, s.err
}

// lookLocked measures when the latest measurement is old, or when there was not
// enough: what a person has freed counts at once.
func (s *space) lookLocked() {
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
	s.state = Space{Free: free, Total: total, Floor: max(s.limit(total), pending(s.db)+s.ballast.size), Limited: s.limited, Ballast: s.ballast.held()}
	// The ballast is for an orderly end: letting it go must never look like room.
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

// limit is the floor that was asked for on a disk with total bytes.
func (s *space) limit(total uint64) uint64 {
	if s.floor != 0 {
		return s.floor
	}
	return max(512<<20, total/20)
}

// settle makes the ballast again when there is room for it above the floor, and
// returns how things stand.
func (s *space) settle() (Space, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.measureLocked()
	if s.err != nil || s.state.Paused || s.state.Ballast > 0 || s.state.Free < s.state.Resume+s.ballast.size {
		return s.state, s.err
	}
	if err := s.ballast.make(); err != nil {
		return s.state, fmt.Errorf("set ballast aside: %w", err)
	}
	s.measureLocked()
	return s.state, s.err
}

// open tells whose pending writes count from now on, and what cannot be done.
func (s *space) open(db *badger.DB, limited string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.db, s.limited, s.checked = db, limited, time.Time{}
}

// pending returns how many bytes Badger may write by itself after the last
// commit, before it has deleted anything: the tables of all memtables, the log
// of the next one, and two merges at one moment: of level 0 with all of the base
// level, or of a table of a lower level with those it overlaps. Small writes, and what
// is written between two measurements, must have room besides.
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
