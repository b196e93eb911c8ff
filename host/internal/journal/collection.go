package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"

	"github.com/plumbline-dev/plumbline/host"
)

// MaxDocument is the most bytes that the JSON of one document may have. A document is
// stored twice, as it is and in the audit log, in one transaction.
const MaxDocument = 64 << 10

// Document is one value of a collection with what the store knows of it.
type Document[T any] struct {
	Key       string
	Revision  uint64 // counts up from 1 with every Put
	UpdatedAt time.Time
	Value     T
}

// Collection is a set of documents of one type, by key. Every write is an entry of
// the audit log with its actor, in the same transaction. Verification, backup and
// restore know every collection; none needs an edit for a new one. The zero value is
// not usable; NewCollection makes one.
type Collection[T any] struct {
	store *Journal
	name  string
	title func(T) string
}

// NewCollection returns the collection with this name, such as "holds". It need not
// be there yet. Title says what people call a document; nil = its key.
func NewCollection[T any](s *Journal, name string, title func(T) string) *Collection[T] {
	return &Collection[T]{store: s, name: name, title: title}
}

// Get returns one document, or a host.not_found problem.
func (c *Collection[T]) Get(key string) (d Document[T], err error) {
	err = c.store.view(func(txn *badgerdir.Txn) (err error) {
		d, err = c.load(txn, key)
		return err
	})
	return d, err
}

// List returns all documents, by key.
func (c *Collection[T]) List() (all []Document[T], err error) {
	prefix := key(prefixDocument, c.name)
	err = c.store.view(func(txn *badgerdir.Txn) error {
		return each(txn, prefix, func(item *badgerdir.Item) error {
			k, _, err := cutText(item.Key()[len(prefix):])
			if err != nil {
				return err
			}
			d, err := c.decode(k, item)
			all = append(all, d)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c.name, err)
	}
	return all, nil
}

// Put stores value under key. IfRevision is the revision that the caller has seen,
// 0 for a document that is not to be there yet; another stored one is a conflict.
// The context names the actor.
func (c *Collection[T]) Put(ctx context.Context, key string, value T, ifRevision uint64) (d Document[T], err error) {
	err = c.store.edit(ctx, func(e *edit) error {
		if err := c.expect(e.txn, key, ifRevision); err != nil {
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

// Delete deletes the document under key; ifRevision 0 = whatever its revision is.
func (c *Collection[T]) Delete(ctx context.Context, key string, ifRevision uint64) error {
	err := c.store.edit(ctx, func(e *edit) error {
		if ifRevision != 0 {
			if err := c.expect(e.txn, key, ifRevision); err != nil {
				return err
			}
		}
		return c.delete(e, key)
	})
	if err != nil {
		return fmt.Errorf("delete from %s: %w", c.name, err)
	}
	return nil
}

// expect refuses a document whose revision is not this one.
func (c *Collection[T]) expect(txn *badgerdir.Txn, key string, revision uint64) error {
	stored, err := loadDocument(txn, c.name, key)
	if err != nil || stored.Revision == revision {
		return err
	}
	return stale(key, revision, stored.Revision)
}

// load returns a document within a transaction.
func (c *Collection[T]) load(txn *badgerdir.Txn, k string) (Document[T], error) {
	item, err := txn.Get(keyDocument(c.name, k))
	if errors.Is(err, badgerdir.ErrKeyNotFound) {
		return Document[T]{}, host.NotFound(c.name, k, "It may have been deleted.")
	}
	if err != nil {
		return Document[T]{}, fmt.Errorf("read %s %s: %w", c.name, k, err)
	}
	return c.decode(k, item)
}

func (c *Collection[T]) decode(k string, item *badgerdir.Item) (Document[T], error) {
	var stored document
	if err := unmarshal(item, &stored); err != nil {
		return Document[T]{}, err
	}
	d := Document[T]{Key: k, Revision: stored.Revision, UpdatedAt: stored.At}
	if err := json.Unmarshal(stored.Value, &d.Value); err != nil {
		return d, fmt.Errorf("decode %s %s: %w", c.name, k, err)
	}
	return d, nil
}

// put stores a document as part of an edit.
func (c *Collection[T]) put(e *edit, k string, value T) (Document[T], error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return Document[T]{}, fmt.Errorf("encode %s %s: %w", c.name, k, err)
	}
	title := ""
	if c.title != nil {
		title = c.title(value)
	}
	revision, err := e.put(c.name, k, title, raw)
	return Document[T]{Key: k, Revision: revision, UpdatedAt: e.at, Value: value}, err
}

// delete deletes a document as part of an edit.
func (c *Collection[T]) delete(e *edit, k string) error {
	before, err := c.load(e.txn, k)
	if err != nil {
		return err
	}
	title := ""
	if c.title != nil {
		title = c.title(before.Value)
	}
	return e.delete(c.name, k, title)
}

// document is a document as it is stored.
type document struct {
	Revision uint64          `json:"revision"`
	At       time.Time       `json:"at"` // commit time of the edit
	Value    json.RawMessage `json:"value"`
}

func keyDocument(collection, k string) []byte { return key(prefixDocument, collection, k) }

// loadDocument returns the zero document when there is none. Reading it makes the
// transaction conflict with any other that writes it.
func loadDocument(txn *badgerdir.Txn, collection, k string) (d document, err error) {
	_, err = readJSON(txn, keyDocument(collection, k), &d)
	return d, err
}
