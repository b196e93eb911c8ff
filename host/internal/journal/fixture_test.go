package journal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

// testdata/store holds data directories as a version of Plumbline wrote them:
// data.tar.gz, sealed with a fixed master key, and want.json, what it says. Each
// must open for ever. newer has a schema number no version has reached.
//
//	go test -run TestOldStores ./host/internal/journal -update
//
// writes a fixture that is missing and changes none that is there. After a change
// of schema copy the generator's fixture to the new number's folder and keep the
// old ones.
var update = flag.Bool("update", false, "write the fixtures that are missing")

const (
	fixtures    = "../../../testdata/store"
	unreachable = 200 // a schema number
)

// contents is everything a fixture says, as far as the store can be asked.
type contents struct {
	Connections []host.Connection
	Secrets     map[string]string // by setting name, of the first connection
	Dues        map[string]time.Time
	Runs        []host.Run
	Logs        []host.Log // of the first run
	Streams     []host.StreamStats
	AsOf        map[string][]string // records by moment; the zero time is now
	Changes     []string
}

func TestOldStores(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"v1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if *update {
				writeFixture(t, name, nil)
			}
			dir := unpackFixture(t, name)
			s, master := openFixture(t, dir)
			var want contents
			Must(t, json.Unmarshal(OK(os.ReadFile(filepath.Join(fixtures, name, "want.json")))(t), &want))
			got := contentsOf(t, s, master, want.moments())
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(host.Problem{}), cmpopts.EquateEmpty(), cmp.Comparer(sameJSON)); diff != "" {
				t.Errorf("the store says something else (-as written +now):\n%s", diff)
			}
			for _, stream := range got.Streams {
				if first := stream.FirstReadAt; first == nil || first.Format(time.DateTime) != "2026-03-01 10:00:00" {
					t.Errorf("%s was first read at %v", stream.Name, first)
				}
			}
			if len(got.Connections) != 2 || len(got.Runs) != 4 || len(got.AsOf) != 4 || len(got.Changes) < 60 || len(got.Secrets) != 1 {
				t.Errorf("the fixture says too little: %d connections, %d runs", len(got.Connections), len(got.Runs))
			}
			useFixture(t, s, got.Connections[0])
		})
	}
}

// useFixture verifies the store, ends the run that was not finished, syncs once
// more and verifies again.
func useFixture(t *testing.T, s *Bundle, c host.Connection) {
	t.Helper()
	if v := OK(s.VerifyAll(t.Context(), nil))(t); !v.OK() || v.Anchors == 0 || v.Connections[0].Length < 5 {
		t.Errorf("verification of the fixture: %+v", v)
	}
	for _, prefix := range []string{"b", "g", "v", "l", "u", "k", "d"} {
		if CountKeys(s.Ledger)[prefix] == 0 {
			t.Errorf("the fixture has nothing under %s", prefix)
		}
	}
	if runs := OK(s.InterruptRuns(time.Now()))(t); len(runs) != 1 {
		t.Errorf("%d runs were not finished, want 1", len(runs))
	}
	b := &Bundle{Journal: s.Journal, T: t, Clock: &Clock{}, Conn: c}
	w := b.Stream(b.Begin(), fixtureUsers)
	counts := OK(w.Commit(Group(append(Docs(0, 61, "1", 0), Record("odd\x00\u00fc", "1")))))(t)
	outcome := OK(w.Finish(Finish(host.OutcomeComplete)))(t)
	if counts.Read != 62 || counts.Added != 3 || counts.Changed != 1 || outcome.Removed != 1 {
		t.Errorf("the next sync counts %+v, %+v; the digest was not read as it was written", counts, outcome)
	}
	s.Clean()
}

