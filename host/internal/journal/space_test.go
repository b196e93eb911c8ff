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
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

const mib = 1 << 20

// disk is a disk of 100 GiB that the test fills. The ballast takes room on it.
type disk struct {
	*Bundle
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
	o := Options(d.Dir)
	o.Now, o.FreeSpace = d.Clock.Now, d.measure
	o.MinFreeBytes, o.BallastBytes = 1024*mib, 64*mib
	return o
}

func (d *disk) open() error {
	return d.OpenWith(d.options())
}

// setupDisk returns a store with 100 records on a disk with plenty of room.
func setupDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{Bundle: NewBundle(t, t.TempDir()), room: 20 << 30}
	Must(t, d.open())
	t.Cleanup(func() { _ = d.Close() }) // some tests leave it unclosed on purpose
	d.Conn = OK(d.CreateConnection(AsTester(), host.Connection{Alias: "prod", Connector: "envoy"}, nil))(t)
	OK(d.CheckSpace())(t)
	w := d.Stream(d.Begin(), Snapshot)
	OK(w.Commit(Group(Docs(0, 100, "a", 0))))(t)
	return d
}

func TestWritesPauseBelowTheFloor(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	run := d.Begin()
	w := d.Stream(run, Snapshot)
	OK(w.Commit(Group(Docs(100, 1, "a", 0))))(t)

	before := d.measured
	d.room = 1000 * mib
	OK(w.Commit(Group(Docs(101, 1, "a", 0))))(t)
	if d.measured != before {
		t.Errorf("measured again within 10 s and a few bytes")
	}
	d.Clock.At = d.Clock.At.Add(11 * time.Second)
	_, err := w.Commit(Group(Docs(102, 1, "a", 0)))
	p := WantProblem(t, err, host.CodeDiskFull, "")
	for _, figure := range []string{"936 MiB", "1024 MiB"} { // free without the ballast, and the floor
		if !strings.Contains(p.Message, figure) {
			t.Errorf("message %q lacks %s", p.Message, figure)
		}
	}
	if !strings.Contains(p.Remedy, "Free 217 MiB") {
		t.Errorf("remedy %q does not say how much to free", p.Remedy)
	}
	_, err = d.BeginRun(host.Run{Connection: d.Conn.ID})
	WantProblem(t, err, host.CodeDiskFull, "")
	_, err = d.CreateConnection(AsTester(), host.Connection{Alias: "more"}, nil)
	WantProblem(t, err, host.CodeDiskFull, "")
	have := OK(d.Space())(t)
	if !have.Paused || !have.Since.Equal(d.Clock.At) || have.Free != 936*mib || have.Floor != 1024*mib {
		t.Errorf("space is %+v", have)
	}

	// Reading goes on, and so does what says how things ended.
	if n := len(d.Page(journal.RecordQuery{Limit: 1000})); n != 102 {
		t.Errorf("%d records can be read, want 102", n)
	}
	run.Status = host.StatusFailed
	Must(t, d.SaveRun(run))
	Must(t, d.AppendLogs(run.ID, []host.Log{{Message: "the disk is full"}}))
	Must(t, d.SetDue(d.Conn.ID, d.Clock.At))
	OK(d.UpdateConnection(AsTester(), d.Conn.ID, 0, func(c *host.Connection) error { c.Schedule = "@daily"; return nil }, nil, nil))(t)

	// A little above the floor is not enough: it would be below again at once.
	d.room = 64*mib + 1024*mib + 100*mib
	_, err = d.BeginRun(host.Run{Connection: d.Conn.ID})
	WantProblem(t, err, host.CodeDiskFull, "")
	d.room = 64*mib + 1024*mib + 128*mib
	w = d.Stream(d.Begin(), Snapshot)
	OK(w.Commit(Group(Docs(102, 1, "a", 0))))(t)
	if have := OK(d.Space())(t); have.Paused || !have.Since.IsZero() {
		t.Errorf("still paused: %+v", have)
	}
	d.Verify()
}

