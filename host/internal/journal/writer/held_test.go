package writer_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

// sees runs one complete read that sees these records, with a removal confirmed by
// its id, and returns what became of the others and what is held after it.
func sees(b *Bundle, confirmed string, records ...host.Write) (journal.Swept, *host.HeldRemoval) {
	b.T.Helper()
	b.Clock.At = b.Clock.At.Add(time.Hour)
	run := b.Begin()
	w := b.Stream(run, Snapshot)
	OK(w.Commit(Group(records)))(b.T)
	f := Finish(host.OutcomeComplete)
	f.Sweep.Confirmed = confirmed
	outcome := OK(w.Finish(f))(b.T)
	Must(b.T, w.Close())
	run.Status = host.StatusSucceeded
	Must(b.T, b.SaveRun(run))
	b.Verify()
	held := w.Held()
	list := OK(b.Held(b.Conn.ID))(b.T)
	if (held == nil) != (len(list) == 0) || held != nil && list[0].ID != held.ID {
		b.T.Errorf("the writer holds %+v, the store %+v", held, list)
	}
	return outcome, held
}

// listed returns the keys of all records that are held, page by page.
func listed(b *Bundle, limit int) (keys []string) {
	b.T.Helper()
	for cursor := ""; ; {
		records, next, err := b.HeldRecords(b.Conn.ID, Snapshot.Name, limit, cursor)
		Must(b.T, err)
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
		b := Setup(t)
		b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 3000, "x", 0)...)
		before := OK(b.StreamStats(b.Conn.ID))(t)[0].LastCompleteAt
		outcome, held := sees(b, "", Docs(0, 400, "x", 0)...)
		Same(t, "outcome", outcome, journal.Swept{Held: 2600})
		Same(t, "counts", []int{held.Removes, held.Known, len(held.Sample)}, []int{2600, 3000, 5})
		Same(t, "rule", held.Rule, host.RemovalOfMost)
		Same(t, "first of the sample", held.Sample[0].Key, "user-00400")
		var want []string
		for n := 400; n < 3000; n++ {
			want = append(want, fmt.Sprintf("user-%05d", n))
		}
		Same(t, "list", listed(b, limit), want)
		stats := OK(b.StreamStats(b.Conn.ID))(t)[0]
		Same(t, "records while it is held", stats.Records, 3000)
		Same(t, "last complete read", stats.LastCompleteAt, before)

		outcome, held = sees(b, held.ID, Docs(0, 401, "x", 0)...) // one is back
		Same(t, "confirmed", outcome, journal.Swept{Removed: 2599})
		if held != nil {
			t.Errorf("still held: %+v", held)
		}
		Same(t, "keys of lists", CountKeys(b.Ledger)["n"], 0)
		_, _, err := b.HeldRecords(b.Conn.ID, Snapshot.Name, 10, "")
		WantProblem(t, err, host.CodeNotFound, "held removal")
	}
}

func TestAHeldRemovalEndsWhenTheRecordsAreBack(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 30, "x", 0)...)
	_, held := sees(b, "", Docs(0, 2, "x", 0)...)
	since := held.Since
	_, again := sees(b, "", Docs(0, 2, "x", 0)...)
	Same(t, "the same list has the same id", again.ID, held.ID)
	Same(t, "since", again.Since, since)
	b.Sync(Snapshot, host.OutcomePartial, Docs(0, 30, "x", 0)...)
	if len(OK(b.Held(b.Conn.ID))(t)) != 1 {
		t.Error("a read in part ended it")
	}
	outcome, held := sees(b, "", Docs(0, 29, "x", 0)...)
	Same(t, "one is gone in fact", outcome, journal.Swept{Removed: 1})
	if held != nil {
		t.Errorf("still held: %+v", held)
	}
}

