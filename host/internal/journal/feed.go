package journal

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// The feed is the change log of all connections in the order of their commit
// times. Its index has one small entry per transaction, written with it.
//
// A commit time is handed out before its transaction is on disk, so a later one
// may be on disk first. A reader who went past the gap would never see what fills
// it. So a commit time is in flight until its transaction has landed, for good or
// not, and the feed ends before the earliest one in flight.

// takeOff hands out a commit time that is in flight until it has landed.
func (s *Journal) takeOff() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.tickLocked()
	s.flying[at.UnixNano()] = struct{}{}
	return at
}

// landed says that the transaction of a commit time is on disk, or never will be.
func (s *Journal) landed(at time.Time) {
	if at.IsZero() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.flying, at.UnixNano())
	close(s.news)
	s.news = make(chan struct{})
}

// settled returns the latest commit time up to which nothing is in flight.
func (s *Journal) settled() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	through := max(s.last.UnixNano(), 0) // the zero time is before 1970
	for at := range s.flying {
		through = min(through, at-1)
	}
	return time.Unix(0, through).UTC()
}

// updateAt runs fn as update does and hands each attempt a commit time of its
// own. Whatever adds to the change log goes through here.
func (s *Journal) updateAt(fn func(txn *badgerdir.Txn, at time.Time) error) error {
	var at time.Time
	defer func() { s.landed(at) }()
	return s.update(func(txn *badgerdir.Txn) error {
		s.landed(at) // the attempt before came to nothing
		at = s.takeOff()
		return fn(txn, at)
	})
}

// FeedNews returns a channel that is closed when the feed may have grown. Take it
// before reading the feed, so that nothing falls between.
func (s *Journal) FeedNews() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.news
}

// FeedEnd returns the position behind everything there is now; empty when there
// is nothing.
func (s *Journal) FeedEnd() (string, error) {
	through := s.settled()
	var end position
	err := s.view(func(txn *badgerdir.Txn) error {
		it := txn.NewIterator(badgerdir.IteratorOptions{Prefix: []byte{prefixFeed}, Reverse: true})
		defer it.Close()
		if it.Seek(keyFeed(through)); it.Valid() {
			place, err := cutFeed(it.Item())
			end = position{at: place.at, taken: math.MaxInt32}
			return err
		}
		return nil
	})
	return end.String(), err
}

