package badgerdir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"

	badger "github.com/dgraph-io/badger/v4"
)

// Dir is an open directory. Its methods may be called from any goroutine.
type Dir struct {
	*space
	options Options
	closing func() error

	gate       sync.RWMutex // held for reading while db is used
	db         *badger.DB
	flattening atomic.Bool
}

// Open reads the files of the directory and opens it, or makes a database in an empty one.
// The caller closes it. Refusals are *host.Problem: store.locked,
// store.wrong_key, store.damaged, disk.full.
func Open(options Options) (*Dir, error) {
	if err := examine(options); err != nil {
		return nil, err
	}
	d := &Dir{options: options, space: newSpace(options)}
	d.closing = sync.OnceValue(d.shut)
	var err error
	if d.db, err = openFitting(options, d.space); err != nil {
		return nil, err
	}
	return d, nil
}

// Close writes what is in memory and gives the directory free. A second call
// returns what the first did.
func (d *Dir) Close() error { return d.closing() }

// maxConflicts bounds how often a transaction that lost a race is tried again.
const maxConflicts = 100

// smallWrite is the assumed size of a transaction that does not call Wrote.
const smallWrite = 4 << 10

// Update runs fn in a transaction and commits it, again when another one got in
// between. So fn may run several times and keeps its effects to itself. Without
// room for a small write it returns disk.full.
func (d *Dir) Update(fn func(*Txn) error) error {
	if err := d.small(); err != nil {
		return err
	}
	d.gate.RLock()
	defer d.gate.RUnlock()
	d.Wrote(smallWrite)
	err := d.db.Update(fn)
	for range maxConflicts {
		if !errors.Is(err, badger.ErrConflict) {
			break
		}
		err = d.db.Update(fn)
	}
	return err
}

// View runs fn in a transaction that reads one moment.
func (d *Dir) View(fn func(*Txn) error) error {
	d.gate.RLock()
	defer d.gate.RUnlock()
	return d.db.View(fn)
}

// Tables returns what Badger knows of its tables.
func (d *Dir) Tables() []badger.TableInfo {
	d.gate.RLock()
	defer d.gate.RUnlock()
	return d.db.Tables()
}

// Compact merges what was deleted out of the tables. It reads and writes much of the
// directory, and cannot be stopped once it has begun.
func (d *Dir) Compact(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.Room(); err != nil {
		return err
	}
	// What is still in memory holds deletions, too, but only tables are merged.
	if err := d.reopen(); err != nil {
		return fmt.Errorf("compact store: %w", err)
	}
	if err := d.flatten(); err != nil {
		return fmt.Errorf("compact store: %w", err)
	}
	return nil
}

// Maintain gives space in the value log back to the system. It returns early when ctx ends.
func (d *Dir) Maintain(ctx context.Context) error {
	d.gate.RLock()
	defer d.gate.RUnlock()
	for ctx.Err() == nil {
		err := d.db.RunValueLogGC(0.5)
		switch {
		case errors.Is(err, badger.ErrNoRewrite), errors.Is(err, badger.ErrRejected):
			return nil
		case err != nil:
			return fmt.Errorf("collect value log: %w", err)
		}
	}
	return ctx.Err()
}

func (d *Dir) flatten() error {
	d.gate.RLock()
	defer d.gate.RUnlock()
	d.flattening.Store(true)
	defer d.flattening.Store(false)
	if err := settleMarks(d.db); err != nil {
		return err
	}
	return d.db.Flatten(1)
}

// markQueue is how many ends of reads can wait in Badger's queue (y/watermark.go).
const markQueue = 100

// settleMarks returns when Badger knows of the reads that have ended by now. A goroutine of
// Badger's takes them from a queue, and on a busy machine may not have run since the
// database was opened. A merge before that keeps all that was deleted, and since everything
// is on one level then, no later merge drops it. The queue is taken in order, so a queue's
// worth of reads that got in behind proves it.
func settleMarks(db *badger.DB) error {
	for range markQueue + 1 {
		if err := db.View(func(*badger.Txn) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// Bytes returns how much of the disk the directory takes, without the ballast.
func (d *Dir) Bytes() (total uint64, err error) {
	err = filepath.WalkDir(d.options.Dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == ballastName {
			return ignoreGone(err)
		}
		info, err := entry.Info()
		if err == nil {
			total += Allocated(info)
		}
		return ignoreGone(err)
	})
	return total, err
}

// ignoreGone drops the error of a file that was deleted meanwhile.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Txn is a transaction of Badger, in which entries are read and written.
type Txn = badger.Txn

// Item is an entry that an iterator is at.
type Item = badger.Item

// Iterator goes over the entries of a transaction.
type Iterator = badger.Iterator

// IteratorOptions say which entries an iterator goes over, and how.
type IteratorOptions = badger.IteratorOptions

// ErrKeyNotFound says that there is no entry under a key.
var ErrKeyNotFound = badger.ErrKeyNotFound

// Prefetching returns the options of an iterator that reads values ahead.
func Prefetching() IteratorOptions { return badger.DefaultIteratorOptions }
