package journal

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"

	"github.com/plumbline-dev/plumbline/host"
)

// Landed returns up to limit transactions of the feed behind a position, oldest first,
// and the position to go on from. Those of deleted connections are left out. It
// refuses positions as Feed does.
func (s *Journal) Landed(ctx context.Context, after string, limit int) (all []host.Landed, next string, err error) {
	from, err := parsePosition(after)
	if err != nil {
		return nil, "", err
	}
	through := s.settled() // before the snapshot, which therefore holds all up to it
	begin := feedReader{next: from}
	next = after
	err = s.view(func(txn *badgerdir.Txn) error {
		if err := begin.begin(txn, after, through); err != nil {
			return err
		}
		it := txn.NewIterator(badgerdir.IteratorOptions{Prefix: []byte{prefixFeed}, PrefetchValues: true, PrefetchSize: min(limit, 100)})
		defer it.Close()
		for it.Seek(keyFeed(from.at)); it.Valid() && len(all) < limit; it.Next() {
			place, err := cutFeed(it.Item())
			if err != nil || place.at.After(through) {
				return err
			}
			if place.at.Equal(from.at) && from.taken == math.MaxInt32 {
				continue
			}
			landed, known, err := landedAt(txn, place)
			if err != nil {
				return err
			}
			next = landed.Position
			if known {
				all = append(all, landed)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("read feed: %w", err)
	}
	return all, next, nil
}

// landedAt returns one transaction; false when its connection was deleted meanwhile.
func landedAt(txn *badgerdir.Txn, place entryPlace) (l host.Landed, known bool, err error) {
	l = host.Landed{Position: position{at: place.at, taken: math.MaxInt32}.String(), At: place.at}
	if place.connection == auditChain {
		return l, true, nil
	}
	l.Connection = place.connection
	item, err := txn.Get(keyChange(place.connection, place.epoch, place.at))
	if errors.Is(err, badgerdir.ErrKeyNotFound) {
		return l, false, nil
	}
	if err != nil {
		return l, false, err
	}
	err = item.Value(func(raw []byte) error {
		e, err := unpackEntry(raw)
		if err != nil {
			return err
		}
		var rest []byte
		if l.Run, rest, err = cutCounted(e.body); err != nil {
			return err
		}
		l.Stream, _, err = cutCounted(rest)
		return err
	})
	return l, err == nil, err
}

// Position returns the stored position of a reader, empty for a new one.
func (s *Journal) Position(reader string) (position string, err error) {
	err = s.view(func(txn *badgerdir.Txn) error {
		raw, err := read(txn, keyReader(reader))
		position = string(raw)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read position of reader %s: %w", reader, err)
	}
	return position, nil
}

// SetPosition stores the position of a reader.
func (s *Journal) SetPosition(reader, position string) error {
	err := s.update(func(txn *badgerdir.Txn) error { return txn.Set(keyReader(reader), []byte(position)) })
	if err != nil {
		return fmt.Errorf("store position of reader %s: %w", reader, err)
	}
	return nil
}

func keyReader(name string) []byte { return key(prefixMeta, "reader", name) }
