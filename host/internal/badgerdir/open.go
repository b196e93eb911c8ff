package badgerdir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	badger "github.com/dgraph-io/badger/v4"

	"github.com/plumbline-dev/plumbline/host"
)

// Why a directory is open with limits. Open sets them when there is no room for what Badger
// does by itself; CheckSpace ends them when there is.
const (
	limitedMerge = "until then only small changes are stored"
	limitedRead  = "until then the store can only be read"
)

// mergeRoom is the most that opening may take for merging tables.
const mergeRoom = 256 << 20

// openFitting opens the directory as far as there is room. A new one needs all of the
// floor. One that exists is opened in any case, because reading goes on:
//
//	completely     room to write out what the logs hold, and to merge tables
//	no merge       room for the former only
//	for reading    not even that; after a clean close, when the logs are empty
func openFitting(o Options, room *space) (db *badger.DB, err error) {
	if !exists(o.Dir) {
		if err := room.Check(); err != nil {
			return nil, err
		}
		if db, err = openPatiently(o.Dir, o.Badger()); err == nil {
			room.open(db, "")
		}
		return db, err
	}
	limited, err := fitting(o.Dir, room)
	if err != nil {
		return nil, err
	}
	options := o.Badger()
	if options.MemTableSize, err = memTableFor(o.Dir); err != nil {
		return nil, err
	}
	switch limited {
	case limitedMerge:
		options.NumCompactors = 0
		options.NumLevelZeroTablesStall = 1 << 20 // no compactor would end the stall
	case limitedRead:
		options.ReadOnly = true
	}
	db, err = openPatiently(o.Dir, options)
	if limited == limitedRead && err != nil && unreadable(err) {
		have, measured := room.Space()
		have.Limited = "the store can be read once there is room to open it"
		return nil, errors.Join(measured, diskFull(o.Dir, have).Because(err))
	}
	if err == nil {
		room.open(db, limited)
	}
	return db, err
}

// unreadable reports whether err says that the directory cannot be opened without writing:
// its logs are not empty, or the system does not support it. Badger formats its causes
// into text.
func unreadable(err error) bool {
	return strings.Contains(err.Error(), badger.ErrTruncateNeeded.Error()) ||
		strings.Contains(err.Error(), badger.ErrWindowsNotSupported.Error()) ||
		strings.Contains(err.Error(), badger.ErrPlan9NotSupported.Error())
}

// fitting returns the limits with which dir can be opened. It releases the ballast if that
// helps.
func fitting(dir string, room *space) (limited string, err error) {
	logs, tables, err := occupied(dir)
	if err != nil {
		return "", err
	}
	whole := logs + min(tables+memTableBytes, mergeRoom) + lastFloor
	have, err := room.Space()
	if err != nil {
		return "", err
	}
	if have.Free < whole && room.ballast.release() {
		if have, err = room.Space(); err != nil {
			return "", err
		}
	}
	switch {
	case have.Free >= whole:
		return "", nil
	case have.Free >= logs+lastFloor:
		return limitedMerge, nil
	}
	return limitedRead, nil
}

// memTableFor returns the size of memtable that any log in dir fits into: Badger makes a
// log of twice its memtable, reads it into one, and dies when it does not fit. An older
// program had larger memtables and may have left a log after a crash.
func memTableFor(dir string) (int64, error) {
	largest := int64(memTableBytes)
	logs, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil {
		return 0, fmt.Errorf("find logs: %w", err)
	}
	for _, log := range logs {
		info, err := os.Stat(log)
		if err != nil {
			return 0, fmt.Errorf("measure log: %w", err)
		}
		largest = max(largest, info.Size()/2)
	}
	return largest, nil
}

// exists reports whether dir has a database.
func exists(dir string) bool { return there(filepath.Join(dir, badger.ManifestFilename)) }

// occupied returns the bytes on disk of logs and of tables.
func occupied(dir string) (logs, tables uint64, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, 0, fmt.Errorf("read store directory: %w", err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted meanwhile
		}
		if err != nil {
			return 0, 0, fmt.Errorf("read store directory: %w", err)
		}
		switch filepath.Ext(entry.Name()) {
		case ".mem":
			logs += min(Allocated(info), uint64(info.Size())/2+lastFloor/4) // half of it is never used
		case ".sst":
			tables += Allocated(info)
		}
	}
	return logs, tables, nil
}

