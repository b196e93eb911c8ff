package journal

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// holdNoun is the collection that holds are in.
const holdNoun = "hold"

func (s *Journal) holds() *Collection[host.Hold] {
	return NewCollection(s, holdNoun, func(h host.Hold) string { return h.Reason })
}

// Hold keeps what was valid between From and To, both included, whatever the
// retention says, until it is released. It returns the hold with its id. A span
// that is pruned already, and not held, cannot be promised: history.pruned.
func (s *Journal) Hold(ctx context.Context, hold host.Hold) (host.Hold, error) {
	if err := s.disk.Check(); err != nil {
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
	hold.CreatedAt = s.now().UTC().Round(0)
	hold.From, hold.To = hold.From.UTC().Round(0), hold.To.UTC().Round(0)
	hold.ID = newID(s.tick())
	err := s.edit(ctx, func(e *edit) error {
		if _, err := connection(e.txn, hold.Connection); err != nil {
			return err
		}
		h, err := loadHistory(e.txn)
		if err != nil {
			return err
		}
		all, err := loadHolds(e.txn)
		if err != nil {
			return err
		}
		if hold.From.Before(h.Since) && !all.cover(hold.Connection, hold.Stream, hold.From, hold.To) {
			p := asOfPruned(hold.From, h.Since)
			p.Fields[0].Field = "from"
			return p
		}
		_, err = s.holds().put(e, hold.ID, hold)
		return err
	})
	if err != nil {
		return host.Hold{}, fmt.Errorf("hold history: %w", err)
	}
	return hold, nil
}

// Holds returns all holds, oldest first.
func (s *Journal) Holds() (all []host.Hold, err error) {
	err = s.view(func(txn *badgerdir.Txn) error {
		holds, err := loadHolds(txn)
		all = holds.all
		return err
	})
	slices.SortFunc(all, func(a, b host.Hold) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

// Release ends a hold. What only it kept goes with the next round of pruning.
func (s *Journal) Release(ctx context.Context, id string) error { return s.holds().Delete(ctx, id, 0) }

// holds are all holds there are.
type holds struct{ all []host.Hold }

func loadHolds(txn *badgerdir.Txn) (h holds, err error) {
	err = each(txn, key(prefixDocument, holdNoun), func(item *badgerdir.Item) error {
		var stored document
		var hold host.Hold
		err := unmarshal(item, &stored)
		if err == nil {
			err = json.Unmarshal(stored.Value, &hold)
		}
		h.all = append(h.all, hold)
		return err
	})
	if err != nil {
		return h, fmt.Errorf("read holds: %w", err)
	}
	return h, nil
}

// touch reports whether a moment from on and before until is held for a stream.
func (h holds) touch(connection, stream string, from, until time.Time) bool {
	return slices.ContainsFunc(h.all, func(hold host.Hold) bool {
		return hold.Connection == connection && (hold.Stream == "" || hold.Stream == stream) &&
			!from.After(hold.To) && until.After(hold.From)
	})
}

// touchAny is touch for any stream of a connection.
func (h holds) touchAny(connection string, from, until time.Time) bool {
	return slices.ContainsFunc(h.all, func(hold host.Hold) bool {
		return hold.Connection == connection && !from.After(hold.To) && until.After(hold.From)
	})
}

// cover reports whether one hold holds all of a span for a stream, or for all
// streams when none is named.
func (h holds) cover(connection, stream string, from, to time.Time) bool {
	return slices.ContainsFunc(h.all, func(hold host.Hold) bool {
		return hold.Connection == connection && (hold.Stream == "" || hold.Stream == stream && stream != "") &&
			!from.Before(hold.From) && !to.After(hold.To)
	})
}
