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
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

var (
	fixtureUsers  = host.StreamInfo{Name: "users", Title: "Users", Kind: "account", Deletes: "snapshot"}
	fixtureEvents = host.StreamInfo{Name: "events", Title: "Events", Kind: "change", Deletes: "never", Incremental: true}
)

// fillFixture writes a store that has something of everything: several versions,
// a removal, odd keys, a digest with base and deltas, a cursor, gaps, logs, a
// paused connection, a sealed secret, and a run that a crash left. It returns
// moments between the runs, and the zero time.
func fillFixture(t *testing.T, dir string, master *secret.MasterKey, spoil func(*badgerdir.Txn) error) []time.Time {
	t.Helper()
	b := NewBundle(t, dir)
	Must(t, b.OpenWith(journal.Options{Dir: dir, Key: master.StoreKey(), Now: b.Clock.Now, MinFreeBytes: 1}))
	MakeSmall(b.Ledger)
	const id = "01KK0000000000000000000001"
	sealed := OK(master.Seal(id, "token", []byte("a secret of the fixture")))(t)
	b.Conn = OK(b.CreateConnection(AsTester(), host.Connection{
		ID: id, Alias: "corp", Connector: "fake", Schedule: "0 3 * * *", Settings: []byte(`{"streams":[{"name":"users","records":3}]}`),
	}, map[string][]byte{"token": sealed}))(t)
	Must(t, b.SetDue(id, b.Clock.At.Add(18*time.Hour)))
	other := OK(b.CreateConnection(AsTester(), host.Connection{ID: "01KK0000000000000000000002", Alias: "hq", Connector: "fake"}, nil))(t)
	pause := func(c *host.Connection) error {
		c.Paused = &host.Pause{Since: b.Clock.At, By: "person", Reason: "being moved"}
		return nil
	}
	OK(b.UpdateConnection(AsTester(), other.ID, 0, pause, nil, nil))(t)

	moments := []time.Time{{}}
	users := append(Docs(0, 60, "1", 0), Record("odd\x00\u00fc", "1"))
	fixtureRun(b, "run-1", host.OutcomeComplete, users...)
	moments = append(moments, b.Clock.At.Add(time.Minute))
	// The first and the odd are gone, one is new, one changed.
	fixtureRun(b, "run-2", host.OutcomeComplete, append(Docs(1, 60, "1", 0), Record("user-00005", "2"))...)
	moments = append(moments, b.Clock.At.Add(time.Minute))
	fixtureRun(b, "run-3", host.OutcomeGaps, Docs(5, 3, "1", 0)...)
	moments = append(moments, b.Clock.At.Add(time.Minute))
	w := b.Stream(fixtureBegin(b, "run-4"), fixtureUsers) // and then the host crashed
	OK(w.Commit(Group([]host.Write{Record("new", "1"), Record("user-00059", "3"), {Key: "user-00060", Removed: true}})))(t)

	b.Verify()
	if spoil != nil {
		Must(t, b.Ledger.Update(spoil))
	}
	Must(t, b.Close())
	return moments
}

func fixtureBegin(b *Bundle, id string) host.Run {
	b.T.Helper()
	b.Clock.At = b.Clock.At.Add(time.Hour)
	at := b.Clock.At
	run := OK(b.BeginRun(host.Run{
		ID: id, Connection: b.Conn.ID, Alias: b.Conn.Alias, Connector: "fake", ConnectorVersion: "1.0.0", Trigger: host.TriggerSchedule,
		Status: host.StatusRunning, QueuedAt: at, StartedAt: &at,
		Steps: []host.Step{{Name: "users", Title: "Users", Stream: "users", Status: host.StatusRunning, StartedAt: &at}},
	}))(b.T)
	Must(b.T, b.AppendLogs(id, []host.Log{
		{At: at, Level: "info", Step: "users", Message: "began " + id}, {At: at, Level: "debug", Message: "GET /v1/users"},
	}))
	return run
}

// fixtureRun is a run with an end. Events keep a cursor.
func fixtureRun(b *Bundle, id string, result host.Outcome, records ...host.Write) {
	b.T.Helper()
	run := fixtureBegin(b, id)
	users, events := b.Stream(run, fixtureUsers), b.Stream(run, fixtureEvents)
	counts := OK(users.Commit(Group(records)))(b.T)
	outcome := OK(users.Finish(Finish(result)))(b.T)
	OK(events.Commit(host.Group{
		Writes: []host.Write{Record("event of "+id, "1")}, Checkpoint: host.Checkpoint{Cursor: []byte(`{"after":"` + id + `"}`)},
	}))(b.T)
	OK(events.Finish(Finish(host.OutcomeComplete)))(b.T)
	end := b.Clock.At.Add(30 * time.Second)
	counts.Removed = outcome.Removed
	run.Status, run.FinishedAt = host.StatusSucceeded, &end
	run.Steps[0].Status, run.Steps[0].FinishedAt, run.Steps[0].Counts = host.StatusSucceeded, &end, counts
	if result != host.OutcomeComplete {
		problem := host.Problem{
			Code: "permission.missing", Message: "ou=board may not be read", Remedy: "Let the account read ou=board.",
			Fault: host.FaultCustomer, Retry: host.RetryWhenCredentialChanges, Permissions: []string{"read users"},
		}
		run.Status, run.Steps[0].Status, run.Steps[0].Error = host.StatusPartial, host.StatusPartial, &problem
		run.Steps[0].Gaps = []host.Gap{{Scope: "ou=board", Error: problem}}
	}
	Must(b.T, b.SaveRun(run))
}

// pack returns the files below dir as a compressed archive.
func pack(t *testing.T, dir string) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	Must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
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
	Must(t, errors.Join(archive.Close(), zip.Close()))
	if out.Len() > 300<<10 {
		t.Fatalf("the fixture has %d KiB, want at most 300", out.Len()>>10)
	}
	return out.Bytes()
}

// unpackFixture returns a copy of a fixture's data directory.
func unpackFixture(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	zip := OK(gzip.NewReader(bytes.NewReader(OK(os.ReadFile(filepath.Join(fixtures, name, "data.tar.gz")))(t))))(t)
	for archive := tar.NewReader(zip); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		Must(t, err)
		path := filepath.Join(dir, filepath.FromSlash(header.Name))
		Must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		Must(t, os.WriteFile(path, OK(io.ReadAll(archive))(t), 0o600))
	}
}
