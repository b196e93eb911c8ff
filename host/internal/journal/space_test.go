package journal_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

const mib = 1 << 20

// disk is a disk of 100 GiB that the test fills. The ballast takes room on it.
type disk struct {
	*bundle
	room     int64 // bytes free without the ballast
	measured int
	broken   error
}

func (d *disk) measure(dir string) (free, total uint64, err error) {
	d.measured++
	left := d.room
	if info, err := os.Stat(filepath.Join(dir, "ballast")); err == nil {
		left -= info.Size()
	}
	return uint64(max(left, 0)), 100 << 30, d.broken
}

func (d *disk) options() journal.Options {
	o := options(d.dir)
	o.Now, o.FreeSpace = d.clock.now, d.measure
	o.MinFreeBytes, o.BallastBytes = 1024*mib, 64*mib
	return o
}

func (d *disk) open() error {
	s, err := journal.Open(d.options())
	if err == nil {
		d.Journal = s
	}
	return err
}

// setupDisk returns a store with 100 records on a disk with plenty of room.
func setupDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{bundle: &bundle{t: t, dir: t.TempDir(), clock: &clock{time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}}, room: 20 << 30}
	must(t, d.open())
	t.Cleanup(func() { _ = d.Close() }) // some tests leave it unclosed on purpose
	d.conn = ok(d.CreateConnection(asTester(), host.Connection{Alias: "prod", Connector: "envoy"}, nil))(t)
	ok(d.CheckSpace())(t)
	w := d.stream(d.begin(), snapshot)
	ok(w.Commit(group(docs(0, 100, "a", 0))))(t)
	return d
}

func TestWritesPauseBelowTheFloor(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	run := d.begin()
	w := d.stream(run, snapshot)
	ok(w.Commit(group(docs(100, 1, "a", 0))))(t)

	before := d.measured
	d.room = 1000 * mib
	ok(w.Commit(group(docs(101, 1, "a", 0))))(t)
	if d.measured != before {
		t.Errorf("measured again within 10 s and a few bytes")
	}
	d.clock.at = d.clock.at.Add(11 * time.Second)
	_, err := w.Commit(group(docs(102, 1, "a", 0)))
	p := wantProblem(t, err, host.CodeDiskFull, "")
	for _, figure := range []string{"936 MiB", "1024 MiB"} { // free without the ballast, and the floor
		if !strings.Contains(p.Message, figure) {
			t.Errorf("message %q lacks %s", p.Message, figure)
		}
	}
	if !strings.Contains(p.Remedy, "Free 217 MiB") {
		t.Errorf("remedy %q does not say how much to free", p.Remedy)
	}
	_, err = d.BeginRun(host.Run{Connection: d.conn.ID})
	wantProblem(t, err, host.CodeDiskFull, "")
	_, err = d.CreateConnection(asTester(), host.Connection{Alias: "more"}, nil)
	wantProblem(t, err, host.CodeDiskFull, "")
	have := ok(d.Space())(t)
	if !have.Paused || !have.Since.Equal(d.clock.at) || have.Free != 936*mib || have.Floor != 1024*mib {
		t.Errorf("space is %+v", have)
	}

	// Reading goes on, and so does what says how things ended.
	if n := len(d.records(journal.RecordQuery{Limit: 1000})); n != 102 {
		t.Errorf("%d records can be read, want 102", n)
	}
	run.Status = host.StatusFailed
	must(t, d.SaveRun(run))
	must(t, d.AppendLogs(run.ID, []host.Log{{Message: "the disk is full"}}))
	must(t, d.SetDue(d.conn.ID, d.clock.at))
	ok(d.UpdateConnection(asTester(), d.conn.ID, 0, func(c *host.Connection) error { c.Schedule = "@daily"; return nil }, nil, nil))(t)

	// A little above the floor is not enough: it would be below again at once.
	d.room = 64*mib + 1024*mib + 100*mib
	_, err = d.BeginRun(host.Run{Connection: d.conn.ID})
	wantProblem(t, err, host.CodeDiskFull, "")
	d.room = 64*mib + 1024*mib + 128*mib
	w = d.stream(d.begin(), snapshot)
	ok(w.Commit(group(docs(102, 1, "a", 0))))(t)
	if have := ok(d.Space())(t); have.Paused || !have.Since.IsZero() {
		t.Errorf("still paused: %+v", have)
	}
	d.verify()
}

