package reader_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/reader"
)

var tester = host.Actor{Kind: host.ActorPerson, ID: "tester", Auth: host.AuthLocal}

type note struct {
	Text string `json:"text"`
}

func open(t *testing.T, dir string) *journal.Journal {
	t.Helper()
	s, err := journal.Open(journal.Options{Dir: dir, Key: make([]byte, 32), MinFreeBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// edit makes transactions that land in the feed.
func edit(t *testing.T, s *journal.Journal, keys ...string) {
	t.Helper()
	notes := documents.NewCollection[note](s.Documents, "note", nil)
	for _, k := range keys {
		if _, err := notes.Put(host.WithActor(t.Context(), tester), k, note{k}, 0); err != nil {
			t.Fatal(err)
		}
	}
}

// heard gathers what a reader handles.
type heard struct {
	mu   sync.Mutex
	all  []host.Landed
	news chan struct{}
	take func(batch []host.Landed) (int, error) // nil = all of it
}

func (h *heard) handle(_ context.Context, batch []host.Landed) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	done, err := len(batch), error(nil)
	if h.take != nil {
		done, err = h.take(batch)
	}
	h.all = append(h.all, batch[:done]...)
	select {
	case h.news <- struct{}{}:
	default:
	}
	return done, err
}

func (h *heard) wait(t *testing.T, count int) {
	t.Helper()
	late := time.After(time.Minute)
	for {
		h.mu.Lock()
		n := len(h.all)
		h.mu.Unlock()
		if n == count {
			return
		}
		if n > count {
			t.Fatalf("%d transactions were handled, want %d", n, count)
		}
		select {
		case <-h.news:
		case <-late:
			t.Fatalf("%d transactions were handled, want %d", n, count)
		}
	}
}

func start(t *testing.T, s *journal.Journal, h *heard) *reader.Reader {
	t.Helper()
	h.news = make(chan struct{}, 1)
	r, err := reader.Start(reader.Options{Name: "test", Journal: s, Handle: h.handle, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAReaderGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	edit(t, s, "a", "b")
	var first, second heard
	r := start(t, s, &first)
	first.wait(t, 2)
	edit(t, s, "c")
	first.wait(t, 3)
	r.Close()
	edit(t, s, "d")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	r = start(t, s, &second)
	second.wait(t, 1)
	r.Close()
	if at := second.all[0].At; !at.After(first.all[2].At) {
		t.Errorf("after %v it was given %v", first.all[2].At, at)
	}
	if status := r.Status(); status.BehindSince != nil || status.Error != "" || status.Position != second.all[0].Position {
		t.Errorf("its status is %+v, after %+v", status, second.all[0])
	}
}

func TestWhatIsNotTakenIsOfferedAgain(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	edit(t, s, "a", "b", "c")
	refuse := true
	h := &heard{take: func(batch []host.Landed) (int, error) {
		if refuse {
			refuse = false
			return 1, nil
		}
		return len(batch), nil
	}}
	r := start(t, s, h)
	defer r.Close()
	h.wait(t, 1)
	edit(t, s, "d") // news
	h.wait(t, 4)
	seen := map[string]bool{}
	for _, l := range h.all {
		if seen[l.Position] {
			t.Errorf("%s was handled twice", l.Position)
		}
		seen[l.Position] = true
	}
}

func TestAFailureIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	edit(t, s, "a")
	failed := make(chan host.ReaderStatus, 1)
	var r *reader.Reader
	tries := 0
	h := &heard{take: func(batch []host.Landed) (int, error) {
		if tries++; tries == 1 {
			return 0, errors.New("no room")
		}
		failed <- r.Status()
		return len(batch), nil
	}}
	h.mu.Lock() // Handle waits until r is set
	r = start(t, s, h)
	h.mu.Unlock()
	defer r.Close()
	h.wait(t, 1)
	if status := <-failed; status.Error != "no room" || status.RetryAt == nil {
		t.Errorf("after a failure its status is %+v", status)
	}
}

// TestRecordsAndDeletedConnections makes sure that a reader is given what a run wrote,
// by connection and stream, and passes over connections that are gone.
func TestRecordsAndDeletedConnections(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx := host.WithActor(t.Context(), tester)
	for i, alias := range []string{"kept", "gone"} {
		c, err := s.CreateConnection(ctx, host.Connection{Alias: alias, Connector: "x"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		run, err := s.BeginRun(host.Run{Connection: c.ID, Alias: alias, Status: host.StatusRunning})
		if err != nil {
			t.Fatal(err)
		}
		w, err := s.OpenStream(c.ID, host.StreamInfo{Name: fmt.Sprint("stream", i), Kind: "account", Deletes: "snapshot"}, run.ID, run.Epoch)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Commit(host.Group{Writes: []host.Write{{Key: "k", Doc: []byte(`{}`)}},
			Checkpoint: host.Checkpoint{Sequence: 1}}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			if err := s.DeleteConnection(ctx, c.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	var h heard
	r := start(t, s, &h)
	defer r.Close()
	h.wait(t, 4) // three edits and the records of the connection that is kept
	var records []host.Landed
	for _, l := range h.all {
		if l.Connection != "" {
			records = append(records, l)
		}
	}
	if len(records) != 1 || records[0].Stream != "stream0" || records[0].Run == "" {
		t.Errorf("of records it was given %+v", records)
	}
}
