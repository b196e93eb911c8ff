package journal

import (
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
)

// StreamMarks returns the marks of the streams of these connections, or of all,
// at one moment.
func (s *Journal) StreamMarks(connections ...string) (marks []host.StreamMark, err error) {
	prefixes := [][]byte{key(prefixStream)}
	if len(connections) > 0 {
		prefixes = prefixes[:0]
		for _, id := range connections {
			prefixes = append(prefixes, key(prefixStream, id))
		}
	}
	err = s.view(func(txn *badgerdir.Txn) error {
		for _, prefix := range prefixes {
			err := each(txn, prefix, func(item *badgerdir.Item) error {
				connection, _, err := cutText(item.Key()[1:])
				if err != nil {
					return err
				}
				var h header
				if err := unmarshal(item, &h); err != nil {
					return err
				}
				marks = append(marks, h.mark(connection))
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read streams: %w", err)
	}
	return marks, nil
}

func (h *header) mark(connection string) host.StreamMark {
	return host.StreamMark{Connection: connection, Name: h.Name, Kind: h.Kind, Number: h.Number, Records: h.Records, LastAt: h.LastAt}
}

// EachVersion calls fn with every version of a stream, by key and newest first
// within a key, as they are at one moment, and returns the mark of that moment.
func (s *Journal) EachVersion(ctx context.Context, connection, stream string, fn func(host.Version) error) (mark host.StreamMark, err error) {
	err = s.view(func(txn *badgerdir.Txn) error {
		h, err := streamHeader(txn, connection, stream)
		if err != nil {
			return err
		}
		mark = h.mark(connection)
		prefix := numbered(prefixVersion, h.Number)
		it := txn.NewIterator(badgerdir.IteratorOptions{Prefix: prefix})
		defer it.Close()
		n, docs := 0, s.documents(txn)
		for it.Seek(prefix); it.Valid(); it.Next() {
			if n++; n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if err := versionAt(it.Item(), h.Number, docs, fn); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return mark, fmt.Errorf("read versions of stream %s: %w", stream, err)
	}
	return mark, nil
}

func streamHeader(txn *badgerdir.Txn, connection, stream string) (h header, err error) {
	found, err := readJSON(txn, key(prefixStream, connection, stream), &h)
	if err == nil && !found {
		err = noConnection(connection)
	}
	return h, err
}

func versionAt(item *badgerdir.Item, stream uint32, docs *documents, fn func(host.Version) error) error {
	record, rest, err := cutText(item.Key()[len(numbered(prefixVersion, stream)):])
	if err != nil {
		return err
	}
	at, _, err := cutTime(rest)
	if err != nil {
		return err
	}
	return item.Value(func(raw []byte) error {
		v, err := docs.version(stream, at, raw)
		if err != nil {
			return err
		}
		return fn(host.Version{Key: record, At: at, Removed: v.kind == changeRemoved, Doc: v.doc})
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

// EachVersionSince calls fn with every version that was committed to a stream
// after a commit of it, oldest first, and returns the stream's mark. It takes as
// long as there are changes, not as the stream is long.
func (s *Journal) EachVersionSince(ctx context.Context, connection, stream string, after time.Time, fn func(host.Version) error) (mark host.StreamMark, err error) {
	err = s.view(func(txn *badgerdir.Txn) error {
		h, err := streamHeader(txn, connection, stream)
		if err != nil {
			return err
		}
		mark = h.mark(connection)
		entries, err := entriesSince(ctx, txn, connection, stream, after)
		if err != nil {
			return err
		}
		docs := s.documents(txn)
		for _, k := range slices.Backward(entries) {
			if err := eachCommitted(ctx, docs, k, h, connection, fn); err != nil {
				if errors.Is(err, ErrEnough) {
					return nil
				}
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

// entriesSince returns the keys of a connection's change log after a commit of
// the stream, newest first.
func entriesSince(ctx context.Context, txn *badgerdir.Txn, connection, stream string, after time.Time) (entries [][]byte, err error) {
	all := key(prefixChange, connection)
	it := txn.NewIterator(badgerdir.IteratorOptions{Prefix: all})
	defer it.Close()
	for it.Seek(all); it.Valid(); it.Next() {
		k := it.Item().KeyCopy(nil)
		if len(k) != len(all)+16 {
			return nil, errKey
		}
		at, _, err := cutTime(k[len(all)+8:])
		if err != nil {
			return nil, err
		}
		switch {
		case at.After(after):
			entries = append(entries, k)
		case at.Equal(after):
			changes, err := changesAt(it.Item(), all)
			if err != nil || len(changes) == 0 || changes[0].Stream != stream {
				return nil, errors.Join(ErrNotInHistory, err)
			}
			return entries, ctx.Err()
		default:
			return nil, ErrNotInHistory
		}
	}
	return nil, ErrNotInHistory
}

// eachCommitted calls fn with the versions of one entry of the change log, if it
// is of the stream.
func eachCommitted(ctx context.Context, docs *documents, entry []byte, h header, connection string, fn func(host.Version) error) error {
	item, err := docs.txn.Get(entry)
	if err != nil {
		return fmt.Errorf("read change log: %w", err)
	}
	changes, err := changesAt(item, key(prefixChange, connection))
	if err != nil || len(changes) == 0 || changes[0].Stream != h.Name {
		return err
	}
	enough := false
	for _, c := range changes {
		item, err := docs.txn.Get(keyVersion(h.Number, c.Key, c.At))
		if errors.Is(err, badgerdir.ErrKeyNotFound) {
			return ErrNotInHistory // it was dropped since
		}
		if err != nil {
			return fmt.Errorf("read version: %w", err)
		}
		err = versionAt(item, h.Number, docs, fn)
		enough = enough || errors.Is(err, ErrEnough)
		if err != nil && !errors.Is(err, ErrEnough) {
			return err
		}
	}
	if enough {
		return ErrEnough
	}
	return ctx.Err()
}

// Room returns a disk.full problem while nothing may be added to the disk of the
// store, for those who write files beside it.
func (s *Journal) Room() error { return s.disk.Check() }

// KeptAt returns a history.pruned problem when one of these streams cannot be
// shown as it was at a moment.
func (s *Journal) KeptAt(streams []host.StreamMark, at time.Time) error {
	return s.view(func(txn *badgerdir.Txn) error {
		for _, m := range streams {
			if err := keptAt(txn, m.Connection, m.Name, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// recordsAtOnce is how many records one goroutine of RecordsAt reads at least.
const recordsAtOnce = 32

// RecordsAt returns the records of exactly these versions, in their order. A
// version that is no longer kept is an error. They lie anywhere in the store and
// most of the time goes into decrypting, so all processors take part.
func (s *Journal) RecordsAt(ctx context.Context, refs []host.VersionRef) ([]host.Record, error) {
	records := make([]host.Record, len(refs))
	share := max(recordsAtOnce, (len(refs)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	group, ctx := errgroup.WithContext(ctx)
	for from := 0; from < len(refs); from += share {
		to := min(from+share, len(refs))
		group.Go(func() error {
			return s.view(func(txn *badgerdir.Txn) error {
				return s.readVersions(ctx, txn, refs[from:to], records[from:to])
			})
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	return records, nil
}

// readVersions reads one record for each version.
func (s *Journal) readVersions(ctx context.Context, txn *badgerdir.Txn, refs []host.VersionRef, into []host.Record) error {
	docs := s.documents(txn)
	for i, ref := range refs {
		if err := ctx.Err(); err != nil {
			return err
		}
		item, err := txn.Get(keyVersion(ref.Stream.Number, ref.Key, ref.At))
		if errors.Is(err, badgerdir.ErrKeyNotFound) {
			return fmt.Errorf("record %q of stream %s at %s: %w", ref.Key, ref.Stream.Name, ref.At.Format(time.RFC3339Nano), ErrNotInHistory)
		}
		if err != nil {
			return err
		}
		err = item.Value(func(raw []byte) error {
			v, err := docs.version(ref.Stream.Number, ref.At, raw)
			into[i] = host.Record{
				Connection: ref.Stream.Connection, Stream: ref.Stream.Name, Kind: ref.Stream.Kind, Key: ref.Key,
				Data: slices.Clone(json.RawMessage(v.doc)), Hash: hex.EncodeToString(v.hash[:]), Run: v.run, ObservedAt: ref.At,
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
