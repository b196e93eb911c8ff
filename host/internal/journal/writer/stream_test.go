package writer_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

func TestChangesAreFound(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	counts, _ := b.Sync(Snapshot, host.OutcomeComplete, Record("ann", "1"), Record("bob", "1"), Record("cem", "1"))
	Same(t, "first counts", counts, host.Counts{Read: 3, Added: 3})
	firstMoment := b.Clock.At

	counts, outcome := b.Sync(Snapshot, host.OutcomeComplete, Record("ann", "1"), Record("bob", "2"), Record("dee", "1"))
	Same(t, "second counts", counts, host.Counts{Read: 3, Added: 1, Changed: 1})
	Same(t, "second outcome", outcome, journal.Swept{Removed: 1})

	counts, _ = b.Sync(Snapshot, host.OutcomeComplete, Record("ann", "1"), Record("bob", "1"), Record("cem", "1"))
	Same(t, "third counts", counts, host.Counts{Read: 3, Added: 1, Changed: 1})

	Same(t, "current", b.State(journal.RecordQuery{}), []string{`ann={"v":"1"}`, `bob={"v":"1"}`, `cem={"v":"1"}`})
	Same(t, "before anything", b.State(journal.RecordQuery{AsOf: firstMoment.Add(-time.Second)}), []string(nil))
	asOf := func(later time.Duration) []string { return b.State(journal.RecordQuery{AsOf: firstMoment.Add(later)}) }
	Same(t, "after the first", asOf(time.Minute), []string{`ann={"v":"1"}`, `bob={"v":"1"}`, `cem={"v":"1"}`})
	Same(t, "after the second", asOf(time.Hour+time.Minute), []string{`ann={"v":"1"}`, `bob={"v":"2"}`, `dee={"v":"1"}`})
	Same(t, "log", b.Log(""), []string{
		"removed dee", "changed bob", "added cem",
		"removed cem", "changed bob", "added dee",
		"added ann", "added bob", "added cem",
	})
	runs, _, err := b.Runs(journal.RunQuery{})
	Must(t, err)
	Same(t, "log of the second run", b.Log(runs[1].ID), []string{"removed cem", "changed bob", "added dee"})
	Same(t, "records in the run that first saw them", b.Page(journal.RecordQuery{})[0].Run, runs[2].ID)
}

func TestSweep(t *testing.T) {
	t.Parallel()
	limited := func(count int, share float64) journal.Finish {
		limits := host.RemovalLimits{Count: count, Share: share}
		return journal.Finish{Outcome: host.OutcomeComplete, Sweep: journal.Sweep{Limits: limits}}
	}
	tests := []struct {
		name    string
		info    host.StreamInfo
		before  int // records there were
		seen    int // of them, seen this time
		finish  journal.Finish
		outcome journal.Swept
	}{
		{"all seen", Snapshot, 50, 50, Finish(host.OutcomeComplete), journal.Swept{}},
		{"20 of 50", Snapshot, 50, 30, Finish(host.OutcomeComplete), journal.Swept{Removed: 20}},
		{"21 of 50", Snapshot, 50, 29, Finish(host.OutcomeComplete), journal.Swept{Held: 21}},
		{"30 of 300", Snapshot, 300, 270, Finish(host.OutcomeComplete), journal.Swept{Removed: 30}},
		{"31 of 300", Snapshot, 300, 269, Finish(host.OutcomeComplete), journal.Swept{Held: 31}},
		{"the only one", Snapshot, 1, 0, Finish(host.OutcomeComplete), journal.Swept{Held: 1}},
		{"all of 15", Snapshot, 15, 0, Finish(host.OutcomeComplete), journal.Swept{Held: 15}},
		{"three of four", Snapshot, 4, 1, Finish(host.OutcomeComplete), journal.Swept{Removed: 3}},
		{"two of five", Snapshot, 5, 3, Finish(host.OutcomeComplete), journal.Swept{Removed: 2}},
		{"three of five", Snapshot, 5, 2, Finish(host.OutcomeComplete), journal.Swept{Held: 3}},
		{"half of 40", Snapshot, 40, 20, Finish(host.OutcomeComplete), journal.Swept{Removed: 20}},
		{"own limits", Snapshot, 100, 90, limited(5, 0.05), journal.Swept{Held: 10}},
		{"no limits", Snapshot, 100, 99, journal.Finish{Outcome: host.OutcomeComplete}, journal.Swept{Held: 1}},
		{"more than a part", Snapshot, 9000, 4600, limited(4400, 0), journal.Swept{Removed: 4400}},
		{"gaps", Snapshot, 50, 40, journal.Finish{Outcome: host.OutcomeGaps}, journal.Swept{}},
		{"partial", Snapshot, 50, 40, journal.Finish{Outcome: host.OutcomePartial}, journal.Swept{}},
		{"failed", Snapshot, 50, 40, journal.Finish{Outcome: host.OutcomeFailed}, journal.Swept{}},
		{"a stream that sends removals", Incremental, 50, 40, Finish(host.OutcomeComplete), journal.Swept{}},
		{"a stream that forgets nothing", host.StreamInfo{Name: "log", Deletes: "never"}, 50, 40, Finish(host.OutcomeComplete), journal.Swept{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := Setup(t)
			b.Sync(test.info, host.OutcomeComplete, Docs(0, test.before, "x", 0)...)
			w := b.Stream(b.Begin(), test.info)
			if test.seen > 0 {
				OK(w.Commit(Group(Docs(0, test.seen, "x", 0))))(t)
			}
			Same(t, "outcome", OK(w.Finish(test.finish))(t), test.outcome)
			stats := OK(b.StreamStats(b.Conn.ID))(t)
			Same(t, "records", stats[0].Records, test.before-test.outcome.Removed)
			b.Verify()
		})
	}
}

