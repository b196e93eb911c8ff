package documents

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
)

// AuditQuery asks for entries of the audit log, newest first.
type AuditQuery struct {
	Collection string // empty = of all
	Key        string // of a document; empty = of all
	Actor      string // name, id or kind of the actor; empty = of all
	Since      time.Time
	Until      time.Time // zero = now
	Limit      int       // 0 = 100
	Cursor     string    // what an earlier answer returned as next
}

// Audit returns entries of the audit log and the cursor of older ones; that is empty when
// there are none. The changes of one edit are never on two pages, so a page may have some
// more than asked for.
func (d *Documents) Audit(ctx context.Context, q AuditQuery) (entries []host.Entry, next string, err error) {
	from, err := q.from()
	if err != nil {
		return nil, "", err
	}
	limit := ledger.Limit(q.Limit, 100)
	id := layout.EntryID{Connection: layout.AuditChain, Epoch: layout.AuditEpoch, At: from}
	options := badgerdir.IteratorOptions{Prefix: layout.Key(layout.PrefixChange, layout.AuditChain)}
	err = d.ledger.View(func(txn *badgerdir.Txn) error {
		return layout.EachFrom(txn, options, id.Key(), func(item *badgerdir.Item) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			id, err := layout.CutEntry(item.Key(), layout.AuditChain)
			switch {
			case err != nil:
				return err
			case id.At.Before(q.Since):
				return layout.ErrStop
			case len(entries) >= limit:
				next = strconv.FormatInt(id.At.UnixNano(), 10)
				return layout.ErrStop
			}
			found, err := q.wanted(txn, id)
			entries = append(entries, found...)
			return err
		})
	})
	if err != nil {
		return nil, "", fmt.Errorf("read audit log: %w", err)
	}
	return entries, next, nil
}

// from returns the commit time that the page begins at.
func (q *AuditQuery) from() (time.Time, error) {
	if q.Cursor == "" {
		if q.Until.IsZero() {
			return layout.LastMoment, nil
		}
		return q.Until, nil
	}
	nanos, err := strconv.ParseInt(q.Cursor, 10, 64)
	if err != nil || nanos <= 0 {
		return time.Time{}, layout.BadCursor(q.Cursor)
	}
	return time.Unix(0, nanos).UTC(), nil
}

func (q *AuditQuery) wants(actor host.Actor, e *layout.Edited) bool {
	return (q.Collection == "" || q.Collection == e.Collection) && (q.Key == "" || q.Key == e.Key || q.Key == e.Title) &&
		(q.Actor == "" || slices.Contains([]string{actor.Name, actor.ID, string(actor.Kind)}, q.Actor))
}

// wanted returns what an entry says of the documents that are asked for.
func (q *AuditQuery) wanted(txn *badgerdir.Txn, id layout.EntryID) ([]host.Entry, error) {
	e, body, err := loadEdit(txn, id)
	if err != nil {
		return nil, err
	}
	var entries []host.Entry
	for i := range body.Edited {
		d := &body.Edited[i]
		if !q.wants(body.Actor, d) {
			continue
		}
		entry := host.Entry{
			Number: e.Number, At: id.At, Actor: body.Actor, Action: d.Action, Collection: d.Collection, Key: d.Key, Title: d.Title,
			Revision: d.Revision, Document: d.Value, Link: hex.EncodeToString(e.Link[:]),
		}
		if entry.Before, err = valueBefore(txn, d); err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// loadEdit reads an entry of the audit log. One that is not stored is empty.
func loadEdit(txn *badgerdir.Txn, id layout.EntryID) (e layout.Entry, body layout.EditBody, err error) {
	e, found, err := layout.LoadEntry(txn, id)
	if found && err == nil {
		body, err = layout.UnpackEdit(e)
	}
	return e, body, err
}

// valueBefore returns the value of a document before an edit.
func valueBefore(txn *badgerdir.Txn, d *layout.Edited) (json.RawMessage, error) {
	if d.Before == 0 {
		return nil, nil
	}
	before := layout.EntryID{Connection: layout.AuditChain, Epoch: layout.AuditEpoch, At: time.Unix(0, d.Before).UTC()}
	_, body, err := loadEdit(txn, before)
	for i := range body.Edited {
		if b := &body.Edited[i]; b.Collection == d.Collection && b.Key == d.Key {
			return b.Value, err
		}
	}
	return nil, err
}