// A person confirms one list. Records that are missing since are judged by themselves.
func TestAConfirmationIsOfOneList(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 100, "x", 0)...)
	_, held := sees(b, "", Docs(0, 60, "x", 0)...)
	Same(t, "rule", held.Rule, host.RemovalOfMany)
	outcome, worse := sees(b, held.ID, Docs(0, 10, "x", 0)...)
	Same(t, "far more is missing", outcome, journal.Swept{Held: 90})
	if worse.ID == held.ID {
		t.Error("another list has the same id")
	}
	outcome, _ = sees(b, held.ID, Docs(0, 10, "x", 0)...)
	Same(t, "an outdated confirmation", outcome, journal.Swept{Held: 90})
	outcome, _ = sees(b, worse.ID, Docs(0, 8, "x", 0)...)
	Same(t, "two more are missing", outcome, journal.Swept{Removed: 92})
	Same(t, "records", len(b.State(journal.RecordQuery{})), 8)
}

func TestARejectedRemovalDoesNotAskAgain(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 30, "x", 0)...)
	OK(b.InterruptRuns(b.Clock.At))(t) // sync leaves its run under way
	_, held := sees(b, "", Docs(0, 2, "x", 0)...)
	_, err := b.RejectRemoval(AsTester(), b.Conn.ID, Snapshot.Name, "other")
	WantProblem(t, err, host.CodeConflict, "id")
	run := b.Begin()
	_, err = b.RejectRemoval(AsTester(), b.Conn.ID, Snapshot.Name, held.ID)
	WantProblem(t, err, host.CodeBusy, "")
	run.Status = host.StatusFailed
	Must(t, b.SaveRun(run))
	rejected := OK(b.RejectRemoval(AsTester(), b.Conn.ID, Snapshot.Name, held.ID))(t)
	if rejected.Waits() {
		t.Error("a rejected removal waits")
	}
	outcome, held := sees(b, "", Docs(0, 5, "x", 0)...)
	Same(t, "some are back", outcome, journal.Swept{Held: 25})
	if held.Waits() {
		t.Error("it asks again for records that a person said exist")
	}
	outcome, held = sees(b, "", Docs(0, 4, "x", 0)...)
	Same(t, "another is missing", outcome, journal.Swept{Held: 26})
	if !held.Waits() {
		t.Error("it does not ask for a record that was not decided on")
	}
	outcome, _ = sees(b, held.ID, Docs(0, 4, "x", 0)...)
	Same(t, "confirmed after all", outcome, journal.Swept{Removed: 26})
}

// An incremental stream tells nothing by absence, but one that was read from its
// beginning does.
func TestAFullReadNoticesWhatWasDeleted(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	read := func(w *journal.StreamWriter, records ...host.Write) journal.Swept {
		t.Helper()
		OK(w.Commit(host.Group{Writes: records, Checkpoint: host.Checkpoint{Cursor: []byte("t1")}}))(t)
		return OK(w.Finish(Finish(host.OutcomeComplete)))(t)
	}
	Same(t, "first", read(b.Stream(b.Begin(), Incremental), Docs(0, 50, "x", 0)...), journal.Swept{})
	Same(t, "incremental", read(b.Stream(b.Begin(), Incremental), Docs(0, 1, "x", 0)...), journal.Swept{})

	w := b.Stream(b.Begin(), Incremental)
	Must(t, w.Restart("asked"))
	OK(w.Commit(host.Group{Writes: Docs(0, 40, "x", 0), Checkpoint: host.Checkpoint{Cursor: []byte("half")}}))(t)
	OK(w.Finish(Finish(host.OutcomePartial)))(t)
	w = b.Stream(b.Begin(), Incremental)
	Same(t, "it goes on", begins(w), host.StreamStart{Cursor: []byte("half"), Resume: true, Again: "asked"})
	Same(t, "in two runs nothing is judged", read(w, Docs(40, 5, "x", 0)...), journal.Swept{})
	Same(t, "an ordinary read again", begins(b.Stream(b.Begin(), Incremental)), host.StreamStart{Cursor: []byte("t1")})

	w = b.Stream(b.Begin(), Incremental)
	Must(t, w.Restart("asked"))
	Same(t, "full", read(w, Docs(0, 45, "x", 0)...), journal.Swept{Removed: 5})
	w = b.Stream(b.Begin(), Incremental)
	Must(t, w.Restart("asked"))
	Same(t, "full and empty", read(w), journal.Swept{Held: 45})
	b.Verify()
}
