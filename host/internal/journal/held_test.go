package journal_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

// sees runs one complete read that sees these records, with a removal confirmed by
// its id, and returns what became of the others and what is held after it.
func (b *bundle) sees(confirmed string, records ...host.Write) (journal.Swept, *host.HeldRemoval) {
	b.t.Helper()
	b.clock.at = b.clock.at.Add(time.Hour)
	run := b.begin()
	w := b.stream(run, snapshot)
	ok(w.Commit(group(records)))(b.t)
	f := complete()
	f.Sweep.Confirmed = confirmed
	outcome := ok(w.Finish(f))(b.t)
	must(b.t, w.Close())
	run.Status = host.StatusSucceeded
	must(b.t, b.SaveRun(run))
	b.verify()
	held := w.Held()
	list := ok(b.Held(b.conn.ID))(b.t)
	if (held == nil) != (len(list) == 0) || held != nil && list[0].ID != held.ID {
		b.t.Errorf("the writer holds %+v, the store %+v", held, list)
	}
	return outcome, held
}

// listed returns the keys of all records that are held, page by page.
func (b *bundle) listed(limit int) (keys []string) {
	b.t.Helper()
	for cursor := ""; ; {
		records, next, err := b.HeldRecords(b.conn.ID, snapshot.Name, limit, cursor)
		must(b.t, err)
		for _, r := range records {
			keys = append(keys, r.Key)
		}
		if cursor = next; cursor == "" {
			return keys
		}
	}
}

func TestAHeldRemovalIsListedAndConfirmed(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{7, 1000, 5000} {
		b := setup(t)
		b.sync(snapshot, host.OutcomeComplete, docs(0, 3000, "x", 0)...)
		before := ok(b.StreamStats(b.conn.ID))(t)[0].LastCompleteAt
		outcome, held := b.sees("", docs(0, 400, "x", 0)...)
		same(t, "outcome", outcome, journal.Swept{Held: 2600})
		same(t, "counts", []int{held.Removes, held.Known, len(held.Sample)}, []int{2600, 3000, 5})
		same(t, "rule", held.Rule, host.RemovalOfMost)
		same(t, "first of the sample", held.Sample[0].Key, "user-00400")
		var want []string
		for n := 400; n < 3000; n++ {
			want = append(want, fmt.Sprintf("user-%05d", n))
		}
		same(t, "list", b.listed(limit), want)
		stats := ok(b.StreamStats(b.conn.ID))(t)[0]
		same(t, "records while it is held", stats.Records, 3000)
		same(t, "last complete read", stats.LastCompleteAt, before)

		outcome, held = b.sees(held.ID, docs(0, 401, "x", 0)...) // one is back
		same(t, "confirmed", outcome, journal.Swept{Removed: 2599})
		if held != nil {
			t.Errorf("still held: %+v", held)
		}
		same(t, "keys of lists", b.CountKeys()["n"], 0)
		_, _, err := b.HeldRecords(b.conn.ID, snapshot.Name, 10, "")
		wantProblem(t, err, host.CodeNotFound, "held removal")
	}
}

func TestAHeldRemovalEndsWhenTheRecordsAreBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sync(snapshot, host.OutcomeComplete, docs(0, 30, "x", 0)...)
	_, held := b.sees("", docs(0, 2, "x", 0)...)
	since := held.Since
	_, again := b.sees("", docs(0, 2, "x", 0)...)
	same(t, "the same list has the same id", again.ID, held.ID)
	same(t, "since", again.Since, since)
	b.sync(snapshot, host.OutcomePartial, docs(0, 30, "x", 0)...)
	if len(ok(b.Held(b.conn.ID))(t)) != 1 {
		t.Error("a read in part ended it")
	}
	outcome, held := b.sees("", docs(0, 29, "x", 0)...)
	same(t, "one is gone in fact", outcome, journal.Swept{Removed: 1})
	if held != nil {
		t.Errorf("still held: %+v", held)
	}
}

