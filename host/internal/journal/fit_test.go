package journal_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"time"

	badger "github.com/dgraph-io/badger/v4"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/internal/journal/prune"
)

// TestLargeLog opens a store that was left by a crash with more in its log than a
// memtable of now takes.
func TestLargeLog(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	filled(t, dir)
	o := Options(dir)
	Must(t, o.Complete())
	disk := o.Disk()
	raw := disk.Badger()
	raw.MemTableSize = 16 << 20
	db := OK(badger.Open(raw))(t)
	value := make([]byte, 40<<10)
	for i := range 200 {
		Must(t, db.Update(func(txn *badger.Txn) error { return txn.Set(fmt.Appendf(nil, "~%d", i), value) }))
	}
	crashed := filepath.Join(t.TempDir(), "store") // as it is on disk now
	Must(t, os.CopyFS(filepath.Dir(crashed), os.DirFS(filepath.Dir(dir))))
	Must(t, db.Close())

	s := OK(prune.Open(Options(crashed)))(t)
	if n := CountKeys(s)["~"]; n != 200 {
		t.Errorf("%d entries of the log are there, want 200", n)
	}
	Must(t, s.Close())
	Must(t, OK(journal.Open(Options(crashed)))(t).Close())
	logs := OK(filepath.Glob(filepath.Join(crashed, "*.mem")))(t)
	for _, log := range logs {
		if size := OK(os.Stat(log))(t).Size(); size > 5<<20 {
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
	s := OK(prune.Open(Options(dir)))(t)
	// Something that is in memory alone.
	Must(t, s.Update(func(txn *badgerdir.Txn) error { return layout.WriteNumber(txn, layout.KeySchema, ledger.Schema) }))
	Must(t, os.Rename(dir, dir+".away"))
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "is gone") {
		t.Errorf("closed with %v", err)
	}
}

// merging counts Badger's goroutines that merge tables among those that descend
// from this test's, once there are as many as wanted or a second has passed.
func merging(t *testing.T, want int) (n int) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < time.Second; <-time.After(5 * time.Millisecond) {
		var stacks bytes.Buffer
		Must(t, pprof.Lookup("goroutine").WriteTo(&stacks, 1))
		n = 0
		for _, stack := range strings.Split(stacks.String(), "\n\n") {
			if strings.Contains(stack, "(*levelsController).runCompactor+") && strings.Contains(stack, strconv.Quote(t.Name())) {
				same := 0
				OK(fmt.Sscanf(stack, "%d @", &same))(t)
				n += same
			}
		}
		if want > 0 && n == want {
			break // one that has not run yet is not seen
		}
	}
	return n
}

// TestCompactors opens a store with and without room for merging tables.
func TestCompactors(t *testing.T) {
	t.Parallel()
	pprof.SetGoroutineLabels(pprof.WithLabels(t.Context(), pprof.Labels("test", t.Name()))) // goroutines inherit them
	dir := filepath.Join(t.TempDir(), "store")
	filled(t, dir)
	free := uint64(1 << 40)
	o := Options(dir)
	o.FreeSpace = func(string) (uint64, uint64, error) { return free, 1 << 41, nil }
	for _, test := range []struct {
		free uint64
		want int
	}{{1 << 40, 2}, {17 << 20, 0}} {
		free = test.free
		s := OK(journal.Open(o))(t)
		if n := merging(t, test.want); n != test.want {
			t.Errorf("%d goroutines merge tables with %d MiB free, want %d", n, free>>20, test.want)
		}
		Must(t, s.Close())
	}
}
