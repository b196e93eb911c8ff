package journal_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	t.Run("another owner", func(t *testing.T) {
		t.Parallel()
		b := Setup(t)
		_, err := journal.Open(Options(b.Dir))
		WantProblem(t, err, host.CodeLocked, "")
	})
	t.Run("another key", func(t *testing.T) {
		t.Parallel()
		b := Setup(t)
		Must(t, b.Close())
		o := Options(b.Dir)
		o.Key = bytes.Repeat([]byte{8}, 32)
		_, err := journal.Open(o)
		WantProblem(t, err, host.CodeStoreKey, "")
		b.Open()
	})
	t.Run("a newer schema, naming both", func(t *testing.T) {
		t.Parallel()
		b := Setup(t)
		Must(t, b.Ledger.Update(func(txn *badgerdir.Txn) error { return layout.WriteNumber(txn, layout.KeySchema, 9) }))
		Must(t, b.Close())
		_, err := journal.Open(Options(b.Dir))
		p := WantProblem(t, err, host.CodeNewerStore, "")
		if !bytes.Contains([]byte(p.Message), []byte("schema 9")) || !bytes.Contains([]byte(p.Message), []byte("up to 1")) || p.Remedy == "" {
			t.Errorf("problem does not name both schemas and a remedy: %+v", p)
		}
		// Close left the directory free, and an older program may not have changed it.
		_, err = journal.Open(Options(b.Dir))
		WantProblem(t, err, host.CodeNewerStore, "")
	})
	t.Run("a short key", func(t *testing.T) {
		t.Parallel()
		if _, err := journal.Open(journal.Options{Dir: t.TempDir(), Key: []byte("short")}); err == nil {
			t.Fatal("opened with a key of 5 bytes")
		}
	})
	t.Run("a full disk, before anything is written", func(t *testing.T) {
		t.Parallel()
		o := Options(filepath.Join(t.TempDir(), "data"))
		o.MinFreeBytes = 1 << 62
		_, err := journal.Open(o)
		WantProblem(t, err, host.CodeDiskFull, "")
		files, err := os.ReadDir(o.Dir)
		Must(t, err)
		if len(files) != 0 {
			t.Errorf("wrote %d files", len(files))
		}
	})
}

func TestNothingReadableOnDisk(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	run := b.Begin()
	w := b.Stream(run, Snapshot)
	for i := range 30 { // past a memtable flush, where a missing index cache would panic
		OK(w.Commit(Group(Docs(i*100, 100, "canary-in-a-record", 8000))))(t)
	}
	Must(t, b.Close())
	files, err := filepath.Glob(filepath.Join(b.Dir, "*"))
	Must(t, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		Must(t, err)
		for _, canary := range []string{"canary-in-a-record", "user-0000", "prod"} {
			if bytes.Contains(raw, []byte(canary)) {
				t.Errorf("%s holds %q", filepath.Base(file), canary)
			}
		}
	}
	b.Open()
	if stats := OK(b.StreamStats(b.Conn.ID))(t); stats[0].Records != 3000 {
		t.Errorf("%d records after reopening, want 3000", stats[0].Records)
	}
}

func TestMaintain(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	Must(t, b.Maintain(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Maintain(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want cancelled", err)
	}
	Must(t, b.Close())
	Must(t, b.Close()) // a second time
	b.Open()
}
