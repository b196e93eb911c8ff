package feed

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

// Link is one link of a chain: of a connection's change log, or of the audit log.
type Link struct {
	Connection  string // id; empty = the audit log
	Number      uint64
	At          time.Time
	Hash        string // lower-case hex
	Run, Stream string // whose changes the entry has; empty in the audit log
}

// Links calls fn with the links of all chains up to a moment, in the order of their commit times. Entries that were pruned, and those of
// deleted connections, are left out.
func (x *Index) Links(ctx context.Context, until time.Time, fn func(Link) error) error {
	err := x.each(ctx, position{}, "", func(txn *badgerdir.Txn, id layout.EntryID) error {
		if id.At.After(until) {
			return layout.ErrStop
		}
		e, found, err := layout.LoadEntry(txn, id)
		if !found || err != nil {
			return err
		}
		l := Link{Connection: id.Connection, Number: e.Number, At: id.At, Hash: hex.EncodeToString(e.Link[:])}
		if id.Connection == layout.AuditChain {
			l.Connection = ""
			return fn(l)
		}
		if l.Run, l.Stream, _, err = layout.CutOrigin(e.Body); err != nil {
			return err
		}
		return fn(l)
	})
	if err != nil {
		return fmt.Errorf("read links: %w", err)
	}
	return nil
}
