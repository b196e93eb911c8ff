package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/store"
)

func TestDigestIsCompacted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	has := func(when string, chunks, pieces int) {
		t.Helper()
		if keys := b.CountKeys(); keys["b"] != chunks || keys["g"] != pieces {
			t.Errorf("%s the digest has %d chunks and %d pieces, want %d and %d", when, keys["b"], keys["g"], chunks, pieces)
		}
	}
	b.sync(snapshot, store.ResultComplete, docs(0, 5000, "x", 0)...)
	has("after a first sync", 0, 10)

	w := b.stream(b.begin(), snapshot)
	for i := range 260 { // a trickle, in many small pieces
		ok(w.Commit(group(docs(i, 1, fmt.Sprint("changed", i), 0))))(t)
	}
	has("before the end", 0, 270)
	ok(w.Finish(store.Finish{Result: store.ResultGaps}))(t)
	has("once they are put together", 0, 11)
	b.verify()

	b.sync(snapshot, store.ResultComplete, docs(0, 5000, "y", 0)...)
	has("with a double", 0, 21)
	b.sync(snapshot, store.ResultComplete, docs(0, 5000, "z", 0)...)
	has("once too much of it is old", 6, 0)
	if n := b.LargestValue('b'); n > 32<<10 {
		t.Errorf("a chunk has %d bytes", n)
	}
	b.verify()
	b.reopen()
	if counts := ok(b.stream(b.begin(), snapshot).Commit(group(docs(0, 5000, "z", 0))))(t); counts.Changed+counts.Added > 0 {
		t.Errorf("records that are as they were count as %+v", counts)
	}
}

func TestDigestMemory(t *testing.T) {
	t.Parallel()
	if most := store.DigestMemory(300_000); most > 64 {
		t.Errorf("a record took up to %.1f bytes, want at most 64", most)
	}
}

func TestDigestAgreesWithAMap(t *testing.T) {
	t.Parallel()
	for _, memory := range []int64{1 << 30, 0, 5_000, 60_000, 200_000} {
		for seed := range uint64(20) {
			random := rand.New(rand.NewPCG(seed, 1))
			steps := make([]uint32, 3000)
			for i := range steps {
				steps[i] = random.Uint32()
			}
			if err := store.DigestAgrees(steps, 97+uint32(seed)*100, memory, t.TempDir()); err != nil {
				t.Errorf("memory %d, seed %d: %v", memory, seed, err)
			}
		}
	}
}

func TestDigestGrowsInItsFile(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	steps := make([]uint32, 150_000) // on several times the keys that a new file has room for
	for i := range steps {
		steps[i] = random.Uint32()
	}
	must(t, store.DigestAgrees(steps, 60_000, 0, t.TempDir()))
	must(t, store.DigestAgrees(steps, 60_000, 400_000, t.TempDir()))
}

// TestStreamsBeyondTheirMemory is a life of a stream whose digest is on disk.
func TestStreamsBeyondTheirMemory(t *testing.T) {
	t.Parallel()
	b := setupWith(t, func(o *store.Options) { o.DigestMemory = 1 })
	b.sync(snapshot, store.ResultComplete, docs(0, 300, "1", 0)...)
	b.sync(snapshot, store.ResultComplete, docs(0, 300, "1", 0)...)
	b.sync(snapshot, store.ResultComplete, append(docs(0, 100, "2", 0), docs(110, 190, "1", 0)...)...)
	b.verify()
	if left := ok(os.ReadDir(filepath.Join(b.dir, "scratch")))(t); len(left) > 0 {
		t.Errorf("%d scratch files are left", len(left))
	}
	changes, _, err := b.Changes(t.Context(), store.ChangeQuery{Connection: b.conn.ID, Limit: 1000})
	must(t, err)
	count := map[host.ChangeKind]int{}
	for _, c := range changes {
		count[c.Kind]++
	}
	if diff := cmp.Diff(map[host.ChangeKind]int{host.ChangeAdded: 300, host.ChangeChanged: 100, host.ChangeRemoved: 10}, count); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestVerifyNotices(t *testing.T) {
	t.Parallel()
	for what, word := range map[byte]string{
		'v': "digest holds",
		'l': "entries are missing",
		's': "not stored",
		'h': "chain at entry 0",
	} {
		t.Run(string(what), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.sync(snapshot, store.ResultComplete, record("ann", "1"), record("bob", "1"))
			b.sync(snapshot, store.ResultComplete, record("ann", "2"), record("bob", "1"))
			must(t, b.Damage(what))
			err := b.Verify(t.Context(), b.conn.ID)
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("error %v does not say %q", err, word)
			}
		})
	}
	t.Run("g", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.sync(snapshot, store.ResultComplete, record("ann", "1"))
		must(t, b.Damage('g'))
		if err := b.Verify(t.Context(), b.conn.ID); err == nil {
			t.Error("no error")
		}
		run := b.begin()
		if _, err := b.OpenStream(b.conn.ID, snapshot, run.ID, run.Epoch); err == nil {
			t.Error("opened a stream without its digest")
		}
	})
}
