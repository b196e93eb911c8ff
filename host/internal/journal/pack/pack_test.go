package pack_test

import (
	"math/rand/v2"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

// TestPacks reads back documents of every size, in an order that is not that of
// their keys.
func TestPacks(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	random := rand.New(rand.NewPCG(5, 5))
	var records []host.Write
	want := map[string]string{}
	for i := range 700 {
		size := random.IntN(60)
		switch i {
		case 100, 101, 600:
			size = layout.MaxDoc - 40 // does not fit in a transaction, nor in the tree
		case 200:
			size = 20_000
		}
		r := Docs(random.IntN(1e9), 1, "x", size)[0]
		records = append(records, r)
		want[r.Key] = string(r.Doc)
	}
	b.Sync(Snapshot, host.OutcomeComplete, records...)
	check := func() {
		t.Helper()
		found := b.Page(journal.RecordQuery{Limit: 1000})
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
	b.Reopen()
	check()
	b.Verify()
	b.Clean()
}
