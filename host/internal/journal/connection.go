package journal

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// CreateConnection stores a new connection with its sealed secrets, by setting
// name. It gives it an id if it has none, revision 1 and its times. An alias
// that is taken is a conflict on the field "alias".
func (s *Journal) CreateConnection(ctx context.Context, c host.Connection, sealed map[string][]byte) (host.Connection, error) {
	if err := host.ValidateAlias(c.Alias); err != nil {
		return host.Connection{}, err
	}
	if err := s.disk.Check(); err != nil {
		return host.Connection{}, err
	}
	now := s.now().UTC().Round(0)
	if len(c.Settings) == 0 {
		c.Settings = json.RawMessage("{}")
	}
	if c.ID == "" {
		c.ID = newID(now)
	}
	c.Revision, c.CreatedAt, c.UpdatedAt, c.Secrets = 1, now, now, nil
	err := s.edit(ctx, func(e *edit) error {
		txn := e.txn
		taken, err := read(txn, key(prefixEpoch, c.ID))
		if err != nil {
			return err
		}
		deleting, err := read(txn, key(prefixDeleting, c.ID))
		if err != nil {
			return err
		}
		if taken != nil || deleting != nil {
			return &host.Problem{Code: host.CodeConflict, Message: fmt.Sprintf("connection id %q is taken", c.ID), Fault: host.FaultHost}
		}
		if err := putAlias(txn, c.Alias, c.ID); err != nil {
			return err
		}
		if err := putSecrets(txn, &c, sealed, nil, now); err != nil {
			return err
		}
		if err := putEpoch(txn, c.ID, 0); err != nil {
			return err
		}
		return putConnection(e, c)
	})
	if err != nil {
		return host.Connection{}, fmt.Errorf("create connection: %w", err)
	}
	return c, nil
}