// A fast sync must not write past the floor within the ten seconds.
func TestFastSyncIsMeasuredByWhatItWrites(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	w := d.Stream(d.Begin(), Snapshot)
	free := d.room
	d.room = 64*mib + 1034*mib
	OK(w.Commit(Group(Docs(0, 1000, "fast", 6600))))(t)
	_ = free
	refused := -1
	for i := range 20 {
		d.room -= 4 * mib // each group is about 4 MiB
		if _, err := w.Commit(Group(Docs(i*1000, 1000, "fast", 6600))); err != nil {
			WantProblem(t, err, host.CodeDiskFull, "")
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
	Must(t, d.Close())
	o := d.options()
	o.MinFreeBytes = 1 * mib // asked for, and too little
	Must(t, d.OpenWith(o))
	have := OK(d.Space())(t)
	if least := uint64(7*2*mib + 16*mib); have.Floor < least { // three tables, a log, the merge of the tables, and small writes
		t.Errorf("floor is %d MiB, want at least %d", have.Floor>>20, least>>20)
	}
}

func TestBallast(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	path := filepath.Join(d.Dir, "ballast")
	info := OK(os.Stat(path))(t)
	if info.Size() != 64*mib || badgerdir.Allocated(info) < 64*mib {
		t.Errorf("ballast has %d bytes, %d of them really on disk", info.Size(), badgerdir.Allocated(info))
	}
	if have := OK(d.Space())(t); have.Ballast != 64*mib {
		t.Errorf("space knows of %d bytes of ballast", have.Ballast)
	}

	d.room = 64*mib + 100*mib // paused, but the ballast is not needed yet
	OK(d.CheckSpace())(t)
	OK(os.Stat(path))(t)
	d.room = 64*mib + 10*mib
	have := OK(d.CheckSpace())(t)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ballast was not let go with 10 MiB free: %v", err)
	}
	if have.Free != 74*mib || !have.Paused || have.Ballast != 0 {
		t.Errorf("space is %+v", have)
	}
	// So a note, a removal and a clean end are possible.
	Must(t, d.AppendLogs(d.lastRun(), []host.Log{{Message: "noted"}}))
	d.room = 8 * mib // another program takes that, too
	WantProblem(t, d.AppendLogs(d.lastRun(), []host.Log{{Message: "no"}}), host.CodeDiskFull, "")
	if n := len(d.Page(journal.RecordQuery{Limit: 1000})); n != 100 {
		t.Errorf("%d records can be read, want 100", n)
	}

	// It is made again only with room to spare: a released ballast never counts as
	// room.
	d.room = 1024*mib + 128*mib
	have = OK(d.CheckSpace())(t)
	if have.Paused || have.Ballast != 0 {
		t.Errorf("space with just enough to go on is %+v", have)
	}
	d.room = 1024*mib + 128*mib + 64*mib
	have = OK(d.CheckSpace())(t)
	if have.Paused || have.Ballast != 64*mib {
		t.Errorf("space with room for the ballast is %+v", have)
	}
	if _, err := os.Stat(path + ".part"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a ballast is left: %v", err)
	}
	Must(t, d.Close())
	OK(os.Stat(path))(t) // it is for the next start as well
	Must(t, journal.ReleaseBallast(d.Dir))
	Must(t, journal.ReleaseBallast(d.Dir))
}

func (d *disk) lastRun() string {
	d.T.Helper()
	runs, _, err := d.Runs(journal.RunQuery{})
	Must(d.T, err)
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
			Must(t, d.Close())
			d.room = test.room
			Must(t, d.open())
			have := OK(d.Space())(t)
			if !have.Paused || (have.Limited != "") != test.limited {
				t.Errorf("space is %+v", have)
			}
			if n := len(d.Page(journal.RecordQuery{Limit: 1000})); n != 100 {
				t.Errorf("%d records can be read, want 100", n)
			}
			err := d.AppendLogs(run, []host.Log{{Message: "noted"}})
			if test.small {
				Must(t, err)
			} else {
				WantProblem(t, err, host.CodeDiskFull, "")
			}
			_, err = d.BeginRun(host.Run{Connection: d.Conn.ID})
			WantProblem(t, err, host.CodeDiskFull, "")

			// With room again everything works, without opening it anew.
			d.room = 20 << 30
			have = OK(d.CheckSpace())(t)
			if have.Paused || have.Limited != "" || have.Ballast != 64*mib {
				t.Errorf("space with room again is %+v", have)
			}
			w := d.Stream(d.Begin(), Snapshot)
			OK(w.Commit(Group(Docs(0, 200, "b", 0))))(t)
			d.Verify()
			Must(t, d.Close())
		})
	}
}

