package app_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

// full is a disk of 100 GiB with a switch.
type full struct{ atomic.Bool }

func (f *full) measure(string) (free, total uint64, err error) {
	if f.Load() {
		return 80 << 20, 100 << 30, nil
	}
	return 50 << 30, 100 << 30, nil
}

// TestAFullDiskPausesWriting fills the disk in the middle of a sync and gives the
// room back.
func TestAFullDiskPausesWriting(t *testing.T) {
	t.Parallel()
	disk, dir := &full{}, dataDir(t)
	o := options(t, dir, nil)
	o.Unattended, o.FreeSpace = true, disk.measure
	e := open(t, o)
	gate := filepath.Join(t.TempDir(), "go")
	c := add(t, e, connections.NewConnection{
		Alias: "corp", Schedule: "@every 24h",
		Settings: raw(`{"streams":[{"name":"users","records":1000,"page":100,"cursor":true,"block_at":300,` +
			`"block_until_file":"` + gate + `"}]}`),
	})
	run, err := e.Sync(as(t), c.ID, connections.SyncRequest{})
	if err != nil {
		t.Fatal(err)
	}
	await(t, "300 records", func() bool { r, err := e.Run(run.ID); return err == nil && len(r.Steps) > 2 && r.Steps[2].Read == 300 })

	disk.Store(true)
	last := e.LastEvent()
	e.CheckDisk()
	write(t, gate, "")
	await(t, "the end of the run", func() bool { r, err := e.Run(run.ID); return err == nil && r.Status.Final() })
	run, err = e.Run(run.ID)
	if err != nil {
		t.Fatal(err)
	}
	users := run.Steps[2]
	if users.Error == nil || users.Error.Code != host.CodeDiskFull || users.Error.Fault != host.FaultHost ||
		!strings.Contains(users.Error.Remedy, "Free ") || users.Error.Retry != host.RetryAfter {
		t.Errorf("step ended with %+v", users.Error)
	}
	events, _, _ := e.Events(as(t), last, 0)
	if len(events) == 0 || events[0].Topic != "host" || events[0].Kind != "paused" {
		t.Errorf("events are %+v", events)
	}
	status, err := e.Status(as(t))
	if err != nil || !status.Disk.Paused || status.Disk.Since == nil || status.Disk.Free != 80<<20 || status.Disk.Message == "" ||
		status.Disk.Remedy == "" {
		t.Errorf("status says %+v (%v)", status.Disk, err)
	}
	findings, err := e.Doctor(as(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.ID == "disk" && (f.Status != "fail" || !strings.Contains(f.Message, "80 MiB free") || f.Fix == "") {
			t.Errorf("doctor says %+v", f)
		}
	}
	// Reading goes on; what would add is refused, and what is due waits.
	changes, err := e.Changes(as(t), c.ID, lookup.ChangeQuery{Limit: 1000})
	if err != nil || len(changes.Items) != 300 {
		t.Errorf("%d changes can be read (%v)", len(changes.Items), err)
	}
	_, err = e.Sync(as(t), c.ID, connections.SyncRequest{})
	if p := problem(t, err); p.Code != host.CodeDiskFull {
		t.Errorf("a sync is refused with %s", p.Code)
	}
	if err := e.MakeDue(c.ID); err != nil {
		t.Fatal(err)
	}
	runs, _, err := e.Runs(c.ID, 10, "")
	if err != nil || len(runs) != 1 {
		t.Errorf("%d runs while nothing can be written (%v)", len(runs), err)
	}

	disk.Store(false)
	e.CheckDisk()
	await(t, "the run that was due", func() bool {
		runs, _, err := e.Runs(c.ID, 10, "")
		return err == nil && len(runs) > 1 && runs[len(runs)-2].Status == host.StatusSucceeded
	})
	runs, _, err = e.Runs(c.ID, 100, "")
	if err != nil {
		t.Fatal(err)
	}
	next := runs[len(runs)-2]
	if !next.Steps[2].Resumed || next.Steps[2].Read != 700 {
		t.Errorf("the next run did not go on where the first stopped: %+v", next.Steps[2])
	}
	if status, err := e.Status(as(t)); err != nil || status.Disk.Paused || status.Disk.Message != "" {
		t.Errorf("status says %+v (%v)", status.Disk, err)
	}
}

// TestAnAgentStartsOnAFullDisk opens what a crash left when there is no room.
func TestAnAgentStartsOnAFullDisk(t *testing.T) {
	t.Parallel()
	disk, dir := &full{}, dataDir(t)
	o := options(t, dir, nil)
	o.FreeSpace = disk.measure
	e := open(t, o)
	c := add(t, e, connections.NewConnection{Alias: "corp", Settings: raw(`{"streams":[{"name":"users","records":50}]}`)})
	sync(t, e, c.ID)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	inStore(t, dir, func(s *journal.Journal) error {
		_, err := s.BeginRun(host.Run{Connection: c.ID, Status: host.StatusRunning})
		return err
	})

	disk.Store(true)
	e = open(t, o)
	changes, _, err := e.Feed(expired(t), "", 100)
	if err != nil || len(changes) != 50 {
		t.Errorf("%d changes can be read (%v)", len(changes), err)
	}
	runs, _, err := e.Runs(c.ID, 10, "")
	if err != nil || len(runs) != 2 || runs[0].Status != host.StatusInterrupted {
		t.Errorf("runs are %+v (%v)", runs, err)
	}
	if _, err := e.Pause(as(t), c.ID, "no room"); err != nil {
		t.Errorf("a note cannot be made: %v", err)
	}
	if err := e.RemoveConnection(as(t), c.ID); err != nil {
		t.Errorf("a connection cannot be removed: %v", err)
	}
	if list, err := e.Connections(as(t), connections.Filter{}); err != nil || len(list) != 0 {
		t.Errorf("the removed connection is still there: %+v (%v)", list, err)
	}
	disk.Store(false)
	e.CheckDisk()
	if err := e.Maintain(as(t)); err != nil {
		t.Fatal(err)
	}
}

// expired returns a context that has ended, for an answer at once.
func expired(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestUpkeepPrunesAndSaysSo(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	e := open(t, options(t, dir, nil))
	c := add(t, e, connections.NewConnection{Alias: "corp", Settings: raw(`{"streams":[{"name":"users","records":5}]}`)})
	sync(t, e, c.ID)
	if _, err := e.Hold(as(t), host.Hold{Connection: "corp", From: time.Now().Add(-time.Hour), To: time.Now(), Reason: "audit"}); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, options(t, dir, map[string]string{"store.retention": "30d"}))
	finding := func(id string) string {
		findings, err := e.Doctor(as(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			if f.ID == id {
				return f.Message
			}
		}
		return "no finding"
	}
	if text := finding("upkeep"); !strings.Contains(text, "not yet") {
		t.Errorf("doctor says %q", text)
	}
	if err := e.Maintain(as(t)); err != nil {
		t.Fatal(err)
	}
	if text := finding("upkeep"); !strings.Contains(text, "last on ") || !strings.Contains(text, "pruned on ") {
		t.Errorf("doctor says %q", text)
	}
	if text := finding("history"); !strings.Contains(text, "kept since ") || !strings.Contains(text, "1 holds") {
		t.Errorf("doctor says %q", text)
	}
	if holds, err := e.Holds(); err != nil || len(holds) != 1 || e.Release(as(t), holds[0].ID) != nil {
		t.Errorf("holds are %+v (%v)", holds, err)
	}
}

func TestFeedWaits(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := add(t, e, connections.NewConnection{Alias: "corp", Settings: raw(`{"streams":[{"name":"users","records":3}]}`)})
	_, end, err := e.Feed(as(t), app.FeedLatest, 0)
	if err != nil {
		t.Fatalf("the end of a feed without changes is %q (%v)", end, err)
	}
	type answer struct {
		changes []host.FeedChange
		err     error
	}
	got := make(chan answer, 1)
	go func() { // ends with the first change
		changes, _, err := e.Feed(as(t), end, 2)
		got <- answer{changes, err}
	}()
	sync(t, e, c.ID)
	a := <-got
	if a.err != nil || len(a.changes) != 2 || a.changes[0].Alias != "corp" {
		t.Errorf("got %+v", a)
	}
	_, end, err = e.Feed(as(t), app.FeedLatest, 0)
	if err != nil {
		t.Fatal(err)
	}
	if changes, next, err := e.Feed(expired(t), end, 10); err != nil || len(changes) != 0 || next != end {
		t.Errorf("behind the end are %+v, next %s (%v)", changes, next, err)
	}
}
