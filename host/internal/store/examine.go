package store

import (
	"context"
	"fmt"

	badger "github.com/dgraph-io/badger/v4"

	"github.com/plumbline-dev/plumbline/host"
)

// finding is what is wrong with a file.
type finding struct {
	host.BadEntry
	what damage
}

type damage byte

const (
	lost  damage = iota
	inLog        // lost, too, but a power failure can leave the same
	cut          // a write at the end of a file that was not finished
)

const registryHeadBad = "the beginning of the file is not as it was written, or was written with another key"

// examine refuses a store whose files are damaged, before Badger opens it. A damaged log
// is logged and not refused. Not all blocks of tables are read, which would be reading
// everything: Examine does that.
func examine(o Options) error {
	i := &inspector{ctx: context.Background(), options: o, shallow: true, report: func(Progress) {}}
	err := i.inspect()
	for _, f := range i.found {
		switch {
		case f.what == cut:
			o.Logger.Warn("store was not closed", "file", f.File, "offset", f.Offset, "problem", f.Message)
		case f.what == inLog:
			o.Logger.Error("log of the store is damaged, and what follows in it is lost", "file", f.File, "offset", f.Offset, "problem", f.Message)
		case f.Message == registryHeadBad:
			return wrongKey(o.Dir)
		default:
			return damaged(f.BadEntry)
		}
	}
	return err
}

// Examine reads every table of the open store and returns the first entry in each that
// is damaged. The database passes over what it cannot read, so the owner of a store
// calls Examine soon after opening it. It reads little at a time.
func (s *Store) Examine(ctx context.Context) (bad []host.BadEntry, err error) {
	i := &inspector{ctx: ctx, options: s.options, open: s.tables, aside: true, report: func(Progress) {}}
	err = i.inspect()
	for _, f := range i.found {
		if len(bad) == 0 || bad[len(bad)-1].File != f.File {
			bad = append(bad, f.BadEntry)
		}
	}
	return bad, err
}

// tables returns what Badger knows of its tables.
func (s *Store) tables() []badger.TableInfo {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return s.db.Tables()
}

// openBadger opens the database. Badger panics at some of what it cannot read;
// what it has open by then stays so until the process ends.
func openBadger(o badger.Options) (db *badger.DB, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the database gave up: %v", r)
		}
	}()
	return badger.Open(o)
}
