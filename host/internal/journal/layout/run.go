package layout

import (
	"errors"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// Run is a run as it is stored, with the time under which both lists of runs have it.
type Run struct {
	Run      host.Run   `json:"run"`
	ListedAt time.Time  `json:"place"`
	SavedAt  *time.Time `json:"saved_at,omitempty"` // the run was alive then
}

// LoadRun returns a stored run.
func LoadRun(txn *badgerdir.Txn, id string) (stored Run, err error) {
	found, err := ReadJSON(txn, Key(PrefixRun, id), &stored)
	if err != nil {
		return stored, fmt.Errorf("read run %s: %w", id, err)
	}
	if !found {
		return stored, NoRun(id)
	}
	return stored, nil
}

// ListedRun returns the run that the end of a key of a list of runs points to.
func ListedRun(txn *badgerdir.Txn, rest []byte) (host.Run, error) {
	_, id, err := CutListed(rest)
	if err != nil {
		return host.Run{}, err
	}
	stored, err := LoadRun(txn, id)
	return stored.Run, err
}

// WriteRun stores a run and marks it as unfinished while it is.
func WriteRun(txn *badgerdir.Txn, stored Run) error {
	mark := Key(PrefixUnfinished, stored.Run.ID)
	var err error
	if stored.Run.Status.Final() {
		err = txn.Delete(mark)
	} else {
		err = txn.Set(mark, nil)
	}
	if err != nil {
		return err
	}
	return WriteJSON(txn, Key(PrefixRun, stored.Run.ID), stored)
}

// NoRun is the problem of a run that is not stored.
func NoRun(id string) *host.Problem {
	return host.NotFound("run", id, "Run `plumbline run list` to see which there are.")
}

// KeptRuns is how many runs of each connection are never pruned.
const KeptRuns = 50

// OldestKept returns the time under which the oldest of a connection's last KeptRuns runs
// is listed, and how many of these there are.
func OldestKept(txn *badgerdir.Txn, connection string) (at time.Time, runs int, err error) {
	prefix := Key(PrefixRunsOf, connection)
	err = EachKey(txn, prefix, func(k []byte) (err error) {
		if runs == KeptRuns {
			return ErrStop
		}
		runs++
		at, _, err = CutTime(k[len(prefix):])
		return err
	})
	return at, runs, err
}

// ErrFenced says that a writer's run is no longer its connection's latest, or that the
// connection was deleted. Nothing was written.
var ErrFenced = errors.New("a later run has taken over this connection")

// Epoch returns the latest epoch of a connection, or ErrFenced when the connection is
// gone. A transaction that reads it conflicts with a run that begins meanwhile.
func Epoch(txn *badgerdir.Txn, connection string) (uint64, error) {
	epoch, found, err := ReadNumber(txn, Key(PrefixEpoch, connection))
	if err != nil {
		return 0, fmt.Errorf("read epoch: %w", err)
	}
	if !found {
		return 0, ErrFenced
	}
	return epoch, nil
}

// KnownEpoch is Epoch for a caller to whom a connection that is gone is not found.
func KnownEpoch(txn *badgerdir.Txn, connection string) (uint64, error) {
	epoch, err := Epoch(txn, connection)
	if errors.Is(err, ErrFenced) {
		err = NoConnection(connection)
	}
	return epoch, err
}
