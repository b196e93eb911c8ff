package layout

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// Read returns a copy of the value under k, or nil when there is none.
func Read(txn *badgerdir.Txn, k []byte) ([]byte, error) {
	item, err := txn.Get(k)
	if errors.Is(err, badgerdir.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return item.ValueCopy(nil)
}

// ReadJSON decodes the value under k into value and reports whether there is one.
func ReadJSON(txn *badgerdir.Txn, k []byte, value any) (bool, error) {
	item, err := txn.Get(k)
	if errors.Is(err, badgerdir.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, Unmarshal(item, value)
}

// Unmarshal decodes the value of an item.
func Unmarshal(item *badgerdir.Item, value any) error {
	return item.Value(func(raw []byte) error {
		if err := json.Unmarshal(raw, value); err != nil {
			return fmt.Errorf("decode entry %q: %w", item.Key(), err)
		}
		return nil
	})
}

// WriteJSON stores value under k.
func WriteJSON(txn *badgerdir.Txn, k []byte, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode entry %q: %w", k, err)
	}
	return txn.Set(k, raw)
}

// ReadNumber returns the number of eight bytes under k and whether there is one.
func ReadNumber(txn *badgerdir.Txn, k []byte) (n uint64, found bool, err error) {
	raw, err := Read(txn, k)
	if raw == nil || err != nil {
		return 0, false, err
	}
	if len(raw) != 8 {
		return 0, false, fmt.Errorf("entry %q has %d bytes instead of 8", k, len(raw))
	}
	return binary.BigEndian.Uint64(raw), true, nil
}

// WriteNumber stores a number of eight bytes under k.
func WriteNumber(txn *badgerdir.Txn, k []byte, n uint64) error {
	return txn.Set(k, binary.BigEndian.AppendUint64(nil, n))
}

// ErrStop ends Each, EachKey, EachFrom and EachEntry early without an error.
var ErrStop = errors.New("stop")

// Each calls fn with every entry under prefix, in order.
func Each(txn *badgerdir.Txn, prefix []byte, fn func(*badgerdir.Item) error) error {
	options := badgerdir.Prefetching()
	options.Prefix = prefix
	return EachFrom(txn, options, nil, fn)
}

// EachKey calls fn with every key under prefix, in order. The key is valid until fn returns.
func EachKey(txn *badgerdir.Txn, prefix []byte, fn func(k []byte) error) error {
	options := badgerdir.IteratorOptions{Prefix: prefix}
	return EachFrom(txn, options, nil, func(item *badgerdir.Item) error { return fn(item.Key()) })
}

// EachFrom calls fn with the entries from a key on, in the order and range of the options.
// Without a key it begins at the first.
func EachFrom(txn *badgerdir.Txn, options badgerdir.IteratorOptions, from []byte, fn func(*badgerdir.Item) error) error {
	it := txn.NewIterator(options)
	defer it.Close()
	for it.Seek(from); it.Valid(); it.Next() {
		if err := fn(it.Item()); err != nil {
			if errors.Is(err, ErrStop) {
				return nil
			}
			return err
		}
	}
	return nil
}

// First returns the first key under prefix, or nil.
func First(txn *badgerdir.Txn, prefix []byte) (found []byte, err error) {
	err = EachKey(txn, prefix, func(k []byte) error {
		found = bytes.Clone(k)
		return ErrStop
	})
	return found, err
}

// IDs returns the first text of every key under prefix.
func IDs(txn *badgerdir.Txn, prefix byte) (ids []string, err error) {
	err = EachKey(txn, []byte{prefix}, func(k []byte) error {
		id, _, err := CutText(k[1:])
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// EncodeCursor returns the cursor of a page that ends at a value of texts and numbers.
func EncodeCursor(end any) string {
	raw, _ := json.Marshal(end) // texts and numbers always encode
	return base64.RawURLEncoding.EncodeToString(raw)
}

// DecodeCursor is the inverse of EncodeCursor. An empty cursor changes nothing.
func DecodeCursor(cursor string, end any) error {
	if cursor == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || json.Unmarshal(raw, end) != nil {
		return BadCursor(cursor)
	}
	return nil
}

// BadCursor is the problem of a cursor that no page returned.
func BadCursor(cursor string) *host.Problem {
	return host.Invalid("cursor", cursor, "is not a cursor this list returned")
}
