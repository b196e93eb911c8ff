package journal_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

// follow reads the whole feed from a position in pages.
func follow(t *testing.T, s *journal.Journal, after string, page int) (all []host.FeedChange, next string) {
	t.Helper()
	for {
		found, next, err := s.Feed(t.Context(), after, page)
		must(t, err)
		all = append(all, found...)
		if len(found) == 0 {
			return all, next
		}
		if last := found[len(found)-1].Position; last != next {
			t.Fatalf("page ends at %s, the next begins at %s", last, next)
		}
		after = next
	}
}

func TestFeed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.conn
	second := ok(b.CreateConnection(asTester(), host.Connection{Alias: "other", Connector: "ldap"}, nil))(t)
	var want []string
	write := func(c host.Connection, from, n int, value string) {
		b.conn = c
		w := b.stream(b.begin(), snapshot)
		ok(w.Commit(group(docs(from, n, value, 0))))(t)
		for i := range n {
			want = append(want, fmt.Sprintf("%s user-%05d", c.Alias, from+i))
		}
	}
	write(first, 0, 5, "a")
	write(second, 0, 3, "a")
	write(first, 3, 4, "b") // two change, two are new
	for _, page := range []int{1, 2, 3, 4, 5, 100} {
		all, end := follow(t, b.Journal, "", page)
		var got []string
		ids, at := map[string]bool{}, time.Time{}
		for _, c := range all {
			got = append(got, c.Alias+" "+c.Key)
			ids[c.IdempotencyKey] = true
			if c.At.Before(at) {
				t.Errorf("%s comes after a later change", c.Position)
			}
			at = c.At
		}
		same(t, fmt.Sprintf("feed in pages of %d", page), got, want)
		if len(ids) != len(want) {
			t.Errorf("%d idempotency keys for %d changes", len(ids), len(want))
		}
		if all[10].Kind != host.ChangeAdded || all[8].Kind != host.ChangeChanged || all[8].Connection != first.ID || all[8].Hash == "" {
			t.Errorf("changes are %+v and %+v", all[8], all[10])
		}
		// Every position goes on right behind its change, also after a restart.
		for i, c := range all {
			rest, next := follow(t, b.Journal, c.Position, 2)
			if len(rest) != len(all)-i-1 || next != end {
				t.Errorf("%d changes after number %d of %d", len(rest), i, len(all))
			}
		}
	}
	all, end := follow(t, b.Journal, "", 100)
	if now := ok(b.FeedEnd())(t); len(must2(follow(t, b.Journal, now, 5))) != 0 {
		t.Errorf("there is something behind the end %s", now)
	}
	b.reopen()
	again, _ := follow(t, b.Journal, "", 100)
	same(t, "feed after a restart", again, all)
	latest := ok(b.FeedEnd())(t)
	write(second, 3, 2, "c")
	for _, after := range []string{end, latest} {
		if rest, _ := follow(t, b.Journal, after, 100); len(rest) != 2 {
			t.Errorf("%d changes behind %s, want 2", len(rest), after)
		}
	}
	b.verify()
}

func must2[A, B any](a A, _ B) A { return a }

func TestFeedRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ok(b.stream(b.begin(), snapshot).Commit(group(docs(0, 5, "x", 0))))(t)
	for _, bad := range []string{"x", "1", "1-", "-1-2", "0-0", "12-x", "1-2-3", "99999999999999999999-1"} {
		_, _, err := b.Feed(t.Context(), bad, 0)
		wantProblem(t, err, host.CodeInvalid, "after")
	}
	// A position from a future this store does not have: it was restored.
	_, _, err := b.Feed(t.Context(), "4102444800000000000-1", 0)
	if p := wantProblem(t, err, host.CodeInvalid, "after"); !strings.Contains(p.Remedy, "backup") {
		t.Errorf("remedy %q", p.Remedy)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := b.Feed(ctx, "", 0); err == nil {
		t.Error("an ended context reads on")
	}
}

