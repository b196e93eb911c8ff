package documents

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

// History returns the edits of a document that is stored, newest first, at most limit. It takes as long as there are edits of it,
// however long the audit log is: each names the one before.
func (c *Collection[T]) History(key string, limit int) (entries []host.Entry, err error) {
	err = c.documents.ledger.View(func(txn *badgerdir.Txn) error {
		stored, err := layout.LoadDocument(txn, c.name, key)
		if err != nil || stored.Revision == 0 {
			return err
		}
		for at := stored.At; !at.IsZero() && len(entries) < limit; {
			id := layout.EntryID{Connection: layout.AuditChain, Epoch: layout.AuditEpoch, At: at}
			e, body, err := loadEdit(txn, id)
			if err != nil {
				return err
			}
			at = time.Time{}
			for i := range body.Edited {
				d := &body.Edited[i]
				if d.Collection != c.name || d.Key != key {
					continue
				}
				entries = append(entries, host.Entry{
					Number: e.Number, At: id.At, Actor: body.Actor, Action: d.Action, Collection: d.Collection, Key: d.Key, Title: d.Title,
					Revision: d.Revision, Document: d.Value, Link: hex.EncodeToString(e.Link[:]),
				})
				if n := len(entries); n > 1 {
					entries[n-2].Before = d.Value
				}
				if d.Before != 0 {
					at = time.Unix(0, d.Before).UTC()
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read history of %s %s: %w", c.name, key, err)
	}
	return entries, nil
}
