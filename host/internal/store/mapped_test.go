package store_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/store"
)

// TestWhatReadersTouchStays looks at when mapped files are put away: while Badger
// does something large by itself, for a minute after much was written, and never
// because of readers alone, who would have to get them from the disk again. Looking
// costs, so nothing is left of what Badger did when it is done.
func TestWhatReadersTouchStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mapped := store.NewMapped(store.Options{Dir: t.TempDir()})
		want := func(when string, stirred bool) {
			t.Helper()
			if mapped.Stirred() != stirred {
				t.Errorf("%s: files are put away: %t; want %t", when, !stirred, stirred)
			}
		}
		want("at first", false)
		first, second := mapped.Hold(), mapped.Hold()
		<-time.After(time.Hour)
		want("for as long as two large works take", true)
		first()
		<-time.After(time.Hour)
		want("for as long as the other takes", true)
		second()
		want("after them", false)
		mapped.Stir()
		<-time.After(59 * time.Second)
		want("for a minute after much was written", true)
		<-time.After(2 * time.Second)
		want("later", false)
	})
}

// TestWhatIsReadIsCounted does what reads much of a store without writing much, and
// looks whether mapped files are looked at from then on.
func TestWhatIsReadIsCounted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	// So many that their digest is more than mapped files are looked at after.
	const pages, page = 20, 2000
	run := b.begin()
	w := b.stream(run, snapshot)
	for n := range pages {
		var records []store.RecordWrite
		for i := range page {
			records = append(records, record(fmt.Sprintf("%d-%d", n, i), "1"))
		}
		ok(w.Commit(group(records)))(t)
	}
	ok(w.Finish(complete()))(t)
	b.end(run)
	b.clock.at = b.clock.at.Add(48 * time.Hour)
	for _, work := range []struct {
		name string
		do   func()
	}{
		{"loading a digest", func() { must(t, b.stream(b.begin(), snapshot).Close()) }},
		{"pruning", func() { pruneAll(t, b.Store, store.Retention{History: 24 * time.Hour}) }},
		{"deleting a connection", func() { must(t, b.DeleteConnection(b.conn.ID)) }},
	} {
		for begun := time.Now(); b.Stirred(); b.reopen() { // merges may have been left
			if time.Since(begun) > time.Minute {
				t.Fatalf("mapped files are looked at before %s", work.name)
			}
			for !b.Settled() && time.Since(begun) < time.Minute {
				<-time.After(10 * time.Millisecond)
			}
		}
		if work.do(); !b.Stirred() {
			t.Errorf("mapped files are not looked at after %s", work.name)
		}
	}
}

// TestPace says when files are put away, by what is in memory at which moment.
func TestPace(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	var p store.Pace
	want := func(when string, size int64, worth bool) {
		t.Helper()
		if p.Worth(size*mib, now) != worth {
			t.Errorf("%s: %d MiB are put away: %t; want %t", when, size, !worth, worth)
		}
	}
	want("little", 32, false)
	want("the first time", 33, true)
	p.Done(60*mib, 30*mib, now)
	want("right after", 34, false)
	want("more again", 35, true)
	want("unmapped by itself", 10, false)
	want("more than was left then", 33, true)

	p.Done(50*mib, 48*mib, now)
	for _, rest := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second} {
		want("what stays", 48, false)
		now = now.Add(rest - time.Millisecond)
		want("what stays, a little early", 48, false)
		now = now.Add(time.Millisecond)
		want("what stayed for a while", 48, true)
		p.Done(48*mib, 48*mib, now)
	}
	for range 20 {
		p.Done(48*mib, 48*mib, now)
	}
	now = now.Add(time.Minute)
	want("what stays for ever", 48, true)
	p.Done(48*mib, 30*mib, now)
	now = now.Add(250 * time.Millisecond)
	want("a little, but once it went", 34, true)
}
