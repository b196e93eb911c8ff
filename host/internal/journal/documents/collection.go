package documents

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// MaxDocument is the most bytes that the JSON of one document may have. A document is
// stored twice, as it is and in the audit log, in one transaction.
const MaxDocument = 64 << 10

// Documents are the documents of a journal.
type Documents struct {
	ledger     *ledger.Ledger
	holds      *Collection[host.Hold]
	workspaces *Collection[host.Workspace] // at most one

	accountDecisions *Collection[account.StoredDecision]
	precedence       *Collection[account.PersonPrecedence] // at most one
	views            *Collection[host.SavedView]
	verdicts         *Collection[verdict.Recorded]
}

// New returns the documents of a journal.
func New(l *ledger.Ledger) *Documents {
	d := &Documents{ledger: l}
	d.holds = NewCollection(d, layout.CollectionHold, func(h host.Hold) string { return h.Reason })
	d.workspaces = NewCollection(d, layout.CollectionWorkspace, func(host.Workspace) string { return workspaceKey })
	d.accountDecisions, d.precedence = newAccountDecisions(d), newPersonPrecedence(d)
	d.views = NewCollection(d, layout.CollectionView, func(v host.SavedView) string { return v.Name })
	d.verdicts = newVerdicts(d)
	return d
}

// Edit is a transaction that changes documents. Its changes are one entry of the audit log.
type Edit struct {
	Txn    *badgerdir.Txn
	at     time.Time
	actor  host.Actor
	edited []layout.Edited
}

// Edit runs fn in a transaction. What fn puts and deletes is on disk together with its
// entry in the audit log, or not at all. Fn may run several times. An fn that changes no
// document adds no entry. The context names the actor.
func (d *Documents) Edit(ctx context.Context, fn func(*Edit) error) error {
	actor, err := host.Acting(ctx)
	if err != nil {
		return err
	}
	var line *anchor.Line
	err = d.ledger.InTurn(func() error {
		return d.ledger.UpdateAt(func(txn *badgerdir.Txn, at time.Time) (err error) {
			line, err = logged(&Edit{Txn: txn, at: at, actor: actor}, fn)
			return err
		})
	})
	if err == nil && line != nil {
		d.ledger.Anchor(*line)
	}
	return err
}

// logged lets fn edit documents and adds what it did to the audit log. It returns the line
// of the anchors file for the entry, nil when fn changed nothing.
func logged(e *Edit, fn func(*Edit) error) (*anchor.Line, error) {
	if err := fn(e); err != nil || len(e.edited) == 0 {
		return nil, err
	}
	body, err := json.Marshal(layout.EditBody{Actor: e.actor, Edited: e.edited})
	if err != nil {
		return nil, fmt.Errorf("encode audit entry: %w", err)
	}
	id := layout.EntryID{Connection: layout.AuditChain, Epoch: layout.AuditEpoch, At: e.at}
	if err := ledger.Append(e.Txn, id, body); err != nil {
		return nil, err
	}
	line, err := ledger.AnchorLine(e.Txn, layout.AuditChain, "", anchor.Edit, e.at)
	return &line, err
}

// put stores a document and returns its revision.
func (e *Edit) put(collection, key, title string, value any) (revision uint64, err error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return 0, fmt.Errorf("encode %s %s: %w", collection, key, err)
	}
	if len(raw) > MaxDocument {
		return 0, host.Invalid(collection, key, fmt.Sprintf("has %d bytes; at most %d are allowed", len(raw), MaxDocument))
	}
	before, err := layout.LoadDocument(e.Txn, collection, key)
	if err != nil {
		return 0, err
	}
	change := layout.Edited{
		Collection: collection, Key: key, Title: title, Action: host.ActionChanged, Revision: before.Revision + 1, Value: raw,
	}
	if before.Revision == 0 {
		change.Action = host.ActionCreated
	} else {
		change.Before = before.At.UnixNano()
	}
	e.edited = append(e.edited, change)
	stored := layout.Document{Revision: change.Revision, At: e.at, Value: raw}
	return change.Revision, layout.WriteJSON(e.Txn, layout.DocumentKey(collection, key), stored)
}

// Delete deletes a document that is stored.
func (e *Edit) Delete(collection, key, title string) error {
	before, err := layout.LoadDocument(e.Txn, collection, key)
	if err != nil {
		return err
	}
	e.edited = append(e.edited, layout.Edited{
		Collection: collection, Key: key, Title: title, Action: host.ActionDeleted,
		Revision: before.Revision + 1, Before: before.At.UnixNano(),
	})
	return e.Txn.Delete(layout.DocumentKey(collection, key))
}