// Feed returns up to limit changes (0 = 100) of all connections behind a
// position, oldest first, and the position to go on from; empty is the beginning
// of what is kept. Every change comes once, and none is passed over. A position
// from before the beginning of what is kept is a history.pruned problem.
func (s *Journal) Feed(ctx context.Context, after string, limit int) (changes []host.FeedChange, next string, err error) {
	from, err := parsePosition(after)
	if err != nil {
		return nil, "", err
	}
	through := s.settled() // before the snapshot, which therefore holds all up to it
	reader := feedReader{limit: orDefault(limit, 100), next: from, aliases: map[string]string{}}
	err = s.view(func(txn *badgerdir.Txn) error {
		if err := reader.begin(txn, after, through); err != nil {
			return err
		}
		options := badgerdir.Prefetching()
		options.Prefix = []byte{prefixFeed}
		it := txn.NewIterator(options)
		defer it.Close()
		for it.Seek(keyFeed(from.at)); it.Valid() && len(reader.changes) < reader.limit; it.Next() {
			place, err := cutFeed(it.Item())
			if err != nil || place.at.After(through) {
				return err
			}
			if err := reader.entry(txn, place); err != nil {
				return err
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
	return reader.changes, reader.next.String(), nil
}

// feedReader gathers one page of the feed.
type feedReader struct {
	limit   int
	changes []host.FeedChange
	next    position
	aliases map[string]string // by connection id
}

// begin refuses a position that the feed cannot go on from.
func (r *feedReader) begin(txn *badgerdir.Txn, after string, through time.Time) error {
	kept, err := loadHistory(txn)
	if err != nil {
		return err
	}
	switch {
	case after == "":
		return nil
	case r.next.at.Before(kept.Pruned):
		return feedPruned(after, kept.Since)
	case r.next.at.After(through):
		p := host.Invalid("after", after, "is later than everything this store holds")
		p.Remedy = "If the store was restored from a backup, begin anew without a position; what you have seen already has the same idempotency keys."
		return p
	}
	return nil
}

// entry adds the changes of one transaction. One whose connection was deleted
// meanwhile has none, and one of the audit log changed no record.
func (r *feedReader) entry(txn *badgerdir.Txn, place entryPlace) error {
	if place.connection == auditChain {
		return nil
	}
	item, err := txn.Get(keyChange(place.connection, place.epoch, place.at))
	if errors.Is(err, badgerdir.ErrKeyNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	alias, err := r.alias(txn, place.connection)
	if alias == "" || err != nil {
		return err // being deleted
	}
	found, err := changesAt(item, key(prefixChange, place.connection))
	if err != nil {
		return err
	}
	skip := 0
	if place.at.Equal(r.next.at) {
		skip = min(r.next.taken, len(found))
	}
	for i, c := range found[skip:] {
		if len(r.changes) == r.limit {
			return nil
		}
		r.next = position{at: place.at, taken: skip + i + 1}
		r.changes = append(r.changes, host.FeedChange{
			Position: r.next.String(), IdempotencyKey: idempotencyKey(place.connection, c),
			Connection: place.connection, Alias: alias, Change: c,
		})
	}
	return nil
}

// alias returns what a connection is called, or nothing when it is gone.
func (r *feedReader) alias(txn *badgerdir.Txn, id string) (string, error) {
	if alias, ok := r.aliases[id]; ok {
		return alias, nil
	}
	c, err := connection(txn, id)
	if err != nil && host.AsProblem(err).Code != host.CodeNotFound {
		return "", err
	}
	r.aliases[id] = c.Alias
	return c.Alias, nil
}

// idempotencyKey is the same for the same change, and another when a record comes
// back to what it was before.
func idempotencyKey(connection string, c host.Change) string {
	var raw []byte
	for _, part := range []string{connection, c.Stream, c.Key, string(c.Kind), c.Hash, c.Run} {
		raw = appendCounted(raw, part)
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(raw, uint64(c.At.UnixNano())))
	return hex.EncodeToString(sum[:16])
}

// position is a place in the feed: so many changes of the transaction with this
// commit time have been taken, and all of those before.
type position struct {
	at    time.Time
	taken int
}

func (p position) String() string {
	if p.at.IsZero() {
		return ""
	}
	return strconv.FormatInt(p.at.UnixNano(), 10) + "-" + strconv.Itoa(p.taken)
}

func parsePosition(text string) (position, error) {
	if text == "" {
		return position{}, nil
	}
	first, second, _ := strings.Cut(text, "-")
	nanos, err := strconv.ParseInt(first, 10, 64)
	taken, wrong := strconv.ParseInt(second, 10, 32)
	if err != nil || wrong != nil || nanos <= 0 || taken < 0 {
		return position{}, host.Invalid("after", text, "is not a position of the feed")
	}
	return position{at: time.Unix(0, nanos).UTC(), taken: int(taken)}, nil
}

// keyFeed is the key of a transaction in the index of the feed; the zero time
// comes before all.
func keyFeed(at time.Time) []byte {
	nanos := uint64(0)
	if !at.IsZero() {
		nanos = uint64(at.UnixNano())
	}
	return binary.BigEndian.AppendUint64([]byte{prefixFeed}, nanos)
}

// putFeed enters a transaction into the index of the feed.
func putFeed(txn *badgerdir.Txn, place entryPlace) error {
	return txn.Set(keyFeed(place.at), binary.BigEndian.AppendUint64(appendText(nil, place.connection), place.epoch))
}

// isFed reports whether the index of the feed has a transaction.
func isFed(txn *badgerdir.Txn, place entryPlace) (bool, error) {
	item, err := txn.Get(keyFeed(place.at))
	if errors.Is(err, badgerdir.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	found, err := cutFeed(item)
	return found == place, err
}

func cutFeed(item *badgerdir.Item) (place entryPlace, err error) {
	k := item.Key()
	if len(k) != 9 {
		return place, errKey
	}
	place.at = time.Unix(0, int64(binary.BigEndian.Uint64(k[1:]))).UTC()
	return place, item.Value(func(raw []byte) error {
		connection, rest, err := cutText(raw)
		if err != nil || len(rest) != 8 {
			return fmt.Errorf("entry of the feed at %s: %w", place.at, errKey)
		}
		place.connection, place.epoch = connection, binary.BigEndian.Uint64(rest)
		return nil
	})
}
