package journal_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

var (
	fixtureUsers  = host.StreamInfo{Name: "users", Title: "Users", Kind: "account", Deletes: "snapshot"}
	fixtureEvents = host.StreamInfo{Name: "events", Title: "Events", Kind: "change", Deletes: "never", Incremental: true}
)

// fillFixture writes a store that has something of everything: several versions,
// a removal, odd keys, a digest in a base and pieces, a cursor, gaps, logs, a
// paused connection, a sealed secret, and a run that a crash left. It returns
// moments between the runs, and the zero time.
func fillFixture(t *testing.T, dir string, keeper *secret.MasterKey, spoil func(*journal.Journal) error) []time.Time {
	t.Helper()
	b := &bundle{t: t, dir: dir, clock: &clock{time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}}
	b.Journal = ok(journal.Open(journal.Options{Dir: dir, Key: keeper.StoreKey(), Now: b.clock.now, MinFreeBytes: 1}))(t)
	b.MakeSmall()
	const id = "01KK0000000000000000000001"
	sealed := ok(keeper.Seal(id, "token", []byte("a secret of the fixture")))(t)
	b.conn = ok(b.CreateConnection(asTester(), host.Connection{
		ID: id, Alias: "corp", Connector: "fake", Schedule: "0 3 * * *", Settings: []byte(`{"streams":[{"name":"users","records":3}]}`),
	}, map[string][]byte{"token": sealed}))(t)
	must(t, b.SetDue(id, b.clock.at.Add(18*time.Hour)))
	other := ok(b.CreateConnection(asTester(), host.Connection{ID: "01KK0000000000000000000002", Alias: "hq", Connector: "fake"}, nil))(t)
	pause := func(c *host.Connection) error {
		c.Paused = &host.Pause{Since: b.clock.at, By: "person", Reason: "being moved"}
		return nil
	}
	ok(b.UpdateConnection(asTester(), other.ID, 0, pause, nil, nil))(t)

	moments := []time.Time{{}}
	users := append(docs(0, 60, "1", 0), record("odd\x00\u00fc", "1"))
	b.fixtureRun("run-1", host.OutcomeComplete, users...)
	moments = append(moments, b.clock.at.Add(time.Minute))
	b.fixtureRun("run-2", host.OutcomeComplete, append(docs(1, 60, "1", 0), record("user-00005", "2"))...) // the first and the odd are gone, one is new, one changed
	moments = append(moments, b.clock.at.Add(time.Minute))
	b.fixtureRun("run-3", host.OutcomeGaps, docs(5, 3, "1", 0)...)
	moments = append(moments, b.clock.at.Add(time.Minute))
	w := b.stream(b.fixtureBegin("run-4"), fixtureUsers) // and then the host crashed
	ok(w.Commit(group([]host.Write{record("new", "1"), record("user-00059", "3"), {Key: "user-00060", Removed: true}})))(t)

	must(t, b.Verify(t.Context(), id))
	if spoil != nil {
		must(t, spoil(b.Journal))
	}
	must(t, b.Close())
	return moments
}

func (b *bundle) fixtureBegin(id string) host.Run {
	b.t.Helper()
	b.clock.at = b.clock.at.Add(time.Hour)
	at := b.clock.at
	run := ok(b.BeginRun(host.Run{
		ID: id, Connection: b.conn.ID, Alias: b.conn.Alias, Connector: "fake", ConnectorVersion: "1.0.0", Trigger: host.TriggerSchedule,
		Status: host.StatusRunning, QueuedAt: at, StartedAt: &at,
		Steps: []host.Step{{Name: "users", Title: "Users", Stream: "users", Status: host.StatusRunning, StartedAt: &at}},
	}))(b.t)
	must(b.t, b.AppendLogs(id, []host.Log{{At: at, Level: "info", Step: "users", Message: "began " + id}, {At: at, Level: "debug", Message: "GET /v1/users"}}))
	return run
}

// fixtureRun is a run with an end. Events keep a cursor.
func (b *bundle) fixtureRun(id string, result host.Outcome, records ...host.Write) {
	b.t.Helper()
	run := b.fixtureBegin(id)
	users, events := b.stream(run, fixtureUsers), b.stream(run, fixtureEvents)
	counts := ok(users.Commit(group(records)))(b.t)
	outcome := ok(users.Finish(finish(result)))(b.t)
	ok(events.Commit(host.Group{Writes: []host.Write{record("event of "+id, "1")}, Checkpoint: host.Checkpoint{Cursor: []byte(`{"after":"` + id + `"}`)}}))(b.t)
	ok(events.Finish(complete()))(b.t)
	end := b.clock.at.Add(30 * time.Second)
	counts.Removed = outcome.Removed
	run.Status, run.FinishedAt = host.StatusSucceeded, &end
	run.Steps[0].Status, run.Steps[0].FinishedAt, run.Steps[0].Counts = host.StatusSucceeded, &end, counts
	if result != host.OutcomeComplete {
		problem := host.Problem{Code: "permission.missing", Message: "ou=board may not be read", Remedy: "Let the account read ou=board.", Fault: host.FaultCustomer, Retry: host.RetryWhenCredentialChanges, Permissions: []string{"read users"}}
		run.Status, run.Steps[0].Status, run.Steps[0].Error = host.StatusPartial, host.StatusPartial, &problem
		run.Steps[0].Gaps = []host.Gap{{Scope: "ou=board", Error: problem}}
	}
	must(b.t, b.SaveRun(run))
}

// pack returns the files below dir as a compressed archive.
func pack(t *testing.T, dir string) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		raw, readErr := os.ReadFile(path)
		if err := errors.Join(err, readErr); err != nil {
			return err
		}
		header := &tar.Header{Name: filepath.ToSlash(name), Mode: 0o600, Size: int64(len(raw)), Format: tar.FormatUSTAR}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		_, err = archive.Write(raw)
		return err
	}))
	must(t, errors.Join(archive.Close(), zip.Close()))
	if out.Len() > 300<<10 {
		t.Fatalf("the fixture has %d KiB, want at most 300", out.Len()>>10)
	}
	return out.Bytes()
}

// unpackFixture returns a copy of a fixture's data directory.
func unpackFixture(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	zip := ok(gzip.NewReader(bytes.NewReader(ok(os.ReadFile(filepath.Join(fixtures, name, "data.tar.gz")))(t))))(t)
	for archive := tar.NewReader(zip); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		must(t, err)
		path := filepath.Join(dir, filepath.FromSlash(header.Name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, ok(io.ReadAll(archive))(t), 0o600))
	}
}
