package journal_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

func complete() journal.Finish { return finish(host.OutcomeComplete) }

// finish ends a read under the usual limits.
func finish(result host.Outcome) journal.Finish {
	return journal.Finish{Outcome: result, Sweep: journal.Sweep{Limits: host.DefaultRemovalLimits}}
}

// sync runs one run of one stream from its beginning to a result.
func (b *bundle) sync(info host.StreamInfo, result host.Outcome, records ...host.Write) (host.Counts, journal.Swept) {
	b.t.Helper()
	b.clock.at = b.clock.at.Add(time.Hour)
	w := b.stream(b.begin(), info)
	counts := ok(w.Commit(group(records)))(b.t)
	outcome := ok(w.Finish(finish(result)))(b.t)
	b.verify()
	return counts, outcome
}

func TestChangesAreFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	counts, _ := b.sync(snapshot, host.OutcomeComplete, record("ann", "1"), record("bob", "1"), record("cem", "1"))
	same(t, "first counts", counts, host.Counts{Read: 3, Added: 3})
	firstMoment := b.clock.at

	counts, outcome := b.sync(snapshot, host.OutcomeComplete, record("ann", "1"), record("bob", "2"), record("dee", "1"))
	same(t, "second counts", counts, host.Counts{Read: 3, Added: 1, Changed: 1})
	same(t, "second outcome", outcome, journal.Swept{Removed: 1})

	counts, _ = b.sync(snapshot, host.OutcomeComplete, record("ann", "1"), record("bob", "1"), record("cem", "1"))
	same(t, "third counts", counts, host.Counts{Read: 3, Added: 1, Changed: 1})

	same(t, "current", b.state(journal.RecordQuery{}), []string{`ann={"v":"1"}`, `bob={"v":"1"}`, `cem={"v":"1"}`})
	same(t, "before anything", b.state(journal.RecordQuery{AsOf: firstMoment.Add(-time.Second)}), []string(nil))
	same(t, "after the first", b.state(journal.RecordQuery{AsOf: firstMoment.Add(time.Minute)}), []string{`ann={"v":"1"}`, `bob={"v":"1"}`, `cem={"v":"1"}`})
	same(t, "after the second", b.state(journal.RecordQuery{AsOf: firstMoment.Add(time.Hour + time.Minute)}), []string{`ann={"v":"1"}`, `bob={"v":"2"}`, `dee={"v":"1"}`})
	same(t, "log", b.log(""), []string{
		"removed dee", "changed bob", "added cem",
		"removed cem", "changed bob", "added dee",
		"added ann", "added bob", "added cem",
	})
	runs, _, err := b.Runs(journal.RunQuery{})
	must(t, err)
	same(t, "log of the second run", b.log(runs[1].ID), []string{"removed cem", "changed bob", "added dee"})
	same(t, "records in the run that first saw them", b.records(journal.RecordQuery{})[0].Run, runs[2].ID)
}

func TestUnchangedWritesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sync(snapshot, host.OutcomeComplete, docs(0, 500, "x", 10)...)
	w := b.stream(b.begin(), snapshot)
	ok(w.Commit(group(docs(0, 1, "x", 10))))(t) // marks the stream as being read
	before := b.CountKeys()
	commits := 0
	b.OnCommit(func() { commits++ })
	counts := ok(w.Commit(group(docs(0, 500, "x", 10))))(t)
	same(t, "counts", counts, host.Counts{Read: 500})
	same(t, "keys", b.CountKeys(), before)
	if commits != 0 {
		t.Errorf("%d transactions, want none", commits)
	}
}

func TestAKeyThatComesAgainWithOtherContentIsTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sync(snapshot, host.OutcomeComplete, record("ann", "0"), record("bob", "0"))
	w := b.stream(b.begin(), snapshot)
	again := func(want int, wantKey string) {
		t.Helper()
		if times, key := w.Again(); times != want || key != wantKey {
			t.Errorf("told %d times, first %q; want %d, %q", times, key, want, wantKey)
		}
	}
	ok(w.Commit(group([]host.Write{record("ann", "1"), record("bob", "0"), record("ann", "1")})))(t)
	again(0, "") // changed since the last run, and a repeat
	ok(w.Commit(group([]host.Write{record("bob", "0"), record("ann", "1")})))(t)
	again(0, "")
	ok(w.Commit(group([]host.Write{record("bob", "2")})))(t)
	again(1, "bob") // another group
	ok(w.Commit(group([]host.Write{record("cem", "1"), record("cem", "2")})))(t)
	again(2, "bob") // the same group
	ok(w.Finish(complete()))(t)
	same(t, "the last of each holds", b.state(journal.RecordQuery{}), []string{`ann={"v":"1"}`, `bob={"v":"2"}`, `cem={"v":"2"}`})
}

