package feed_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

func TestFeed(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	first := b.Conn
	second := OK(b.CreateConnection(AsTester(), host.Connection{Alias: "other", Connector: "ldap"}, nil))(t)
	var want []string
	write := func(c host.Connection, from, n int, value string) {
		b.Conn = c
		w := b.Stream(b.Begin(), Snapshot)
		OK(w.Commit(Group(Docs(from, n, value, 0))))(t)
		for i := range n {
			want = append(want, fmt.Sprintf("%s user-%05d", c.Alias, from+i))
		}
	}
	write(first, 0, 5, "a")
	write(second, 0, 3, "a")
	write(first, 3, 4, "b") // two change, two are new
	for _, page := range []int{1, 2, 3, 4, 5, 100} {
		all, end := follow(b, "", page)
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
		Same(t, fmt.Sprintf("feed in pages of %d", page), got, want)
		if len(ids) != len(want) {
			t.Errorf("%d idempotency keys for %d changes", len(ids), len(want))
		}
		if all[10].Kind != host.ChangeAdded || all[8].Kind != host.ChangeChanged || all[8].Connection != first.ID || all[8].Hash == "" {
			t.Errorf("changes are %+v and %+v", all[8], all[10])
		}
		// Every position goes on right behind its change, also after a restart.
		for i, c := range all {
			rest, next := follow(b, c.Position, 2)
			if len(rest) != len(all)-i-1 || next != end {
				t.Errorf("%d changes after number %d of %d", len(rest), i, len(all))
			}
		}
	}
	all, end := follow(b, "", 100)
	if now := OK(b.FeedEnd())(t); len(must2(follow(b, now, 5))) != 0 {
		t.Errorf("there is something behind the end %s", now)
	}
	b.Reopen()
	again, _ := follow(b, "", 100)
	Same(t, "feed after a restart", again, all)
	latest := OK(b.FeedEnd())(t)
	write(second, 3, 2, "c")
	for _, after := range []string{end, latest} {
		if rest, _ := follow(b, after, 100); len(rest) != 2 {
			t.Errorf("%d changes behind %s, want 2", len(rest), after)
		}
	}
	b.Verify()
}

func must2[A, B any](a A, _ B) A { return a }

func TestFeedRefuses(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	OK(b.Stream(b.Begin(), Snapshot).Commit(Group(Docs(0, 5, "x", 0))))(t)
	for _, bad := range []string{"x", "1", "1-", "-1-2", "0-0", "12-x", "1-2-3", "99999999999999999999-1"} {
		_, _, err := b.Feed(t.Context(), bad, 0)
		WantProblem(t, err, host.CodeInvalid, "after")
	}
	// A position from a future this store does not have: it was restored.
	_, _, err := b.Feed(t.Context(), "4102444800000000000-1", 0)
	if p := WantProblem(t, err, host.CodeInvalid, "after"); !strings.Contains(p.Remedy, "backup") {
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
	b := Setup(t)
	all, next := follow(b, "", 10)
	rest, behind := follow(b, OK(b.FeedEnd())(t), 10) // behind the edit that made the connection
	if len(all) != 0 || next != "" || len(rest) != 0 {
		t.Errorf("feed of nothing is %v, next %q, then %v, next %q", all, next, rest, behind)
	}
}

// A deleted connection leaves the feed, and what comes after is still after,
// even when the clock is set back meanwhile.
func TestFeedOutlivesItsConnections(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	OK(b.Stream(b.Begin(), Snapshot).Commit(Group(Docs(0, 5, "x", 0))))(t)
	doomed := b.Conn
	_, end := follow(b, "", 100)
	Must(t, b.DeleteConnection(AsTester(), doomed.ID))
	if n := CountKeys(b.Ledger)["f"]; n != 2 { // two edits
		t.Errorf("%d entries of the feed are left", n)
	}
	b.Clock.At = b.Clock.At.Add(-48 * time.Hour)
	b.Reopen()
	b.Conn = OK(b.CreateConnection(AsTester(), host.Connection{Alias: "newer"}, nil))(t)
	OK(b.Stream(b.Begin(), Snapshot).Commit(Group(Docs(0, 2, "y", 0))))(t)
	if rest, _ := follow(b, end, 100); len(rest) != 2 {
		t.Errorf("%d changes follow the deleted ones, want 2", len(rest))
	}
}

// TestFeedNeverSkips lets many connections commit at once, which lands commit
// times out of order, while a reader follows: it must see every change once, in
// order.
func TestFeedNeverSkips(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	const writers, groups, each = 8, 25, 3
	var wait sync.WaitGroup
	done := make(chan struct{})
	for i := range writers {
		c := OK(b.CreateConnection(AsTester(), host.Connection{Alias: fmt.Sprint("c", i)}, nil))(t)
		run := OK(b.BeginRun(host.Run{Connection: c.ID, Status: host.StatusRunning}))(t)
		w := OK(b.OpenStream(c.ID, Snapshot, run.ID, run.Epoch))(t)
		wait.Go(func() {
			for g := range groups {
				if _, err := w.Commit(Group(Docs(g*each, each, c.ID, 0))); err != nil {
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
		Must(t, err)
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
	all, _ := follow(b, "", 1000)
	var want []string
	for _, c := range all {
		want = append(want, c.Position+" "+c.Alias+" "+c.Key)
	}
	if len(want) != writers*groups*each {
		t.Fatalf("%d changes at the end, want %d", len(want), writers*groups*each)
	}
	Same(t, "what the reader saw while they were written", seen, want)
}

// TestFeedWaitsForWhatIsInFlight holds one commit open while a later one lands.
func TestFeedWaitsForWhatIsInFlight(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	_, land := b.Ledger.TakeOff()
	OK(b.Stream(b.Begin(), Snapshot).Commit(Group(Docs(0, 2, "x", 0))))(t)
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

// follow reads the whole feed from a position in pages.
func follow(b *Bundle, after string, page int) (all []host.FeedChange, next string) {
	b.T.Helper()
	for {
		found, next, err := b.Feed(b.T.Context(), after, page)
		Must(b.T, err)
		all = append(all, found...)
		if len(found) == 0 {
			return all, next
		}
		if last := found[len(found)-1].Position; last != next {
			b.T.Fatalf("page ends at %s, the next begins at %s", last, next)
		}
		after = next
	}
}
