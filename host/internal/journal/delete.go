package journal

import (
	"bytes"
	"context"
	"fmt"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// A transaction of deletions ends after this many keys or bytes of keys, well
// below what Badger takes.
const (
	deleteKeys  = 2000
	deleteBytes = 128 << 10
)

// DeleteConnection removes a connection and everything read through it. It is
// gone for every reader and writer once the first, small transaction is on
// disk; Open finishes the rest if the process dies before, and FinishDeletions
// what has to wait for room on the disk.
func (s *Journal) DeleteConnection(ctx context.Context, id string) error {
	err := s.edit(ctx, func(e *edit) error {
		txn := e.txn
		c, err := connection(txn, id)
		if err != nil {
			return err
		}
		doomed := [][]byte{
			key(prefixAlias, c.Alias),
			key(prefixEpoch, id), // fences every writer
			key(prefixDue, id),
		}
		err = eachKey(txn, key(prefixSecret, id), func(k []byte) error {
			doomed = append(doomed, bytes.Clone(k))
			return nil
		})
		if err != nil {
			return err
		}
		for _, k := range doomed {
			if err := txn.Delete(k); err != nil {
				return err
			}
		}
		// Commit times go on after those that are deleted, because readers of the feed
		// follow them; the entry of this edit has a later one.
		if err := e.delete(connectionNoun, id, c.Alias); err != nil {
			return err
		}
		return txn.Set(key(prefixDeleting, id), nil)
	})
	if err != nil {
		return err
	}
	err = s.finishDeletion(id)
	if isDiskFull(err) {
		s.logger.Warn("what hangs on a removed connection is deleted once there is room on the disk", "connection", id)
		return nil
	}
	return err
}

// finishDeletions goes on with deletions that a crash left.
func (s *Journal) finishDeletions() error {
	var ids []string
	err := s.view(func(txn *badgerdir.Txn) error {
		return eachKey(txn, key(prefixDeleting), func(k []byte) error {
			id, _, err := cutText(k[1:])
			ids = append(ids, id)
			return err
		})
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.finishDeletion(id); err != nil {
			return err
		}
	}
	return nil
}

// finishDeletion removes what hangs on a connection, owners after what they own,
// so that it can be begun again at any point.
func (s *Journal) finishDeletion(id string) error {
	if err := s.deleteRuns(id); err != nil {
		return fmt.Errorf("delete runs: %w", err)
	}
	if err := s.deleteStreams(id); err != nil {
		return fmt.Errorf("delete streams: %w", err)
	}
	if err := s.deleteChangeLog(id); err != nil {
		return fmt.Errorf("delete change log: %w", err)
	}
	if err := s.deleteKeys(key(prefixChain, id)); err != nil {
		return fmt.Errorf("delete chain: %w", err)
	}
	s.anchored(anchor{At: s.now().UTC(), Event: anchorDeleted, Connection: id})
	return s.update(func(txn *badgerdir.Txn) error { return txn.Delete(key(prefixDeleting, id)) })
}

// deleteChangeLog deletes a connection's change log and its entries in the index
// of the feed.
func (s *Journal) deleteChangeLog(connection string) error {
	all := key(prefixChange, connection)
	for {
		keys, err := s.someKeys(all, func([]byte) bool { return true })
		if len(keys) == 0 || err != nil {
			return err
		}
		for _, k := range keys {
			place, err := placeOf(k, all, connection)
			if err != nil {
				return err
			}
			keys = append(keys, keyFeed(place.at))
		}
		if err := s.disk.Room(); err != nil {
			return err
		}
		if err := s.deleteKeys(keys...); err != nil {
			return err
		}
	}
}

func (s *Journal) deleteRuns(connection string) error {
	prefix := key(prefixRunsOf, connection)
	for {
		owner, err := s.first(prefix)
		if owner == nil || err != nil {
			return err
		}
		at, rest, err := cutTime(owner[len(prefix):])
		if err != nil {
			return err
		}
		run, _, err := cutText(rest)
		if err != nil {
			return err
		}
		// The run goes first, so that nobody appends to its log any more.
		if err := s.deleteKeys(key(prefixRun, run), key(prefixUnfinished, run), keyRunIndex(at, run)); err != nil {
			return err
		}
		if err := s.deleteRange(key(prefixLog, run)); err != nil {
			return err
		}
		if err := s.deleteKeys(owner); err != nil {
			return err
		}
	}
}

func (s *Journal) deleteStreams(connection string) error {
	for {
		owner, err := s.first(key(prefixStream, connection))
		if owner == nil || err != nil {
			return err
		}
		var h header
		err = s.view(func(txn *badgerdir.Txn) error {
			_, err := readJSON(txn, owner, &h)
			return err
		})
		if err != nil {
			return err
		}
		for _, prefix := range []byte{prefixVersion, prefixPack, prefixBase, prefixDelta, prefixHeld} {
			if err := s.deleteRange(numbered(prefix, h.Number)); err != nil {
				return err
			}
		}
		if err := s.deleteKeys(owner); err != nil {
			return err
		}
	}
}

// first returns the first key under prefix, or nil.
func (s *Journal) first(prefix []byte) (found []byte, err error) {
	err = s.view(func(txn *badgerdir.Txn) error {
		return eachKey(txn, prefix, func(k []byte) error {
			found = bytes.Clone(k)
			return errStop
		})
	})
	return found, err
}

func (s *Journal) deleteKeys(keys ...[]byte) error {
	return s.update(func(txn *badgerdir.Txn) error {
		for _, k := range keys {
			if err := txn.Delete(k); err != nil {
				return err
			}
		}
		return nil
	})
}

// deleteRange deletes everything under prefix, in as many transactions as it
// takes.
func (s *Journal) deleteRange(prefix []byte) error {
	return s.deleteWhere(prefix, func(*badgerdir.Txn) error { return nil }, func([]byte) bool { return true })
}

// deleteWhere deletes the keys under prefix that doomed says, in as many
// transactions as it takes; guard can refuse each of them.
func (s *Journal) deleteWhere(prefix []byte, guard func(*badgerdir.Txn) error, doomed func(k []byte) bool) error {
	for {
		keys, err := s.someKeys(prefix, doomed)
		if len(keys) == 0 || err != nil {
			return err
		}
		if err := s.disk.Room(); err != nil {
			return err // deleting takes room before it gives any
		}
		err = s.update(func(txn *badgerdir.Txn) error {
			if err := guard(txn); err != nil {
				return err
			}
			for _, k := range keys {
				if err := txn.Delete(k); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// someKeys returns as many of the wanted keys under prefix as one transaction
// should delete.
func (s *Journal) someKeys(prefix []byte, wanted func(k []byte) bool) (keys [][]byte, err error) {
	size := 0
	err = s.view(func(txn *badgerdir.Txn) error {
		return eachKey(txn, prefix, func(k []byte) error {
			if !wanted(k) {
				return nil
			}
			if len(keys) == deleteKeys || size >= deleteBytes {
				return errStop
			}
			keys = append(keys, bytes.Clone(k))
			size += len(k)
			return nil
		})
	})
	return keys, err
}
