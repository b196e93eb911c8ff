package documents

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
)

// CollectionConnection is the name of the collection of connections.
const CollectionConnection = layout.CollectionConnection

// CreateConnection stores a new connection with its sealed secrets, by setting
// name. It gives it an id if it has none, revision 1 and its times. An alias
// that is taken is a conflict on the field "alias".
func (d *Documents) CreateConnection(ctx context.Context, c host.Connection, sealed map[string][]byte) (host.Connection, error) {
	if err := host.ValidateAlias(c.Alias); err != nil {
		return host.Connection{}, err
	}
	if err := d.ledger.Disk.Check(); err != nil {
		return host.Connection{}, err
	}
	now := d.ledger.Now()
	if len(c.Settings) == 0 {
		c.Settings = json.RawMessage("{}")
	}
	if c.ID == "" {
		c.ID = ledger.NewID(now)
	}
	c.Revision, c.CreatedAt, c.UpdatedAt, c.Secrets = 1, now, now, nil
	err := d.Edit(ctx, func(e *Edit) error {
		txn := e.Txn
		for _, prefix := range []byte{layout.PrefixEpoch, layout.PrefixDeleting} {
			taken, err := layout.First(txn, layout.Key(prefix, c.ID))
			if err != nil {
				return err
			}
			if taken != nil {
				return &host.Problem{Code: host.CodeConflict, Message: fmt.Sprintf("connection id %q is taken", c.ID), Fault: host.FaultHost}
			}
		}
		if err := putAlias(txn, c.Alias, c.ID); err != nil {
			return err
		}
		if err := putSecrets(e, &c, sealed, nil, now); err != nil {
			return err
		}
		if err := layout.WriteNumber(txn, layout.Key(layout.PrefixEpoch, c.ID), 0); err != nil {
			return err
		}
		_, err := e.put(layout.CollectionConnection, c.ID, c.Alias, c)
		return err
	})
	if err != nil {
		return host.Connection{}, fmt.Errorf("create connection: %w", err)
	}
	return c, nil
}

// UpdateConnection changes a connection and its sealed secrets in one transaction. Change
// may change anything but id, revision, times and secrets. If it returns an error, nothing
// is stored and UpdateConnection returns that error. It may be called several times, when
// others write at the same moment. IfRevision 0 means any; another that is not the stored
// one is a conflict.
func (d *Documents) UpdateConnection(
	ctx context.Context, id string, ifRevision uint64, change func(*host.Connection) error,
	setSecrets map[string][]byte, dropSecrets []string,
) (host.Connection, error) {
	now := d.ledger.Now()
	var c host.Connection
	err := d.Edit(ctx, func(e *Edit) error {
		txn := e.Txn
		before, err := layout.LoadConnection(txn, id)
		if err != nil {
			return err
		}
		if ifRevision != 0 && ifRevision != before.Revision {
			return stale(layout.CollectionConnection, before.Alias, ifRevision, before.Revision)
		}
		c = before
		c.Secrets = slices.Clone(before.Secrets)
		if err := change(&c); err != nil {
			return err
		}
		c.ID, c.Revision, c.Secrets = before.ID, before.Revision+1, slices.Clone(before.Secrets)
		c.CreatedAt, c.UpdatedAt = before.CreatedAt, now
		if err := moveAlias(txn, before.Alias, c); err != nil {
			return err
		}
		if err := putSecrets(e, &c, setSecrets, dropSecrets, now); err != nil {
			return err
		}
		_, err = e.put(layout.CollectionConnection, c.ID, c.Alias, c)
		return err
	})
	if err != nil {
		return host.Connection{}, err
	}
	return c, nil
}

func moveAlias(txn *badgerdir.Txn, before string, c host.Connection) error {
	if c.Alias == before {
		return nil
	}
	if err := host.ValidateAlias(c.Alias); err != nil {
		return err
	}
	if err := txn.Delete(layout.Key(layout.PrefixAlias, before)); err != nil {
		return err
	}
	return putAlias(txn, c.Alias, c.ID)
}

