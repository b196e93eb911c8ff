package ledger

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

// Append writes an entry of the change log as the next of its chain.
func Append(txn *badgerdir.Txn, id layout.EntryID, body []byte) error {
	c, err := layout.LoadChain(txn, id.Connection)
	if err != nil {
		return err
	}
	c.Length++
	c.Head = c.Head.Next(c.Length, id, body)
	if err := txn.Set(id.Key(), layout.PackEntry(layout.Entry{Number: c.Length, Link: c.Head, Body: body})); err != nil {
		return err
	}
	if err := layout.WriteFed(txn, id); err != nil {
		return err
	}
	return txn.Set(layout.Key(layout.PrefixChain, id.Connection), c.Pack())
}

// DropAnchored moves the anchor of a chain to an entry. Entries up to it may then be
// deleted, in the same transaction or later, and verification begins after it.
func DropAnchored(txn *badgerdir.Txn, id layout.EntryID) error {
	e, found, err := layout.LoadEntry(txn, id)
	if err != nil {
		return err
	}
	c, err := layout.LoadChain(txn, id.Connection)
	if err != nil {
		return err
	}
	if !found || e.Number > c.Length || e.Number <= c.Anchor {
		return fmt.Errorf("move anchor of chain: entry %d is not between %d and %d", e.Number, c.Anchor, c.Length)
	}
	c.Anchor, c.AnchorLink = e.Number, e.Link
	return txn.Set(layout.Key(layout.PrefixChain, id.Connection), c.Pack())
}

// AnchorLine returns a line of the anchors file that says for an event how far a
// connection's chain is.
func AnchorLine(txn *badgerdir.Txn, connection, alias, event string, at time.Time) (anchor.Line, error) {
	c, err := layout.LoadChain(txn, connection)
	return anchor.Line{
		At: at.UTC(), Event: event, Connection: connection, Alias: alias, Length: c.Length, Link: hex.EncodeToString(c.Head[:]),
	}, err
}

// Anchor appends a line to the anchors file. An error is only logged: the journal is then
// ahead of the file, which verification allows.
func (l *Ledger) Anchor(line anchor.Line) {
	if err := l.Anchors.Add(line); err != nil {
		l.Logger.Error("anchor chain outside the store", "err", err)
	}
}

// WriteAnchors stores how far the anchors file reaches, so that verification notices a
// file that is shorter.
func (l *Ledger) WriteAnchors(txn *badgerdir.Txn) error {
	return layout.WriteNumber(txn, layout.KeyAnchors, l.Anchors.Last())
}

// A transaction of deletions ends after this many keys or bytes of keys, well below what
// Badger takes.
const (
	deleteKeys  = 2000
	DeleteBytes = 128 << 10
)

// Delete deletes keys in one transaction.
func (l *Ledger) Delete(keys ...[]byte) error {
	return l.Update(func(txn *badgerdir.Txn) error { return DeleteKeys(txn, keys) })
}

// DeleteKeys deletes keys.
func DeleteKeys(txn *badgerdir.Txn, keys [][]byte) error {
	for _, k := range keys {
		if err := txn.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// DeleteRange deletes everything under prefix, in as many transactions as it takes.
func (l *Ledger) DeleteRange(prefix []byte) error {
	return l.DeleteWhere(prefix, func(*badgerdir.Txn) error { return nil }, func([]byte) bool { return true })
}

// DeleteWhere deletes the doomed keys under prefix, in as many transactions as it takes.
// Guard can refuse each of them.
func (l *Ledger) DeleteWhere(prefix []byte, guard func(*badgerdir.Txn) error, doomed func(k []byte) bool) error {
	for {
		keys, err := l.Some(prefix, doomed)
		if len(keys) == 0 || err != nil {
			return err
		}
		if err := l.Disk.Room(); err != nil {
			return err // deleting takes room before it gives any
		}
		err = l.Update(func(txn *badgerdir.Txn) error {
			if err := guard(txn); err != nil {
				return err
			}
			return DeleteKeys(txn, keys)
		})
		if err != nil {
			return err
		}
	}
}

// Some returns as many of the wanted keys under prefix as one transaction should delete.
func (l *Ledger) Some(prefix []byte, wanted func(k []byte) bool) (keys [][]byte, err error) {
	size := 0
	err = l.View(func(txn *badgerdir.Txn) error {
		return layout.EachKey(txn, prefix, func(k []byte) error {
			if !wanted(k) {
				return nil
			}
			if len(keys) == deleteKeys || size >= DeleteBytes {
				return layout.ErrStop
			}
			keys = append(keys, bytes.Clone(k))
			size += len(k)
			return nil
		})
	})
	return keys, err
}
