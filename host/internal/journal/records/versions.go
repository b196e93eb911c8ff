package records

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/pack"
)

// EachVersion calls fn with every version of a stream, by key and newest first within a
// key, at one moment, and returns the mark of that moment.
func (r *Reader) EachVersion(
	ctx context.Context, connection, stream string, fn func(host.Version) error,
) (mark host.StreamMark, err error) {
	err = r.ledger.View(func(txn *badgerdir.Txn) error {
		h, err := streamHeader(txn, connection, stream)
		if err != nil {
			return err
		}
		mark = h.Mark(connection)
		options := badgerdir.IteratorOptions{Prefix: layout.StreamKey(layout.PrefixVersion, h.Number)}
		n, cache := 0, r.ledger.Cache(txn)
		return layout.EachFrom(txn, options, nil, func(item *badgerdir.Item) error {
			if n++; n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			return versionAt(item, h.Number, cache, fn)
		})
	})
	if err != nil {
		return mark, fmt.Errorf("read versions of stream %s: %w", stream, err)
	}
	return mark, nil
}

func streamHeader(txn *badgerdir.Txn, connection, stream string) (layout.Header, error) {
	h, found, err := layout.LoadHeader(txn, connection, stream)
	if err == nil && !found {
		err = layout.NoConnection(connection)
	}
	return h, err
}

func versionAt(item *badgerdir.Item, stream uint32, cache *pack.Cache, fn func(host.Version) error) error {
	record, at, err := layout.CutVersion(item.Key()[len(layout.StreamKey(layout.PrefixVersion, stream)):])
	if err != nil {
		return err
	}
	return item.Value(func(raw []byte) error {
		v, err := cache.Version(stream, at, raw)
		if err != nil {
			return err
		}
		return fn(host.Version{Key: record, At: at, Removed: !v.Packed(), Doc: v.Doc, Hash: v.Hash})
	})
}

// Errors of EachVersionSince.
var (
	// ErrNotInHistory says that the moment to go on from is no commit of the
	// stream, or one that is no longer kept.
	ErrNotInHistory = errors.New("the stream's history does not have that commit")
	// ErrEnough ends the walk after the commit it is in.
	ErrEnough = errors.New("that is enough")
)

// EachVersionSince calls fn with every version that was committed to a stream after a
// commit of it, oldest first, and returns the stream's mark. It takes as long as there are
// changes, however long the stream is.
func (r *Reader) EachVersionSince(
	ctx context.Context, connection, stream string, after time.Time, fn func(host.Version) error,
) (mark host.StreamMark, err error) {
	err = r.ledger.View(func(txn *badgerdir.Txn) error {
		h, err := streamHeader(txn, connection, stream)
		if err != nil {
			return err
		}
		mark = h.Mark(connection)
		entries, err := entriesSince(txn, connection, stream, after)
		if err != nil {
			return err
		}
		cache := r.ledger.Cache(txn)
		for _, id := range slices.Backward(entries) {
			if err := eachCommitted(cache, id, h, fn); err != nil {
				if errors.Is(err, ErrEnough) {
					return nil
				}
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return mark, fmt.Errorf("read changes of stream %s: %w", stream, err)
	}
	return mark, nil
}

// entriesSince returns the entries of a connection's change log after a commit of the
// stream, newest first.
func entriesSince(txn *badgerdir.Txn, connection, stream string, after time.Time) (entries []layout.EntryID, err error) {
	found := false
	err = layout.EachKey(txn, layout.Key(layout.PrefixChange, connection), func(k []byte) error {
		id, err := layout.CutEntry(k, connection)
		if err != nil {
			return err
		}
		if id.At.After(after) {
			entries = append(entries, id)
			return nil
		}
		if id.At.Equal(after) {
			var origin string
			origin, _, err = changesOf(txn, id)
			found = origin == stream
		}
		return cmp.Or(err, layout.ErrStop)
	})
	if err == nil && !found {
		err = ErrNotInHistory
	}
	return entries, err
}

// changesOf returns the stream and the changes of an entry of the change log.
func changesOf(txn *badgerdir.Txn, id layout.EntryID) (stream string, changes []host.Change, err error) {
	e, _, err := layout.LoadEntry(txn, id)
	if err != nil {
		return "", nil, fmt.Errorf("read change log: %w", err)
	}
	changes, err = layout.UnpackChanges(e.Body, id.At)
	if err != nil || len(changes) == 0 {
		return "", nil, err
	}
	return changes[0].Stream, changes, nil
}

// eachCommitted calls fn with the versions of an entry of the change log, if it is of the
// stream.
func eachCommitted(cache *pack.Cache, id layout.EntryID, h layout.Header, fn func(host.Version) error) (enough error) {
	stream, changes, err := changesOf(cache.Txn, id)
	if err != nil || stream != h.Name {
		return err
	}
	for _, c := range changes {
		item, err := cache.Txn.Get(layout.VersionKey(h.Number, c.Key, c.At))
		if errors.Is(err, badgerdir.ErrKeyNotFound) {
			return ErrNotInHistory // it was pruned since
		}
		if err != nil {
			return fmt.Errorf("read version: %w", err)
		}
		err = versionAt(item, h.Number, cache, fn)
		if err != nil && !errors.Is(err, ErrEnough) {
			return err
		}
		enough = cmp.Or(enough, err)
	}
	return enough
}

// recordsAtOnce is how many records one goroutine of RecordsAt reads at least.
const recordsAtOnce = 32

// RecordsAt returns the records of exactly these versions, in their order. A version that
// is no longer kept is an error. Versions lie anywhere in the journal, and most of the
// time goes into decrypting, so all processors take part.
func (r *Reader) RecordsAt(ctx context.Context, refs []host.VersionRef) ([]host.Record, error) {
	records := make([]host.Record, len(refs))
	share := max(recordsAtOnce, (len(refs)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	group, ctx := errgroup.WithContext(ctx)
	for from := 0; from < len(refs); from += share {
		to := min(from+share, len(refs))
		group.Go(func() error {
			return r.ledger.View(func(txn *badgerdir.Txn) error {
				return r.readVersions(ctx, txn, refs[from:to], records[from:to])
			})
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	return records, nil
}

// readVersions reads one record for each version.
func (r *Reader) readVersions(ctx context.Context, txn *badgerdir.Txn, refs []host.VersionRef, into []host.Record) error {
	cache := r.ledger.Cache(txn)
	for i, ref := range refs {
		if err := ctx.Err(); err != nil {
			return err
		}
		item, err := txn.Get(layout.VersionKey(ref.Stream.Number, ref.Key, ref.At))
		if errors.Is(err, badgerdir.ErrKeyNotFound) {
			at := ref.At.Format(time.RFC3339Nano)
			return fmt.Errorf("record %q of stream %s at %s: %w", ref.Key, ref.Stream.Name, at, ErrNotInHistory)
		}
		if err != nil {
			return err
		}
		err = item.Value(func(raw []byte) error {
			v, err := cache.Version(ref.Stream.Number, ref.At, raw)
			into[i] = host.Record{
				Connection: ref.Stream.Connection, Stream: ref.Stream.Name, Kind: ref.Stream.Kind, Key: ref.Key,
				Data: slices.Clone(json.RawMessage(v.Doc)), Hash: hex.EncodeToString(v.Hash[:]), Run: v.Run, ObservedAt: ref.At,
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
