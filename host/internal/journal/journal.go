package journal

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// ErrFenced is returned to a writer whose run is no longer its connection's
// latest, or whose connection was deleted. Nothing was written.
var ErrFenced = errors.New("a later run has taken over this connection")

// Schema is the number of the key and value shapes this build writes. Open refuses a
// later one. There is no earlier one.
const Schema = 1

// Journal is an open journal. Its methods may be called from any goroutine.
type Journal struct {
	dir       string
	options   Options
	logger    *slog.Logger
	now       func() time.Time
	memory    *allowance // of digests
	codec     *codec
	limits    limits
	committed func() // told after every transaction; nil outside tests

	anchors *anchors

	disk *badgerdir.Dir

	turn sync.Mutex // held by transactions that share a counter, see inTurn

	mu   sync.Mutex
	last time.Time // the latest commit time handed out

	flying map[int64]struct{} // commit times whose transactions have not landed
	news   chan struct{}      // closed when one lands
}

// Open opens the store, or makes one in an empty directory. It finishes
// deletions that a crash left. The caller closes it. Refusals are *host.Problem:
// store.locked, store.wrong_key, store.newer_schema, disk.full.
func Open(options Options) (*Journal, error) {
	if err := options.complete(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(options.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("create store directory: %w", err)
	}
	anchors, err := newAnchors(options)
	if err != nil {
		return nil, err
	}
	codec, err := newCodec()
	if err != nil {
		return nil, err
	}
	disk, err := badgerdir.Open(options.disk())
	if err != nil {
		codec.close()
		return nil, err
	}
	s := &Journal{
		disk: disk, codec: codec, anchors: anchors, memory: newAllowance(options.DigestMemory),
		dir: options.Dir, options: options, logger: options.Logger, now: options.Now, limits: *options.limits,
		flying: map[int64]struct{}{}, news: make(chan struct{}),
	}
	if err := s.begin(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// begin brings a freshly opened directory to a state in which it can be used.
func (s *Journal) begin() error {
	if err := s.checkSchema(); err != nil {
		return err
	}
	known, err := s.knownAnchors()
	if err != nil {
		return err
	}
	if err := s.anchors.open(anchorLost, known); err != nil {
		return err
	}
	if err := s.loadClock(); err != nil {
		return fmt.Errorf("read latest commit time: %w", err)
	}
	if err := s.finishDeletions(); isDiskFull(err) {
		s.logger.Warn("deletions wait for room on the disk", "err", err)
	} else if err != nil {
		return fmt.Errorf("finish deletions: %w", err)
	}
	return nil
}

// checkSchema writes the schema number into a new store, and refuses another one.
func (s *Journal) checkSchema() error {
	var raw []byte
	err := s.view(func(txn *badgerdir.Txn) (err error) {
		raw, err = read(txn, keySchema)
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("read schema number: %w", err)
	case raw == nil:
		if err := s.anchors.open(anchorBegun, 0); err != nil {
			return err
		}
		return s.update(func(txn *badgerdir.Txn) error {
			return txn.Set(keySchema, binary.BigEndian.AppendUint64(nil, Schema))
		})
	case len(raw) != 8:
		return fmt.Errorf("read schema number: %d bytes instead of 8", len(raw))
	}
	if found := binary.BigEndian.Uint64(raw); found != Schema {
		return newerSchema(s.dir, found)
	}
	return nil
}

// loadClock makes sure that commit times go on after the latest stored one even
// if the clock was set back while the store was closed. Every transaction that
// takes a commit time leaves it in a stream header, a run or the audit log, which has
// an entry for every connection that was deleted.
func (s *Journal) loadClock() error {
	return s.view(func(txn *badgerdir.Txn) error {
		var err error
		if s.last, err = lastEdit(txn); err != nil {
			return err
		}
		err = each(txn, key(prefixStream), func(item *badgerdir.Item) error {
			var h header
			if err := unmarshal(item, &h); err != nil {
				return err
			}
			s.last = later(s.last, h.LastAt)
			return nil
		})
		if err != nil {
			return err
		}
		index := key(prefixRunIndex)
		return eachKey(txn, index, func(k []byte) error {
			at, _, err := cutTime(k[len(index):])
			s.last = later(s.last, at)
			return errors.Join(err, errStop)
		})
	})
}

// Close writes what is in memory and gives the directory free. A second call
// returns what the first did.
func (s *Journal) Close() error {
	if err := s.disk.Close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// Clock returns the present moment of the store: now, or the latest commit time when
// that is later because the clock was set back since.
func (s *Journal) Clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return later(s.now().UTC().Round(0), s.last)
}

// tick returns the commit time of the next transaction: now, but later than
// every one before.
func (s *Journal) tick() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tickLocked()
}

func (s *Journal) tickLocked() time.Time {
	now := s.now().UTC().Round(0)
	if !now.After(s.last) {
		now = s.last.Add(1)
	}
	s.last = now
	return now
}

// inTurn runs one at a time what ends in a transaction that counts something up for the
// whole store: the numbers of streams, the entries of the audit log. Many at once would
// conflict with one another until they give up.
func (s *Journal) inTurn(transact func() error) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	return transact()
}

// update runs fn in a transaction and commits it, again when another one got in
// between. So fn may run several times and keeps its effects to itself. Without
// room for a small write it returns disk.full; whoever writes more than that asks
// before (disk.Check).
func (s *Journal) update(fn func(*badgerdir.Txn) error) error {
	err := s.disk.Update(fn)
	if err == nil && s.committed != nil {
		s.committed()
	}
	return err
}

func (s *Journal) view(fn func(*badgerdir.Txn) error) error { return s.disk.View(fn) }

// read returns a copy of the value under k, or nil when there is none.
func read(txn *badgerdir.Txn, k []byte) ([]byte, error) {
	item, err := txn.Get(k)
	if errors.Is(err, badgerdir.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return item.ValueCopy(nil)
}

// readJSON decodes the value under k into value and reports whether there is one.
func readJSON(txn *badgerdir.Txn, k []byte, value any) (bool, error) {
	item, err := txn.Get(k)
	if errors.Is(err, badgerdir.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, unmarshal(item, value)
}

func unmarshal(item *badgerdir.Item, value any) error {
	return item.Value(func(raw []byte) error {
		if err := json.Unmarshal(raw, value); err != nil {
			return fmt.Errorf("decode entry %q: %w", item.Key(), err)
		}
		return nil
	})
}

func writeJSON(txn *badgerdir.Txn, k []byte, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode entry %q: %w", k, err)
	}
	return txn.Set(k, raw)
}

// errStop ends each and eachKey early without an error.
var errStop = errors.New("stop")

// each calls fn with every entry under prefix, in order.
func each(txn *badgerdir.Txn, prefix []byte, fn func(*badgerdir.Item) error) error {
	options := badgerdir.Prefetching()
	options.Prefix = prefix
	it := txn.NewIterator(options)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := fn(it.Item()); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
	return nil
}

// eachKey calls fn with every key under prefix, in order. The key is fn's only
// until it returns.
func eachKey(txn *badgerdir.Txn, prefix []byte, fn func(k []byte) error) error {
	it := txn.NewIterator(badgerdir.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := fn(it.Item().Key()); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
