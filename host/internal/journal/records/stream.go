package records

import (
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/pack"
)

// StreamStats returns what is stored of a connection's streams, by name.
func (r *Reader) StreamStats(connection string) (stats []host.StreamStats, err error) {
	err = r.ledger.View(func(txn *badgerdir.Txn) error {
		headers, err := layout.Headers(txn, connection)
		for i := range headers {
			stats = append(stats, statsOf(&headers[i]))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read streams: %w", err)
	}
	return stats, nil
}

func statsOf(h *layout.Header) host.StreamStats {
	return host.StreamStats{
		Name: h.Name, Title: h.Title, Kind: h.Kind, Records: h.Records, LastCompleteAt: h.LastCompleteAt,
		FirstReadAt: h.FirstAt, FullReadAt: h.FullAt, Held: h.Removal(),
	}
}

// StreamMarks returns the marks of the streams of these connections, or of all, at one
// moment.
func (r *Reader) StreamMarks(connections ...string) (marks []host.StreamMark, err error) {
	prefixes := [][]byte{layout.Key(layout.PrefixStream)}
	if len(connections) > 0 {
		prefixes = prefixes[:0]
		for _, id := range connections {
			prefixes = append(prefixes, layout.Key(layout.PrefixStream, id))
		}
	}
	err = r.ledger.View(func(txn *badgerdir.Txn) error {
		for _, prefix := range prefixes {
			err := layout.EachHeader(txn, prefix, func(connection string, h layout.Header, err error) error {
				marks = append(marks, h.Mark(connection))
				return err
			})
			if err != nil {
				return fmt.Errorf("read streams: %w", err)
			}
		}
		return nil
	})
	return marks, err
}

// KeptAt returns a history.pruned problem when one of these streams cannot be shown as of
// a moment.
func (r *Reader) KeptAt(streams []host.StreamMark, at time.Time) error {
	return r.ledger.View(func(txn *badgerdir.Txn) error {
		for _, m := range streams {
			if err := layout.KeptAt(txn, m.Connection, m.Name, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// Held returns the held removals of a connection, by stream.
func (r *Reader) Held(connection string) ([]host.HeldRemoval, error) {
	list := []host.HeldRemoval{}
	err := r.ledger.View(func(txn *badgerdir.Txn) error {
		headers, err := layout.Headers(txn, connection)
		for i := range headers {
			if removal := headers[i].Removal(); removal != nil {
				list = append(list, *removal)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read held removals: %w", err)
	}
	return list, nil
}

// heldEnd is where a page of held records ended.
type heldEnd struct {
	ID    string `json:"i"`
	Chunk uint32 `json:"c"`
	Index int    `json:"n"`
}

// HeldRecords returns a page of the records of a held removal, by key, and the cursor of
// the next; that is empty after the last. A cursor of another list is refused.
func (r *Reader) HeldRecords(connection, stream string, limit int, cursor string) (records []host.HeldRecord, next string, err error) {
	var at heldEnd
	if err := layout.DecodeCursor(cursor, &at); err != nil {
		return nil, "", err
	}
	if at.Index < 0 {
		return nil, "", layout.BadCursor(cursor)
	}
	err = r.ledger.View(func(txn *badgerdir.Txn) error {
		h, err := layout.HeldHeader(txn, connection, stream)
		if err != nil {
			return err
		}
		if cursor != "" && at.ID != h.Held.ID {
			return layout.HeldChanged(stream)
		}
		at.ID = h.Held.ID
		var keys []string
		for at.Chunk < h.Held.Chunks && len(keys) < limit {
			chunk, err := layout.HeldChunk(txn, h.Number, h.Held, at.Chunk)
			if err != nil {
				return err
			}
			from := min(at.Index, len(chunk))
			to := min(from+limit-len(keys), len(chunk))
			keys = append(keys, chunk[from:to]...)
			if at.Index = to; to == len(chunk) {
				at.Chunk, at.Index = at.Chunk+1, 0
			}
		}
		if at.Chunk < h.Held.Chunks {
			next = layout.EncodeCursor(at)
		}
		records, err = pack.HeldRecords(r.ledger.Cache(txn), h.Number, keys)
		return err
	})
	return records, next, err
}
