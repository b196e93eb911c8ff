package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"time"

	badger "github.com/dgraph-io/badger/v4"

	"github.com/plumbline-dev/plumbline/host"
)

// Verify reads everything a connection has stored and returns an error that
// names each stream in which versions, digest, counters and change log do not
// agree. It takes as long as reading the records does.
func (s *Store) Verify(ctx context.Context, connection string) error {
	return s.view(func(txn *badger.Txn) error {
		headers, err := streamHeaders(txn, connection)
		if err != nil {
			return fmt.Errorf("read streams: %w", err)
		}
		logged, err := sumChanges(ctx, txn, connection)
		if err != nil {
			return fmt.Errorf("read change log: %w", err)
		}
		var faults error
		for _, h := range headers {
			audit := audit{header: h}
			if err := audit.run(ctx, txn); err != nil {
				return fmt.Errorf("verify stream %s: %w", h.Name, err)
			}
			for _, fault := range audit.faults(logged[h.Name]) {
				faults = errors.Join(faults, fmt.Errorf("stream %s: %s", h.Name, fault))
			}
			delete(logged, h.Name)
		}
		for name := range logged {
			faults = errors.Join(faults, fmt.Errorf("stream %s: the change log knows it, but it is not stored", name))
		}
		return faults
	})
}

// tally is a set of transitions, told by their number and the sum of their
// hashes: in any order, and in little memory.
type tally struct {
	n      int
	lo, hi uint64
}

func (t *tally) add(key string, at time.Time, kind host.ChangeKind, hash string) {
	raw := appendCounted(appendCounted(appendCounted(nil, key), string(kind)), hash)
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(raw, uint64(at.UnixNano())))
	var carry uint64
	t.lo, carry = bits.Add64(t.lo, binary.BigEndian.Uint64(sum[:]), 0)
	t.hi, _ = bits.Add64(t.hi, binary.BigEndian.Uint64(sum[8:]), carry)
	t.n++
}

// sumChanges tallies a connection's change log by stream.
func sumChanges(ctx context.Context, txn *badger.Txn, connection string) (map[string]tally, error) {
	logged := map[string]tally{}
	prefix := key(prefixChange, connection)
	return logged, each(txn, prefix, func(item *badger.Item) error {
		changes, err := changesAt(item, prefix)
		if err != nil {
			return err
		}
		for _, c := range changes {
			t := logged[c.Stream]
			t.add(c.Key, c.At, c.Kind, c.Hash)
			logged[c.Stream] = t
		}
		return ctx.Err()
	})
}

// audit walks one stream's versions, newest first within each record.
type audit struct {
	header  header
	digest  digest
	stored  tally
	records int
	wrong   int // records whose newest version is not what the digest holds
	doubled int // versions that follow one they do not differ from

	key   string // of the record being walked
	newer *step  // the version after the one to be looked at next
}

type step struct {
	at   time.Time
	hash [32]byte
	gone bool
}

func (a *audit) run(ctx context.Context, txn *badger.Txn) error {
	err := loadDigest(txn, a.header, &a.digest)
	if err != nil && !errors.Is(err, errDigest) {
		return err
	}
	prefix := numbered(prefixVersion, a.header.Number)
	err = each(txn, prefix, func(item *badger.Item) error {
		record, rest, err := cutText(item.Key()[len(prefix):])
		if err != nil {
			return err
		}
		at, _, err := cutTime(rest)
		if err != nil {
			return err
		}
		err = item.Value(func(raw []byte) error {
			v, err := unpackVersion(raw)
			if err == nil {
				a.visit(record, step{at: at, hash: v.hash, gone: v.kind == changeRemoved})
			}
			return err
		})
		return errors.Join(err, ctx.Err())
	})
	a.settle(nil)
	return err
}

// visit takes in the next version, which is older than the one before or
// another record's newest.
func (a *audit) visit(record string, v step) {
	if a.newer != nil && record == a.key {
		a.settle(&v)
	} else {
		a.settle(nil)
		a.newest(record, v)
	}
	a.key, a.newer = record, &v
}

// newest holds a record's newest version against the digest.
func (a *audit) newest(record string, v step) {
	content, exists := a.digest.content(keyPrint(record))
	if exists == v.gone || (exists && content != contentPrint(v.hash)) {
		a.wrong++
	}
	if !v.gone {
		a.records++
	}
}

// settle tallies the transition to a.newer, now that what was before is known.
func (a *audit) settle(older *step) {
	v := a.newer
	if v == nil {
		return
	}
	a.newer = nil
	kind, hash := host.ChangeChanged, hex.EncodeToString(v.hash[:])
	switch {
	case v.gone:
		kind, hash = host.ChangeRemoved, ""
	case older == nil || older.gone:
		kind = host.ChangeAdded
	}
	if older != nil && older.gone == v.gone && older.hash == v.hash || older == nil && v.gone {
		a.doubled++
	}
	a.stored.add(a.key, v.at, kind, hash)
}

func (a *audit) faults(logged tally) []string {
	var faults []string
	report := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	report(a.records != a.header.Records, "%d records are stored, %d are counted", a.records, a.header.Records)
	report(a.records != a.digest.live, "%d records are stored, the digest holds %d", a.records, a.digest.live)
	report(a.wrong > 0, "%d records differ from the digest", a.wrong)
	report(a.doubled > 0, "%d versions repeat the one before", a.doubled)
	report(logged != a.stored, "%d changes are logged for %d versions, or others", logged.n, a.stored.n)
	return faults
}