func TestLastWordInAGroupHolds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gone := host.Write{Key: "ann", Removed: true}
	tests := []struct {
		name    string
		records []host.Write
		counts  host.Counts
		state   []string
	}{
		{"twice", []host.Write{record("ann", "1"), record("ann", "2")}, host.Counts{Read: 2, Added: 1}, []string{`ann={"v":"2"}`}},
		{"removed and back", []host.Write{gone, record("ann", "2")}, host.Counts{Read: 1}, []string{`ann={"v":"2"}`}},
		{"changed and removed", []host.Write{record("ann", "3"), gone}, host.Counts{Read: 1, Removed: 1}, nil},
		{"removed again", []host.Write{gone}, host.Counts{}, nil},
		{"back in a later group", []host.Write{record("ann", "2")}, host.Counts{Read: 1, Added: 1}, []string{`ann={"v":"2"}`}},
	}
	w := b.stream(b.begin(), incremental)
	for _, test := range tests { // each goes on from the one before
		same(t, test.name, ok(w.Commit(group(test.records)))(t), test.counts)
		same(t, test.name, b.state(journal.RecordQuery{}), test.state)
	}
	b.verify()
}

func TestSweep(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		info    host.StreamInfo
		before  int // records there were
		seen    int // of them, seen this time
		finish  journal.Finish
		outcome journal.Swept
	}{
		{"all seen", snapshot, 50, 50, complete(), journal.Swept{}},
		{"20 of 50", snapshot, 50, 30, complete(), journal.Swept{Removed: 20}},
		{"21 of 50", snapshot, 50, 29, complete(), journal.Swept{Held: 21}},
		{"30 of 300", snapshot, 300, 270, complete(), journal.Swept{Removed: 30}},
		{"31 of 300", snapshot, 300, 269, complete(), journal.Swept{Held: 31}},
		{"the only one", snapshot, 1, 0, complete(), journal.Swept{Held: 1}},
		{"all of 15", snapshot, 15, 0, complete(), journal.Swept{Held: 15}},
		{"three of four", snapshot, 4, 1, complete(), journal.Swept{Removed: 3}},
		{"two of five", snapshot, 5, 3, complete(), journal.Swept{Removed: 2}},
		{"three of five", snapshot, 5, 2, complete(), journal.Swept{Held: 3}},
		{"half of 40", snapshot, 40, 20, complete(), journal.Swept{Removed: 20}},
		{"own limits", snapshot, 100, 90, journal.Finish{Outcome: host.OutcomeComplete, Sweep: journal.Sweep{Limits: host.RemovalLimits{Count: 5, Share: 0.05}}}, journal.Swept{Held: 10}},
		{"no limits", snapshot, 100, 99, journal.Finish{Outcome: host.OutcomeComplete}, journal.Swept{Held: 1}},
		{"more than a part", snapshot, 9000, 4600, journal.Finish{Outcome: host.OutcomeComplete, Sweep: journal.Sweep{Limits: host.RemovalLimits{Count: 4400}}}, journal.Swept{Removed: 4400}},
		{"gaps", snapshot, 50, 40, journal.Finish{Outcome: host.OutcomeGaps}, journal.Swept{}},
		{"partial", snapshot, 50, 40, journal.Finish{Outcome: host.OutcomePartial}, journal.Swept{}},
		{"failed", snapshot, 50, 40, journal.Finish{Outcome: host.OutcomeFailed}, journal.Swept{}},
		{"a stream that sends removals", incremental, 50, 40, complete(), journal.Swept{}},
		{"a stream that forgets nothing", host.StreamInfo{Name: "log", Deletes: "never"}, 50, 40, complete(), journal.Swept{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.sync(test.info, host.OutcomeComplete, docs(0, test.before, "x", 0)...)
			w := b.stream(b.begin(), test.info)
			if test.seen > 0 {
				ok(w.Commit(group(docs(0, test.seen, "x", 0))))(t)
			}
			same(t, "outcome", ok(w.Finish(test.finish))(t), test.outcome)
			stats := ok(b.StreamStats(b.conn.ID))(t)
			same(t, "records", stats[0].Records, test.before-test.outcome.Removed)
			b.verify()
		})
	}
}

func TestSweepCountsWhatWasThereBefore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sync(snapshot, host.OutcomeComplete, docs(0, 30, "x", 0)...)
	// New keys for everybody look like a mass of leavers, and are not excused by
	// the equal mass of joiners.
	w := b.stream(b.begin(), snapshot)
	ok(w.Commit(group(docs(1000, 3000, "x", 0))))(t)
	same(t, "outcome", ok(w.Finish(complete()))(t), journal.Swept{Held: 30})
}