// What a person agreed to is the list that was looked at: more that is missing
// since is judged by itself.
func TestAConfirmationIsOfOneList(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sync(snapshot, host.OutcomeComplete, docs(0, 100, "x", 0)...)
	_, held := b.sees("", docs(0, 60, "x", 0)...)
	same(t, "rule", held.Rule, host.RemovalOfMany)
	outcome, worse := b.sees(held.ID, docs(0, 10, "x", 0)...)
	same(t, "far more is missing", outcome, journal.Swept{Held: 90})
	if worse.ID == held.ID {
		t.Error("another list has the same id")
	}
	outcome, _ = b.sees(held.ID, docs(0, 10, "x", 0)...)
	same(t, "an outdated confirmation", outcome, journal.Swept{Held: 90})
	outcome, _ = b.sees(worse.ID, docs(0, 8, "x", 0)...)
	same(t, "two more are missing", outcome, journal.Swept{Removed: 92})
	same(t, "records", len(b.state(journal.RecordQuery{})), 8)
}

func TestARejectedRemovalDoesNotAskAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sync(snapshot, host.OutcomeComplete, docs(0, 30, "x", 0)...)
	ok(b.InterruptRuns(b.clock.at))(t) // sync leaves its run under way
	_, held := b.sees("", docs(0, 2, "x", 0)...)
	_, err := b.RejectRemoval(asTester(), b.conn.ID, snapshot.Name, "other")
	wantProblem(t, err, host.CodeConflict, "id")
	run := b.begin()
	_, err = b.RejectRemoval(asTester(), b.conn.ID, snapshot.Name, held.ID)
	wantProblem(t, err, host.CodeBusy, "")
	run.Status = host.StatusFailed
	must(t, b.SaveRun(run))
	rejected := ok(b.RejectRemoval(asTester(), b.conn.ID, snapshot.Name, held.ID))(t)
	if rejected.Waits() {
		t.Error("a rejected removal waits")
	}
	outcome, held := b.sees("", docs(0, 5, "x", 0)...)
	same(t, "some are back", outcome, journal.Swept{Held: 25})
	if held.Waits() {
		t.Error("it asks again for records that a person said exist")
	}
	outcome, held = b.sees("", docs(0, 4, "x", 0)...)
	same(t, "another is missing", outcome, journal.Swept{Held: 26})
	if !held.Waits() {
		t.Error("it does not ask for a record that nobody decided on")
	}
	outcome, _ = b.sees(held.ID, docs(0, 4, "x", 0)...)
	same(t, "confirmed after all", outcome, journal.Swept{Removed: 26})
}

// An incremental stream tells nothing by absence, but one that was read from its
// beginning does.
func TestAFullReadNoticesWhatWasDeleted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	read := func(w *journal.StreamWriter, records ...host.Write) journal.Swept {
		t.Helper()
		ok(w.Commit(host.Group{Writes: records, Checkpoint: host.Checkpoint{Cursor: []byte("t1")}}))(t)
		return ok(w.Finish(complete()))(t)
	}
	same(t, "first", read(b.stream(b.begin(), incremental), docs(0, 50, "x", 0)...), journal.Swept{})
	same(t, "incremental", read(b.stream(b.begin(), incremental), docs(0, 1, "x", 0)...), journal.Swept{})

	w := b.stream(b.begin(), incremental)
	must(t, w.Restart("asked"))
	ok(w.Commit(host.Group{Writes: docs(0, 40, "x", 0), Checkpoint: host.Checkpoint{Cursor: []byte("half")}}))(t)
	ok(w.Finish(finish(host.OutcomePartial)))(t)
	w = b.stream(b.begin(), incremental)
	same(t, "it goes on", begins(w), host.StreamStart{Cursor: []byte("half"), Resume: true, Again: "asked"})
	same(t, "in two runs nothing is judged", read(w, docs(40, 5, "x", 0)...), journal.Swept{})
	same(t, "an ordinary read again", begins(b.stream(b.begin(), incremental)), host.StreamStart{Cursor: []byte("t1")})

	w = b.stream(b.begin(), incremental)
	must(t, w.Restart("asked"))
	same(t, "full", read(w, docs(0, 45, "x", 0)...), journal.Swept{Removed: 5})
	w = b.stream(b.begin(), incremental)
	must(t, w.Restart("asked"))
	same(t, "full and empty", read(w), journal.Swept{Held: 45})
	b.verify()
}
