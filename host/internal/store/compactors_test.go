package store_test

import (
	"bytes"
	"fmt"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/store"
)

// merging counts Badger's goroutines that merge tables among those that descend
// from this test's.
func merging(t *testing.T) (n int) {
	t.Helper()
	var stacks bytes.Buffer
	must(t, pprof.Lookup("goroutine").WriteTo(&stacks, 1))
	for _, stack := range strings.Split(stacks.String(), "\n\n") {
		if !strings.Contains(stack, "(*levelsController).runCompactor+") || !strings.Contains(stack, strconv.Quote(t.Name())) {
			continue
		}
		var same int
		if _, err := fmt.Sscanf(stack, "%d @", &same); err != nil {
			t.Fatalf("count goroutines: %v in %s", err, stack)
		}
		n += same
	}
	return n
}

// startedMerging counts them when the first is seen: one that was started and has
// not run yet is seen as nothing.
func startedMerging(t *testing.T) (n int) {
	t.Helper()
	for begun := time.Now(); n == 0 && time.Since(begun) < 10*time.Second; <-time.After(time.Millisecond) {
		n = merging(t)
	}
	return n
}

func TestRest(t *testing.T) {
	t.Parallel()
	// Goroutines inherit labels.
	pprof.SetGoroutineLabels(pprof.WithLabels(t.Context(), pprof.Labels("test", t.Name())))
	b := setup(t)
	w := b.stream(b.begin(), snapshot)
	ok(w.Commit(group(noise(10, 400, 1))))(t)
	if n := startedMerging(t); n != 1 {
		t.Fatalf("%d goroutines merge tables after a write, want 1", n)
	}
	b.Rest()
	if n := merging(t); n != 1 {
		t.Errorf("%d goroutines merge tables right after a write, want 1", n)
	}
	b.Rest()
	if n := merging(t); n != 0 {
		t.Errorf("%d goroutines merge tables when nothing was written, want 0", n)
	}
	_, _, err := b.Runs(store.RunQuery{})
	must(t, err)
	b.Rest()
	if n := merging(t); n != 0 {
		t.Errorf("%d goroutines merge tables when only something was read, want 0", n)
	}
	must(t, b.Compact(t.Context())) // stops and starts them itself
	if n := startedMerging(t); n != 1 {
		t.Errorf("%d goroutines merge tables after a compaction, want 1", n)
	}
	b.Rest()
	b.Rest()
	// So many memtables that writing would stand still if nobody merged them.
	for round := range uint64(6) {
		ok(w.Commit(group(noise(400, 20<<10, round))))(t)
	}
	if n := merging(t); n != 1 {
		t.Errorf("%d goroutines merge tables while something is written, want 1", n)
	}
	b.reopen()
	if n := startedMerging(t); n != 1 {
		t.Errorf("%d goroutines merge tables in a store just opened, want 1", n)
	}
	b.Rest()
	for begun := time.Now(); merging(t) > 0 && time.Since(begun) < time.Minute; <-time.After(10 * time.Millisecond) {
		b.Rest()
	}
	if n := merging(t); n != 0 {
		t.Errorf("%d goroutines merge tables a minute after all is merged", n)
	}
	b.verify()
}

// TestNothingIsMerged opens a store as where there is no room for merging, and has
// it rest and be written to.
func TestNothingIsMerged(t *testing.T) {
	t.Parallel()
	pprof.SetGoroutineLabels(pprof.WithLabels(t.Context(), pprof.Labels("test", t.Name())))
	b := setupWith(t, (*store.Options).KeepTables)
	w := b.stream(b.begin(), snapshot)
	for round := range uint64(3) {
		ok(w.Commit(group(noise(10, 400, round))))(t)
		<-time.After(20 * time.Millisecond) // one that was started and has not run yet is seen as nothing
		if n := merging(t); n != 0 {
			t.Errorf("%d goroutines merge tables after write %d", n, round)
		}
		b.Rest()
		b.Rest()
	}
}