// TestFullDiskAfterCrash opens a store whose logs hold something: without room to
// write it out it cannot be read, and says what is needed.
func TestFullDiskAfterCrash(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	copied := filepath.Join(t.TempDir(), "store")
	Must(t, os.CopyFS(copied, os.DirFS(d.Dir))) // as a crash would leave it
	Must(t, d.Close())
	Must(t, journal.ReleaseBallast(copied))
	d.Dir, d.room = copied, 0
	p := WantProblem(t, d.open(), host.CodeDiskFull, "")
	if !strings.Contains(p.Message, "once there is room") {
		t.Errorf("message %q does not say that nothing is lost", p.Message)
	}
	d.room = 20 << 30
	Must(t, d.open())
	if n := len(d.Page(journal.RecordQuery{Limit: 1000})); n != 100 {
		t.Errorf("%d records after the crash, want 100", n)
	}
	Must(t, d.Close())
}

// TestFullDiskAtClose ends without room to write out what is in memory.
func TestFullDiskAtClose(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	d.room = 64 * mib // all of it ballast
	Must(t, d.Close())
	if _, err := os.Stat(filepath.Join(d.Dir, "ballast")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the ballast was not let go to close: %v", err)
	}
	d.room = 20 << 30
	Must(t, d.open())
	OK(d.UpdateConnection(AsTester(), d.Conn.ID, 0, func(c *host.Connection) error { c.Schedule = "@daily"; return nil }, nil, nil))(t)
	Must(t, journal.ReleaseBallast(d.Dir))
	d.room = 0
	p := WantProblem(t, d.Close(), host.CodeDiskFull, "")
	if !strings.Contains(p.Message, "nothing is lost") {
		t.Errorf("message %q does not say that nothing is lost", p.Message)
	}
	copied := filepath.Join(t.TempDir(), "store") // the one left as it is keeps its lock
	Must(t, os.CopyFS(copied, os.DirFS(d.Dir)))
	d.Dir, d.room = copied, 20<<30
	Must(t, d.open())
	if c := OK(d.Connection("prod"))(t); c.Schedule != "@daily" {
		t.Errorf("what was stored before the end is lost: %+v", c)
	}
	Must(t, d.Close())
}

func TestDiskThatCannotBeMeasured(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	d.broken = errors.New("no such device")
	_, err := d.CheckSpace()
	if err == nil || !errors.Is(err, d.broken) {
		t.Errorf("error %v, want the measurement's", err)
	}
	if _, err := d.BeginRun(host.Run{Connection: d.Conn.ID}); !errors.Is(err, d.broken) {
		t.Errorf("began a run on a disk that cannot be measured: %v", err)
	}
	Must(t, d.AppendLogs(d.lastRun(), []host.Log{{Message: "noted"}}))
}

// A removal needs room before it gives any. The connection is gone at once; what
// hangs on it goes when there is room.
func TestRemovalOnAFullDisk(t *testing.T) {
	t.Parallel()
	d := setupDisk(t)
	d.room = 25 * mib
	d.Clock.At = d.Clock.At.Add(time.Minute)
	Must(t, d.DeleteConnection(AsTester(), d.Conn.ID))
	if list := OK(d.Connections())(t); len(list) != 0 {
		t.Errorf("connections are %+v", list)
	}
	if n := CountKeys(d.Ledger); n["x"] != 1 || n["v"] != 100 {
		t.Errorf("%d marks and %d versions, want 1 and 100", n["x"], n["v"])
	}
	Must(t, d.Close())
	Must(t, d.open()) // still no room
	d.room = 20 << 30
	OK(d.CheckSpace())(t)
	_, err := d.CreateConnection(AsTester(), host.Connection{ID: d.Conn.ID, Alias: "again"}, nil)
	WantProblem(t, err, host.CodeConflict, "") // its records are still stored
	Must(t, d.FinishDeletions())
	if n := CountKeys(d.Ledger); n["x"] != 0 || n["v"] != 0 || n["l"] != 2 || n["f"] != 2 { // two edits are in the audit log
		t.Errorf("left are %v", n)
	}
}
