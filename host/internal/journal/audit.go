package journal

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"

	"github.com/plumbline-dev/plumbline/host"
)

// auditChain is what stands in keys in the place of a connection's id for the change
// log of documents. It has one chain and one epoch, because edits need no fencing.
const (
	auditChain = "audit"
	auditEpoch = 1
)

// edit is a transaction that changes documents. Its changes are one entry of the
// audit log.
type edit struct {
	txn    *badgerdir.Txn
	at     time.Time
	actor  host.Actor
	edited []edited
}

// entryBody is what an entry of the audit log says besides its place in the chain.
type entryBody struct {
	Actor  host.Actor `json:"actor"`
	Edited []edited   `json:"edited"`
}

// edited is what an edit did to one document.
type edited struct {
	Collection string          `json:"collection"`
	Key        string          `json:"key"`
	Title      string          `json:"title,omitempty"`
	Action     host.Action     `json:"action"`
	Revision   uint64          `json:"revision"`
	Value      json.RawMessage `json:"value,omitempty"`
	Before     int64           `json:"before,omitempty"` // commit time of the edit before, in nanoseconds since 1970
}

// edit runs fn in a transaction. What fn puts and deletes is on disk together with
// its entry in the audit log, or not at all. Fn may run several times. An fn that
// changes no document adds no entry. The context names the actor.
func (s *Journal) edit(ctx context.Context, fn func(*edit) error) error {
	actor, err := host.Acting(ctx)
	if err != nil {
		return err
	}
	var line *anchor
	err = s.inTurn(func() error {
		return s.updateAt(func(txn *badgerdir.Txn, at time.Time) error {
			var err error
			line, err = entered(&edit{txn: txn, at: at, actor: actor}, fn)
			return err
		})
	})
	if err == nil && line != nil {
		s.anchored(*line)
	}
	return err
}

// entered lets fn edit documents and adds what it did to the audit log. It returns
// where the log then stands, nil when fn changed nothing.
func entered(e *edit, fn func(*edit) error) (*anchor, error) {
	if err := fn(e); err != nil || len(e.edited) == 0 {
		return nil, err
	}
	body, err := json.Marshal(entryBody{Actor: e.actor, Edited: e.edited})
	if err != nil {
		return nil, fmt.Errorf("encode audit entry: %w", err)
	}
	if err := putChained(e.txn, entryPlace{auditChain, auditEpoch, e.at}, body); err != nil {
		return nil, err
	}
	stands, err := anchorFor(e.txn, auditChain, "", anchorEdit, e.at)
	return &stands, err
}

// put stores a document and returns its revision.
func (e *edit) put(collection, k, title string, value json.RawMessage) (revision uint64, err error) {
	if len(value) > MaxDocument {
		return 0, host.Invalid(collection, k, fmt.Sprintf("has %d bytes; at most %d are allowed", len(value), MaxDocument))
	}
	before, err := loadDocument(e.txn, collection, k)
	if err != nil {
		return 0, err
	}
	change := edited{Collection: collection, Key: k, Title: title, Action: host.ActionChanged, Revision: before.Revision + 1, Value: value}
	if before.Revision == 0 {
		change.Action = host.ActionCreated
	} else {
		change.Before = before.At.UnixNano()
	}
	e.edited = append(e.edited, change)
	return change.Revision, writeJSON(e.txn, keyDocument(collection, k), document{Revision: change.Revision, At: e.at, Value: value})
}

// delete deletes a document that is there.
func (e *edit) delete(collection, k, title string) error {
	before, err := loadDocument(e.txn, collection, k)
	if err != nil {
		return err
	}
	e.edited = append(e.edited, edited{
		Collection: collection, Key: k, Title: title, Action: host.ActionDeleted, Revision: before.Revision + 1, Before: before.At.UnixNano(),
	})
	return e.txn.Delete(keyDocument(collection, k))
}

// AuditQuery asks for entries of the audit log, newest first.
type AuditQuery struct {
	Collection string // empty = of all
	Key        string // of a document; empty = of all
	Actor      string // name of the actor; empty = whoever acted
	Since      time.Time
	Until      time.Time // zero = now
	Limit      int       // 0 = 100
	Cursor     string    // what an earlier answer returned as next
}

