package writer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

func TestDigestIsCompacted(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	has := func(when string, chunks, deltas int) {
		t.Helper()
		if keys := CountKeys(b.Ledger); keys["b"] != chunks || keys["g"] != deltas {
			t.Errorf("%s the digest has %d chunks and %d deltas, want %d and %d", when, keys["b"], keys["g"], chunks, deltas)
		}
	}
	b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 5000, "x", 0)...)
	has("after a first sync", 0, 10)

	w := b.Stream(b.Begin(), Snapshot)
	for i := range 260 { // a trickle, in many small deltas
		OK(w.Commit(Group(Docs(i, 1, fmt.Sprint("changed", i), 0))))(t)
	}
	has("before the end", 0, 270)
	OK(w.Finish(journal.Finish{Outcome: host.OutcomeGaps}))(t)
	has("once they are merged", 0, 11)
	b.Verify()

	b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 5000, "y", 0)...)
	has("with a double", 0, 21)
	b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 5000, "z", 0)...)
	has("once too much of it is old", 6, 0)
	if n := largestValue(b, layout.PrefixBase); n > 32<<10 {
		t.Errorf("a chunk has %d bytes", n)
	}
	b.Verify()
	b.Reopen()
	if counts := OK(b.Stream(b.Begin(), Snapshot).Commit(Group(Docs(0, 5000, "z", 0))))(t); counts.Changed+counts.Added > 0 {
		t.Errorf("records that are as they were count as %+v", counts)
	}
}

// TestStreamsBeyondTheirMemory has the digests of two streams share an allowance that
// has room for one of them.
func TestStreamsBeyondTheirMemory(t *testing.T) {
	t.Parallel()
	memory := int64(50_000)
	b := SetupWith(t, func(o *journal.Options) { o.DigestMemory = memory })
	other := host.StreamInfo{Name: "groups", Title: "Groups", Kind: "account", Deletes: "snapshot"}
	sync := func(info host.StreamInfo, records int) error {
		w := b.Stream(b.Begin(), info)
		var err error
		for from := 0; from < records && err == nil; from += 400 {
			_, err = w.Commit(Group(Docs(from, 400, "1", 0)))
		}
		_, finished := w.Finish(Finish(host.OutcomeComplete))
		if (err == nil) != (finished == nil) {
			t.Errorf("commits ended with %v, the stream with %v", err, finished)
		}
		return errors.Join(err, w.Close())
	}
	Must(t, sync(Snapshot, 400))
	Must(t, sync(other, 400))
	b.Verify()

	run := b.Begin()
	first := b.Stream(run, Snapshot)
	_, err := b.OpenStream(run.Connection, other, run.ID, run.Epoch)
	p := WantProblem(t, err, host.CodeStoreMemory, "")
	if p.Retry != host.RetryAfter || !strings.Contains(p.Remedy, "store.digest_memory_mib") {
		t.Errorf("beside another stream: %+v", p)
	}
	Must(t, first.Close())
	Must(t, b.Stream(run, other).Close()) // there is room again

	if p := WantProblem(t, sync(Snapshot, 4000), host.CodeStoreMemory, ""); p.Retry != host.RetryWhenConfigChanges {
		t.Errorf("alone: %+v", p)
	}
	memory = 1 << 20
	b.Reopen()
	Must(t, sync(Snapshot, 4000))
	b.Verify()
	if n := len(b.Page(journal.RecordQuery{Stream: "users", Limit: 10_000})); n != 4000 {
		t.Errorf("%d records are stored, want 4000", n)
	}
}
