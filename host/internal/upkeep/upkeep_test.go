package upkeep_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/host/internal/upkeep"
)

// setup returns the upkeep of a fresh store. The number is the free space in MiB; the
// store needs 1024.
func setup(t *testing.T) (*hosttest.Parts, *upkeep.Upkeep, *atomic.Uint64) {
	t.Helper()
	free := new(atomic.Uint64)
	free.Store(50 << 10)
	p := hosttest.OpenParts(t, "", func(o *journal.Options) {
		o.MinFreeBytes = 1024 << 20
		o.FreeSpace = func(string) (uint64, uint64, error) { return free.Load() << 20, 100 << 30, nil }
	})
	logger := slog.New(slog.DiscardHandler)
	s := supervisor.New(supervisor.Config{Store: p.Store, Events: p.Events, Logger: logger, Now: time.Now, MaxRuns: 1})
	t.Cleanup(s.Stop)
	return p, upkeep.New(upkeep.Config{
		Store: p.Store, Supervisor: s, Events: p.Events, Logger: logger, Started: time.Now(),
	}), free
}

func TestAFullDiskPausesWritingAndIsTold(t *testing.T) {
	t.Parallel()
	p, u, free := setup(t)
	for _, test := range []struct {
		free         uint64 // MiB
		status, says string
		event        string
	}{
		{50 << 10, "ok", "51200 MiB free", ""},
		{1500, "warn", "below 1024 MiB writing pauses", ""},
		{80, "fail", "writing is paused since", "paused"},
		{80, "fail", "writing is paused since", ""},
		{50 << 10, "ok", "51200 MiB free", "resumed"},
	} {
		free.Store(test.free)
		last := p.Events.Last()
		u.CheckDisk()
		if got := strings.Join(p.Kinds(t, "host", last), " "); got != test.event {
			t.Errorf("at %d MiB the events are %q, want %q", test.free, got, test.event)
		}
		if f := u.ExamineSpace(); f.Status != test.status || !strings.Contains(f.Message, test.says) || (f.Fix == "") != (f.Status == "ok") {
			t.Errorf("at %d MiB the doctor says %+v", test.free, f)
		}
		if d := u.Disk(); d.Paused != (test.status == "fail") || (d.Remedy == "") == d.Paused || d.Free != test.free<<20 {
			t.Errorf("at %d MiB the disk is %+v", test.free, d)
		}
	}
}

func TestRunsThatACrashLeftEndOnceThereIsRoom(t *testing.T) {
	t.Parallel()
	p, u, free := setup(t)
	c := p.Connect(t, host.Connection{Alias: "corp", Settings: []byte("{}")}, nil)
	run, err := p.Store.BeginRun(host.Run{Connection: c.ID, Status: host.StatusRunning})
	if err != nil {
		t.Fatal(err)
	}
	status := func() host.RunStatus {
		stored, err := p.Store.Run(run.ID)
		if err != nil {
			t.Fatal(err)
		}
		return stored.Status
	}
	free.Store(1)
	u.CheckDisk()
	if got := status(); got != host.StatusRunning {
		t.Errorf("without room it is %s", got)
	}
	free.Store(50 << 10)
	u.CheckDisk()
	if got := status(); got != host.StatusInterrupted {
		t.Errorf("with room it is %s", got)
	}
}

func TestTheStoreIsMaintainedWhenThereIsRoom(t *testing.T) {
	t.Parallel()
	_, u, free := setup(t)
	history := func() string {
		findings, err := u.ExamineHistory()
		if err != nil || len(findings) != 2 {
			t.Fatalf("the doctor says %+v, %v", findings, err)
		}
		return findings[0].Message + ". " + findings[1].Message
	}
	if got := history(); !strings.Contains(got, "kept from the beginning") || !strings.Contains(got, "not yet") {
		t.Errorf("at first it says %q", got)
	}
	free.Store(1)
	u.CheckDisk()
	if err := u.Maintain(t.Context(), true); err != nil || !strings.Contains(history(), "not yet") {
		t.Errorf("without room: %v, %q", err, history())
	}
	free.Store(50 << 10)
	u.CheckDisk()
	if err := u.Maintain(t.Context(), false); err != nil || !strings.Contains(history(), "last on ") {
		t.Errorf("with room: %v, %q", err, history())
	}
}

func TestWhatWasNeverStartedStops(t *testing.T) {
	t.Parallel()
	p, u, _ := setup(t)
	u.Stop()
	u.Start()
	u.Stop()
	if err := errors.Join(p.Store.Room(), u.CloseInterrupted()); err != nil {
		t.Error(err)
	}
}