// A fast sync must not write past the floor within the ten seconds.
func TestFastSyncIsMeasuredByWhatItWrites(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	w := d.stream(d.begin(), snapshot)
	free := d.room
	d.room = 64*mib + 1034*mib
	ok(w.Commit(group(docs(0, 1000, "fast", 6600))))(t)
	_ = free
	refused := -1
	for i := range 20 {
		d.room -= 4 * mib // each group is about 4 MiB
		if _, err := w.Commit(group(docs(i*1000, 1000, "fast", 6600))); err != nil {
			wantProblem(t, err, host.CodeDiskFull, "")
			refused = i
			break
		}
	}
	// The floor is crossed with group 2; every two groups it is measured again.
	if refused < 2 || refused > 5 {
		t.Errorf("refused at group %d of 4 MiB with 10 MiB above the floor", refused)
	}
}

func TestFloorCoversWhatBadgerStillWrites(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	must(t, d.Close())
	o := d.options()
	o.MinFreeBytes = 1 * mib // asked for, and too little
	s := ok(journal.Open(o))(t)
	d.Journal = s
	have := ok(s.Space())(t)
	if least := uint64(7*2*mib + 16*mib); have.Floor < least { // three tables, a log, the merge of the tables, and small writes
		t.Errorf("floor is %d MiB, want at least %d", have.Floor>>20, least>>20)
	}
}

func TestBallast(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	path := filepath.Join(d.dir, "ballast")
	info := ok(os.Stat(path))(t)
	if info.Size() != 64*mib || journal.Allocated(info) < 64*mib {
		t.Errorf("ballast has %d bytes, %d of them really on disk", info.Size(), journal.Allocated(info))
	}
	if have := ok(d.Space())(t); have.Ballast != 64*mib {
		t.Errorf("space knows of %d bytes of ballast", have.Ballast)
	}

	d.room = 64*mib + 100*mib // paused, but the ballast is not needed yet
	ok(d.CheckSpace())(t)
	ok(os.Stat(path))(t)
	d.room = 64*mib + 10*mib
	have := ok(d.CheckSpace())(t)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ballast was not let go with 10 MiB free: %v", err)
	}
	if have.Free != 74*mib || !have.Paused || have.Ballast != 0 {
		t.Errorf("space is %+v", have)
	}
	// So a note, a removal and a clean end are possible.
	must(t, d.AppendLogs(d.lastRun(), []host.Log{{Message: "noted"}}))
	d.room = 8 * mib // somebody takes that, too
	wantProblem(t, d.AppendLogs(d.lastRun(), []host.Log{{Message: "no"}}), host.CodeDiskFull, "")
	if n := len(d.records(journal.RecordQuery{Limit: 1000})); n != 100 {
		t.Errorf("%d records can be read, want 100", n)
	}

	// It is set aside again only with room to spare: letting it go never looks
	// like room.
	d.room = 1024*mib + 128*mib
	have = ok(d.CheckSpace())(t)
	if have.Paused || have.Ballast != 0 {
		t.Errorf("space with just enough to go on is %+v", have)
	}
	d.room = 1024*mib + 128*mib + 64*mib
	have = ok(d.CheckSpace())(t)
	if have.Paused || have.Ballast != 64*mib {
		t.Errorf("space with room for the ballast is %+v", have)
	}
	if _, err := os.Stat(path + ".part"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a ballast is left: %v", err)
	}
	must(t, d.Close())
	ok(os.Stat(path))(t) // it is for the next start as well
	must(t, journal.ReleaseBallast(d.dir))
	must(t, journal.ReleaseBallast(d.dir))
}

func (d *disk) lastRun() string {
	d.t.Helper()
	runs, _, err := d.Runs(journal.RunQuery{})
	must(d.t, err)
	return runs[0].ID
}

// TestFullDiskAtStart opens a store that exists with less and less room.
func TestFullDiskAtStart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		room    int64 // with the ballast
		limited bool
		small   bool // small writes work
	}{
		"below the floor":          {64*mib + 500*mib, false, true},
		"room with the ballast":    {60 * mib, false, true},
		"no room to merge tables":  {17 * mib, true, true},
		"no room at all":           {0, true, false},
		"less than a small write":  {10 * mib, true, false},
		"exactly what is left out": {64 * mib, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := setupDisk(t)
			run := d.lastRun()
			must(t, d.Close())
			d.room = test.room
			must(t, d.open())
			have := ok(d.Space())(t)
			if !have.Paused || (have.Limited != "") != test.limited {
				t.Errorf("space is %+v", have)
			}
			if n := len(d.records(journal.RecordQuery{Limit: 1000})); n != 100 {
				t.Errorf("%d records can be read, want 100", n)
			}
			err := d.AppendLogs(run, []host.Log{{Message: "noted"}})
			if test.small {
				must(t, err)
			} else {
				wantProblem(t, err, host.CodeDiskFull, "")
			}
			_, err = d.BeginRun(host.Run{Connection: d.conn.ID})
			wantProblem(t, err, host.CodeDiskFull, "")

			// With room again everything works, without opening it anew.
			d.room = 20 << 30
			have = ok(d.CheckSpace())(t)
			if have.Paused || have.Limited != "" || have.Ballast != 64*mib {
				t.Errorf("space with room again is %+v", have)
			}
			w := d.stream(d.begin(), snapshot)
			ok(w.Commit(group(docs(0, 200, "b", 0))))(t)
			d.verify()
			must(t, d.Close())
		})
	}
}