func TestSweepCountsWhatWasThereBefore(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 30, "x", 0)...)
	// New keys for all records are as many removals as additions; the additions excuse
	// nothing.
	w := b.Stream(b.Begin(), Snapshot)
	OK(w.Commit(Group(Docs(1000, 3000, "x", 0))))(t)
	Same(t, "outcome", OK(w.Finish(Finish(host.OutcomeComplete)))(t), journal.Swept{Held: 30})
}

func TestResume(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 10, "x", 0)...)

	stopped := b.Stream(b.Begin(), Snapshot)
	Same(t, "state after a complete read", begins(stopped), host.StreamStart{})
	OK(stopped.Commit(host.Group{Writes: Docs(0, 4, "x", 0), Checkpoint: host.Checkpoint{Cursor: []byte("page 2")}}))(t)
	OK(stopped.Commit(host.Group{Writes: Docs(4, 1, "x", 0)}))(t) // no cursor: the one before stays
	OK(stopped.Finish(journal.Finish{Outcome: host.OutcomePartial}))(t)

	resumed := b.Stream(b.Begin(), Snapshot)
	Same(t, "state after a stop", begins(resumed), host.StreamStart{Cursor: []byte("page 2"), Resume: true})
	OK(resumed.Commit(Group(Docs(5, 2, "x", 0))))(t)
	Same(t, "a resumed read removes nothing", OK(resumed.Finish(Finish(host.OutcomeComplete)))(t), journal.Swept{})
	b.Verify()

	fresh := b.Stream(b.Begin(), Snapshot)
	Same(t, "state after the resumed read", begins(fresh), host.StreamStart{})
	OK(fresh.Commit(Group(Docs(0, 7, "x", 0))))(t)
	Same(t, "the next removes", OK(fresh.Finish(Finish(host.OutcomeComplete)))(t), journal.Swept{Removed: 3})
	b.Verify()
}

// begins is where a read begins, whenever the stream was read last.
func begins(w *journal.StreamWriter) host.StreamStart {
	state := w.Start()
	state.FullAt = nil
	return state
}

func TestRestart(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 10, "x", 0)...)
	w := b.Stream(b.Begin(), Snapshot)
	OK(w.Commit(host.Group{Writes: Docs(0, 4, "x", 0), Checkpoint: host.Checkpoint{Cursor: []byte("page 2")}}))(t)

	w = b.Stream(b.Begin(), Snapshot)
	OK(w.Commit(host.Group{Writes: Docs(8, 2, "x", 0)}))(t) // seen, but before the restart
	Must(t, w.Restart("asked"))
	Same(t, "state", w.Start().Cursor, []byte(nil))
	OK(w.Commit(Group(Docs(0, 5, "x", 0))))(t)
	Same(t, "outcome", OK(w.Finish(Finish(host.OutcomeComplete)))(t), journal.Swept{Removed: 5})
	b.Verify()
}