// UpdateConnection changes a connection and its sealed secrets in one
// transaction. Change may change anything but id, revision, times and secrets; an
// error it returns is returned as it is, and nothing is stored. It may be called
// several times, when others write at the same moment. IfRevision 0 means any;
// another that is not the stored one is a conflict.
func (s *Journal) UpdateConnection(ctx context.Context, id string, ifRevision uint64, change func(*host.Connection) error, setSecrets map[string][]byte, dropSecrets []string) (host.Connection, error) {
	now := s.now().UTC().Round(0)
	var c host.Connection
	err := s.edit(ctx, func(e *edit) error {
		txn := e.txn
		before, err := connection(txn, id)
		if err != nil {
			return err
		}
		if ifRevision != 0 && ifRevision != before.Revision {
			return stale(before.Alias, ifRevision, before.Revision)
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
		if err := putSecrets(txn, &c, setSecrets, dropSecrets, now); err != nil {
			return err
		}
		return putConnection(e, c)
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
	if err := txn.Delete(key(prefixAlias, before)); err != nil {
		return err
	}
	return putAlias(txn, c.Alias, c.ID)
}

func putAlias(txn *badgerdir.Txn, alias, id string) error {
	owner, err := read(txn, key(prefixAlias, alias))
	if err != nil {
		return err
	}
	if owner != nil {
		return aliasTaken(alias)
	}
	return txn.Set(key(prefixAlias, alias), []byte(id))
}

// putSecrets stores and drops sealed secrets and keeps c.Secrets in step.
func putSecrets(txn *badgerdir.Txn, c *host.Connection, set map[string][]byte, drop []string, now time.Time) error {
	for _, name := range drop {
		if err := txn.Delete(key(prefixSecret, c.ID, name)); err != nil {
			return err
		}
	}
	for name, sealed := range set {
		if err := txn.Set(key(prefixSecret, c.ID, name), bytes.Clone(sealed)); err != nil {
			return err
		}
	}
	c.Secrets = slices.DeleteFunc(c.Secrets, func(info host.SecretInfo) bool {
		_, again := set[info.Name]
		return again || slices.Contains(drop, info.Name)
	})
	for _, name := range slices.Sorted(maps.Keys(set)) {
		c.Secrets = append(c.Secrets, host.SecretInfo{Name: name, SetAt: now})
	}
	slices.SortFunc(c.Secrets, func(a, b host.SecretInfo) int { return cmp.Compare(a.Name, b.Name) })
	return nil
}

// Connection returns the connection with this id or alias.
func (s *Journal) Connection(ref string) (host.Connection, error) {
	var c host.Connection
	err := s.view(func(txn *badgerdir.Txn) (err error) {
		id := ref
		owner, err := read(txn, key(prefixAlias, ref))
		if err != nil {
			return fmt.Errorf("read alias %s: %w", ref, err)
		}
		if owner != nil {
			id = string(owner)
		}
		c, err = connection(txn, id)
		return err
	})
	return c, err
}

// connection returns the connection with this id.
func connection(txn *badgerdir.Txn, id string) (c host.Connection, err error) {
	stored, err := loadDocument(txn, connectionNoun, id)
	if err == nil && stored.Revision == 0 {
		return c, noConnection(id)
	}
	if err == nil {
		err = json.Unmarshal(stored.Value, &c)
	}
	if err != nil {
		return c, fmt.Errorf("read connection %s: %w", id, err)
	}
	return c, nil
}

// connectionNoun is the collection that connections are in.
const connectionNoun = "connection"

func putConnection(e *edit, c host.Connection) error {
	raw, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode connection: %w", err)
	}
	_, err = e.put(connectionNoun, c.ID, c.Alias, raw)
	return err
}

// eachConnection calls fn with every connection, by id, and with the error of one
// that cannot be read.
func eachConnection(txn *badgerdir.Txn, fn func(host.Connection, error) error) error {
	return each(txn, key(prefixDocument, connectionNoun), func(item *badgerdir.Item) error {
		var stored document
		var c host.Connection
		err := unmarshal(item, &stored)
		if err == nil {
			err = json.Unmarshal(stored.Value, &c)
		}
		return fn(c, err)
	})
}

// Connections returns all connections, by alias.
func (s *Journal) Connections() ([]host.Connection, error) {
	var all []host.Connection
	err := s.view(func(txn *badgerdir.Txn) error {
		return eachConnection(txn, func(c host.Connection, err error) error {
			all = append(all, c)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	slices.SortFunc(all, func(a, b host.Connection) int { return cmp.Compare(a.Alias, b.Alias) })
	return all, nil
}

// SealedSecrets returns the sealed secrets of a connection by setting name.
func (s *Journal) SealedSecrets(id string) (map[string][]byte, error) {
	sealed := map[string][]byte{}
	prefix := key(prefixSecret, id)
	err := s.view(func(txn *badgerdir.Txn) error {
		return each(txn, prefix, func(item *badgerdir.Item) error {
			name, _, err := cutText(item.Key()[len(prefix):])
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
func (s *Journal) SetDue(connection string, at time.Time) error {
	return s.update(func(txn *badgerdir.Txn) error {
		if _, err := epoch(txn, connection); err != nil {
			if errors.Is(err, ErrFenced) {
				return noConnection(connection)
			}
			return err
		}
		if at.IsZero() {
			return txn.Delete(key(prefixDue, connection))
		}
		return txn.Set(key(prefixDue, connection), binary.BigEndian.AppendUint64(nil, uint64(at.UnixNano())))
	})
}

// Dues returns when each connection is due, by id; those not due are left out.
func (s *Journal) Dues() (map[string]time.Time, error) {
	dues := map[string]time.Time{}
	err := s.view(func(txn *badgerdir.Txn) error {
		return each(txn, key(prefixDue), func(item *badgerdir.Item) error {
			id, _, err := cutText(item.Key()[1:])
			if err != nil {
				return err
			}
			return item.Value(func(raw []byte) error {
				if len(raw) != 8 {
					return fmt.Errorf("due time of %d bytes instead of 8", len(raw))
				}
				dues[id] = time.Unix(0, int64(binary.BigEndian.Uint64(raw))).UTC()
				return nil
			})
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read due times: %w", err)
	}
	return dues, nil
}

// epoch returns the latest epoch of a connection, or ErrFenced when it is gone.
// Reading it makes the transaction conflict with a run that begins meanwhile.
func epoch(txn *badgerdir.Txn, connection string) (uint64, error) {
	raw, err := read(txn, key(prefixEpoch, connection))
	if err != nil {
		return 0, fmt.Errorf("read epoch: %w", err)
	}
	if len(raw) != 8 {
		return 0, ErrFenced
	}
	return binary.BigEndian.Uint64(raw), nil
}

func putEpoch(txn *badgerdir.Txn, connection string, epoch uint64) error {
	return txn.Set(key(prefixEpoch, connection), binary.BigEndian.AppendUint64(nil, epoch))
}