// Audit returns entries of the audit log and what to ask with for older ones; that is
// empty when there are none. The changes of one edit are never on two pages, so a page
// may have some more than asked for.
func (s *Journal) Audit(ctx context.Context, q AuditQuery) (entries []host.Entry, next string, err error) {
	from, err := parseAuditPlace(q.Cursor, q.Until)
	if err != nil {
		return nil, "", err
	}
	limit := orDefault(q.Limit, 100)
	prefix := key(prefixChange, auditChain)
	err = s.view(func(txn *badgerdir.Txn) error {
		it := txn.NewIterator(badgerdir.IteratorOptions{Prefix: prefix, PrefetchValues: true, PrefetchSize: 16})
		defer it.Close()
		for it.Seek(keyChange(auditChain, auditEpoch, from)); it.Valid(); it.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			place, e, err := auditEntry(it.Item(), prefix)
			switch {
			case err != nil:
				return err
			case place.at.Before(q.Since):
				return nil
			case len(entries) >= limit:
				next = strconv.FormatInt(place.at.UnixNano(), 10)
				return nil
			}
			found, err := unpackEdits(txn, place, e, q.wants)
			if err != nil {
				return err
			}
			entries = append(entries, found...)
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("read audit log: %w", err)
	}
	return entries, next, nil
}

func (q *AuditQuery) wants(actor host.Actor, e *edited) bool {
	return (q.Collection == "" || q.Collection == e.Collection) && (q.Key == "" || q.Key == e.Key || q.Key == e.Title) &&
		(q.Actor == "" || q.Actor == actor.Name || q.Actor == string(actor.Kind))
}

// parseAuditPlace returns the commit time that a page begins at.
func parseAuditPlace(cursor string, until time.Time) (time.Time, error) {
	if cursor == "" {
		if until.IsZero() {
			return lastMoment, nil
		}
		return until, nil
	}
	nanos, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || nanos <= 0 {
		return time.Time{}, badCursor(cursor)
	}
	return time.Unix(0, nanos).UTC(), nil
}

// auditEntry reads an entry of the audit log. It is the caller's own.
func auditEntry(item *badgerdir.Item, prefix []byte) (place entryPlace, e logEntry, err error) {
	if place, err = placeOf(item.Key(), prefix, auditChain); err != nil {
		return place, e, err
	}
	raw, err := item.ValueCopy(nil)
	if err != nil {
		return place, e, err
	}
	e, err = unpackEntry(raw)
	return place, e, err
}

// unpackEdits returns what an entry says of the documents that are wanted.
func unpackEdits(txn *badgerdir.Txn, place entryPlace, e logEntry, wants func(host.Actor, *edited) bool) ([]host.Entry, error) {
	body, err := unpackBody(e)
	if err != nil {
		return nil, err
	}
	var entries []host.Entry
	for i := range body.Edited {
		d := &body.Edited[i]
		if !wants(body.Actor, d) {
			continue
		}
		entry := host.Entry{
			Number: e.number, At: place.at, Actor: body.Actor, Action: d.Action, Collection: d.Collection, Key: d.Key, Title: d.Title,
			Revision: d.Revision, Document: d.Value, Link: hex.EncodeToString(e.link[:]),
		}
		if entry.Before, err = valueBefore(txn, d); err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// valueBefore returns what a document was before an edit.
func valueBefore(txn *badgerdir.Txn, d *edited) (json.RawMessage, error) {
	if d.Before == 0 {
		return nil, nil
	}
	item, err := txn.Get(keyChange(auditChain, auditEpoch, time.Unix(0, d.Before).UTC()))
	if errors.Is(err, badgerdir.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	_, e, err := auditEntry(item, key(prefixChange, auditChain))
	if err != nil {
		return nil, err
	}
	body, err := unpackBody(e)
	for i := range body.Edited {
		if b := &body.Edited[i]; b.Collection == d.Collection && b.Key == d.Key {
			return b.Value, err
		}
	}
	return nil, err
}

func unpackBody(e logEntry) (body entryBody, err error) {
	if err := json.Unmarshal(e.body, &body); err != nil {
		return body, fmt.Errorf("decode audit entry %d: %w", e.number, err)
	}
	return body, nil
}

// lastEdit returns the commit time of the newest entry of the audit log.
func lastEdit(txn *badgerdir.Txn) (at time.Time, err error) {
	prefix := key(prefixChange, auditChain)
	err = eachKey(txn, prefix, func(k []byte) error {
		place, err := placeOf(k, prefix, auditChain)
		at = place.at
		return errors.Join(err, errStop)
	})
	return at, err
}
