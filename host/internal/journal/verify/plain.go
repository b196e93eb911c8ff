package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

// plain checks everything but records: that each entry can be read and that what it refers
// to is stored.
func (v *verifier) plain(txn *badgerdir.Txn) error {
	v.begin("entries", 0)
	deleting, err := layout.First(txn, []byte{layout.PrefixDeleting})
	if err != nil {
		return err
	}
	for _, plain := range []struct {
		prefix byte
		kind   string
		check  func(txn *badgerdir.Txn, k, value []byte) error
	}{
		{layout.PrefixDocument, badConnection, checkConnection},
		{layout.PrefixAlias, badConnection, checkAlias},
		{layout.PrefixEpoch, badConnection, checkNumber},
		{layout.PrefixDue, badConnection, checkNumber},
		{layout.PrefixSecret, badConnection, checkSecret},
		{layout.PrefixChain, badChain, checkOwned},
		{layout.PrefixStream, badOther, checkStream},
		{layout.PrefixRun, badRun, checkRun},
		{layout.PrefixRunIndex, badRun, checkListed},
		{layout.PrefixRunsOf, badRun, checkListedOf},
		{layout.PrefixUnfinished, badRun, checkUnfinished},
		{layout.PrefixLog, badLog, checkLog},
	} {
		if deleting != nil && (plain.kind == badRun || plain.kind == badLog) {
			continue // entries that refer to one another are deleted one by one
		}
		err := layout.Each(txn, []byte{plain.prefix}, func(item *badgerdir.Item) error {
			err := item.Value(func(value []byte) error { return plain.check(txn, item.Key()[1:], value) })
			if err != nil {
				v.bad(plain.kind, layout.NameKey(item.Key()), "%v", err)
			}
			return v.step()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func checkConnection(txn *badgerdir.Txn, k, value []byte) error {
	collection, id, err := layout.CutDocument(append([]byte{layout.PrefixDocument}, k...))
	if err != nil || collection != layout.CollectionConnection {
		return err
	}
	var stored layout.Document
	var c host.Connection
	if err := errors.Join(json.Unmarshal(value, &stored), json.Unmarshal(stored.Value, &c)); err != nil {
		return fmt.Errorf("the connection cannot be read: %w", err)
	}
	owner, err := layout.Read(txn, layout.Key(layout.PrefixAlias, c.Alias))
	if err != nil {
		return err
	}
	if c.ID != id || string(owner) != id {
		return fmt.Errorf("connection %s is called %q, which stands for %q", id, c.Alias, owner)
	}
	if _, err := layout.Epoch(txn, id); err != nil {
		return fmt.Errorf("connection %q has no epoch", c.Alias)
	}
	for _, info := range c.Secrets {
		if sealed, err := layout.Read(txn, layout.Key(layout.PrefixSecret, id, info.Name)); sealed == nil || err != nil {
			return fmt.Errorf("the secret %s of connection %q is not stored", info.Name, c.Alias)
		}
	}
	return nil
}

func checkAlias(txn *badgerdir.Txn, k, value []byte) error {
	alias, _, err := layout.CutText(k)
	if err != nil {
		return err
	}
	c, err := layout.LoadConnection(txn, string(value))
	if err == nil && c.Alias != alias {
		err = fmt.Errorf("the alias %q stands for a connection called %q", alias, c.Alias)
	}
	return err
}

// checkSecret is checkOwned for a secret, which may be the host's own.
func checkSecret(txn *badgerdir.Txn, k, value []byte) error {
	if owner, _, err := layout.CutText(k); err != nil || owner == layout.HostOwner {
		return err
	}
	return checkOwned(txn, k, value)
}

// checkOwned checks that the connection an entry belongs to is stored, or is being deleted.
func checkOwned(txn *badgerdir.Txn, k, _ []byte) error {
	id, _, err := layout.CutText(k)
	if err != nil || id == layout.AuditChain {
		return err
	}
	for _, prefix := range []byte{layout.PrefixEpoch, layout.PrefixDeleting} {
		if _, err := txn.Get(layout.Key(prefix, id)); err == nil {
			return nil
		}
	}
	return fmt.Errorf("the entry belongs to connection %s, which is not stored", id)
}

// checkStream also checks that the list of a held removal is complete.
func checkStream(txn *badgerdir.Txn, k, value []byte) error {
	var h layout.Header
	if json.Unmarshal(value, &h) == nil && h.Held != nil {
		records := 0
		for chunk := range h.Held.Chunks {
			keys, err := layout.HeldChunk(txn, h.Number, h.Held, chunk)
			if err != nil {
				return err
			}
			records += len(keys)
		}
		if records != h.Held.Removes {
			return fmt.Errorf("the held removal of stream %s lists %d records and counts %d", h.Name, records, h.Held.Removes)
		}
	}
	return checkOwned(txn, k, value)
}

func checkNumber(txn *badgerdir.Txn, k, value []byte) error {
	if len(value) != 8 {
		return fmt.Errorf("a number of %d bytes instead of 8", len(value))
	}
	return checkOwned(txn, k, value)
}

func checkRun(txn *badgerdir.Txn, k, value []byte) error {
	var stored layout.Run
	if err := json.Unmarshal(value, &stored); err != nil {
		return fmt.Errorf("the run cannot be read: %w", err)
	}
	id, _, err := layout.CutText(k)
	if err != nil {
		return err
	}
	if stored.Run.ID != id {
		return fmt.Errorf("run %s calls itself %s", id, stored.Run.ID)
	}
	lists := [][]byte{layout.RunIndexKey(stored.ListedAt, id), layout.RunOfKey(stored.Run.Connection, stored.ListedAt, id)}
	for _, listed := range lists {
		if _, err := txn.Get(listed); err != nil {
			return fmt.Errorf("run %s is not listed", id)
		}
	}
	_, err = txn.Get(layout.Key(layout.PrefixUnfinished, id))
	if unfinished := err == nil; unfinished == stored.Run.Status.Final() {
		return fmt.Errorf("run %s is %s, which the list of unfinished runs contradicts", id, stored.Run.Status)
	}
	return checkOwned(txn, layout.AppendText(nil, stored.Run.Connection), nil)
}

func checkListed(txn *badgerdir.Txn, k, _ []byte) error {
	_, err := layout.ListedRun(txn, k)
	return err
}

func checkListedOf(txn *badgerdir.Txn, k, _ []byte) error {
	id, rest, err := layout.CutText(k)
	if err != nil {
		return err
	}
	run, err := layout.ListedRun(txn, rest)
	if err == nil && run.Connection != id {
		err = fmt.Errorf("run %s is listed under another connection", run.ID)
	}
	return err
}

func checkUnfinished(txn *badgerdir.Txn, k, _ []byte) error {
	id, _, err := layout.CutText(k)
	if err == nil {
		_, err = layout.LoadRun(txn, id)
	}
	return err
}

func checkLog(txn *badgerdir.Txn, k, value []byte) error {
	run, rest, err := layout.CutText(k)
	if err != nil {
		return err
	}
	var line host.Log
	if err := json.Unmarshal(value, &line); err != nil {
		return fmt.Errorf("the log line cannot be read: %w", err)
	}
	if len(rest) != 8 || uint64(line.Number) != binary.BigEndian.Uint64(rest) {
		return fmt.Errorf("log line %d is stored under another number", line.Number)
	}
	_, err = txn.Get(layout.Key(layout.PrefixRun, run))
	if err != nil {
		return fmt.Errorf("the log belongs to run %s, which is not stored", run)
	}
	return nil
}

// strays finds entries of streams that do not exist.
func (v *verifier) strays(txn *badgerdir.Txn) error {
	var numbers []uint32
	err := layout.EachHeader(txn, []byte{layout.PrefixStream}, func(connection string, h layout.Header, err error) error {
		if err != nil {
			v.bad(badOther, host.BadEntry{Alias: connection}, "the header of a stream cannot be read: %v", err)
		}
		numbers = append(numbers, h.Number)
		return nil
	})
	if err != nil {
		return err
	}
	slices.Sort(numbers)
	for _, prefix := range layout.StreamPrefixes() {
		if number, ok := firstStray(txn, prefix, numbers); ok {
			v.bad(badOther, host.BadEntry{}, "there are entries of stream number %d, which does not exist", number)
		}
	}
	return nil
}

// firstStray returns the first number under a prefix that is not in the sorted list.
func firstStray(txn *badgerdir.Txn, prefix byte, known []uint32) (uint32, bool) {
	it := txn.NewIterator(badgerdir.IteratorOptions{Prefix: []byte{prefix}})
	defer it.Close()
	for it.Rewind(); it.Valid(); {
		k := it.Item().Key()
		if len(k) < 5 {
			return 0, true
		}
		number := binary.BigEndian.Uint32(k[1:])
		if _, ok := slices.BinarySearch(known, number); !ok {
			return number, true
		}
		if number == 1<<32-1 {
			break
		}
		it.Seek(layout.StreamKey(prefix, number+1))
	}
	return 0, false
}

// documentName names a document in all collections.
type documentName struct{ collection, key string }

// lastEdit is what the audit log says last of a document.
type lastEdit struct {
	revision uint64
	hash     [sha256.Size]byte
	gone     bool
	number   uint64 // of the entry
}

// audit checks the audit log's chain and compares every document with its last entry.
// Entries of the audit log are never pruned, so each document has one.
func (v *verifier) audit(txn *badgerdir.Txn) error {
	v.result.Audit.Connection, v.result.Audit.Alias = layout.AuditChain, "audit log"
	last := map[documentName]lastEdit{}
	err := v.walk(txn, layout.AuditChain, &v.result.Audit, func(_ layout.EntryID, e layout.Entry, bad *host.BadEntry) {
		body, err := layout.UnpackEdit(e)
		if err != nil {
			v.bad(badAudit, *bad, "the entry of the audit log cannot be read: %v", err)
			return
		}
		v.result.Audit.Versions += len(body.Edited)
		for _, d := range body.Edited {
			name := documentName{d.Collection, d.Key}
			before := last[name]
			if d.Revision != before.revision+1 && !before.gone {
				bad.Key = d.Collection + " " + d.Key
				v.bad(badAudit, *bad, "revision %d of %s %q follows revision %d", d.Revision, d.Collection, d.Key, before.revision)
			}
			last[name] = lastEdit{
				revision: d.Revision, hash: sha256.Sum256(d.Value), gone: d.Action == host.ActionDeleted, number: e.Number,
			}
		}
	})
	if err != nil {
		return fmt.Errorf("read audit log: %w", err)
	}
	return v.documents(txn, last)
}

// documents compares what is stored with what the audit log says of it.
func (v *verifier) documents(txn *badgerdir.Txn, last map[documentName]lastEdit) error {
	err := layout.Each(txn, []byte{layout.PrefixDocument}, func(item *badgerdir.Item) error {
		var name documentName
		var err error
		if name.collection, name.key, err = layout.CutDocument(item.Key()); err != nil {
			v.bad(badDocument, host.BadEntry{}, "a document has a malformed key")
			return v.step()
		}
		bad := host.BadEntry{Key: name.collection + " " + name.key}
		var stored layout.Document
		if err := layout.Unmarshal(item, &stored); err != nil {
			v.bad(badDocument, bad, "the document cannot be read: %v", err)
		}
		edit, known := last[name]
		delete(last, name)
		bad.At, bad.Number = &stored.At, edit.number
		switch {
		case !known || edit.gone:
			v.bad(badDocument, bad, "%s %q is stored, and the audit log says nothing of it or that it was deleted", name.collection, name.key)
		case stored.Revision != edit.revision || sha256.Sum256(stored.Value) != edit.hash:
			v.bad(badDocument, bad, "%s %q is not as entry %d of the audit log says", name.collection, name.key, edit.number)
		}
		v.result.Audit.Records++
		return v.step()
	})
	if err != nil {
		return fmt.Errorf("read documents: %w", err)
	}
	for name, edit := range last {
		if !edit.gone {
			v.bad(badDocument, host.BadEntry{Key: name.collection + " " + name.key, Number: edit.number},
				"%s %q is missing; entry %d of the audit log says that it is stored", name.collection, name.key, edit.number)
		}
	}
	return v.ctx.Err()
}
