package supervisor_test

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

// onDisk gives the store a clock, and a disk that is full when full says so.
func onDisk(now func() time.Time, full func() bool) func(*bundle, *supervisor.Config) {
	return func(b *bundle, config *supervisor.Config) {
		if err := b.store.Close(); err != nil {
			panic(err)
		}
		var err error
		b.store, err = journal.Open(journal.Options{
			Dir: filepath.Join(b.dir, "store"), Key: make([]byte, 32), MinFreeBytes: 64 << 20, Now: now,
			FreeSpace: func(string) (free, total uint64, err error) {
				if full() {
					return 0, 1 << 40, nil
				}
				return 1 << 39, 1 << 40, nil
			},
		})
		if err != nil {
			panic(err)
		}
		b.vault.Store = b.store
		config.Store, config.Vault = b.store, b.vault
	}
}

func TestAnOutcomeThatCannotBeStoredIsToldAndStoredLater(t *testing.T) {
	t.Parallel()
	var full atomic.Bool
	var hours atomic.Int64 // what the store knows of the disk is soon out of date
	b := setup(t, onDisk(
		func() time.Time { return time.Now().Add(time.Duration(hours.Load()) * time.Hour) },
		full.Load,
	))
	script, file := b.blocking("a")
	c := b.connection(t, "fake", "corp", script)
	run := b.start(t, c, supervisor.Options{Trigger: host.TriggerManual})
	b.reading(t, run.ID, 200)
	full.Store(true)
	hours.Add(1)
	unblock(t, file)
	if err := b.supervisor.Wait(t.Context(), run.ID); err != nil {
		t.Fatal(err)
	}
	if stored, err := b.store.Run(run.ID); err != nil || stored.Status != host.StatusRunning {
		t.Fatalf("the store has it as %s (%v); it was to have no room for the outcome", stored.Status, err)
	}
	if told, ok := b.supervisor.Run(run.ID); !ok || !told.Status.Final() || step(told, "users").Error.Code != host.CodeDiskFull {
		t.Fatalf("it is told as %s, known %v", told.Status, ok)
	}
	if !b.supervisor.Idle() {
		t.Error("the run is in the way of what waits for there being none")
	}
	full.Store(false)
	hours.Add(1)
	b.stored(t, run.ID)
	if next := b.sync(t, c); next.Status != host.StatusSucceeded {
		t.Errorf("the next run is %s", told(next))
	}
}

// stored waits until the store has the outcome of a run.
func (b *bundle) stored(t *testing.T, id string) host.Run {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); ; <-tick.C {
		stored, err := b.store.Run(id)
		if err == nil && stored.Status.Final() {
			return stored
		}
		if time.Now().After(end) {
			t.Fatalf("the outcome was never stored: %s, %v", stored.Status, err)
		}
	}
}
