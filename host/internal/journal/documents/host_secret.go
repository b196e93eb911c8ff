package documents

import (
	"bytes"
	"context"
	"fmt"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
)

// PutWithSecret is Put that stores a sealed secret of the host itself in the same
// transaction. The secret has a name; nil deletes it. Like those of connections it is in no
// entry of the audit log and in no backup.
func (c *Collection[T]) PutWithSecret(ctx context.Context, key string, value T, ifRevision uint64, name string, sealed []byte) (
	d Document[T], err error) {
	err = c.documents.Edit(ctx, func(e *Edit) error {
		if err := c.expect(e.Txn, key, ifRevision); err != nil {
			return err
		}
		if d, err = c.put(e, key, value); err != nil {
			return err
		}
		return putHostSecret(e.Txn, name, sealed)
	})
	if err != nil {
		return d, fmt.Errorf("write %s: %w", c.name, err)
	}
	return d, nil
}

// DeleteWithSecret is Delete that deletes a secret of the host in the same transaction.
func (c *Collection[T]) DeleteWithSecret(ctx context.Context, key, name string) error {
	err := c.documents.Edit(ctx, func(e *Edit) error {
		before, err := c.load(e.Txn, key)
		if err != nil {
			return err
		}
		if err := e.Delete(c.name, key, c.title(before.Value)); err != nil {
			return err
		}
		return putHostSecret(e.Txn, name, nil)
	})
	if err != nil {
		return fmt.Errorf("delete from %s: %w", c.name, err)
	}
	return nil
}

func putHostSecret(txn *badgerdir.Txn, name string, sealed []byte) error {
	key := layout.Key(layout.PrefixSecret, layout.HostOwner, name)
	if sealed == nil {
		return txn.Delete(key)
	}
	return txn.Set(key, bytes.Clone(sealed))
}

// HostSecret returns a sealed secret of the host, nil when there is none.
func (d *Documents) HostSecret(name string) ([]byte, error) {
	sealed, err := ledger.Read(d.ledger, func(txn *badgerdir.Txn) ([]byte, error) {
		return layout.Read(txn, layout.Key(layout.PrefixSecret, layout.HostOwner, name))
	})
	if err != nil {
		return nil, fmt.Errorf("read secret %s: %w", name, err)
	}
	return sealed, nil
}