func TestFeedOfAnEmptyStore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	all, next := follow(t, b.Journal, "", 10)
	rest, behind := follow(t, b.Journal, ok(b.FeedEnd())(t), 10) // behind the edit that made the connection
	if len(all) != 0 || next != "" || len(rest) != 0 {
		t.Errorf("feed of nothing is %v, next %q, then %v, next %q", all, next, rest, behind)
	}
}

// A deleted connection leaves the feed, and what comes after is still after,
// even when the clock is set back meanwhile.
func TestFeedOutlivesItsConnections(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ok(b.stream(b.begin(), snapshot).Commit(group(docs(0, 5, "x", 0))))(t)
	doomed := b.conn
	_, end := follow(t, b.Journal, "", 100)
	must(t, b.DeleteConnection(asTester(), doomed.ID))
	if n := b.CountKeys()["f"]; n != 2 { // two edits
		t.Errorf("%d entries of the feed are left", n)
	}
	b.clock.at = b.clock.at.Add(-48 * time.Hour)
	b.reopen()
	b.conn = ok(b.CreateConnection(asTester(), host.Connection{Alias: "newer"}, nil))(t)
	ok(b.stream(b.begin(), snapshot).Commit(group(docs(0, 2, "y", 0))))(t)
	if rest, _ := follow(t, b.Journal, end, 100); len(rest) != 2 {
		t.Errorf("%d changes follow the deleted ones, want 2", len(rest))
	}
}

// TestFeedNeverSkips lets many connections commit at once, which lands commit
// times out of order, while a reader follows: it must see every change once, in
// order.
func TestFeedNeverSkips(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const writers, groups, each = 8, 25, 3
	var wait sync.WaitGroup
	done := make(chan struct{})
	for i := range writers {
		c := ok(b.CreateConnection(asTester(), host.Connection{Alias: fmt.Sprint("c", i)}, nil))(t)
		run := ok(b.BeginRun(host.Run{Connection: c.ID, Status: host.StatusRunning}))(t)
		w := ok(b.OpenStream(c.ID, snapshot, run.ID, run.Epoch))(t)
		wait.Go(func() {
			for g := range groups {
				if _, err := w.Commit(group(docs(g*each, each, c.ID, 0))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	go func() { wait.Wait(); close(done) }() // ends with the writers
	var seen []string
	after, ended := "", false
	for {
		news := b.FeedNews()
		select {
		case <-done:
			ended = true // what is there now is all there will be
		default:
		}
		found, next, err := b.Feed(t.Context(), after, 7)
		must(t, err)
		for _, c := range found {
			seen = append(seen, c.Position+" "+c.Alias+" "+c.Key)
		}
		after = next
		if len(found) > 0 {
			continue
		}
		if ended {
			break
		}
		select {
		case <-news:
		case <-done:
		}
	}
	all, _ := follow(t, b.Journal, "", 1000)
	var want []string
	for _, c := range all {
		want = append(want, c.Position+" "+c.Alias+" "+c.Key)
	}
	if len(want) != writers*groups*each {
		t.Fatalf("%d changes at the end, want %d", len(want), writers*groups*each)
	}
	same(t, "what the reader saw while they were written", seen, want)
}

// TestFeedWaitsForWhatIsInFlight holds one commit open while a later one lands.
func TestFeedWaitsForWhatIsInFlight(t *testing.T) {
	t.Parallel()
	b := setup(t)
	land := b.TakeOff()
	ok(b.stream(b.begin(), snapshot).Commit(group(docs(0, 2, "x", 0))))(t)
	if found, _, err := b.Feed(t.Context(), "", 0); err != nil || len(found) != 0 {
		t.Errorf("%d changes are handed out past one in flight (%v)", len(found), err)
	}
	news := b.FeedNews()
	land()
	<-news
	if found, _, err := b.Feed(t.Context(), "", 0); err != nil || len(found) != 2 {
		t.Errorf("%d changes after it has landed, want 2 (%v)", len(found), err)
	}
}
