package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	badger "github.com/dgraph-io/badger/v4"

	"github.com/plumbline-dev/plumbline/host/internal/store"
)

// TestLargeLog opens a store that was left by a crash with more in its log than a
// memtable of now takes.
func TestLargeLog(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	filled(t, dir)
	raw := store.Raw(options(dir))
	raw.MemTableSize = 16 << 20
	db := ok(badger.Open(raw))(t)
	value := make([]byte, 40<<10)
	for i := range 200 {
		must(t, db.Update(func(txn *badger.Txn) error { return txn.Set(fmt.Appendf(nil, "~%d", i), value) }))
	}
	crashed := filepath.Join(t.TempDir(), "store") // as it is on disk now
	must(t, os.CopyFS(filepath.Dir(crashed), os.DirFS(filepath.Dir(dir))))
	must(t, db.Close())

	s := ok(store.Open(options(crashed)))(t)
	if n := s.CountKeys()["~"]; n != 200 {
		t.Errorf("%d entries of the log are there, want 200", n)
	}
	must(t, s.Close())
	must(t, ok(store.Open(options(crashed)))(t).Close())
	logs := ok(filepath.Glob(filepath.Join(crashed, "*.mem")))(t)
	for _, log := range logs {
		if size := ok(os.Stat(log))(t).Size(); size > 5<<20 {
			t.Errorf("%s still has %d MiB", filepath.Base(log), size>>20)
		}
	}
}

// TestCloseWithoutItsDirectory takes the directory away below an open store, as an
// unmounted disk does: closing it says so, and ends.
func TestCloseWithoutItsDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	filled(t, dir)
	s := ok(store.Open(options(dir)))(t)
	must(t, s.SetSchema(store.Schema)) // something that is in memory alone
	must(t, os.Rename(dir, dir+".away"))
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "is gone") {
		t.Errorf("closed with %v", err)
	}
}
