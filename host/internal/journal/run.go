package journal

import (
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// storedRun is a run with its place in the indexes, which never changes.
type storedRun struct {
	Run     host.Run   `json:"run"`
	Place   time.Time  `json:"place"`
	SavedAt *time.Time `json:"saved_at,omitempty"` // a sign that it was alive
}

// RunQuery asks for runs, newest first.
type RunQuery struct {
	Connection string // id; empty = of all connections
	Limit      int    // 0 = 50
	Before     string // what an earlier answer returned as next
}

// BeginRun stores a new run and returns it with its id, if it had none, and its
// epoch: the connection's next. From then on no earlier run of the connection
// can write records.
func (s *Journal) BeginRun(run host.Run) (host.Run, error) {
	if err := s.disk.Check(); err != nil {
		return host.Run{}, err
	}
	place := s.tick()
	if run.ID == "" {
		run.ID = newID(place)
	}
	err := s.update(func(txn *badgerdir.Txn) error {
		latest, err := epoch(txn, run.Connection)
		if errors.Is(err, ErrFenced) {
			return noConnection(run.Connection)
		}
		if err != nil {
			return err
		}
		taken, err := read(txn, key(prefixRun, run.ID))
		if err != nil {
			return err
		}
		if taken != nil {
			return &host.Problem{Code: host.CodeConflict, Message: fmt.Sprintf("run id %q is taken", run.ID), Fault: host.FaultHost}
		}
		run.Epoch = latest + 1
		if err := putEpoch(txn, run.Connection, run.Epoch); err != nil {
			return err
		}
		if err := txn.Set(keyRunIndex(place, run.ID), nil); err != nil {
			return err
		}
		if err := txn.Set(keyRunOf(run.Connection, place, run.ID), nil); err != nil {
			return err
		}
		begun := s.now().UTC().Round(0)
		return putRun(txn, storedRun{Run: run, Place: place, SavedAt: &begun})
	})
	if err != nil {
		return host.Run{}, fmt.Errorf("begin run: %w", err)
	}
	return run, nil
}

// SaveRun stores where a run stands. Its epoch and connection stay as BeginRun
// set them. It works on a nearly full disk, so that this can be told.
//
// When the run has ended, where its connection's chain stands is anchored outside
// the store, after the run is on disk.
func (s *Journal) SaveRun(run host.Run) error {
	var line anchor
	ended := false
	err := s.update(func(txn *badgerdir.Txn) error {
		stored, err := loadRun(txn, run.ID)
		if err != nil {
			return err
		}
		ended = run.Status.Final() && stored.Run.Status != run.Status
		run.Epoch, run.Connection = stored.Run.Epoch, stored.Run.Connection
		stored.Run = run
		at := s.now().UTC().Round(0)
		if stored.SavedAt = &at; ended {
			if line, err = anchorFor(txn, run.Connection, run.Alias, anchorRun, s.now()); err != nil {
				return err
			}
			line.Run, line.Status = run.ID, string(run.Status)
			if err := s.setAnchors(txn); err != nil {
				return err
			}
		}
		return putRun(txn, stored)
	})
	if err == nil && ended {
		s.anchored(line)
	}
	return err
}

// Run returns a run.
func (s *Journal) Run(id string) (host.Run, error) {
	var stored storedRun
	err := s.view(func(txn *badgerdir.Txn) (err error) {
		stored, err = loadRun(txn, id)
		return err
	})
	return stored.Run, err
}

// Runs returns runs, newest first, and what to ask with for older ones; that is
// empty when there are none.
func (s *Journal) Runs(q RunQuery) (runs []host.Run, next string, err error) {
	limit := orDefault(q.Limit, 50)
	prefix := key(prefixRunIndex)
	if q.Connection != "" {
		prefix = key(prefixRunsOf, q.Connection)
	}
	before, err := base64.RawURLEncoding.DecodeString(q.Before)
	if err != nil {
		return nil, "", badCursor(q.Before)
	}
	err = s.view(func(txn *badgerdir.Txn) error {
		it := txn.NewIterator(badgerdir.IteratorOptions{Prefix: prefix})
		defer it.Close()
		for it.Seek(append(prefix[:len(prefix):len(prefix)], before...)); it.Valid(); it.Next() {
			place := it.Item().Key()[len(prefix):]
			if len(runs) == limit {
				next = base64.RawURLEncoding.EncodeToString(place)
				return nil
			}
			run, err := runAt(txn, place)
			if err != nil {
				return err
			}
			runs = append(runs, run)
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("read runs: %w", err)
	}
	return runs, next, nil
}

// runAt returns the run an index entry points to.
func runAt(txn *badgerdir.Txn, place []byte) (host.Run, error) {
	_, rest, err := cutTime(place)
	if err != nil {
		return host.Run{}, err
	}
	id, _, err := cutText(rest)
	if err != nil {
		return host.Run{}, err
	}
	stored, err := loadRun(txn, id)
	return stored.Run, err
}

func loadRun(txn *badgerdir.Txn, id string) (stored storedRun, err error) {
	found, err := readJSON(txn, key(prefixRun, id), &stored)
	if err != nil {
		return stored, fmt.Errorf("read run %s: %w", id, err)
	}
	if !found {
		return stored, noRun(id)
	}
	return stored, nil
}

// putRun stores a run and keeps the list of unfinished ones in step.
func putRun(txn *badgerdir.Txn, stored storedRun) error {
	mark := key(prefixUnfinished, stored.Run.ID)
	var err error
	if stored.Run.Status.Final() {
		err = txn.Delete(mark)
	} else {
		err = txn.Set(mark, nil)
	}
	if err != nil {
		return err
	}
	return writeJSON(txn, key(prefixRun, stored.Run.ID), stored)
}

func orDefault(limit, fallback int) int {
	if limit <= 0 {
		return fallback
	}
	return limit
}