// Document is one value of a collection.
type Document[T any] struct {
	Key       string
	Revision  uint64 // counts up from 1 with every Put
	UpdatedAt time.Time
	Value     T
}

// Collection is a set of documents of one type, by key. NewCollection makes one.
type Collection[T any] struct {
	documents *Documents
	name      string
	title     func(T) string
}

// NewCollection returns the collection with this name, such as "hold". It may be empty.
// Title returns what people call a document; nil = its key.
func NewCollection[T any](d *Documents, name string, title func(T) string) *Collection[T] {
	if title == nil {
		title = func(T) string { return "" }
	}
	return &Collection[T]{documents: d, name: name, title: title}
}

// Get returns one document, or a host.not_found problem.
func (c *Collection[T]) Get(key string) (Document[T], error) {
	return ledger.Read(c.documents.ledger, func(txn *badgerdir.Txn) (Document[T], error) { return c.load(txn, key) })
}

// List returns all documents, by key.
func (c *Collection[T]) List() (all []Document[T], err error) {
	err = c.documents.ledger.View(func(txn *badgerdir.Txn) error {
		return layout.EachDocument(txn, c.name, func(key string, d layout.Document, value T, err error) error {
			all = append(all, Document[T]{Key: key, Revision: d.Revision, UpdatedAt: d.At, Value: value})
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c.name, err)
	}
	return all, nil
}

// Put stores value under key. IfRevision is the revision that the caller has read, 0 for a
// document that must not exist yet; another stored one is a conflict. The context names
// the actor.
func (c *Collection[T]) Put(ctx context.Context, key string, value T, ifRevision uint64) (d Document[T], err error) {
	err = c.documents.Edit(ctx, func(e *Edit) error {
		if err := c.expect(e.Txn, key, ifRevision); err != nil {
			return err
		}
		d, err = c.put(e, key, value)
		return err
	})
	if err != nil {
		return d, fmt.Errorf("write %s: %w", c.name, err)
	}
	return d, nil
}

// Delete deletes the document under key; ifRevision 0 = any revision.
func (c *Collection[T]) Delete(ctx context.Context, key string, ifRevision uint64) error {
	err := c.documents.Edit(ctx, func(e *Edit) error {
		if ifRevision != 0 {
			if err := c.expect(e.Txn, key, ifRevision); err != nil {
				return err
			}
		}
		before, err := c.load(e.Txn, key)
		if err != nil {
			return err
		}
		return e.Delete(c.name, key, c.title(before.Value))
	})
	if err != nil {
		return fmt.Errorf("delete from %s: %w", c.name, err)
	}
	return nil
}

// expect refuses a document whose revision is not this one.
func (c *Collection[T]) expect(txn *badgerdir.Txn, key string, revision uint64) error {
	stored, err := layout.LoadDocument(txn, c.name, key)
	if err != nil || stored.Revision == revision {
		return err
	}
	return stale(c.name, key, revision, stored.Revision)
}

// load returns a document within a transaction.
func (c *Collection[T]) load(txn *badgerdir.Txn, key string) (d Document[T], err error) {
	stored, err := layout.LoadDocument(txn, c.name, key)
	if err != nil {
		return d, fmt.Errorf("read %s %s: %w", c.name, key, err)
	}
	if stored.Revision == 0 {
		return d, host.NotFound(c.name, key, "It may have been deleted.")
	}
	d = Document[T]{Key: key, Revision: stored.Revision, UpdatedAt: stored.At}
	if err := json.Unmarshal(stored.Value, &d.Value); err != nil {
		return d, fmt.Errorf("decode %s %s: %w", c.name, key, err)
	}
	return d, nil
}

// put stores a document as part of an edit.
func (c *Collection[T]) put(e *Edit, key string, value T) (Document[T], error) {
	revision, err := e.put(c.name, key, c.title(value), value)
	return Document[T]{Key: key, Revision: revision, UpdatedAt: e.at, Value: value}, err
}

// stale is the problem of a change to an outdated revision of a document.
func stale(collection, name string, have, stored uint64) *host.Problem {
	return &host.Problem{
		Code:    host.CodeConflict,
		Message: fmt.Sprintf("%s %q was changed in the meantime (revision %d, not %d)", collection, name, stored, have),
		Remedy:  "Reload it and make the change again.",
		Fault:   host.FaultCustomer,
		Retry:   host.RetryNever,
		Fields:  []host.FieldError{{Field: "revision", Message: "is not the latest", Value: have}},
	}
}