// TestFullDiskAfterCrash opens a store whose logs hold something: without room to
// write it out it cannot be read, and says what is needed.
func TestFullDiskAfterCrash(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	copied := filepath.Join(t.TempDir(), "store")
	must(t, os.CopyFS(copied, os.DirFS(d.dir))) // as a crash would leave it
	must(t, d.Close())
	must(t, journal.ReleaseBallast(copied))
	d.dir, d.room = copied, 0
	p := wantProblem(t, d.open(), host.CodeDiskFull, "")
	if !strings.Contains(p.Message, "once there is room") {
		t.Errorf("message %q does not say that nothing is lost", p.Message)
	}
	d.room = 20 << 30
	must(t, d.open())
	if n := len(d.records(journal.RecordQuery{Limit: 1000})); n != 100 {
		t.Errorf("%d records after the crash, want 100", n)
	}
	must(t, d.Close())
}

// TestFullDiskAtClose ends without room to write out what is in memory.
func TestFullDiskAtClose(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	d.room = 64 * mib // all of it ballast
	must(t, d.Close())
	if _, err := os.Stat(filepath.Join(d.dir, "ballast")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the ballast was not let go to close: %v", err)
	}
	d.room = 20 << 30
	must(t, d.open())
	ok(d.UpdateConnection(asTester(), d.conn.ID, 0, func(c *host.Connection) error { c.Schedule = "@daily"; return nil }, nil, nil))(t)
	must(t, journal.ReleaseBallast(d.dir))
	d.room = 0
	p := wantProblem(t, d.Close(), host.CodeDiskFull, "")
	if !strings.Contains(p.Message, "nothing is lost") {
		t.Errorf("message %q does not say that nothing is lost", p.Message)
	}
	copied := filepath.Join(t.TempDir(), "store") // the one left as it is keeps its lock
	must(t, os.CopyFS(copied, os.DirFS(d.dir)))
	d.dir, d.room = copied, 20<<30
	must(t, d.open())
	if c := ok(d.Connection("prod"))(t); c.Schedule != "@daily" {
		t.Errorf("what was stored before the end is lost: %+v", c)
	}
	must(t, d.Close())
}

func TestDiskThatCannotBeMeasured(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	d.broken = errors.New("no such device")
	_, err := d.CheckSpace()
	if err == nil || !errors.Is(err, d.broken) {
		t.Errorf("error %v, want the measurement's", err)
	}
	if _, err := d.BeginRun(host.Run{Connection: d.conn.ID}); !errors.Is(err, d.broken) {
		t.Errorf("began a run on a disk that cannot be measured: %v", err)
	}
	must(t, d.AppendLogs(d.lastRun(), []host.Log{{Message: "noted"}}))
}

// A removal needs room before it gives any. The connection is gone at once; what
// hangs on it goes when there is room.
func TestRemovalOnAFullDisk(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	d.room = 25 * mib
	d.clock.at = d.clock.at.Add(time.Minute)
	must(t, d.DeleteConnection(asTester(), d.conn.ID))
	if list := ok(d.Connections())(t); len(list) != 0 {
		t.Errorf("connections are %+v", list)
	}
	if n := d.CountKeys(); n["x"] != 1 || n["v"] != 100 {
		t.Errorf("%d marks and %d versions, want 1 and 100", n["x"], n["v"])
	}
	must(t, d.Close())
	must(t, d.open()) // still no room
	d.room = 20 << 30
	ok(d.CheckSpace())(t)
	must(t, d.FinishDeletions())
	if n := d.CountKeys(); n["x"] != 0 || n["v"] != 0 || n["l"] != 2 || n["f"] != 2 { // two edits are in the audit log
		t.Errorf("left are %v", n)
	}
}