func putAlias(txn *badgerdir.Txn, alias, id string) error {
	owner, err := layout.Read(txn, layout.Key(layout.PrefixAlias, alias))
	if err != nil {
		return err
	}
	if owner != nil {
		remedy := "Choose another alias."
		if c, err := layout.LoadConnection(txn, string(owner)); err == nil && c.Disconnection != nil {
			remedy = "It is disconnected: reconnect it, or choose another alias."
		}
		return &host.Problem{
			Code:    host.CodeConflict,
			Message: fmt.Sprintf("another connection is called %q", alias),
			Remedy:  remedy,
			Fault:   host.FaultCustomer,
			Retry:   host.RetryWhenConfigChanges,
			Fields:  []host.FieldError{{Field: "alias", Message: "is taken", Value: alias}},
		}
	}
	return txn.Set(layout.Key(layout.PrefixAlias, alias), []byte(id))
}

// putSecrets stores and drops sealed secrets and keeps c.Secrets in step.
func putSecrets(e *Edit, c *host.Connection, set map[string][]byte, drop []string, now time.Time) error {
	txn := e.Txn
	for _, name := range drop {
		if err := txn.Delete(layout.Key(layout.PrefixSecret, c.ID, name)); err != nil {
			return err
		}
	}
	for name, sealed := range set {
		if err := txn.Set(layout.Key(layout.PrefixSecret, c.ID, name), bytes.Clone(sealed)); err != nil {
			return err
		}
	}
	ends := map[string]*time.Time{} // as those who give the secrets have read it from them
	for _, info := range c.Secrets {
		ends[info.Name] = info.ExpiresAt
	}
	c.Secrets = slices.DeleteFunc(c.Secrets, func(info host.SecretInfo) bool {
		_, again := set[info.Name]
		return again || slices.Contains(drop, info.Name)
	})
	for _, name := range slices.Sorted(maps.Keys(set)) {
		c.Secrets = append(c.Secrets, host.SecretInfo{Name: name, SetAt: now, SetBy: &e.actor, ExpiresAt: ends[name]})
	}
	slices.SortFunc(c.Secrets, func(a, b host.SecretInfo) int { return cmp.Compare(a.Name, b.Name) })
	return nil
}

// Connection returns the connection with this id or alias.
func (d *Documents) Connection(ref string) (host.Connection, error) {
	return ledger.Read(d.ledger, func(txn *badgerdir.Txn) (host.Connection, error) {
		id, err := layout.Read(txn, layout.Key(layout.PrefixAlias, ref))
		if err != nil {
			return host.Connection{}, fmt.Errorf("read alias %s: %w", ref, err)
		}
		return layout.LoadConnection(txn, cmp.Or(string(id), ref))
	})
}

// Connections returns all connections, by alias.
func (d *Documents) Connections() (all []host.Connection, err error) {
	err = d.ledger.View(func(txn *badgerdir.Txn) error {
		return layout.EachDocument(txn, layout.CollectionConnection, func(_ string, _ layout.Document, c host.Connection, err error) error {
			all = append(all, c)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	slices.SortFunc(all, layout.ByAlias)
	return all, nil
}

// SealedSecrets returns the sealed secrets of a connection by setting name.
func (d *Documents) SealedSecrets(id string) (map[string][]byte, error) {
	sealed := map[string][]byte{}
	prefix := layout.Key(layout.PrefixSecret, id)
	err := d.ledger.View(func(txn *badgerdir.Txn) error {
		return layout.Each(txn, prefix, func(item *badgerdir.Item) error {
			name, _, err := layout.CutText(item.Key()[len(prefix):])
			if err != nil {
				return err
			}
			sealed[name], err = item.ValueCopy(nil)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read secrets: %w", err)
	}
	return sealed, nil
}

// SetDue stores when a connection is due; the zero time means not at all.
func (d *Documents) SetDue(connection string, at time.Time) error {
	return d.ledger.Update(func(txn *badgerdir.Txn) error {
		if _, err := layout.KnownEpoch(txn, connection); err != nil {
			return err
		}
		if at.IsZero() {
			return txn.Delete(layout.Key(layout.PrefixDue, connection))
		}
		return layout.WriteNumber(txn, layout.Key(layout.PrefixDue, connection), uint64(at.UnixNano()))
	})
}

// Dues returns when each connection is due, by id. Connections that are not due are left
// out.
func (d *Documents) Dues() (map[string]time.Time, error) {
	dues := map[string]time.Time{}
	err := d.ledger.View(func(txn *badgerdir.Txn) error {
		ids, err := layout.IDs(txn, layout.PrefixDue)
		for _, id := range ids {
			at, _, err := layout.ReadNumber(txn, layout.Key(layout.PrefixDue, id))
			if err != nil {
				return err
			}
			dues[id] = time.Unix(0, int64(at)).UTC()
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read due times: %w", err)
	}
	return dues, nil
}
