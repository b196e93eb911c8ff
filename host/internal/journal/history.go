package journal

import (
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// history says how much of the past is kept. It only ever moves forward.
type history struct {
	Since  time.Time `json:"since,omitzero"`  // the records can be asked for as of then and later
	Pruned time.Time `json:"pruned,omitzero"` // commit time of the latest transaction that left the change log
	Logs   time.Time `json:"logs,omitzero"`   // runs up to this one have no log any more

	Round    *round            `json:"round,omitempty"` // under way
	RoundAt  time.Time         `json:"round_at,omitzero"`
	Last     *host.PruneResult `json:"last,omitempty"`
	Before   uint64            `json:"before,omitempty"` // bytes before the last round that took something away
	Given    uint64            `json:"given,omitempty"`  // and how many of them Compact gave back
	TendedAt time.Time         `json:"tended_at,omitzero"`
}

func loadHistory(txn *badgerdir.Txn) (h history, err error) {
	if _, err = readJSON(txn, keyHistory, &h); err != nil {
		return h, fmt.Errorf("read what history is kept: %w", err)
	}
	return h, nil
}

// editHistory changes what is remembered of the history in a transaction of its
// own.
func (s *Journal) editHistory(edit func(*badgerdir.Txn, *history) error) (h history, err error) {
	err = s.update(func(txn *badgerdir.Txn) error {
		if h, err = loadHistory(txn); err != nil {
			return err
		}
		if err := edit(txn, &h); err != nil {
			return err
		}
		return writeJSON(txn, keyHistory, h)
	})
	return h, err
}

// Maintenance returns what the store did for itself.
func (s *Journal) Maintenance() (m host.Maintenance, err error) {
	var h history
	err = s.view(func(txn *badgerdir.Txn) (err error) {
		h, err = loadHistory(txn)
		return err
	})
	if err != nil {
		return m, err
	}
	m = host.Maintenance{
		LastAt: known(h.TendedAt), HistorySince: known(h.Since), PrunedAt: known(h.RoundAt),
		Pruned: h.Last, Pruning: h.Round != nil, GivenBack: h.Given,
	}
	m.Bytes, err = s.Bytes()
	return m, err
}

func known(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// keptAt returns a history.pruned problem when the records of a connection cannot
// be shown as they were at a moment: neither is history kept that far back, nor is
// the moment held.
func keptAt(txn *badgerdir.Txn, connection, stream string, at time.Time) error {
	h, err := loadHistory(txn)
	if err != nil || !at.Before(h.Since) {
		return err
	}
	holds, err := loadHolds(txn)
	if err != nil || holds.cover(connection, stream, at, at) {
		return err
	}
	return asOfPruned(at, h.Since)
}

func asOfPruned(at, since time.Time) *host.Problem {
	p := pruned()
	p.Message = fmt.Sprintf("the records cannot be shown as they were at %s: history is kept since %s", at.UTC().Format(time.RFC3339), since.UTC().Format(time.RFC3339))
	p.Remedy = "Ask for a later moment; for an earlier one restore a backup from that time."
	p.Fields = []host.FieldError{{Field: "as_of", Message: "is before history is kept", Value: at}}
	return p
}

func feedPruned(position string, since time.Time) *host.Problem {
	p := pruned()
	p.Message = fmt.Sprintf("changes after this position have been pruned: history is kept since %s", since.UTC().Format(time.RFC3339))
	p.Remedy = "Read all records anew, and then follow the changes from the beginning of what is kept: leave the position out."
	p.Fields = []host.FieldError{{Field: "after", Message: "is before history is kept", Value: position}}
	return p
}

func pruned() *host.Problem {
	return &host.Problem{Code: host.CodeHistoryPruned, Fault: host.FaultCustomer, Retry: host.RetryNever}
}
