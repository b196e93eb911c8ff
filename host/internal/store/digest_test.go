package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/store"
)

func TestDigestIsCompacted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sync(snapshot, store.ResultComplete, docs(0, 20000, "x", 0)...)
	keys := b.CountKeys()
	if keys["b"] != 3 || keys["g"] != 0 {
		t.Errorf("digest has %d chunks and %d later entries, want 3 and 0", keys["b"], keys["g"])
	}
	if n := b.LargestValue('b'); n >= 512<<10 {
		t.Errorf("a chunk has %d bytes", n)
	}
	w := b.stream(b.begin(), snapshot)
	for i := range 260 { // a trickle, in many small pieces
		ok(w.Commit(group(docs(i, 1, fmt.Sprint("changed", i), 0))))(t)
	}
	if keys := b.CountKeys(); keys["g"] != 260 {
		t.Errorf("digest has %d later entries before the end, want 260", keys["g"])
	}
	ok(w.Finish(store.Finish{Result: store.ResultGaps}))(t)
	if keys := b.CountKeys(); keys["b"] != 3 || keys["g"] != 0 {
		t.Errorf("digest has %d chunks and %d later entries, want 3 and 0", keys["b"], keys["g"])
	}
	b.verify()
}

func TestDigestMemory(t *testing.T) {
	t.Parallel()
	if most := store.DigestMemory(300_000); most > 64 {
		t.Errorf("a record took up to %.1f bytes, want at most 64", most)
	}
}

func TestDigestAgreesWithAMap(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		steps := make([]uint16, 2000)
		for i := range steps {
			steps[i] = uint16(random.Uint32())
		}
		must(t, store.DigestAgrees(steps))
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
