package app_test

import (
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

func TestWhatWasSkippedIsNotMadeUpFor(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	o := options(t, dir, nil)
	o.Now = func() time.Time { return time.Now().Add(-72 * time.Hour) }
	e := open(t, o)
	daily, never := add(t, e, connections.NewConnection{Schedule: "@daily"}), add(t, e, connections.NewConnection{Alias: "asked"})
	paused := add(t, e, connections.NewConnection{Alias: "paused", Schedule: "@daily"})
	if _, err := e.Pause(as(t), "paused", "moving"); err != nil {
		t.Fatal(err)
	}
	if err := e.SkipMissed(as(t)); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	inStore(t, dir, func(s *journal.Journal) error {
		dues, err := s.Dues()
		if next := dues[daily.ID]; !next.After(time.Now()) || next.After(time.Now().Add(25*time.Hour)) {
			t.Errorf("due at %s, want the next time after now", next)
		}
		if len(dues) != 1 {
			t.Errorf("due times %v, want none of %s and %s", dues, never.ID, paused.ID)
		}
		return err
	})
	o = options(t, dir, nil)
	o.Unattended = true
	e = open(t, o)
	if run := sync(t, e, "corp"); run.Trigger != host.TriggerManual {
		t.Errorf("the run's trigger is %s", run.Trigger)
	}
	if runs, _, err := e.Runs("", 10, ""); err != nil || len(runs) != 1 {
		t.Errorf("%d runs (%v), want the one that a person started", len(runs), err)
	}
}
