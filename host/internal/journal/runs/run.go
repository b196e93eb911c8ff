// Package runs keeps the runs of connections and their logs.
package runs

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
)

// Table is the runs of a journal.
type Table struct{ ledger *ledger.Ledger }

// New returns the runs of a journal.
func New(l *ledger.Ledger) *Table { return &Table{l} }

// BeginRun stores a new run and returns it with its id, if it had none, and its epoch: the
// connection's next. From then on no earlier run of the connection can write records.
func (t *Table) BeginRun(run host.Run) (host.Run, error) {
	if err := t.ledger.Disk.Check(); err != nil {
		return host.Run{}, err
	}
	at := t.ledger.Tick()
	if run.ID == "" {
		run.ID = ledger.NewID(at)
	}
	err := t.ledger.Update(func(txn *badgerdir.Txn) error {
		latest, err := layout.KnownEpoch(txn, run.Connection)
		if err != nil {
			return err
		}
		taken, err := layout.Read(txn, layout.Key(layout.PrefixRun, run.ID))
		if err != nil {
			return err
		}
		if taken != nil {
			return &host.Problem{Code: host.CodeConflict, Message: fmt.Sprintf("run id %q is taken", run.ID), Fault: host.FaultHost}
		}
		run.Epoch = latest + 1
		if err := layout.WriteNumber(txn, layout.Key(layout.PrefixEpoch, run.Connection), run.Epoch); err != nil {
			return err
		}
		for _, k := range [][]byte{layout.RunIndexKey(at, run.ID), layout.RunOfKey(run.Connection, at, run.ID)} {
			if err := txn.Set(k, nil); err != nil {
				return err
			}
		}
		return layout.WriteRun(txn, layout.Run{Run: run, ListedAt: at, SavedAt: new(t.ledger.Now())})
	})
	if err != nil {
		return host.Run{}, fmt.Errorf("begin run: %w", err)
	}
	return run, nil
}

// SaveRun stores the present state of a run. Its epoch and connection stay as BeginRun set
// them. It works on a nearly full disk, so that a run can say that the disk is full.
//
// When the run has ended, its connection's chain is anchored outside the journal, after
// the run is on disk.
func (t *Table) SaveRun(run host.Run) error {
	var line anchor.Line
	ended := false
	err := t.ledger.Update(func(txn *badgerdir.Txn) error {
		stored, err := layout.LoadRun(txn, run.ID)
		if err != nil {
			return err
		}
		ended = run.Status.Final() && stored.Run.Status != run.Status
		run.Epoch, run.Connection = stored.Run.Epoch, stored.Run.Connection
		stored.Run, stored.SavedAt = run, new(t.ledger.Now())
		if ended {
			if line, err = ledger.AnchorLine(txn, run.Connection, run.Alias, anchor.Run, t.ledger.Now()); err != nil {
				return err
			}
			line.Run, line.Status = run.ID, string(run.Status)
			if err := t.ledger.WriteAnchors(txn); err != nil {
				return err
			}
		}
		return layout.WriteRun(txn, stored)
	})
	if err == nil && ended {
		t.ledger.Anchor(line)
	}
	return err
}

// Run returns a run.
func (t *Table) Run(id string) (host.Run, error) {
	stored, err := ledger.Read(t.ledger, func(txn *badgerdir.Txn) (layout.Run, error) { return layout.LoadRun(txn, id) })
	return stored.Run, err
}

// Query asks for runs, newest first.
type Query struct {
	Connection string    // id; empty = of all connections
	Until      time.Time // only runs that had begun by then; zero = all
	Limit      int       // 0 = 50
	Before     string    // what an earlier answer returned as next
}

// Runs returns runs, newest first, and what to ask with for older ones; that is empty when
// there are none.
func (t *Table) Runs(q Query) (runs []host.Run, next string, err error) {
	limit := ledger.Limit(q.Limit, 50)
	prefix := layout.Key(layout.PrefixRunIndex)
	if q.Connection != "" {
		prefix = layout.Key(layout.PrefixRunsOf, q.Connection)
	}
	before, err := base64.RawURLEncoding.DecodeString(q.Before)
	if err != nil {
		return nil, "", layout.BadCursor(q.Before)
	}
	from := append(prefix[:len(prefix):len(prefix)], before...)
	if q.Before == "" && !q.Until.IsZero() {
		from = layout.ListedFrom(prefix, q.Until)
	}
	err = t.ledger.View(func(txn *badgerdir.Txn) error {
		return layout.EachFrom(txn, badgerdir.IteratorOptions{Prefix: prefix}, from, func(item *badgerdir.Item) error {
			rest := item.Key()[len(prefix):]
			if len(runs) == limit {
				next = base64.RawURLEncoding.EncodeToString(rest)
				return layout.ErrStop
			}
			run, err := layout.ListedRun(txn, rest)
			runs = append(runs, run)
			return err
		})
	})
	if err != nil {
		return nil, "", fmt.Errorf("read runs: %w", err)
	}
	return runs, next, nil
}

// AppendLogs adds lines to a run's log. Each gets the number after the last one. A line
// whose number is stored already is left out, so that a caller that could store only a
// part may send the whole again. It works on a nearly full disk, so that a run can say how
// it ended.
func (t *Table) AppendLogs(run string, lines []host.Log) error {
	for len(lines) > 0 {
		n, err := t.appendSome(run, lines)
		if err != nil {
			return fmt.Errorf("append to log of run %s: %w", run, err)
		}
		lines = lines[n:]
	}
	return nil
}

// appendSome stores as many lines as fit into one transaction and returns their number.
func (t *Table) appendSome(run string, lines []host.Log) (n int, err error) {
	limits := t.ledger.Limits
	err = t.ledger.Update(func(txn *badgerdir.Txn) error {
		// Reading the run makes this conflict with its deletion.
		if _, err := layout.LoadRun(txn, run); err != nil {
			return err
		}
		number, err := lastLine(txn, run)
		if err != nil {
			return err
		}
		size := 0
		for n = 0; n < len(lines) && n < limits.PartRecords && size < limits.PartBytes; n++ {
			line := lines[n]
			if line.Number > 0 && line.Number <= number {
				continue
			}
			number++
			line.Number = number
			raw, err := json.Marshal(line)
			if err != nil {
				return err
			}
			k := layout.LogKey(run, number)
			size += len(k) + len(raw)
			if err := txn.Set(k, raw); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// lastLine returns the number of the last line of a run's log, or 0.
func lastLine(txn *badgerdir.Txn, run string) (number int, err error) {
	prefix := layout.Key(layout.PrefixLog, run)
	options := badgerdir.IteratorOptions{Prefix: prefix, Reverse: true}
	err = layout.EachFrom(txn, options, layout.LogEnd(run), func(item *badgerdir.Item) error {
		number = int(binary.BigEndian.Uint64(item.Key()[len(prefix):]))
		return layout.ErrStop
	})
	return number, err
}
