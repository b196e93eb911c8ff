package ledger_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

func TestCommitTimesCountUp(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	write := func(doc string) {
		w := b.Stream(b.Begin(), Snapshot)
		for range 3 {
			OK(w.Commit(Group([]host.Write{Record("user", doc)})))(t)
			doc += "+"
		}
	}
	write("one")
	b.Clock.At = b.Clock.At.Add(-48 * time.Hour) // set back while running
	write("two")
	b.Reopen() // and while stopped
	b.Clock.At = b.Clock.At.Add(-48 * time.Hour)
	write("three")
	page, err := b.Changes(t.Context(), journal.ChangeQuery{Connections: []string{b.Conn.ID}})
	Must(t, err)
	changes := page.Changes
	if len(changes) != 9 {
		t.Fatalf("%d changes, want 9", len(changes))
	}
	for i := 1; i < len(changes); i++ {
		if !changes[i-1].At.After(changes[i].At) {
			t.Errorf("change %d at %v is not after %v", i-1, changes[i-1].At, changes[i].At)
		}
	}
	records := b.Page(journal.RecordQuery{})
	if string(records[0].Data) != `{"v":"three++"}` {
		t.Errorf("current record is %s, want the last one written", records[0].Data)
	}
}

// TestStreamsShareTheChain lets the streams of one run commit at the same moment:
// each of their entries must follow another.
func TestStreamsShareTheChain(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	run := b.Begin()
	var wait sync.WaitGroup
	for n := range 4 {
		w := b.Stream(run, host.StreamInfo{Name: fmt.Sprint("stream", n), Kind: "account", Deletes: "snapshot"})
		wait.Go(func() {
			for i := range 20 {
				if _, err := w.Commit(Group(Docs(i*3, 3, "1", 0))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	b.Clean()
	v := OK(b.VerifyAll(t.Context(), nil))(t)
	if c := v.Connections[0]; c.Length != 80 || c.Versions != 240 || c.Records != 240 {
		t.Errorf("the chain has %d entries, %d versions of %d records", c.Length, c.Versions, c.Records)
	}
}
