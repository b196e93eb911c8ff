package writer_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

func TestUnchangedWritesNothing(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 500, "x", 10)...)
	w := b.Stream(b.Begin(), Snapshot)
	OK(w.Commit(Group(Docs(0, 1, "x", 10))))(t) // marks the stream as being read
	before := CountKeys(b.Ledger)
	commits := 0
	b.Ledger.OnCommit = func() { commits++ }
	counts := OK(w.Commit(Group(Docs(0, 500, "x", 10))))(t)
	Same(t, "counts", counts, host.Counts{Read: 500})
	Same(t, "keys", CountKeys(b.Ledger), before)
	if commits != 0 {
		t.Errorf("%d transactions, want none", commits)
	}
}

func TestAKeyThatComesAgainWithOtherContentIsReported(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Sync(Snapshot, host.OutcomeComplete, Record("ann", "0"), Record("bob", "0"))
	w := b.Stream(b.Begin(), Snapshot)
	again := func(want int, wantKey string) {
		t.Helper()
		if times, key := w.Again(); times != want || key != wantKey {
			t.Errorf("reported %d times, first %q; want %d, %q", times, key, want, wantKey)
		}
	}
	OK(w.Commit(Group([]host.Write{Record("ann", "1"), Record("bob", "0"), Record("ann", "1")})))(t)
	again(0, "") // changed since the last run, and a repeat
	OK(w.Commit(Group([]host.Write{Record("bob", "0"), Record("ann", "1")})))(t)
	again(0, "")
	OK(w.Commit(Group([]host.Write{Record("bob", "2")})))(t)
	again(1, "bob") // another group
	OK(w.Commit(Group([]host.Write{Record("cem", "1"), Record("cem", "2")})))(t)
	again(2, "bob") // the same group
	OK(w.Finish(Finish(host.OutcomeComplete)))(t)
	Same(t, "the last of each holds", b.State(journal.RecordQuery{}), []string{`ann={"v":"1"}`, `bob={"v":"2"}`, `cem={"v":"2"}`})
}

func TestLastWordInAGroupHolds(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	gone := host.Write{Key: "ann", Removed: true}
	tests := []struct {
		name    string
		records []host.Write
		counts  host.Counts
		state   []string
	}{
		{"twice", []host.Write{Record("ann", "1"), Record("ann", "2")}, host.Counts{Read: 2, Added: 1}, []string{`ann={"v":"2"}`}},
		{"removed and back", []host.Write{gone, Record("ann", "2")}, host.Counts{Read: 1}, []string{`ann={"v":"2"}`}},
		{"changed and removed", []host.Write{Record("ann", "3"), gone}, host.Counts{Read: 1, Removed: 1}, nil},
		{"removed again", []host.Write{gone}, host.Counts{}, nil},
		{"back in a later group", []host.Write{Record("ann", "2")}, host.Counts{Read: 1, Added: 1}, []string{`ann={"v":"2"}`}},
	}
	w := b.Stream(b.Begin(), Incremental)
	for _, test := range tests { // each goes on from the one before
		Same(t, test.name, OK(w.Commit(Group(test.records)))(t), test.counts)
		Same(t, test.name, b.State(journal.RecordQuery{}), test.state)
	}
	b.Verify()
}

func TestCommitRefuses(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	w := b.Stream(b.Begin(), Snapshot)
	OK(w.Commit(host.Group{Checkpoint: host.Checkpoint{Sequence: 4}}))(t)
	big := Record("big", strings.Repeat("x", layout.MaxDoc))
	for name, g := range map[string]host.Group{
		"no key":       Group([]host.Write{Record("", "1")}),
		"long key":     Group([]host.Write{Record(strings.Repeat("k", layout.MaxKey+1), "1")}),
		"big document": Group([]host.Write{Record("ann", "1"), big}),
		"big cursor":   {Checkpoint: host.Checkpoint{Cursor: make([]byte, layout.MaxCursor+1)}},
		"old sequence": {Checkpoint: host.Checkpoint{Sequence: 4}},
	} {
		_, err := w.Commit(g)
		p := WantProblem(t, err, host.CodeProtocol, "")
		if p.Fault != host.FaultConnector {
			t.Errorf("%s: fault %s", name, p.Fault)
		}
	}
	Same(t, "records", b.State(journal.RecordQuery{}), []string(nil))
	OK(w.Commit(Group(Docs(0, 1, "x", 0))))(t) // it goes on
	OK(w.Finish(Finish(host.OutcomeComplete)))(t)
	if _, err := w.Commit(Group(Docs(1, 1, "x", 0))); err == nil {
		t.Error("committed after finish")
	}
}

func TestLimitsFitATransaction(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	w := b.Stream(b.Begin(), Snapshot)
	doc := make([]byte, layout.MaxDoc)
	var records []host.Write
	for i := range 4 {
		doc := slices.Clone(doc)
		doc[0] = byte(i)
		records = append(records, host.Write{Key: strings.Repeat("k", layout.MaxKey-1) + fmt.Sprint(i), Doc: doc, Hash: sha256.Sum256(doc)})
	}
	for i := range 9000 { // keys as long as they may be
		records = append(records, Record(fmt.Sprintf("%0*d", layout.MaxKey, i), "x"))
	}
	for i := range 1000 { // and as they take the most room
		records = append(records, Record(strings.Repeat("\x00", layout.MaxKey-4)+fmt.Sprintf("%04d", i), "x"))
	}
	counts := OK(w.Commit(host.Group{Writes: records, Checkpoint: host.Checkpoint{Cursor: make([]byte, layout.MaxCursor)}}))(t)
	Same(t, "counts", counts, host.Counts{Read: 10004, Added: 10004})
	if n := largestValue(b, layout.PrefixChange); n > 700<<10 {
		t.Errorf("a change log entry has %d bytes", n)
	}
	b.Verify()
}

// largestValue returns the size of the largest stored value under a prefix.
func largestValue(b *Bundle, prefix byte) (largest int64) {
	b.T.Helper()
	Must(b.T, b.Ledger.View(func(txn *badgerdir.Txn) error {
		return layout.Each(txn, []byte{prefix}, func(item *badgerdir.Item) error {
			largest = max(largest, item.ValueSize())
			return nil
		})
	}))
	return largest
}

func TestCursorIsCopied(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	w := b.Stream(b.Begin(), Incremental)
	cursor := []byte("t1")
	OK(w.Commit(host.Group{Checkpoint: host.Checkpoint{Cursor: cursor}}))(t)
	copy(cursor, "XX")
	OK(w.Finish(Finish(host.OutcomeComplete)))(t)
	if got := b.Stream(b.Begin(), Incremental).Start().Cursor; !bytes.Equal(got, []byte("t1")) {
		t.Errorf("cursor %q, want t1", got)
	}
}
