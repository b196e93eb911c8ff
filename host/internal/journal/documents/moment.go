package documents

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// AsOf returns the values of all documents as they were at a moment, by key: those of today, less what was edited since. It takes as long
// as there are edits since then.
func (c *Collection[T]) AsOf(ctx context.Context, at time.Time) ([]Document[T], error) {
	all, err := c.List()
	if err != nil {
		return nil, err
	}
	stored := make(map[string]Document[T], len(all))
	for _, d := range all {
		stored[d.Key] = d
	}
	for q := (AuditQuery{Collection: c.name, Since: at.Add(1), Limit: 1000}); ; {
		entries, next, err := c.documents.Audit(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, e := range entries { // newest first
			delete(stored, e.Key)
			if len(e.Before) == 0 {
				continue
			}
			before := Document[T]{Key: e.Key, Revision: e.Revision - 1}
			if err := json.Unmarshal(e.Before, &before.Value); err != nil {
				return nil, fmt.Errorf("decode %s %s: %w", c.name, e.Key, err)
			}
			stored[e.Key] = before
		}
		if q.Cursor = next; next == "" {
			break
		}
	}
	then := make([]Document[T], 0, len(stored))
	for _, d := range stored {
		then = append(then, d)
	}
	slices.SortFunc(then, func(a, b Document[T]) int { return strings.Compare(a.Key, b.Key) })
	return then, nil
}

// PutIn is Put as part of an edit of several documents.
func (c *Collection[T]) PutIn(e *Edit, key string, value T, ifRevision uint64) (Document[T], error) {
	if err := c.expect(e.Txn, key, ifRevision); err != nil {
		return Document[T]{}, err
	}
	return c.put(e, key, value)
}

// Find returns the document under a key; the zero document when there is none.
func (c *Collection[T]) Find(key string) (Document[T], error) {
	found, err := c.Get(key)
	if host.IsNotFound(err) {
		return Document[T]{Key: key}, nil
	}
	return found, err
}
