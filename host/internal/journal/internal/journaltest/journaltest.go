// Package journaltest is the set-up of the tests of the journal's rooms, which import it
// with a dot.
package journaltest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/internal/journal/prune"
)

// Streams of the tests.
var (
	Snapshot    = host.StreamInfo{Name: "users", Title: "Users", Kind: "account", Deletes: "snapshot"}
	Incremental = host.StreamInfo{Name: "tickets", Title: "Tickets", Kind: "ticket", Deletes: "tombstone", Incremental: true}
)

// Clock is a clock that the test moves.
type Clock struct{ At time.Time }

// Now returns the time.
func (c *Clock) Now() time.Time { return c.At }

// Bundle is an open journal with one connection.
type Bundle struct {
	*journal.Journal
	Ledger *ledger.Ledger
	T      *testing.T
	Dir    string
	Clock  *Clock
	Conn   host.Connection
	tune   func(*journal.Options)
}

// Options are those of the tests.
func Options(dir string) journal.Options {
	return journal.Options{Dir: dir, Key: bytes.Repeat([]byte{7}, 32), MinFreeBytes: 1}
}

// Setup returns a bundle that is closed when the test ends.
func Setup(t *testing.T) *Bundle {
	t.Helper()
	return SetupWith(t, func(*journal.Options) {})
}

// SetupWith is Setup with other options each time the journal is opened.
func SetupWith(t *testing.T, tune func(*journal.Options)) *Bundle {
	t.Helper()
	b := NewBundle(t, t.TempDir())
	b.tune = tune
	b.Open()
	t.Cleanup(func() { Must(t, b.Close()) })
	settings := []byte(`{"a":1}`)
	b.Conn = OK(b.CreateConnection(AsTester(), host.Connection{Alias: "prod", Connector: "envoy", Settings: settings}, nil))(t)
	return b
}

// NewBundle returns a bundle that is not open.
func NewBundle(t *testing.T, dir string) *Bundle {
	return &Bundle{T: t, Dir: dir, Clock: &Clock{time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}, tune: func(*journal.Options) {}}
}

// Open opens the journal in b.Dir.
func (b *Bundle) Open() {
	b.T.Helper()
	o := Options(b.Dir)
	o.Now = b.Clock.Now
	b.tune(&o)
	Must(b.T, b.OpenWith(o))
}

// OpenWith opens a journal.
func (b *Bundle) OpenWith(o journal.Options) error {
	l, err := prune.Open(o)
	if err == nil {
		b.Ledger, b.Journal = l, journal.Over(l)
	}
	return err
}

// Reopen closes and opens the journal.
func (b *Bundle) Reopen() {
	b.T.Helper()
	Must(b.T, b.Close())
	b.Open()
}

// Begin begins the connection's next run.
func (b *Bundle) Begin() host.Run {
	b.T.Helper()
	run := host.Run{Connection: b.Conn.ID, Alias: b.Conn.Alias, Status: host.StatusRunning, Trigger: host.TriggerManual}
	return OK(b.BeginRun(run))(b.T)
}

// End saves a run as succeeded, which anchors its connection's chain.
func (b *Bundle) End(run host.Run) {
	b.T.Helper()
	run.Status = host.StatusSucceeded
	Must(b.T, b.SaveRun(run))
}

// Stream opens a stream of the connection for writing.
func (b *Bundle) Stream(run host.Run, info host.StreamInfo) *journal.StreamWriter {
	b.T.Helper()
	return OK(b.OpenStream(b.Conn.ID, info, run.ID, run.Epoch))(b.T)
}

// Sync is a run of one stream from its beginning to a result. It leaves the run unfinished.
func (b *Bundle) Sync(info host.StreamInfo, result host.Outcome, records ...host.Write) (host.Counts, journal.Swept) {
	b.T.Helper()
	b.Clock.At = b.Clock.At.Add(time.Hour)
	w := b.Stream(b.Begin(), info)
	counts := OK(w.Commit(Group(records)))(b.T)
	swept := OK(w.Finish(Finish(result)))(b.T)
	b.Verify()
	return counts, swept
}

// Whole is a run of one stream from its beginning to its end.
func (b *Bundle) Whole(records ...host.Write) host.Run {
	b.T.Helper()
	run := b.Begin()
	w := b.Stream(run, Snapshot)
	OK(w.Commit(Group(records)))(b.T)
	OK(w.Finish(Finish(host.OutcomeComplete)))(b.T)
	b.End(run)
	return run
}

// Page returns one page of the connection's records.
func (b *Bundle) Page(q journal.RecordQuery) []host.Record {
	b.T.Helper()
	q.Connection = b.Conn.ID
	records, _, err := b.Records(b.T.Context(), q)
	Must(b.T, err)
	return records
}

