package journal_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

// TestPacks reads back documents of every size, in an order that is not that of
// their keys.
func TestPacks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	random := rand.New(rand.NewPCG(5, 5))
	var records []host.Write
	want := map[string]string{}
	for i := range 700 {
		size := random.IntN(60)
		switch i {
		case 100, 101, 600:
			size = journal.MaxDoc - 40 // does not fit in a transaction, nor in the tree
		case 200:
			size = 20_000
		}
		r := docs(random.IntN(1e9), 1, "x", size)[0]
		records = append(records, r)
		want[r.Key] = string(r.Doc)
	}
	b.sync(snapshot, host.OutcomeComplete, records...)
	check := func() {
		t.Helper()
		found := b.records(journal.RecordQuery{Limit: 1000})
		if len(found) != len(want) {
			t.Fatalf("%d records, want %d", len(found), len(want))
		}
		for _, r := range found {
			if string(r.Data) != want[r.Key] || r.Run == "" || len(r.Hash) != 64 {
				t.Fatalf("record %s has %d bytes of run %q with hash %q, want %d bytes", r.Key, len(r.Data), r.Run, r.Hash, len(want[r.Key]))
			}
		}
	}
	check()
	b.reopen()
	check()
	b.verify()
	b.clean()
}

// TestPruneOneLongHistory gives up more versions of one record than go into a
// step, each with its document in a pack of its own.
func TestPruneOneLongHistory(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const versions = 30
	for i := range versions {
		b.clock.at = b.clock.at.Add(day)
		b.sync(incremental, host.OutcomeComplete, docs(1, 1, fmt.Sprint(i), 40_000)...)
	}
	b.clock.at = b.clock.at.Add(100 * day)
	result, steps := pruneAll(t, b.Journal, journal.Retention{History: day})
	if result.Versions != versions-1 || steps < 4 {
		t.Errorf("%d versions pruned in %d steps, want %d in several", result.Versions, steps, versions-1)
	}
	if n := b.CountKeys()["w"]; n != 1 {
		t.Errorf("%d packs are left, want 1", n)
	}
	if found := b.records(journal.RecordQuery{}); len(found) != 1 || !strings.Contains(string(found[0].Data), fmt.Sprint(versions-1)) {
		t.Errorf("left are %d records", len(found))
	}
	b.clean()
}