func TestCursorOfAnIncrementalStream(t *testing.T) {
	t.Parallel()
	at := func(cursor string) host.Group { return host.Group{Checkpoint: host.Checkpoint{Cursor: []byte(cursor)}} }
	b := Setup(t)
	steps := []struct {
		name   string
		groups []host.Group
		result host.Outcome
		next   host.StreamStart
	}{
		{"each counts at once", []host.Group{at("t1"), at("t2")}, host.OutcomeComplete, host.StreamStart{Cursor: []byte("t2")}},
		{"also when it fails", []host.Group{at("t3")}, host.OutcomeFailed, host.StreamStart{Cursor: []byte("t3"), Resume: true}},
		{"kept when complete", []host.Group{at("t5")}, host.OutcomeComplete, host.StreamStart{Cursor: []byte("t5")}},
		{"an empty one changes nothing", []host.Group{{}}, host.OutcomeComplete, host.StreamStart{Cursor: []byte("t5")}},
		{"gaps end a read too", []host.Group{at("t6")}, host.OutcomeGaps, host.StreamStart{Cursor: []byte("t6")}},
	}
	for _, step := range steps { // each goes on from the one before
		w := b.Stream(b.Begin(), Incremental)
		for _, g := range step.groups {
			OK(w.Commit(g))(t)
		}
		OK(w.Finish(journal.Finish{Outcome: step.result}))(t)
		Same(t, step.name, begins(b.Stream(b.Begin(), Incremental)), step.next)
	}
}

func TestFence(t *testing.T) {
	t.Parallel()
	fenced := func(t *testing.T, err error) {
		t.Helper()
		if !errors.Is(err, layout.ErrFenced) {
			t.Errorf("error %v, want fenced", err)
		}
	}
	t.Run("a later run", func(t *testing.T) {
		t.Parallel()
		b := Setup(t)
		run := b.Begin()
		w := b.Stream(run, Snapshot)
		OK(w.Commit(Group(Docs(0, 3, "x", 0))))(t)
		b.Begin()
		_, err := w.Commit(Group(Docs(3, 3, "x", 0)))
		fenced(t, err)
		_, err = w.Finish(Finish(host.OutcomeComplete))
		fenced(t, err)
		_, err = b.OpenStream(b.Conn.ID, Snapshot, run.ID, run.Epoch)
		fenced(t, err)
		Same(t, "records", len(b.State(journal.RecordQuery{})), 3)
	})
	t.Run("also when nothing changed", func(t *testing.T) {
		t.Parallel()
		b := Setup(t)
		w := b.Stream(b.Begin(), Snapshot)
		OK(w.Commit(Group(Docs(0, 3, "x", 0))))(t)
		b.Begin()
		_, err := w.Commit(Group(Docs(0, 3, "x", 0)))
		fenced(t, err)
	})
	t.Run("deletion", func(t *testing.T) {
		t.Parallel()
		b := Setup(t)
		w := b.Stream(b.Begin(), Snapshot)
		OK(w.Commit(Group(Docs(0, 3, "x", 0))))(t)
		Must(t, b.DeleteConnection(AsTester(), b.Conn.ID))
		_, err := w.Commit(Group(Docs(3, 3, "x", 0)))
		fenced(t, err)
	})
	t.Run("a run that begins within the commit", func(t *testing.T) {
		t.Parallel()
		b := Setup(t)
		w := b.Stream(b.Begin(), Snapshot)
		// 3 parts; the next run begins after the first.
		commits := 0
		b.Ledger.OnCommit = func() {
			if commits++; commits == 1 {
				b.Begin()
			}
		}
		_, err := w.Commit(Group(Docs(0, 9000, "x", 0)))
		fenced(t, err)
		b.Ledger.OnCommit = nil
		b.Verify()
	})
}

// TestRandomHistory compares the journal with a plain model over many runs.
func TestRandomHistory(t *testing.T) {
	t.Parallel()
	const seed = 42
	random := rand.New(rand.NewPCG(seed, seed))
	b := Setup(t)
	model := map[string]string{}
	type moment struct {
		at    time.Time
		state []string
	}
	var past []moment
	for range 40 {
		var records []host.Write
		seen := map[string]string{}
		for i := range 60 {
			if random.IntN(10) == 0 {
				continue // not listed this time
			}
			key, value := fmt.Sprintf("u%02d", i), fmt.Sprint(random.IntN(3))
			seen[key] = value
			records = append(records, Record(key, value))
		}
		result := []host.Outcome{host.OutcomeComplete, host.OutcomeGaps, host.OutcomeFailed}[random.IntN(3)]
		_, outcome := b.Sync(Snapshot, result, records...)
		if result == host.OutcomeComplete && outcome.Held == 0 {
			clear(model)
		}
		for k, v := range seen {
			model[k] = v
		}
		var state []string
		for k, v := range model {
			state = append(state, fmt.Sprintf(`%s={"v":%q}`, k, v))
		}
		slices.Sort(state)
		past = append(past, moment{b.Clock.At.Add(time.Minute), state})
		if random.IntN(8) == 0 {
			b.Reopen()
		}
	}
	for i, m := range past {
		Same(t, fmt.Sprintf("seed %d, after run %d", seed, i), b.State(journal.RecordQuery{AsOf: m.at}), m.state)
	}
}
