package journal

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// What happened to a record, as stored.
const (
	changeAdded   = 1
	changeChanged = 2
	changeRemoved = 3
)

func changeKind(kind byte) host.ChangeKind {
	switch kind {
	case changeAdded:
		return host.ChangeAdded
	case changeChanged:
		return host.ChangeChanged
	}
	return host.ChangeRemoved
}

// packChanges returns the body of a change log entry: run, stream, then for each
// change its kind, its record's key and, unless it is a removal, the hash of the
// new version. Texts have their length before them.
func packChanges(run, stream string, part []pack) []byte {
	raw := appendCounted(appendCounted(nil, run), stream)
	for c := range eachChange(part) {
		raw = appendCounted(append(raw, c.kind), c.key)
		if c.kind != changeRemoved {
			raw = append(raw, c.hash[:]...)
		}
	}
	return raw
}

func appendCounted(raw []byte, s string) []byte {
	return append(binary.AppendUvarint(raw, uint64(len(s))), s...)
}

var errChanges = errors.New("malformed change log entry")

func cutCounted(raw []byte) (string, []byte, error) {
	length, n := binary.Uvarint(raw)
	if n <= 0 || length > uint64(len(raw)-n) {
		return "", nil, errChanges
	}
	raw = raw[n:]
	return string(raw[:length]), raw[length:], nil
}

// unpackChanges returns the changes of an entry's body in the order they were
// made.
func unpackChanges(body []byte, at time.Time) ([]host.Change, error) {
	run, raw, err := cutCounted(body)
	if err != nil {
		return nil, err
	}
	stream, raw, err := cutCounted(raw)
	if err != nil {
		return nil, err
	}
	var changes []host.Change
	for len(raw) > 0 {
		c := host.Change{Run: run, Stream: stream, Kind: changeKind(raw[0]), At: at}
		if c.Key, raw, err = cutCounted(raw[1:]); err != nil {
			return nil, err
		}
		if c.Kind != host.ChangeRemoved {
			if len(raw) < 32 {
				return nil, errChanges
			}
			c.Hash, raw = hex.EncodeToString(raw[:32]), raw[32:]
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// ChangeQuery asks for changes, newest first.
type ChangeQuery struct {
	Connection string // id
	Run        string // empty = of all runs
	Limit      int    // 0 = 100
	Cursor     string // what an earlier answer returned as next
}

// Changes returns changes and what to ask with for older ones; that is empty
// when there are none. Those of one transaction keep their order.
func (s *Journal) Changes(ctx context.Context, q ChangeQuery) (changes []host.Change, next string, err error) {
	start, skip, err := parseChangePlace(q.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit := orDefault(q.Limit, 100)
	all := key(prefixChange, q.Connection)
	err = s.view(func(txn *badgerdir.Txn) error {
		prefix, err := changePrefix(txn, q)
		if err != nil {
			return err
		}
		options := badgerdir.Prefetching()
		options.Prefix = prefix
		options.PrefetchSize = 4
		it := txn.NewIterator(options)
		defer it.Close()
		it.Seek(prefix)
		if start != nil {
			it.Seek(append(all[:len(all):len(all)], start...))
		}
		for ; it.Valid() && next == ""; it.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			found, err := changesAt(it.Item(), all)
			if err != nil {
				return err
			}
			found = found[min(skip, len(found)):]
			if room := limit - len(changes); len(found) > room {
				next = changePlace(it.Item().Key()[len(all):], skip+room)
				found = found[:room]
			}
			changes, skip = append(changes, found...), 0
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("read changes: %w", err)
	}
	return changes, next, nil
}

// changePrefix returns the range of the change log that is asked for: a run has
// its epoch to itself.
func changePrefix(txn *badgerdir.Txn, q ChangeQuery) ([]byte, error) {
	if q.Run == "" {
		return key(prefixChange, q.Connection), nil
	}
	stored, err := loadRun(txn, q.Run)
	if err != nil {
		return nil, err
	}
	if stored.Run.Connection != q.Connection {
		return nil, noRun(q.Run)
	}
	return keyChangesOfRun(q.Connection, stored.Run.Epoch), nil
}

// changesAt returns the changes of one entry; all is the prefix of its
// connection's log.
func changesAt(item *badgerdir.Item, all []byte) (changes []host.Change, err error) {
	rest := item.Key()[len(all):]
	if len(rest) != 16 {
		return nil, errKey
	}
	at, _, err := cutTime(rest[8:])
	if err != nil {
		return nil, err
	}
	err = item.Value(func(raw []byte) error {
		e, err := unpackEntry(raw)
		if err == nil {
			changes, err = unpackChanges(e.body, at)
		}
		return err
	})
	return changes, err
}

// changePlace is where a page of changes ended: in which entry, and how many of
// its changes were returned.
func changePlace(entry []byte, taken int) string {
	return base64.RawURLEncoding.EncodeToString(binary.AppendUvarint(entry[:len(entry):len(entry)], uint64(taken)))
}

func parseChangePlace(cursor string) (entry []byte, taken int, err error) {
	if cursor == "" {
		return nil, 0, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) < 17 {
		return nil, 0, badCursor(cursor)
	}
	n, size := binary.Uvarint(raw[16:])
	if size <= 0 || n > math.MaxInt32 {
		return nil, 0, badCursor(cursor)
	}
	return raw[:16], int(n), nil
}