func TestResume(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sync(snapshot, host.OutcomeComplete, docs(0, 10, "x", 0)...)

	stopped := b.stream(b.begin(), snapshot)
	same(t, "state after a complete read", begins(stopped), host.StreamStart{})
	ok(stopped.Commit(host.Group{Writes: docs(0, 4, "x", 0), Checkpoint: host.Checkpoint{Cursor: []byte("page 2")}}))(t)
	ok(stopped.Commit(host.Group{Writes: docs(4, 1, "x", 0)}))(t) // no cursor: the one before stays
	ok(stopped.Finish(journal.Finish{Outcome: host.OutcomePartial}))(t)

	resumed := b.stream(b.begin(), snapshot)
	same(t, "state after a stop", begins(resumed), host.StreamStart{Cursor: []byte("page 2"), Resume: true})
	ok(resumed.Commit(group(docs(5, 2, "x", 0))))(t)
	same(t, "a resumed read removes nothing", ok(resumed.Finish(complete()))(t), journal.Swept{})
	b.verify()

	fresh := b.stream(b.begin(), snapshot)
	same(t, "state after the resumed read", begins(fresh), host.StreamStart{})
	ok(fresh.Commit(group(docs(0, 7, "x", 0))))(t)
	same(t, "the next removes", ok(fresh.Finish(complete()))(t), journal.Swept{Removed: 3})
	b.verify()
}

// begins is where a read begins, whenever the stream was read last.
func begins(w *journal.StreamWriter) host.StreamStart {
	state := w.Start()
	state.FullAt = nil
	return state
}

func TestRestart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sync(snapshot, host.OutcomeComplete, docs(0, 10, "x", 0)...)
	w := b.stream(b.begin(), snapshot)
	ok(w.Commit(host.Group{Writes: docs(0, 4, "x", 0), Checkpoint: host.Checkpoint{Cursor: []byte("page 2")}}))(t)

	w = b.stream(b.begin(), snapshot)
	ok(w.Commit(host.Group{Writes: docs(8, 2, "x", 0)}))(t) // seen, but before the restart
	must(t, w.Restart("asked"))
	same(t, "state", w.Start().Cursor, []byte(nil))
	ok(w.Commit(group(docs(0, 5, "x", 0))))(t)
	same(t, "outcome", ok(w.Finish(complete()))(t), journal.Swept{Removed: 5})
	b.verify()
}

func TestCursorOfAnIncrementalStream(t *testing.T) {
	t.Parallel()
	b := setup(t)
	steps := []struct {
		name   string
		groups []host.Group
		result host.Outcome
		next   host.StreamStart
	}{
		{"each counts at once", []host.Group{{Checkpoint: host.Checkpoint{Cursor: []byte("t1")}}, {Checkpoint: host.Checkpoint{Cursor: []byte("t2")}}}, host.OutcomeComplete, host.StreamStart{Cursor: []byte("t2")}},
		{"also when it fails", []host.Group{{Checkpoint: host.Checkpoint{Cursor: []byte("t3")}}}, host.OutcomeFailed, host.StreamStart{Cursor: []byte("t3"), Resume: true}},
		{"kept when complete", []host.Group{{Checkpoint: host.Checkpoint{Cursor: []byte("t5")}}}, host.OutcomeComplete, host.StreamStart{Cursor: []byte("t5")}},
		{"an empty one changes nothing", []host.Group{{}}, host.OutcomeComplete, host.StreamStart{Cursor: []byte("t5")}},
		{"gaps end a read too", []host.Group{{Checkpoint: host.Checkpoint{Cursor: []byte("t6")}}}, host.OutcomeGaps, host.StreamStart{Cursor: []byte("t6")}},
	}
	for _, step := range steps { // each goes on from the one before
		w := b.stream(b.begin(), incremental)
		for _, g := range step.groups {
			ok(w.Commit(g))(t)
		}
		ok(w.Finish(journal.Finish{Outcome: step.result}))(t)
		same(t, step.name, begins(b.stream(b.begin(), incremental)), step.next)
	}
}

