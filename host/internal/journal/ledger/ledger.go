package ledger

import (
	"cmp"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
	"github.com/plumbline-dev/plumbline/host/internal/journal/digest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/pack"
)

// Schema is the number of the key and value shapes this build writes. Open refuses a
// later one. There is no earlier one.
const Schema = 1

// Ledger is the open directory of a journal. Its methods may be called from any goroutine.
type Ledger struct {
	Dir      string
	Logger   *slog.Logger
	Limits   Limits
	Disk     *badgerdir.Dir
	Anchors  *anchor.File
	Memory   *digest.Allowance
	Codec    *pack.Codec
	OnCommit func() // called after every transaction; nil outside tests

	now  func() time.Time
	turn sync.Mutex // see InTurn

	mu       sync.Mutex
	last     time.Time          // the latest commit time handed out
	inFlight map[int64]struct{} // commit times whose transactions have not landed
	news     chan struct{}      // closed when one lands
}

// Open opens the directory, or makes a journal in an empty one. The caller closes it.
// Refusals are *host.Problem: store.locked, store.wrong_key, store.newer_schema, disk.full.
func Open(options Options) (*Ledger, error) {
	if err := options.Complete(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(options.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("create store directory: %w", err)
	}
	anchors, err := anchor.New(options.Dir, options.Key, options.Logger, options.Now)
	if err != nil {
		return nil, err
	}
	codec, err := pack.NewCodec()
	if err != nil {
		return nil, err
	}
	disk, err := badgerdir.Open(options.Disk())
	if err != nil {
		codec.Close()
		return nil, err
	}
	l := &Ledger{
		Dir: options.Dir, Logger: options.Logger, Limits: *options.Limits, Disk: disk, Anchors: anchors, Codec: codec,
		Memory: digest.NewAllowance(options.DigestMemory), now: options.Now,
		inFlight: map[int64]struct{}{}, news: make(chan struct{}),
	}
	if err := l.begin(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// begin makes a directory that was just opened ready for use.
func (l *Ledger) begin() error {
	if err := l.checkSchema(); err != nil {
		return err
	}
	known, err := Read(l, func(txn *badgerdir.Txn) (n uint64, err error) {
		n, _, err = layout.ReadNumber(txn, layout.KeyAnchors)
		return n, err
	})
	if err != nil {
		return fmt.Errorf("read number of anchors: %w", err)
	}
	if err := l.Anchors.Open(anchor.Lost, known); err != nil {
		return err
	}
	if err := l.loadClock(); err != nil {
		return fmt.Errorf("read latest commit time: %w", err)
	}
	return nil
}

// checkSchema writes the schema number into a new journal, and refuses another one.
func (l *Ledger) checkSchema() error {
	var schema uint64
	var found bool
	err := l.View(func(txn *badgerdir.Txn) (err error) {
		schema, found, err = layout.ReadNumber(txn, layout.KeySchema)
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("read schema number: %w", err)
	case !found:
		if err := l.Anchors.Open(anchor.Begun, 0); err != nil {
			return err
		}
		return l.Update(func(txn *badgerdir.Txn) error { return layout.WriteNumber(txn, layout.KeySchema, Schema) })
	case schema != Schema:
		return NewerSchema("the store in "+l.Dir, schema)
	}
	return nil
}

// NewerSchema is the problem of something with a later schema than this build knows.
func NewerSchema(what string, found uint64) *host.Problem {
	return &host.Problem{
		Code:    host.CodeNewerStore,
		Message: fmt.Sprintf("%s has schema %d; this version of Plumbline knows schemas up to %d", what, found, Schema),
		Remedy:  "Start the newer Plumbline that last used this data directory, or restore a backup that this version made.",
		Fault:   host.FaultHost,
		Retry:   host.RetryWhenConfigChanges,
	}
}

// loadClock makes sure that commit times go on after the latest stored one also when the
// clock was set back while the journal was closed. Every transaction with a commit time
// leaves it in a stream header, a run or the audit log, which has an entry for every
// connection that was deleted.
func (l *Ledger) loadClock() error {
	return l.View(func(txn *badgerdir.Txn) (err error) {
		if l.last, err = layout.LastEdit(txn); err != nil {
			return err
		}
		err = layout.EachHeader(txn, layout.Key(layout.PrefixStream), func(_ string, h layout.Header, err error) error {
			l.last = layout.Later(l.last, h.LastAt)
			return err
		})
		if err != nil {
			return err
		}
		newest, err := layout.First(txn, layout.Key(layout.PrefixRunIndex))
		if newest == nil || err != nil {
			return err
		}
		at, _, err := layout.CutTime(newest[1:])
		l.last = layout.Later(l.last, at)
		return err
	})
}

// Close writes what is in memory and closes the directory. A second call returns what the
// first did.
func (l *Ledger) Close() error {
	if err := l.Disk.Close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// Update runs fn in a transaction and commits it, again when another one got in between.
// So fn may run several times and keeps its effects to itself. Without room for a small
// write it returns disk.full; a caller that writes more than that asks Disk.Check before.
func (l *Ledger) Update(fn func(*badgerdir.Txn) error) error {
	err := l.Disk.Update(fn)
	if err == nil && l.OnCommit != nil {
		l.OnCommit()
	}
	return err
}

// UpdateAt is Update for a transaction with a commit time. Each attempt gets its own. An
// entry of a change log is written in no other way.
func (l *Ledger) UpdateAt(fn func(txn *badgerdir.Txn, at time.Time) error) error {
	land := func() {}
	defer func() { land() }()
	return l.Update(func(txn *badgerdir.Txn) error {
		land() // the attempt before failed
		var at time.Time
		at, land = l.TakeOff()
		return fn(txn, at)
	})
}

// View runs fn in a transaction that reads one moment.
func (l *Ledger) View(fn func(*badgerdir.Txn) error) error { return l.Disk.View(fn) }

// Read returns what fn reads in a transaction.
func Read[T any](l *Ledger, fn func(*badgerdir.Txn) (T, error)) (value T, err error) {
	err = l.View(func(txn *badgerdir.Txn) error {
		value, err = fn(txn)
		return err
	})
	return value, err
}

// InTurn runs, one at a time, what ends in a transaction that counts something up for the
// whole journal: the numbers of streams, the entries of the audit log. Many at once would
// conflict with one another until they give up.
func (l *Ledger) InTurn(transact func() error) error {
	l.turn.Lock()
	defer l.turn.Unlock()
	return transact()
}

// Cache returns an empty cache of documents for a transaction.
func (l *Ledger) Cache(txn *badgerdir.Txn) *pack.Cache { return pack.NewCache(l.Codec, txn) }

// IsDiskFull reports whether err says that the disk is full.
func IsDiskFull(err error) bool {
	var p *host.Problem
	return errors.As(err, &p) && p.Code == host.CodeDiskFull
}

// Limit returns the length of a page, or fallback when none was asked for.
func Limit(asked, fallback int) int { return cmp.Or(max(asked, 0), fallback) }

// Progress says how far a long work is.
type Progress struct {
	Phase string // what is being done, one word
	Done  int64
	Total int64 // 0 = not known
}

// Now returns the time by the clock.
func (l *Ledger) Now() time.Time { return l.now().UTC().Round(0) }

// Clock returns the present moment of the journal: now, or the latest commit time when
// that is later because the clock was set back since.
func (l *Ledger) Clock() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return layout.Later(l.Now(), l.last)
}

// Tick returns the next commit time: now, but later than every one before.
func (l *Ledger) Tick() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tickLocked()
}

func (l *Ledger) tickLocked() time.Time {
	now := l.Now()
	if !now.After(l.last) {
		now = l.last.Add(1)
	}
	l.last = now
	return now
}

// TakeOff hands out a commit time that is in flight until land is called.
func (l *Ledger) TakeOff() (at time.Time, land func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at = l.tickLocked()
	l.inFlight[at.UnixNano()] = struct{}{}
	return at, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.inFlight, at.UnixNano())
		close(l.news)
		l.news = make(chan struct{})
	}
}

// Settled returns the latest commit time up to which none is in flight.
func (l *Ledger) Settled() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	through := max(l.last.UnixNano(), 0) // the zero time is before 1970
	for at := range l.inFlight {
		through = min(through, at-1)
	}
	return time.Unix(0, through).UTC()
}

// FeedNews returns a channel that is closed when the feed may have grown. A reader takes
// it before it reads the feed.
func (l *Ledger) FeedNews() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.news
}

// idLetters are upper-case, so that an id is no alias, and leave out those that are easily
// mistaken for others.
var idLetters = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// NewID returns 26 letters that sort by the moment they were made.
func NewID(at time.Time) string {
	raw := make([]byte, 16)
	binary.BigEndian.PutUint64(raw, uint64(at.UnixMilli())<<16)
	_, _ = rand.Read(raw[6:]) // never fails
	return idLetters.EncodeToString(raw)
}
