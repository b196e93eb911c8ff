package layout

import (
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// History says how much of the past is kept. It only ever moves forward.
type History struct {
	Since  time.Time `json:"since,omitzero"`  // records can be asked for as of then and later
	Pruned time.Time `json:"pruned,omitzero"` // commit time of the latest transaction that left the change log
	Logs   time.Time `json:"logs,omitzero"`   // runs up to this one have no log any more

	Pass     *Pass             `json:"round,omitempty"` // the current one
	PassAt   time.Time         `json:"round_at,omitzero"`
	Last     *host.PruneResult `json:"last,omitempty"`
	Before   uint64            `json:"before,omitempty"` // bytes before the last pass that deleted something
	Given    uint64            `json:"given,omitempty"`  // and how many of them Compact gave back
	TendedAt time.Time         `json:"tended_at,omitzero"`
}

// Pass is one pass of pruning.
type Pass struct {
	Phase string    `json:"phase"`
	Next  []byte    `json:"place,omitempty"` // key at which the phase goes on
	Began time.Time `json:"began"`

	// Each phase deletes what is older than its time.
	Versions time.Time `json:"versions,omitzero"`
	Logs     time.Time `json:"logs,omitzero"`
	Runs     time.Time `json:"runs,omitzero"`

	Done   host.PruneResult `json:"done"`
	Before uint64           `json:"before"` // bytes of the journal when it began
}

// LoadHistory returns what history is kept.
func LoadHistory(txn *badgerdir.Txn) (h History, err error) {
	if _, err = ReadJSON(txn, KeyHistory, &h); err != nil {
		return h, fmt.Errorf("read what history is kept: %w", err)
	}
	return h, nil
}

// KeptAt returns a history.pruned problem when the records of a connection cannot be shown
// as of a moment, because neither is history kept that far back nor is the moment held.
func KeptAt(txn *badgerdir.Txn, connection, stream string, at time.Time) error {
	h, err := LoadHistory(txn)
	if err != nil || !at.Before(h.Since) {
		return err
	}
	holds, err := LoadHolds(txn)
	if err != nil || holds.Cover(connection, stream, at, at) {
		return err
	}
	return PrunedBefore("as_of", at, h.Since)
}

// PrunedBefore is the problem of a moment, in this field, before history is kept.
func PrunedBefore(field string, at, since time.Time) *host.Problem {
	return &host.Problem{
		Code: host.CodeHistoryPruned,
		Message: fmt.Sprintf("the records cannot be shown as they were at %s: history is kept since %s",
			at.UTC().Format(time.RFC3339), since.UTC().Format(time.RFC3339)),
		Remedy: "Ask for a later moment; for an earlier one restore a backup from that time.",
		Fault:  host.FaultCustomer,
		Retry:  host.RetryNever,
		Fields: []host.FieldError{{Field: field, Message: "is before history is kept", Value: at}},
	}
}
