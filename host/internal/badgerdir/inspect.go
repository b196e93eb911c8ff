package badgerdir

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"

	"github.com/plumbline-dev/plumbline/host"
)

// Finding is what is wrong with a file.
type Finding struct {
	host.BadEntry
	what damage
}

type damage byte

// Cut reports whether it is a write that was not finished, and no damage.
func (f Finding) Cut() bool { return f.what == cut }

const (
	lost  damage = iota
	inLog        // lost, too, but a power failure can leave the same
	cut          // a write at the end of a file that was not finished
)

const registryHeadBad = "the beginning of the file was changed after it was written, or was written with another key"

// examine refuses a directory whose files are damaged, before Badger opens it. A damaged
// log is logged and not refused. Of tables it reads only the ends; Dir.Inspect reads all.
func examine(o Options) error {
	i := &inspector{ctx: context.Background(), options: o, shallow: true, report: func(int, int) {}}
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

// Inspect reads every file of a closed directory, before it is opened. The error is for
// what prevented the inspection. Report is called with the number of tables that are done.
func Inspect(ctx context.Context, o Options, report func(done, total int)) ([]Finding, error) {
	i := &inspector{ctx: ctx, options: o, report: report}
	err := i.inspect()
	return i.found, err
}

// Inspect reads the tables of the open directory; with aside slowly, in the background.
func (d *Dir) Inspect(ctx context.Context, aside bool, report func(done, total int)) ([]Finding, error) {
	i := &inspector{ctx: ctx, options: d.options, open: d.Tables, aside: aside, report: report}
	err := i.inspect()
	return i.found, err
}

// Files returns how many files an inspection reads, and their size.
func Files(dir string) (files int, bytes int64) {
	for _, pattern := range []string{badger.ManifestFilename, badger.KeyRegistryFileName, "*.sst", "*.mem", "*.vlog"} {
		found, _ := filepath.Glob(filepath.Join(dir, pattern)) // the patterns are well-formed
		for _, path := range found {
			if info, err := os.Stat(path); err == nil {
				files, bytes = files+1, bytes+info.Size()
			}
		}
	}
	return files, bytes
}

// learn passes a block on to Names. Damage behind the block ends it.
func (i *inspector) learn(b block) {
	if !i.names.Wants(b.first, b.next) {
		return
	}
	defer func() { _ = recover() }()
	it := b.table.NewIterator(table.NOCACHE)
	defer func() { _ = it.Close() }()
	for it.Seek(b.first); it.Valid() && (len(b.next) == 0 || y.CompareKeys(it.Key(), b.next) < 0); it.Next() {
		i.names.Learn(y.ParseKey(it.Key()), it.Value().Value)
	}
}

// lost names the first entry of a damaged block of a file, and in words the range of all.
func (i *inspector) lost(file string, b block) host.BadEntry {
	k, until := y.ParseKey(b.first), "the end of the table"
	if len(b.next) > 0 {
		until = i.names.Phrase(y.ParseKey(b.next))
	}
	bad := i.names.Name(k)
	bad.Kind, bad.File = "file", file
	bad.Message = fmt.Sprintf("the entries from %s up to %s were changed after they were written", i.names.Phrase(k), until)
	return bad
}

// within says which entries a table that cannot be read has. An open database knows.
func (i *inspector) within(id uint64) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.open != nil {
		for _, t := range i.open() {
			if t.ID == id {
				return fmt.Sprintf("it has the entries from %s to %s", i.names.Phrase(y.ParseKey(t.Left)), i.names.Phrase(y.ParseKey(t.Right)))
			}
		}
	}
	return "which entries are lost cannot be said"
}

// openBadger opens the database. Badger panics at some damage; the files it has open by
// then stay open until the process ends.
func openBadger(o badger.Options) (db *badger.DB, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the database gave up: %v", r)
		}
	}()
	return badger.Open(o)
}
