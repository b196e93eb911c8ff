package store

import (
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/ristretto/v2/z"
)

// compactors are Badger's goroutines that merge tables. Each looks for work twenty
// times a second, and Badger has no setting for that: they alone are one percent of
// a core, day and night, which is nearly all that an idle agent takes. So they rest
// while nothing is written.
//
//	working ──nothing written between two calls of rest, nothing to merge──▶ resting
//	   ▲                                                                        │
//	   └────────────────────────── a write begins ──────────────────────────────┘
//
// Resting costs nothing but the merging: reads, writes and flushes are others'
// work. A write that slips in just as they stop starts them at the next call.
//
// Working, there is one of them: a merge takes up to 50 MiB of buffers, and two at
// one moment make an agent's memory a matter of luck. On two cores one keeps up
// with what is written. Badger refuses to be opened with one, because one that
// always took the topmost level first would never come to those below. It no longer
// does: it leaves that level when the next is fuller (pickCompactLevels). So Badger
// is opened with none, and one is started where it would have started them, to be
// stopped when it stops them.
type compactors struct {
	wrote atomic.Bool // since rest was called last

	mu      sync.Mutex
	merging bool        // false = tables stay as they are
	resting atomic.Bool // changed under mu
}

// Badger stops and starts them for its own purposes; that it does so under these
// names is compared when the program is linked.
//
//go:linkname stopCompactions github.com/dgraph-io/badger/v4.(*DB).stopCompactions
func stopCompactions(db *badger.DB)

//go:linkname startCompactions github.com/dgraph-io/badger/v4.(*DB).startCompactions
func startCompactions(db *badger.DB)

//go:linkname runCompactor github.com/dgraph-io/badger/v4.(*levelsController).runCompactor
func runCompactor(levels unsafe.Pointer, id int, stop *z.Closer)

// startOne starts one compactor in db, which has none. It ends when Badger stops
// them: in stopCompactions, Flatten and Close. The first of Badger's, 0, takes the
// topmost level first when it may.
func startOne(db *badger.DB) {
	inside := reflect.ValueOf(db).Elem()
	stop := (*z.Closer)(inside.FieldByName("closers").FieldByName("compactors").UnsafePointer())
	stop.AddRunning(1)
	go runCompactor(inside.FieldByName("lc").UnsafePointer(), 0, stop)
}

// wake has them work. It is called before anything is written to db.
func (c *compactors) wake(db *badger.DB) {
	c.wrote.Store(true)
	if !c.resting.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.resting.Load() {
		startCompactions(db)
		startOne(db)
		c.resting.Store(false)
	}
}

// rest stops them when nothing was written since the last call and nothing is left
// to merge. It waits for a merge that goes on.
func (c *compactors) rest(db *badger.DB) {
	if c.wrote.Swap(false) {
		if c.resting.Load() {
			c.wake(db)
		}
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.merging && !c.resting.Load() && settled(db) {
		stopCompactions(db)
		c.resting.Store(true)
	}
}

// settled reports whether the tables are where they belong: Badger merges a level
// whose adjusted score is 1 or more, and the topmost one by its bare score, too. It
// tells no score of a level that it leaves alone.
func settled(db *badger.DB) bool {
	for _, level := range db.Levels() {
		if level.Adjusted >= 1 || level.Level == 0 && level.Score >= 1 {
			return false
		}
	}
	return true
}

// opened notes that db was opened, and whether tables are to be merged.
func (c *compactors) opened(db *badger.DB, merging bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.merging = merging
	c.resting.Store(false)
	c.wrote.Store(true)
	if merging {
		startOne(db)
	}
}

// flattened notes that Badger has stopped and started them by itself.
func (c *compactors) flattened(db *badger.DB) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.merging && !c.resting.Load() {
		startOne(db)
	}
}

// Rest lets the merging of tables stop until something is written again. Call it
// every few seconds when nothing is going on.
func (s *Store) Rest() {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if !s.flattening.Load() { // that stops and starts them itself
		s.compactors.rest(s.db)
	}
}
