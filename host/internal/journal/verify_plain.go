package journal

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// plain checks everything that is no record: that each entry can be read and that
// what it refers to is there.
func (v *verifier) plain(txn *badgerdir.Txn) error {
	v.begin("entries", 0)
	deleting, err := anyKey(txn, []byte{prefixDeleting})
	if err != nil {
		return err
	}
	for _, check := range []struct {
		prefix byte
		kind   string
		look   func(txn *badgerdir.Txn, k, value []byte) error
	}{
		{prefixDocument, badConnection, v.lookConnection},
		{prefixAlias, badConnection, v.lookAlias},
		{prefixEpoch, badConnection, lookEight},
		{prefixDue, badConnection, lookEight},
		{prefixSecret, badConnection, lookOwned},
		{prefixChain, badChain, lookOwned},
		{prefixStream, badOther, lookStream},
		{prefixRun, badRun, lookRun},
		{prefixRunIndex, badRun, lookRunIndex},
		{prefixRunsOf, badRun, lookRunOf},
		{prefixUnfinished, badRun, lookUnfinished},
		{prefixLog, badLog, lookLog},
	} {
		if deleting && (check.kind == badRun || check.kind == badLog) {
			continue // what belongs together goes one by one
		}
		prefix := []byte{check.prefix}
		err := each(txn, prefix, func(item *badgerdir.Item) error {
			err := item.Value(func(value []byte) error { return check.look(txn, item.Key()[1:], value) })
			if err != nil {
				bad := nameKey(item.Key())
				v.bad(check.kind, bad, "%v", err)
			}
			return v.step()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func anyKey(txn *badgerdir.Txn, prefix []byte) (found bool, err error) {
	err = eachKey(txn, prefix, func([]byte) error {
		found = true
		return errStop
	})
	return found, err
}

// nameKey says in words what a key is about, as far as it says so itself.
func nameKey(k []byte) (b host.BadEntry) {
	if len(k) == 0 {
		return b
	}
	text, _, err := cutText(k[1:])
	if err != nil {
		return b
	}
	switch k[0] {
	case prefixAlias, prefixEpoch, prefixDue, prefixSecret, prefixChain, prefixStream, prefixChange:
		b.Alias = text
	case prefixRun, prefixUnfinished, prefixLog:
		b.Run = text
	case prefixDocument:
		name, _ := cutDocument(k)
		b.Key = name.collection + " " + name.key
		if name.collection == connectionNoun {
			b.Alias = name.key
		}
	}
	return b
}

func (v *verifier) lookConnection(txn *badgerdir.Txn, k, value []byte) error {
	name, err := cutDocument(append([]byte{prefixDocument}, k...))
	if err != nil || name.collection != connectionNoun {
		return err
	}
	id := name.key
	var stored document
	var c host.Connection
	if err := errors.Join(json.Unmarshal(value, &stored), json.Unmarshal(stored.Value, &c)); err != nil {
		return fmt.Errorf("the connection cannot be read: %w", err)
	}
	owner, err := read(txn, key(prefixAlias, c.Alias))
	if err != nil {
		return err
	}
	if c.ID != id || string(owner) != id {
		return fmt.Errorf("connection %s is called %q, which stands for %q", id, c.Alias, owner)
	}
	if _, err := epoch(txn, id); err != nil {
		return fmt.Errorf("connection %q has no epoch", c.Alias)
	}
	for _, info := range c.Secrets {
		if sealed, err := read(txn, key(prefixSecret, id, info.Name)); sealed == nil || err != nil {
			return fmt.Errorf("the secret %s of connection %q is not stored", info.Name, c.Alias)
		}
	}
	return nil
}

func (v *verifier) lookAlias(txn *badgerdir.Txn, k, value []byte) error {
	alias, _, err := cutText(k)
	if err != nil {
		return err
	}
	c, err := connection(txn, string(value))
	if err == nil && c.Alias != alias {
		err = fmt.Errorf("the alias %q stands for a connection called %q", alias, c.Alias)
	}
	return err
}

// lookOwned checks that the connection an entry belongs to is there, or is being
// deleted.
func lookOwned(txn *badgerdir.Txn, k, _ []byte) error {
	id, _, err := cutText(k)
	if err != nil || id == auditChain {
		return err
	}
	for _, prefix := range []byte{prefixEpoch, prefixDeleting} {
		if _, err := txn.Get(key(prefix, id)); err == nil {
			return nil
		}
	}
	return fmt.Errorf("the entry belongs to connection %s, which is not stored", id)
}

// lookStream also checks that the list of a held removal is whole.
func lookStream(txn *badgerdir.Txn, k, value []byte) error {
	var h header
	if json.Unmarshal(value, &h) == nil && h.Held != nil {
		records := 0
		for chunk := range h.Held.Chunks {
			keys, err := heldChunk(txn, h.Number, h.Held, chunk)
			if err != nil {
				return err
			}
			records += len(keys)
		}
		if records != h.Held.Removes {
			return fmt.Errorf("the held removal of stream %s lists %d records and counts %d", h.Name, records, h.Held.Removes)
		}
	}
	return lookOwned(txn, k, value)
}

func lookEight(txn *badgerdir.Txn, k, value []byte) error {
	if len(value) != 8 {
		return fmt.Errorf("a number of %d bytes instead of 8", len(value))
	}
	return lookOwned(txn, k, value)
}

func lookRun(txn *badgerdir.Txn, k, value []byte) error {
	var stored storedRun
	if err := json.Unmarshal(value, &stored); err != nil {
		return fmt.Errorf("the run cannot be read: %w", err)
	}
	id, _, err := cutText(k)
	if err != nil {
		return err
	}
	if stored.Run.ID != id {
		return fmt.Errorf("run %s calls itself %s", id, stored.Run.ID)
	}
	for _, index := range [][]byte{keyRunIndex(stored.Place, id), keyRunOf(stored.Run.Connection, stored.Place, id)} {
		if _, err := txn.Get(index); err != nil {
			return fmt.Errorf("run %s is not listed", id)
		}
	}
	_, err = txn.Get(key(prefixUnfinished, id))
	if unfinished := err == nil; unfinished == stored.Run.Status.Final() {
		return fmt.Errorf("run %s is %s and listed as if it were not", id, stored.Run.Status)
	}
	return lookOwned(txn, key(0, stored.Run.Connection)[1:], nil)
}

func lookRunIndex(txn *badgerdir.Txn, k, _ []byte) error {
	_, err := runAt(txn, k)
	return err
}

func lookRunOf(txn *badgerdir.Txn, k, _ []byte) error {
	id, place, err := cutText(k)
	if err != nil {
		return err
	}
	run, err := runAt(txn, place)
	if err == nil && run.Connection != id {
		err = fmt.Errorf("run %s is listed under another connection", run.ID)
	}
	return err
}

func lookUnfinished(txn *badgerdir.Txn, k, _ []byte) error {
	id, _, err := cutText(k)
	if err == nil {
		_, err = loadRun(txn, id)
	}
	return err
}

func lookLog(txn *badgerdir.Txn, k, value []byte) error {
	run, rest, err := cutText(k)
	if err != nil {
		return err
	}
	var line host.Log
	if err := json.Unmarshal(value, &line); err != nil {
		return fmt.Errorf("the log line cannot be read: %w", err)
	}
	if len(rest) != 8 || uint64(line.Number) != binary.BigEndian.Uint64(rest) {
		return fmt.Errorf("log line %d stands in the place of another", line.Number)
	}
	_, err = txn.Get(key(prefixRun, run))
	if err != nil {
		return fmt.Errorf("the log belongs to run %s, which is not stored", run)
	}
	return nil
}

// strays looks for versions and digest entries of streams that do not exist, and
// for change logs of connections that do not.
func (v *verifier) strays(txn *badgerdir.Txn) error {
	var numbers []uint32
	err := each(txn, []byte{prefixStream}, func(item *badgerdir.Item) error {
		var h header
		if err := unmarshal(item, &h); err != nil {
			v.bad(badOther, nameKey(item.Key()), "the header of a stream cannot be read: %v", err)
		}
		numbers = append(numbers, h.Number)
		return nil
	})
	if err != nil {
		return err
	}
	slices.Sort(numbers)
	for _, prefix := range []byte{prefixVersion, prefixPack, prefixBase, prefixDelta, prefixHeld} {
		if number, ok := firstStray(txn, prefix, numbers); ok {
			v.bad(badOther, host.BadEntry{}, "there are entries of stream number %d, which does not exist", number)
		}
	}
	return nil
}

// firstStray returns the first number under a prefix that is not in the list,
// which is in order.
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
		it.Seek(numbered(prefix, number+1))
	}
	return 0, false
}