// CheckSpace measures the disk, releases the ballast or makes it again, and opens the
// directory without limits once there is room. It is called every few seconds.
func (d *Dir) CheckSpace() (Space, error) {
	have, err := d.settle()
	if err != nil || have.Limited == "" || have.Free < have.Resume {
		return have, err
	}
	if err := d.reopen(); err != nil {
		return have, err
	}
	d.options.Logger.Info("there is room again: the store can do everything", "free_mib", have.Free>>20)
	return d.settle()
}

// HasRoom returns a disk.full problem when nothing may be added to the disk that holds
// a directory.
func HasRoom(o Options) error { return newSpace(o).Check() }

// reopen opens the directory again, without limits. Readers and writers wait.
func (d *Dir) reopen() error {
	if !d.seize() {
		return nil // busy: at the next call
	}
	defer d.gate.Unlock()
	if err := d.db.Close(); err != nil {
		return fmt.Errorf("close store to open it again: %w", err)
	}
	db, err := openFitting(d.options, d.space)
	if err != nil {
		return fmt.Errorf("open store again: %w", err)
	}
	d.db = db
	return nil
}

// seizePatience is how long seize waits for readers.
const seizePatience = 10 * time.Second

// seize takes the gate for writing when db is not used. It never blocks a reader, which may
// be inside another read.
func (d *Dir) seize() bool {
	for begun := time.Now(); !d.gate.TryLock(); <-time.After(5 * time.Millisecond) {
		if time.Since(begun) > seizePatience {
			return false
		}
	}
	return true
}

// shut closes Badger, which writes what is in memory. Without room for that shut does not
// close it: everything is in the logs, as after a loss of power, and the next Open reads it
// from there.
func (d *Dir) shut() error {
	if d.seize() {
		defer d.gate.Unlock()
	} else if d.flattening.Load() {
		d.options.Logger.Info("store is left as it is in the middle of a compaction")
		return nil
	}
	if !exists(d.options.Dir) { // Badger would try for ever to write out what is in memory
		return fmt.Errorf("%s is gone, with what was stored there", d.options.Dir)
	}
	have, err := d.Space()
	if err != nil || have.Limited == limitedRead {
		return d.db.Close()
	}
	logs, _, err := occupied(d.options.Dir)
	if err != nil {
		return errors.Join(err, d.db.Close())
	}
	need := logs + 1<<20
	if have.Free < need && d.ballast.release() {
		if again, err := d.Space(); err == nil {
			have = again
		}
	}
	if have.Free < need {
		have.Limited = fmt.Sprintf("%d MiB are needed for a clean end, so the store was left as it is; nothing is lost", need>>20)
		return diskFull(d.options.Dir, have)
	}
	return d.db.Close()
}

// Load writes entries into a new database and syncs once, at the end. Set keeps the key and
// the value.
func Load(o Options, fn func(set func(k, value []byte) error) error) (err error) {
	raw := o.Badger()
	raw.SyncWrites = false
	db, err := openPatiently(o.Dir, raw)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	batch := db.NewWriteBatch()
	defer batch.Cancel()
	if err := fn(batch.Set); err != nil {
		return err
	}
	if err := batch.Flush(); err != nil {
		return fmt.Errorf("write store: %w", err)
	}
	if err := db.Sync(); err != nil {
		return fmt.Errorf("sync store: %w", err)
	}
	return nil
}

// lockPatience is how long Open waits for the lock of the directory. A process that was
// just started may still hold a copy of the lock's file for a moment, until it runs its own
// program.
const lockPatience = 2 * time.Second

// wasHalfMade is in what Badger says of such a log; it formats its causes into text.
const wasHalfMade = "Create a new file"

// mostHalfMade is how many logs can have been made and have no size yet.
const mostHalfMade = 8

func openPatiently(dir string, options badger.Options) (*badger.DB, error) {
	halfMade := 0
	for begun := time.Now(); ; <-time.After(20 * time.Millisecond) {
		db, err := openBadger(options)
		if err == nil {
			return db, nil
		}
		// A process that is killed between making a log and giving it its size leaves an
		// empty file. Badger gives it a size, calls it new and gives up; the next time it is
		// an empty log.
		if strings.Contains(err.Error(), wasHalfMade) && halfMade < mostHalfMade {
			halfMade++
			continue
		}
		err = explainOpen(dir, err)
		var problem *host.Problem
		if !errors.As(err, &problem) || problem.Code != host.CodeLocked || time.Since(begun) > lockPatience {
			return nil, err
		}
	}
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
