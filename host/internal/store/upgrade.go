package store

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	badger "github.com/dgraph-io/badger/v4"
)

// upgrading is what a store remembers of an upgrade that is under way. Once it is
// there the copy of the store as it was is safe, and everything after it can be
// begun again.
type upgrading struct {
	From   uint64    `json:"from"`
	To     uint64    `json:"to"`
	Began  time.Time `json:"began"`
	Backup string    `json:"backup,omitempty"` // file of the copy
}

// upgrade brings a store of an earlier schema up to this one: a backup, then the
// work, in transactions that can be repeated, and the number last.
//
//	found --backup, mark--> upgrading --chain every old entry--> upgrading --number, no mark--> Schema
//	                            ^  crash at any transaction  |
//	                            +----------------------------+
func (s *Store) upgrade(found uint64) error {
	if err := s.space.check(); err != nil {
		return err
	}
	var mark upgrading
	err := s.view(func(txn *badger.Txn) error {
		_, err := readJSON(txn, keyUpgrade, &mark)
		return err
	})
	if err != nil {
		return fmt.Errorf("read mark: %w", err)
	}
	if err := s.anchors.open(anchorUpgraded, 0); err != nil {
		return err
	}
	if mark.To == 0 {
		if mark, err = s.beginUpgrade(found); err != nil {
			return err
		}
	}
	s.logger.Warn("store is being upgraded", "dir", s.dir, "from", found, "to", Schema, "backup", mark.Backup)
	if err := s.chainEverything(); err != nil {
		return fmt.Errorf("chain change log: %w", err)
	}
	if err := s.anchorAll(anchorUpgraded); err != nil {
		return err
	}
	err = s.update(func(txn *badger.Txn) error {
		if err := txn.Delete(keyUpgrade); err != nil {
			return err
		}
		return txn.Set(keySchema, binary.BigEndian.AppendUint64(nil, Schema))
	})
	if err != nil {
		return fmt.Errorf("write schema number: %w", err)
	}
	s.logger.Warn("store is upgraded", "dir", s.dir, "schema", Schema, "took", s.now().Sub(mark.Began).Round(time.Millisecond))
	return nil
}

func (s *Store) beginUpgrade(found uint64) (upgrading, error) {
	mark := upgrading{From: found, To: Schema, Began: s.now().UTC().Round(0)}
	if s.options.Preserve != nil {
		var err error
		if mark.Backup, err = s.options.Preserve(s, found); err != nil {
			return mark, fmt.Errorf("back up before the upgrade: %w", err)
		}
	}
	raw, err := json.Marshal(mark)
	if err != nil {
		return mark, fmt.Errorf("encode mark: %w", err)
	}
	return mark, s.update(func(txn *badger.Txn) error { return txn.Set(keyUpgrade, raw) })
}

// chainEverything gives every entry of every change log its link.
func (s *Store) chainEverything() error {
	connections, err := s.Connections()
	if err != nil {
		return err
	}
	total, done := 0, 0
	err = s.view(func(txn *badger.Txn) error {
		return eachKey(txn, []byte{prefixChange}, func([]byte) error { total++; return nil })
	})
	if err != nil {
		return err
	}
	told := time.Now()
	for _, c := range connections {
		after := entryPlace{}
		for {
			entries, err := s.oldEntries(c.ID, after)
			if len(entries) == 0 || err != nil {
				if err != nil {
					return fmt.Errorf("connection %s: %w", c.Alias, err)
				}
				break
			}
			if err := s.update(func(txn *badger.Txn) error { return chainOld(txn, entries) }); err != nil {
				return fmt.Errorf("connection %s: %w", c.Alias, err)
			}
			after = entries[len(entries)-1].place
			done += len(entries)
			s.report(Progress{Phase: "upgrade", Done: int64(done), Total: int64(total)})
			if time.Since(told) > upgradeTold {
				told = time.Now()
				s.logger.Info("store is being upgraded", "entries", done, "of", total)
			}
		}
	}
	return nil
}

// upgradeTold is how often the log says how far an upgrade is.
const upgradeTold = 5 * time.Second

// oldEntry is an entry without a link. Its body is its own.
type oldEntry struct {
	place entryPlace
	body  []byte
}

// oldEntries returns the oldest entries of a connection that have no link yet and
// come after the given place: as many as go into one transaction.
func (s *Store) oldEntries(connection string, after entryPlace) (found []oldEntry, err error) {
	size := 0
	err = s.view(func(txn *badger.Txn) error {
		return eachEntry(txn, connection, after, func(place entryPlace, e logEntry, err error) error {
			if err != nil || e.number != 0 {
				return err
			}
			if len(found) == s.limits.partRecords || len(found) > 0 && size+len(e.body) > s.limits.partBytes {
				return errStop
			}
			found = append(found, oldEntry{place, append([]byte(nil), e.body...)})
			size += len(e.body)
			return nil
		})
	})
	return found, err
}

func chainOld(txn *badger.Txn, entries []oldEntry) error {
	for _, e := range entries {
		if err := putChained(txn, e.place, e.body); err != nil {
			return err
		}
	}
	return nil
}
