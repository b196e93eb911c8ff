package prune_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

// TestPruningGivesSpaceBack prunes nine of ten versions and sees the files
// shrink. PLUMBLINE_TEST_RECORDS makes it as large as a measurement needs.
func TestPruningGivesSpaceBack(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	records := 4000 // more than one memtable: what only fills one table is not merged
	if n, err := strconv.Atoi(os.Getenv("PLUMBLINE_TEST_RECORDS")); err == nil {
		records = n
	}
	for version := range 10 {
		w := b.Stream(b.Begin(), Snapshot)
		list := Docs(0, records, fmt.Sprint(version), 400)
		for len(list) > 0 {
			n := min(500, len(list))
			OK(w.Commit(Group(list[:n])))(t)
			list = list[n:]
		}
		OK(w.Finish(journal.Finish{Outcome: host.OutcomeComplete}))(t)
		b.Clock.At = b.Clock.At.Add(day)
	}
	b.Reopen() // Badger writes out what is in memory
	before := OK(b.Ledger.Disk.Bytes())(t)
	begun := time.Now()
	result, steps := pruneAll(t, b.Journal, journal.Retention{History: time.Hour})
	pruned := time.Since(begun)
	between := OK(b.Ledger.Disk.Bytes())(t)
	Must(t, b.Compact(t.Context()))
	after := OK(b.Ledger.Disk.Bytes())(t)
	stale := 0
	for _, table := range b.Ledger.Disk.Tables() {
		stale += int(table.StaleDataSize)
	}
	if stale > 0 {
		t.Errorf("%d bytes that were deleted are still in the tables, for good", stale)
	}
	t.Logf("%d versions: %d KiB, pruned %+v in %d steps and %s: %d KiB, compacted in %s: %d KiB",
		10*records, before>>10, result, steps, pruned.Round(time.Millisecond), between>>10,
		(time.Since(begun) - pruned).Round(time.Millisecond), after>>10)
	if result.Versions != 9*records {
		t.Errorf("%d versions were pruned, want %d", result.Versions, 9*records)
	}
	if after > before/2 {
		t.Errorf("the store takes %d KiB after pruning nine tenths of %d KiB", after>>10, before>>10)
	}
	history := OK(b.Maintenance())(t)
	if history.GivenBack == 0 || history.Bytes > before || history.Pruned == nil || history.PrunedAt == nil {
		t.Errorf("maintenance is %+v", history)
	}
	Must(t, b.Tended(b.Clock.At))
	if history := OK(b.Maintenance())(t); history.LastAt == nil || !history.LastAt.Equal(b.Clock.At) {
		t.Errorf("last tended at %v", history.LastAt)
	}
	b.Verify()
	w := b.Stream(b.Begin(), Snapshot)
	OK(w.Commit(Group(Docs(0, 10, "later", 0))))(t)
	b.Verify()
}
