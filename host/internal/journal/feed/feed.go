// Package feed reads the change logs of all connections in the order of their commit
// times. The feed is an index with one small entry for each transaction, written with it.
//
// A position is a commit time and how many changes of its transaction were taken. It stays
// valid over restarts and crashes.
package feed

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
)

// Index reads the feed of a journal.
type Index struct{ ledger *ledger.Ledger }

// New returns the feed of a journal.
func New(l *ledger.Ledger) *Index { return &Index{l} }

// FeedEnd returns the position behind the last transaction; empty when there is none.
func (x *Index) FeedEnd() (string, error) {
	through := x.ledger.Settled()
	var end position
	err := x.ledger.View(func(txn *badgerdir.Txn) error {
		options := badgerdir.IteratorOptions{Prefix: []byte{layout.PrefixFeed}, Reverse: true}
		return layout.EachFrom(txn, options, layout.FeedKey(through), func(item *badgerdir.Item) error {
			id, err := layout.CutFed(item)
			end = behind(id.At)
			return cmp.Or(err, layout.ErrStop)
		})
	})
	return end.String(), err
}

// Feed returns up to limit changes (0 = 100) of all connections behind a position, oldest
// first, and the position to go on from. An empty position is the beginning of what is
// kept. Every change comes once, and none is left out. A position before the beginning of
// what is kept is a history.pruned problem.
func (x *Index) Feed(ctx context.Context, after string, limit int) (changes []host.FeedChange, next string, err error) {
	from, err := parsePosition(after)
	if err != nil {
		return nil, "", err
	}
	p := page{limit: ledger.Limit(limit, 100), next: from, aliases: map[string]string{}}
	err = x.each(ctx, from, after, func(txn *badgerdir.Txn, id layout.EntryID) error {
		if err := p.add(txn, id); err != nil || len(p.changes) < p.limit {
			return err
		}
		return layout.ErrStop
	})
	if err != nil {
		return nil, "", fmt.Errorf("read feed: %w", err)
	}
	return p.changes, p.next.String(), nil
}

// each calls fn with the transactions from a position on, oldest first. It refuses a
// position that the feed cannot go on from.
func (x *Index) each(ctx context.Context, from position, text string, fn func(*badgerdir.Txn, layout.EntryID) error) error {
	through := x.ledger.Settled() // before the transaction, which therefore reads all up to it
	return x.ledger.View(func(txn *badgerdir.Txn) error {
		if text != "" {
			if err := refuse(txn, from, text, through); err != nil {
				return err
			}
		}
		options := badgerdir.Prefetching()
		options.Prefix = []byte{layout.PrefixFeed}
		return layout.EachFrom(txn, options, layout.FeedKey(from.at), func(item *badgerdir.Item) error {
			id, err := layout.CutFed(item)
			if err != nil {
				return err
			}
			if id.At.After(through) {
				return layout.ErrStop
			}
			if err := fn(txn, id); err != nil {
				return err
			}
			return ctx.Err()
		})
	})
}

// refuse returns the problem of a position that was pruned or is still to come.
func refuse(txn *badgerdir.Txn, from position, text string, through time.Time) error {
	kept, err := layout.LoadHistory(txn)
	switch {
	case err != nil:
		return err
	case from.at.Before(kept.Pruned):
		return &host.Problem{
			Code:    host.CodeHistoryPruned,
			Message: fmt.Sprintf("changes after this position have been pruned: history is kept since %s", kept.Since.UTC().Format(time.RFC3339)),
			Remedy:  "Read all records again, and then follow the changes from the beginning of what is kept: leave the position out.",
			Fault:   host.FaultCustomer,
			Retry:   host.RetryNever,
			Fields:  []host.FieldError{{Field: "after", Message: "is before history is kept", Value: text}},
		}
	case from.at.After(through):
		p := host.Invalid("after", text, "is later than everything this store holds")
		p.Remedy = "If the store was restored from a backup, begin without a position; what you have seen already has the same idempotency keys."
		return p
	}
	return nil
}

// page is one page of the feed.
type page struct {
	limit   int
	changes []host.FeedChange
	next    position
	aliases map[string]string // by connection id
}

