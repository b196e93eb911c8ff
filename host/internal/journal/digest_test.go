package journal_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
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
	b.sync(snapshot, host.OutcomeComplete, docs(0, 5000, "x", 0)...)
	has("after a first sync", 0, 10)

	w := b.stream(b.begin(), snapshot)
	for i := range 260 { // a trickle, in many small pieces
		ok(w.Commit(group(docs(i, 1, fmt.Sprint("changed", i), 0))))(t)
	}
	has("before the end", 0, 270)
	ok(w.Finish(journal.Finish{Outcome: host.OutcomeGaps}))(t)
	has("once they are put together", 0, 11)
	b.verify()

	b.sync(snapshot, host.OutcomeComplete, docs(0, 5000, "y", 0)...)
	has("with a double", 0, 21)
	b.sync(snapshot, host.OutcomeComplete, docs(0, 5000, "z", 0)...)
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
	if most := journal.DigestMemory(300_000); most > 64 {
		t.Errorf("a record took up to %.1f bytes, want at most 64", most)
	}
}

func TestDigestAgreesWithAMap(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		steps := make([]uint32, 3000)
		for i := range steps {
			steps[i] = random.Uint32()
		}
		if err := journal.DigestAgrees(steps, 97+uint32(seed)*100); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// TestStreamsBeyondTheirMemory has the digests of two streams share an allowance that
// has room for one of them.
func TestStreamsBeyondTheirMemory(t *testing.T) {
	t.Parallel()
	memory := int64(50_000)
	b := setupWith(t, func(o *journal.Options) { o.DigestMemory = memory })
	other := host.StreamInfo{Name: "groups", Title: "Groups", Kind: "account", Deletes: "snapshot"}
	sync := func(info host.StreamInfo, records int) error {
		w := b.stream(b.begin(), info)
		var err error
		for from := 0; from < records && err == nil; from += 400 {
			_, err = w.Commit(group(docs(from, 400, "1", 0)))
		}
		_, finished := w.Finish(complete())
		if (err == nil) != (finished == nil) {
			t.Errorf("commits ended with %v, the stream with %v", err, finished)
		}
		return errors.Join(err, w.Close())
	}
	must(t, sync(snapshot, 400))
	must(t, sync(other, 400))
	b.verify()

	run := b.begin()
	first := b.stream(run, snapshot)
	_, err := b.OpenStream(run.Connection, other, run.ID, run.Epoch)
	p := wantProblem(t, err, host.CodeStoreMemory, "")
	if p.Retry != host.RetryAfter || !strings.Contains(p.Remedy, "store.digest_memory_mib") {
		t.Errorf("beside another stream: %+v", p)
	}
	must(t, first.Close())
	must(t, b.stream(run, other).Close()) // there is room again

	if p := wantProblem(t, sync(snapshot, 4000), host.CodeStoreMemory, ""); p.Retry != host.RetryWhenConfigChanges {
		t.Errorf("alone: %+v", p)
	}
	memory = 1 << 20
	b.reopen()
	must(t, sync(snapshot, 4000))
	b.verify()
	if n := len(b.records(journal.RecordQuery{Stream: "users", Limit: 10_000})); n != 4000 {
		t.Errorf("%d records are stored, want 4000", n)
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
			b.sync(snapshot, host.OutcomeComplete, record("ann", "1"), record("bob", "1"))
			b.sync(snapshot, host.OutcomeComplete, record("ann", "2"), record("bob", "1"))
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
		b.sync(snapshot, host.OutcomeComplete, record("ann", "1"))
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
