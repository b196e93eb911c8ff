package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
)

// RejectRemoval notes that a person says that the records of a hold still exist;
// id names the list that the person looked at. A connection with a run that has
// not ended is refused: the run may be about to replace the list.
func (s *Journal) RejectRemoval(ctx context.Context, connection, stream, id string) (host.HeldRemoval, error) {
	var rejected host.HeldRemoval
	err := s.edit(ctx, func(e *edit) error {
		txn := e.txn
		if _, err := epoch(txn, connection); err != nil { // a run that begins now conflicts
			return err
		}
		h, err := heldHeader(txn, connection, stream)
		if err != nil {
			return err
		}
		if id != h.Held.ID {
			return heldChanged(stream)
		}
		if err := noRunUnderWay(txn, connection); err != nil {
			return err
		}
		if h.Held.RejectedAt == nil {
			at := s.now().UTC().Round(0)
			h.Held.RejectedAt = &at
		}
		rejected = *h.removal()
		if err := putDecision(e, connection, rejected, host.DecisionRejected); err != nil {
			return err
		}
		return writeJSON(txn, key(prefixStream, connection, stream), h)
	})
	return rejected, err
}

// ConfirmRemovals notes that a person agrees to held removals: the lists of these
// streams, by id. A list that is not the latest of its stream is refused.
func (s *Journal) ConfirmRemovals(ctx context.Context, connection string, lists map[string]string) error {
	return s.edit(ctx, func(e *edit) error {
		for _, stream := range slices.Sorted(maps.Keys(lists)) {
			h, err := heldHeader(e.txn, connection, stream)
			if err != nil {
				return err
			}
			if h.Held.ID != lists[stream] {
				return heldChanged(stream)
			}
			if err := putDecision(e, connection, *h.removal(), host.DecisionConfirmed); err != nil {
				return err
			}
		}
		return nil
	})
}

// decisionNoun is the collection that decisions on held removals are in, the latest
// of each stream.
const decisionNoun = "decision"

func putDecision(e *edit, id string, held host.HeldRemoval, verdict host.Verdict) error {
	c, err := connection(e.txn, id)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(host.Decision{
		Connection: id, Stream: held.Stream, List: held.ID, Verdict: verdict, Removes: held.Removes, Known: held.Known,
	})
	if err != nil {
		return fmt.Errorf("encode decision: %w", err)
	}
	_, err = e.put(decisionNoun, id+"/"+held.Stream, c.Alias+"/"+held.Stream, raw)
	return err
}