// TestNewerStore makes sure that the fixture for the command line is refused, by
// both numbers, as a store of a later version is.
func TestNewerStore(t *testing.T) {
	t.Parallel()
	if *update {
		writeFixture(t, "newer", func(txn *badgerdir.Txn) error { return layout.WriteNumber(txn, layout.KeySchema, unreachable) })
	}
	dir := unpackFixture(t, "newer")
	master := OK(secret.OpenMasterKey(dir, secret.BackendFile))(t)
	_, err := journal.Open(journal.Options{Dir: filepath.Join(dir, "store"), Key: master.StoreKey(), MinFreeBytes: 1})
	p := WantProblem(t, err, host.CodeNewerStore, "")
	if !bytes.Contains([]byte(p.Message), []byte("schema 200")) || !bytes.Contains([]byte(p.Message), []byte("up to 1")) {
		t.Errorf("%q does not name both schemas", p.Message)
	}
}

func (c contents) moments() (moments []time.Time) {
	for text := range c.AsOf {
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			moments = append(moments, at)
		}
	}
	return moments
}

// sameJSON ignores the spaces that want.json is laid out with.
func sameJSON(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

func openFixture(t *testing.T, dir string) (*Bundle, *secret.MasterKey) {
	t.Helper()
	master := OK(secret.OpenMasterKey(dir, secret.BackendFile))(t)
	b := NewBundle(t, filepath.Join(dir, "store"))
	Must(t, b.OpenWith(journal.Options{Dir: b.Dir, Key: master.StoreKey(), MinFreeBytes: 1}))
	t.Cleanup(func() { Must(t, b.Close()) })
	return b, master
}

func contentsOf(t *testing.T, s *Bundle, master *secret.MasterKey, moments []time.Time) contents {
	t.Helper()
	c := contents{Connections: OK(s.Connections())(t), Dues: OK(s.Dues())(t), Secrets: map[string]string{}, AsOf: map[string][]string{}}
	first := c.Connections[0].ID
	for name, sealed := range OK(s.SealedSecrets(first))(t) {
		c.Secrets[name] = string(OK(master.Open(first, name, sealed))(t))
	}
	runs, _, err := s.Runs(journal.RunQuery{})
	Must(t, err)
	c.Runs = runs
	c.Logs = OK(s.Logs(journal.LogQuery{Run: "run-1"}))(t).Lines
	c.Streams = OK(s.StreamStats(first))(t)
	for _, at := range moments {
		records, _, err := s.Records(t.Context(), journal.RecordQuery{Connection: first, AsOf: at, Limit: 1000})
		Must(t, err)
		for _, r := range records {
			line := fmt.Sprintf("%s %q %s %.12s %s %s %s", r.Stream, r.Key, r.Kind, r.Hash, r.Run, r.ObservedAt.Format(time.RFC3339Nano), r.Data)
			c.AsOf[at.Format(time.RFC3339Nano)] = append(c.AsOf[at.Format(time.RFC3339Nano)], line)
		}
	}
	changes, err := s.Changes(t.Context(), journal.ChangeQuery{Connections: []string{first}, Limit: 1000})
	Must(t, err)
	for _, k := range changes.Changes {
		c.Changes = append(c.Changes, fmt.Sprintf("%s %s %s %q %.12s %s", k.Run, k.Kind, k.Stream, k.Key, k.Hash, k.At.Format(time.RFC3339Nano)))
	}
	return c
}

// writeFixture makes a fixture unless it is there. Spoil changes the store at the
// end; nil writes want.json as well.
func writeFixture(t *testing.T, name string, spoil func(*badgerdir.Txn) error) {
	t.Helper()
	into := filepath.Join(fixtures, name)
	if _, err := os.Stat(filepath.Join(into, "data.tar.gz")); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	dir := t.TempDir()
	Must(t, os.WriteFile(filepath.Join(dir, "master.key"), bytes.Repeat([]byte("k"), 32), 0o600))
	master := OK(secret.OpenMasterKey(dir, secret.BackendFile))(t)
	moments := fillFixture(t, filepath.Join(dir, "store"), master, spoil)
	Must(t, os.MkdirAll(into, 0o755))
	Must(t, os.WriteFile(filepath.Join(into, "data.tar.gz"), pack(t, dir), 0o644))
	if spoil != nil {
		return
	}
	s, master := openFixture(t, unpackFixture(t, name))
	raw := OK(json.MarshalIndent(contentsOf(t, s, master, moments), "", " "))(t)
	Must(t, os.WriteFile(filepath.Join(into, "want.json"), append(raw, '\n'), 0o644))
}
