package journal_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

var testKey = bytes.Repeat([]byte{7}, 32)

// clock is a clock the test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// bundle is an open store with one connection.
type bundle struct {
	*journal.Journal
	t     *testing.T
	dir   string
	clock *clock
	conn  host.Connection
	tune  func(*journal.Options) // nil = as they are
}

func options(dir string) journal.Options {
	return journal.Options{Dir: dir, Key: testKey, MinFreeBytes: 1}
}

func setup(t *testing.T) *bundle {
	t.Helper()
	return setupWith(t, nil)
}

func setupWith(t *testing.T, tune func(*journal.Options)) *bundle {
	t.Helper()
	b := &bundle{t: t, tune: tune, dir: t.TempDir(), clock: &clock{time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}}
	b.open()
	t.Cleanup(func() { must(t, b.Close()) })
	c, err := b.CreateConnection(asTester(), host.Connection{Alias: "prod", Connector: "envoy", Settings: []byte(`{"a":1}`)}, nil)
	must(t, err)
	b.conn = c
	return b
}

func (b *bundle) open() {
	b.t.Helper()
	o := options(b.dir)
	o.Now = b.clock.now
	if b.tune != nil {
		b.tune(&o)
	}
	s, err := journal.Open(o)
	must(b.t, err)
	b.Journal = s
}

func (b *bundle) reopen() {
	b.t.Helper()
	must(b.t, b.Close())
	b.open()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantProblem checks that err is a problem with this code and, if given, field.
func wantProblem(t *testing.T, err error, code, field string) host.Problem {
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

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	t.Run("another owner", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, err := journal.Open(options(b.dir))
		wantProblem(t, err, host.CodeLocked, "")
	})
	t.Run("another key", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		must(t, b.Close())
		o := options(b.dir)
		o.Key = bytes.Repeat([]byte{8}, 32)
		_, err := journal.Open(o)
		wantProblem(t, err, host.CodeStoreKey, "")
		b.open()
	})
	t.Run("a newer schema, naming both", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		must(t, b.SetSchema(9))
		must(t, b.Close())
		_, err := journal.Open(options(b.dir))
		p := wantProblem(t, err, host.CodeNewerStore, "")
		if !bytes.Contains([]byte(p.Message), []byte("schema 9")) || !bytes.Contains([]byte(p.Message), []byte("up to 1")) || p.Remedy == "" {
			t.Errorf("problem does not name both schemas and a remedy: %+v", p)
		}
		// Close left the directory free, and an older program may not have changed it.
		_, err = journal.Open(options(b.dir))
		wantProblem(t, err, host.CodeNewerStore, "")
	})
	t.Run("a short key", func(t *testing.T) {
		t.Parallel()
		if _, err := journal.Open(journal.Options{Dir: t.TempDir(), Key: []byte("short")}); err == nil {
			t.Fatal("opened with a key of 5 bytes")
		}
	})
	t.Run("a full disk, before anything is written", func(t *testing.T) {
		t.Parallel()
		o := options(filepath.Join(t.TempDir(), "data"))
		o.MinFreeBytes = 1 << 62
		_, err := journal.Open(o)
		wantProblem(t, err, host.CodeDiskFull, "")
		files, err := os.ReadDir(o.Dir)
		must(t, err)
		if len(files) != 0 {
			t.Errorf("wrote %d files", len(files))
		}
	})
}

func TestNothingReadableOnDisk(t *testing.T) {
	t.Parallel()
	b := setup(t)
	run := b.begin()
	w := b.stream(run, snapshot)
	for i := range 30 { // past a memtable flush, where a missing index cache would panic
		ok(w.Commit(group(docs(i*100, 100, "canary-in-a-record", 8000))))(t)
	}
	must(t, b.Close())
	files, err := filepath.Glob(filepath.Join(b.dir, "*"))
	must(t, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		must(t, err)
		for _, canary := range []string{"canary-in-a-record", "user-0000", "prod"} {
			if bytes.Contains(raw, []byte(canary)) {
				t.Errorf("%s holds %q", filepath.Base(file), canary)
			}
		}
	}
	b.open()
	if stats := ok(b.StreamStats(b.conn.ID))(t); stats[0].Records != 3000 {
		t.Errorf("%d records after reopening, want 3000", stats[0].Records)
	}
}

func TestCommitTimesCountUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	write := func(doc string) {
		w := b.stream(b.begin(), snapshot)
		for range 3 {
			ok(w.Commit(group([]host.Write{record("user", doc)})))(t)
			doc += "+"
		}
	}
	write("one")
	b.clock.at = b.clock.at.Add(-48 * time.Hour) // set back while running
	write("two")
	b.reopen() // and while stopped
	b.clock.at = b.clock.at.Add(-48 * time.Hour)
	write("three")
	changes, _, err := b.Changes(t.Context(), journal.ChangeQuery{Connection: b.conn.ID})
	must(t, err)
	if len(changes) != 9 {
		t.Fatalf("%d changes, want 9", len(changes))
	}
	for i := 1; i < len(changes); i++ {
		if !changes[i-1].At.After(changes[i].At) {
			t.Errorf("change %d at %v is not after %v", i-1, changes[i-1].At, changes[i].At)
		}
	}
	records := b.records(journal.RecordQuery{})
	if string(records[0].Data) != `{"v":"three++"}` {
		t.Errorf("current record is %s, want the last one written", records[0].Data)
	}
}