// State returns the connection's records as key=document, in order.
func (b *Bundle) State(q journal.RecordQuery) (state []string) {
	b.T.Helper()
	for _, r := range b.Page(q) {
		state = append(state, r.Key+"="+string(r.Data))
	}
	return state
}

// Log returns all changes of the connection, newest first, as words.
func (b *Bundle) Log(run string) (words []string) {
	b.T.Helper()
	page, err := b.Changes(b.T.Context(), journal.ChangeQuery{Connections: []string{b.Conn.ID}, Run: run, Limit: 1000})
	Must(b.T, err)
	if page.Next != "" {
		b.T.Fatal("more than 1000 changes")
	}
	for _, c := range page.Changes {
		words = append(words, fmt.Sprintf("%s %s", c.Kind, c.Key))
	}
	return words
}

// Verify checks that the journal agrees with itself, whatever its anchors file says.
func (b *Bundle) Verify() {
	b.T.Helper()
	Verify(b.T, b.Journal)
}

// Verify checks that a journal agrees with itself, whatever its anchors file says.
func Verify(t *testing.T, j *journal.Journal) {
	t.Helper()
	for _, bad := range OK(j.VerifyAll(t.Context(), nil))(t).Bad {
		if bad.Kind != "anchor" {
			t.Errorf("the journal does not agree with itself: %+v", bad)
		}
	}
}

// Clean checks that verification finds nothing.
func (b *Bundle) Clean() {
	b.T.Helper()
	if v := OK(b.VerifyAll(b.T.Context(), nil))(b.T); !v.OK() {
		b.T.Fatalf("verification finds %+v", v.Bad)
	}
}

// MakeSmall lets a few records fill a transaction and a chunk of the digest.
func MakeSmall(l *ledger.Ledger) {
	l.Limits = ledger.Limits{
		PartRecords: 40, PartBytes: 96 << 10, PackRecords: 7, PackBytes: 16 << 10, CompactEntries: 10, CompactDeltas: 3,
		MergeDeltas: 2, ChunkEntries: 30, CompactChunks: 2, PruneKeys: 12, PruneSeen: 60,
	}
}

// CountKeys returns how many keys there are by prefix letter.
func CountKeys(l *ledger.Ledger) map[string]int {
	counts := map[string]int{}
	err := l.View(func(txn *badgerdir.Txn) error {
		return layout.EachKey(txn, nil, func(k []byte) error {
			counts[string(k[:1])]++
			return nil
		})
	})
	if err != nil {
		panic(err)
	}
	return counts
}

// AsTester is a context in which the person who runs the tests acts.
func AsTester() context.Context { return As("tester") }

// As is a context in which a person acts.
func As(name string) context.Context {
	return host.WithActor(context.Background(), host.Actor{Kind: host.ActorPerson, ID: name, Name: name, Auth: host.AuthLocal})
}

// Must ends the test at an error.
func Must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// OK returns v or ends the test.
func OK[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		Must(t, err)
		return v
	}
}

// WantProblem checks that err is a problem with this code and, if given, field.
func WantProblem(t *testing.T, err error, code, field string) host.Problem {
	t.Helper()
	var p *host.Problem
	if !errors.As(err, &p) {
		t.Fatalf("error %v is no problem; want code %s", err, code)
	}
	if p.Code != code {
		t.Fatalf("problem has code %s, want %s (%v)", p.Code, code, err)
	}
	if field != "" && (len(p.Fields) != 1 || p.Fields[0].Field != field) {
		t.Fatalf("problem has fields %v, want %s", p.Fields, field)
	}
	return *p
}

// Same compares two values.
func Same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}

// Record is a write of a record with a small document.
func Record(key, value string) host.Write {
	doc := fmt.Appendf(nil, `{"v":%q}`, value)
	return host.Write{Key: key, Doc: doc, Hash: sha256.Sum256(doc)}
}

// Docs returns n records user-FROM…, each padded by some bytes.
func Docs(from, n int, value string, padding int) (records []host.Write) {
	for i := range n {
		key := fmt.Sprintf("user-%05d", from+i)
		random := rand.New(rand.NewPCG(uint64(from+i), 0))
		pad := make([]byte, padding)
		for j := range pad {
			pad[j] = 'a' + byte(random.IntN(26))
		}
		records = append(records, Record(key, value+key+string(pad)))
	}
	return records
}

// Group is a group without a checkpoint.
func Group(records []host.Write) host.Group { return host.Group{Writes: records} }

// Finish ends a read under the usual limits.
func Finish(result host.Outcome) journal.Finish {
	return journal.Finish{Outcome: result, Sweep: journal.Sweep{Limits: host.DefaultRemovalLimits}}
}