func TestFence(t *testing.T) {
	t.Parallel()
	fenced := func(t *testing.T, err error) {
		t.Helper()
		if !errors.Is(err, journal.ErrFenced) {
			t.Errorf("error %v, want fenced", err)
		}
	}
	t.Run("a later run", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		run := b.begin()
		w := b.stream(run, snapshot)
		ok(w.Commit(group(docs(0, 3, "x", 0))))(t)
		b.begin()
		_, err := w.Commit(group(docs(3, 3, "x", 0)))
		fenced(t, err)
		_, err = w.Finish(complete())
		fenced(t, err)
		_, err = b.OpenStream(b.conn.ID, snapshot, run.ID, run.Epoch)
		fenced(t, err)
		same(t, "records", len(b.state(journal.RecordQuery{})), 3)
	})
	t.Run("also when nothing changed", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		w := b.stream(b.begin(), snapshot)
		ok(w.Commit(group(docs(0, 3, "x", 0))))(t)
		b.begin()
		_, err := w.Commit(group(docs(0, 3, "x", 0)))
		fenced(t, err)
	})
	t.Run("deletion", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		w := b.stream(b.begin(), snapshot)
		ok(w.Commit(group(docs(0, 3, "x", 0))))(t)
		must(t, b.DeleteConnection(asTester(), b.conn.ID))
		_, err := w.Commit(group(docs(3, 3, "x", 0)))
		fenced(t, err)
	})
	t.Run("a run that begins within the commit", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		w := b.stream(b.begin(), snapshot)
		// 3 parts; the next run begins after the first.
		commits := 0
		b.OnCommit(func() {
			if commits++; commits == 1 {
				b.begin()
			}
		})
		_, err := w.Commit(group(docs(0, 9000, "x", 0)))
		fenced(t, err)
		b.OnCommit(nil)
		b.verify()
	})
}

func TestCommitRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.stream(b.begin(), snapshot)
	ok(w.Commit(host.Group{Checkpoint: host.Checkpoint{Sequence: 4}}))(t)
	big := record("big", strings.Repeat("x", journal.MaxDoc))
	for name, g := range map[string]host.Group{
		"no key":       group([]host.Write{record("", "1")}),
		"long key":     group([]host.Write{record(strings.Repeat("k", journal.MaxKey+1), "1")}),
		"big document": group([]host.Write{record("ann", "1"), big}),
		"big cursor":   {Checkpoint: host.Checkpoint{Cursor: make([]byte, journal.MaxCursor+1)}},
		"old sequence": {Checkpoint: host.Checkpoint{Sequence: 4}},
	} {
		_, err := w.Commit(g)
		p := wantProblem(t, err, host.CodeProtocol, "")
		if p.Fault != host.FaultConnector {
			t.Errorf("%s: fault %s", name, p.Fault)
		}
	}
	same(t, "records", b.state(journal.RecordQuery{}), []string(nil))
	ok(w.Commit(group(docs(0, 1, "x", 0))))(t) // it goes on
	ok(w.Finish(complete()))(t)
	if _, err := w.Commit(group(docs(1, 1, "x", 0))); err == nil {
		t.Error("committed after finish")
	}
}

func TestLimitsFitATransaction(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.stream(b.begin(), snapshot)
	doc := make([]byte, journal.MaxDoc)
	var records []host.Write
	for i := range 4 {
		doc := slices.Clone(doc)
		doc[0] = byte(i)
		records = append(records, host.Write{Key: strings.Repeat("k", journal.MaxKey-1) + fmt.Sprint(i), Doc: doc, Hash: sha256.Sum256(doc)})
	}
	for i := range 9000 { // keys as long as they may be
		records = append(records, record(fmt.Sprintf("%0*d", journal.MaxKey, i), "x"))
	}
	for i := range 1000 { // and as they take the most room
		records = append(records, record(strings.Repeat("\x00", journal.MaxKey-4)+fmt.Sprintf("%04d", i), "x"))
	}
	counts := ok(w.Commit(host.Group{Writes: records, Checkpoint: host.Checkpoint{Cursor: make([]byte, journal.MaxCursor)}}))(t)
	same(t, "counts", counts, host.Counts{Read: 10004, Added: 10004})
	if n := b.LargestValue('l'); n > 700<<10 {
		t.Errorf("a change log entry has %d bytes", n)
	}
	b.verify()
}

// TestRandomHistory holds the store against a plain model over many runs.
func TestRandomHistory(t *testing.T) {
	t.Parallel()
	const seed = 42
	random := rand.New(rand.NewPCG(seed, seed))
	b := setup(t)
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
			records = append(records, record(key, value))
		}
		result := []host.Outcome{host.OutcomeComplete, host.OutcomeGaps, host.OutcomeFailed}[random.IntN(3)]
		_, outcome := b.sync(snapshot, result, records...)
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
		past = append(past, moment{b.clock.at.Add(time.Minute), state})
		if random.IntN(8) == 0 {
			b.reopen()
		}
	}
	for i, m := range past {
		same(t, fmt.Sprintf("seed %d, after run %d", seed, i), b.state(journal.RecordQuery{AsOf: m.at}), m.state)
	}
}

func TestCursorIsCopied(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.stream(b.begin(), incremental)
	cursor := []byte("t1")
	ok(w.Commit(host.Group{Checkpoint: host.Checkpoint{Cursor: cursor}}))(t)
	copy(cursor, "XX")
	ok(w.Finish(complete()))(t)
	if got := b.stream(b.begin(), incremental).Start().Cursor; !bytes.Equal(got, []byte("t1")) {
		t.Errorf("cursor %q, want t1", got)
	}
}
