package journal_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

// noise returns n records whose documents cannot be compressed much.
func noise(n, size int, seed uint64) []host.Write {
	random := rand.New(rand.NewPCG(seed, 7))
	list := make([]host.Write, n)
	for i := range list {
		raw := make([]byte, size*3/4)
		for j := range raw {
			raw[j] = byte(random.Uint32())
		}
		list[i] = record(fmt.Sprintf("record-%06d", i), fmt.Sprintf("%x", raw[:len(raw)/2]))
	}
	return list
}

// TestPruningGivesSpaceBack prunes nine of ten versions and sees the files
// shrink. PLUMBLINE_TEST_RECORDS makes it as large as a measurement needs.
func TestPruningGivesSpaceBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	records := 4000 // more than one memtable: what only fills one table is not merged
	if n, err := strconv.Atoi(os.Getenv("PLUMBLINE_TEST_RECORDS")); err == nil {
		records = n
	}
	for round := range uint64(10) {
		w := b.stream(b.begin(), snapshot)
		list := noise(records, 400, round)
		for len(list) > 0 {
			n := min(500, len(list))
			ok(w.Commit(group(list[:n])))(t)
			list = list[n:]
		}
		ok(w.Finish(journal.Finish{Outcome: host.OutcomeComplete}))(t)
		b.clock.at = b.clock.at.Add(day)
	}
	b.reopen() // what is in memory comes to the tables
	before := ok(b.Bytes())(t)
	begun := time.Now()
	result, steps := pruneAll(t, b.Journal, journal.Retention{History: time.Hour})
	pruned := time.Since(begun)
	between := ok(b.Bytes())(t)
	must(t, b.Compact(t.Context()))
	after := ok(b.Bytes())(t)
	if stale := b.Stale(); stale > 0 {
		t.Errorf("%d bytes that were deleted are still in the tables, for good", stale)
	}
	t.Logf("%d versions: %d KiB, pruned %+v in %d steps and %s: %d KiB, compacted in %s: %d KiB",
		10*records, before>>10, result, steps, pruned.Round(time.Millisecond), between>>10, (time.Since(begun) - pruned).Round(time.Millisecond), after>>10)
	if result.Versions != 9*records {
		t.Errorf("%d versions were pruned, want %d", result.Versions, 9*records)
	}
	if after > before/2 {
		t.Errorf("the store takes %d KiB after pruning nine tenths of %d KiB", after>>10, before>>10)
	}
	history := ok(b.Maintenance())(t)
	if history.GivenBack == 0 || history.Bytes > before || history.Pruned == nil || history.PrunedAt == nil {
		t.Errorf("maintenance is %+v", history)
	}
	must(t, b.Tended(b.clock.at))
	if history := ok(b.Maintenance())(t); history.LastAt == nil || !history.LastAt.Equal(b.clock.at) {
		t.Errorf("last looked after at %v", history.LastAt)
	}
	b.verify()
	w := b.stream(b.begin(), snapshot)
	ok(w.Commit(group(docs(0, 10, "later", 0))))(t)
	b.verify()
}
