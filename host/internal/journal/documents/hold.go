package documents

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
)

// Hold keeps what was valid between From and To, both included, whatever the retention
// says, until it is released. It returns the hold with its id. A span that is pruned
// already, and not held, cannot be promised: history.pruned.
func (d *Documents) Hold(ctx context.Context, hold host.Hold) (host.Hold, error) {
	if err := d.ledger.Disk.Check(); err != nil {
		return host.Hold{}, err
	}
	switch {
	case strings.TrimSpace(hold.Reason) == "":
		return host.Hold{}, host.Invalid("reason", hold.Reason, "must say what the hold is for")
	case hold.From.IsZero():
		return host.Hold{}, host.Invalid("from", "", "must say when the span begins")
	case hold.To.Before(hold.From):
		return host.Hold{}, host.Invalid("to", hold.To, "must not be before from")
	}
	hold.CreatedAt = d.ledger.Now()
	hold.From, hold.To = hold.From.UTC().Round(0), hold.To.UTC().Round(0)
	hold.ID = ledger.NewID(d.ledger.Tick())
	err := d.Edit(ctx, func(e *Edit) error {
		if _, err := layout.LoadConnection(e.Txn, hold.Connection); err != nil {
			return err
		}
		h, err := layout.LoadHistory(e.Txn)
		if err != nil {
			return err
		}
		all, err := layout.LoadHolds(e.Txn)
		if err != nil {
			return err
		}
		if hold.From.Before(h.Since) && !all.Cover(hold.Connection, hold.Stream, hold.From, hold.To) {
			return layout.PrunedBefore("from", hold.From, h.Since)
		}
		_, err = d.holds.put(e, hold.ID, hold)
		return err
	})
	if err != nil {
		return host.Hold{}, fmt.Errorf("hold history: %w", err)
	}
	return hold, nil
}

// Holds returns all holds, oldest first.
func (d *Documents) Holds() ([]host.Hold, error) {
	all, err := ledger.Read(d.ledger, layout.LoadHolds)
	slices.SortFunc(all, func(a, b host.Hold) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

// Release ends a hold. What only it kept is deleted by the next pass of pruning.
func (d *Documents) Release(ctx context.Context, id string) error { return d.holds.Delete(ctx, id, 0) }

// RejectRemoval stores the decision that the records of a held removal still exist; id
// names the list that was decided on. While a run of the connection has not ended it is
// refused: the run may be about to replace the list.
func (d *Documents) RejectRemoval(ctx context.Context, connection, stream, id string) (host.HeldRemoval, error) {
	var rejected host.HeldRemoval
	err := d.Edit(ctx, func(e *Edit) error {
		if _, err := layout.Epoch(e.Txn, connection); err != nil { // a run that begins now conflicts
			return err
		}
		h, err := layout.HeldHeader(e.Txn, connection, stream)
		if err != nil {
			return err
		}
		if id != h.Held.ID {
			return layout.HeldChanged(stream)
		}
		if err := refuseDuringRun(e.Txn, connection); err != nil {
			return err
		}
		if h.Held.RejectedAt == nil {
			h.Held.RejectedAt = new(d.ledger.Now())
		}
		rejected = *h.Removal()
		if err := putDecision(e, connection, rejected, host.DecisionRejected); err != nil {
			return err
		}
		return layout.WriteHeader(e.Txn, connection, h)
	})
	return rejected, err
}

// refuseDuringRun refuses while a run of the connection has not ended.
func refuseDuringRun(txn *badgerdir.Txn, connection string) error {
	ids, err := layout.IDs(txn, layout.PrefixUnfinished)
	for _, id := range ids {
		stored, err := layout.LoadRun(txn, id)
		if err != nil {
			return err
		}
		if stored.Run.Connection == connection {
			return &host.Problem{
				Code:    host.CodeBusy,
				Message: fmt.Sprintf("%s is being synced by run %s", stored.Run.Alias, id),
				Remedy:  "Wait until that run has ended, read the list again and decide.",
				Fault:   host.FaultCustomer,
				Retry:   host.RetryAfter,
			}
		}
	}
	return err
}

// ConfirmRemovals stores the decision that the records of held removals are gone: the
// lists of these streams, by id. A list that is not the latest of its stream is refused.
func (d *Documents) ConfirmRemovals(ctx context.Context, connection string, lists map[string]string) error {
	return d.Edit(ctx, func(e *Edit) error {
		for _, stream := range slices.Sorted(maps.Keys(lists)) {
			h, err := layout.HeldHeader(e.Txn, connection, stream)
			if err != nil {
				return err
			}
			if h.Held.ID != lists[stream] {
				return layout.HeldChanged(stream)
			}
			if err := putDecision(e, connection, *h.Removal(), host.DecisionConfirmed); err != nil {
				return err
			}
		}
		return nil
	})
}

func putDecision(e *Edit, connection string, held host.HeldRemoval, verdict host.Verdict) error {
	c, err := layout.LoadConnection(e.Txn, connection)
	if err != nil {
		return err
	}
	_, err = e.put(layout.CollectionDecision, connection+"/"+held.Stream, c.Alias+"/"+held.Stream, host.Decision{
		Connection: connection, Stream: held.Stream, List: held.ID, Verdict: verdict, Removes: held.Removes, Known: held.Known,
	})
	return err
}