// add adds the changes of one transaction. A transaction of a deleted connection has none,
// and neither has one of the audit log.
func (p *page) add(txn *badgerdir.Txn, id layout.EntryID) error {
	if id.Connection == layout.AuditChain {
		return nil
	}
	e, found, err := layout.LoadEntry(txn, id)
	if !found || err != nil {
		return err
	}
	alias, err := p.alias(txn, id.Connection)
	if alias == "" || err != nil {
		return err // being deleted
	}
	changes, err := layout.UnpackChanges(e.Body, id.At)
	if err != nil {
		return err
	}
	skip := 0
	if id.At.Equal(p.next.at) {
		skip = min(p.next.taken, len(changes))
	}
	for i, c := range changes[skip:] {
		if len(p.changes) == p.limit {
			return nil
		}
		p.next = position{at: id.At, taken: skip + i + 1}
		p.changes = append(p.changes, host.FeedChange{
			Position: p.next.String(), IdempotencyKey: idempotencyKey(id.Connection, c),
			Connection: id.Connection, Alias: alias, Change: c,
		})
	}
	return nil
}

// alias returns the alias of a connection, or nothing when it is gone.
func (p *page) alias(txn *badgerdir.Txn, id string) (string, error) {
	if alias, ok := p.aliases[id]; ok {
		return alias, nil
	}
	c, err := layout.LoadConnection(txn, id)
	if err != nil && host.AsProblem(err).Code != host.CodeNotFound {
		return "", err
	}
	p.aliases[id] = c.Alias
	return c.Alias, nil
}

// idempotencyKey is the same for the same change, and another when a record returns to an
// earlier content.
func idempotencyKey(connection string, c host.Change) string {
	var raw []byte
	for _, part := range []string{connection, c.Stream, c.Key, string(c.Kind), c.Hash, c.Run} {
		raw = layout.AppendCounted(raw, part)
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(raw, uint64(c.At.UnixNano())))
	return hex.EncodeToString(sum[:16])
}

// position says that so many changes of the transaction with this commit time were taken,
// and all of those before.
type position struct {
	at    time.Time
	taken int
}

// behind returns the position behind all changes of a transaction.
func behind(at time.Time) position { return position{at: at, taken: math.MaxInt32} }

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

// Landed returns up to limit transactions of the feed behind a position, oldest first, and
// the position to go on from. Those of deleted connections are left out. It refuses
// positions as Feed does.
func (x *Index) Landed(ctx context.Context, after string, limit int) (all []host.Landed, next string, err error) {
	from, err := parsePosition(after)
	if err != nil {
		return nil, "", err
	}
	next = after
	err = x.each(ctx, from, after, func(txn *badgerdir.Txn, id layout.EntryID) error {
		if behind(id.At) == from {
			return nil
		}
		landed, known, err := landedAt(txn, id)
		if err != nil {
			return err
		}
		if next = landed.Position; known {
			all = append(all, landed)
		}
		if len(all) >= limit {
			return layout.ErrStop
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("read feed: %w", err)
	}
	return all, next, nil
}

// landedAt returns one transaction, and false when its connection was deleted.
func landedAt(txn *badgerdir.Txn, id layout.EntryID) (l host.Landed, known bool, err error) {
	l = host.Landed{Position: behind(id.At).String(), At: id.At}
	if id.Connection == layout.AuditChain {
		return l, true, nil
	}
	l.Connection = id.Connection
	e, found, err := layout.LoadEntry(txn, id)
	if !found || err != nil {
		return l, false, err
	}
	l.Run, l.Stream, _, err = layout.CutOrigin(e.Body)
	return l, err == nil, err
}

// Position returns the stored position of a reader, empty for a new one.
func (x *Index) Position(reader string) (position string, err error) {
	raw, err := ledger.Read(x.ledger, func(txn *badgerdir.Txn) ([]byte, error) { return layout.Read(txn, layout.ReaderKey(reader)) })
	if err != nil {
		return "", fmt.Errorf("read position of reader %s: %w", reader, err)
	}
	return string(raw), nil
}

// SetPosition stores the position of a reader.
func (x *Index) SetPosition(reader, position string) error {
	err := x.ledger.Update(func(txn *badgerdir.Txn) error { return txn.Set(layout.ReaderKey(reader), []byte(position)) })
	if err != nil {
		return fmt.Errorf("store position of reader %s: %w", reader, err)
	}
	return nil
}
