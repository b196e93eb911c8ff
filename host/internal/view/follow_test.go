package view_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/view"
)

// followed is a view of a journal with one connection, whose run goes on.
type followed struct {
	*view.View
	journal *journal.Journal
	run     host.Run
	users   *journal.StreamWriter
	written chan struct{} // gets one for each segment on disk
	count   int           // records
	number  uint32        // of the stream
}

func setupRun(t *testing.T) *followed {
	t.Helper()
	dir := t.TempDir()
	s, err := journal.Open(journal.Options{Dir: filepath.Join(dir, "store"), Key: make([]byte, 32), MinFreeBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	ctx := host.WithActor(t.Context(), host.Actor{Kind: host.ActorPerson, ID: "tester", Auth: host.AuthLocal})
	c, err := s.CreateConnection(ctx, host.Connection{Alias: "corp", Connector: "x"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := &followed{journal: s, written: make(chan struct{}, 100)}
	if f.run, err = s.BeginRun(host.Run{Connection: c.ID, Alias: c.Alias, Status: host.StatusRunning}); err != nil {
		t.Fatal(err)
	}
	info := host.StreamInfo{Name: "users", Kind: "account", Deletes: "snapshot"}
	if f.users, err = s.OpenStream(c.ID, info, f.run.ID, f.run.Epoch); err != nil {
		t.Fatal(err)
	}
	f.View = view.Open(view.Config{Dir: filepath.Join(dir, "lists"), Key: make([]byte, 32), Journal: s})
	f.OnStep(func(step string) error {
		if step == "sweep" {
			f.written <- struct{}{}
		}
		return nil
	})
	t.Cleanup(func() {
		f.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	f.add(t)
	return f
}

// add commits one record more.
func (f *followed) add(t *testing.T) {
	t.Helper()
	f.count++
	write := host.Write{Key: fmt.Sprint(f.count), Doc: []byte(`{"name":"Ann"}`)}
	if _, err := f.users.Commit(host.Group{Writes: []host.Write{write}, Checkpoint: host.Checkpoint{Sequence: uint64(f.count)}}); err != nil {
		t.Fatal(err)
	}
}

// check makes sure that a list has every record that was added.
func (f *followed) check(t *testing.T) {
	t.Helper()
	marks, err := f.journal.StreamMarks()
	if err != nil {
		t.Fatal(err)
	}
	f.number = marks[0].Number
	answer, err := f.List(t.Context(), marks, view.Query{Where: []string{"name:ann"}, Limit: 10})
	if err != nil || answer.Matched != f.count || answer.Scanned {
		t.Fatalf("a list has %d of %d records (scanned %v), %v", answer.Matched, f.count, answer.Scanned, err)
	}
}

func (f *followed) awaitWritten(t *testing.T) {
	t.Helper()
	select {
	case <-f.written:
	case <-time.After(time.Minute):
		t.Fatal("no segment was written")
	}
}

// await waits until the reader is behind the journal, or is not.
func (f *followed) await(t *testing.T, behind bool) {
	t.Helper()
	late, tick := time.After(time.Minute), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for {
		status, follows := f.Status()
		if follows && status.Position != "" && (status.BehindSince != nil) == behind {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("the reader's status is %+v (follows %v)", status, follows)
		}
	}
}

// TestARunIsWrittenWhenItEnds makes sure that lists are current while a run goes on, that
// nothing of it is on disk meanwhile, and that it is one segment when the run has ended.
func TestARunIsWrittenWhenItEnds(t *testing.T) {
	t.Parallel()
	f := setupRun(t)
	f.Follow(time.Hour)
	f.await(t, true)
	for range 5 {
		f.check(t)
		f.add(t)
	}
	f.check(t)
	if n := f.Size(); n != 0 {
		t.Errorf("%d bytes were written while the run went on", n)
	}
	if err := f.users.Close(); err != nil {
		t.Fatal(err)
	}
	f.run.Status = host.StatusSucceeded
	if err := f.journal.SaveRun(f.run); err != nil {
		t.Fatal(err)
	}
	f.awaitWritten(t)
	f.await(t, false)
	f.check(t)
	if n := f.Segments(f.number); n != 1 || len(f.written) != 0 {
		t.Errorf("the run is in %d segments, and %d more were written", n, len(f.written))
	}
}

// TestALongRunIsWritten makes sure that what a run wrote waits for its end no longer than
// the patience.
func TestALongRunIsWritten(t *testing.T) {
	t.Parallel()
	f := setupRun(t)
	f.Follow(0)
	for range 2 {
		f.awaitWritten(t)
		f.await(t, false)
		f.check(t)
		f.add(t)
	}
	f.awaitWritten(t)
	f.check(t)
	if err := f.users.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestARefreshIsEnough makes sure that transactions which a refresh has reached are not
// refreshed again.
func TestARefreshIsEnough(t *testing.T) {
	t.Parallel()
	f := setupRun(t)
	landed, _, err := f.journal.Landed(t.Context(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for attempt := range 2 {
		if done, err := f.Handle(t.Context(), landed...); err != nil || done != len(landed) {
			t.Fatalf("%d of %d transactions are done, %v", done, len(landed), err)
		}
		if len(f.written) != 1 {
			t.Fatalf("%d segments were written in %d attempts", len(f.written), attempt+1)
		}
		f.add(t)
	}
}