func TestMaintain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	must(t, b.Maintain(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Maintain(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want cancelled", err)
	}
	must(t, b.Close())
	must(t, b.Close()) // a second time
	b.open()
}

func TestKeysKeepOrder(t *testing.T) {
	t.Parallel()
	texts := []string{"", "\x00", "\x00\x00", "\x00\x01", "\x00a", "\x00\xff", "\x01", "a", "a\x00", "a\x00\x01", "a\x00b", "a\x01", "ab", "b", "\xff"}
	for i, a := range texts {
		back, rest, err := journal.CutKeyText(append(journal.KeyText(a), 'x'))
		if err != nil || back != a || string(rest) != "x" {
			t.Errorf("%q came back as %q with rest %q (%v)", a, back, rest, err)
		}
		for j, b := range texts {
			if got, want := bytes.Compare(journal.KeyText(a), journal.KeyText(b)), cmpInt(i, j); got != want {
				t.Errorf("%q and %q compare as %d, want %d", a, b, got, want)
			}
			if i != j && bytes.HasPrefix(journal.KeyText(a), journal.KeyText(b)) {
				t.Errorf("key of %q begins with that of %q", a, b)
			}
		}
	}
	for _, bad := range []string{"t", "tabc", "ta\x00", "ta\x00\xff"} {
		if _, _, err := journal.CutKeyText([]byte(bad)); err == nil {
			t.Errorf("malformed key %q was read", bad)
		}
	}
}

func cmpInt(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Shorthands of the tests.

var (
	snapshot    = host.StreamInfo{Name: "users", Title: "Users", Kind: "account", Deletes: "snapshot"}
	incremental = host.StreamInfo{Name: "tickets", Title: "Tickets", Kind: "ticket", Deletes: "tombstone", Incremental: true}
)

// begin starts the connection's next run.
func (b *bundle) begin() host.Run {
	b.t.Helper()
	return ok(b.BeginRun(host.Run{Connection: b.conn.ID, Alias: b.conn.Alias, Status: host.StatusRunning, Trigger: host.TriggerManual}))(b.t)
}

func (b *bundle) stream(run host.Run, info host.StreamInfo) *journal.StreamWriter {
	b.t.Helper()
	return ok(b.OpenStream(b.conn.ID, info, run.ID, run.Epoch))(b.t)
}

// records returns one page of the connection's records.
func (b *bundle) records(q journal.RecordQuery) []host.Record {
	b.t.Helper()
	q.Connection = b.conn.ID
	records, _, err := b.Records(b.t.Context(), q)
	must(b.t, err)
	return records
}

// state returns the connection's records as key=document, in order.
func (b *bundle) state(q journal.RecordQuery) []string {
	b.t.Helper()
	var state []string
	for _, r := range b.records(q) {
		state = append(state, r.Key+"="+string(r.Data))
	}
	return state
}

// log returns all changes of the connection, newest first, as words.
func (b *bundle) log(run string) []string {
	b.t.Helper()
	changes, next, err := b.Changes(b.t.Context(), journal.ChangeQuery{Connection: b.conn.ID, Run: run, Limit: 1000})
	must(b.t, err)
	if next != "" {
		b.t.Fatal("more than 1000 changes")
	}
	var words []string
	for _, c := range changes {
		words = append(words, fmt.Sprintf("%s %s", c.Kind, c.Key))
	}
	return words
}

func (b *bundle) verify() {
	b.t.Helper()
	if err := b.Verify(b.t.Context(), b.conn.ID); err != nil {
		b.t.Errorf("store is not in agreement with itself: %v", err)
	}
}

// ok returns v or ends the test.
func ok[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		must(t, err)
		return v
	}
}

func record(key, value string) host.Write {
	doc := fmt.Appendf(nil, `{"v":%q}`, value)
	return host.Write{Key: key, Doc: doc, Hash: sha256.Sum256(doc)}
}

// docs returns n records user-FROM…, each padded by some bytes.
func docs(from, n int, value string, padding int) []host.Write {
	var records []host.Write
	for i := range n {
		key := fmt.Sprintf("user-%05d", from+i)
		random := rand.New(rand.NewPCG(uint64(from+i), 0))
		pad := make([]byte, padding)
		for j := range pad {
			pad[j] = 'a' + byte(random.IntN(26))
		}
		records = append(records, record(key, value+key+string(pad)))
	}
	return records
}

func group(records []host.Write) host.Group { return host.Group{Writes: records} }

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}
