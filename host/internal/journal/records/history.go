package records

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/internal/journal/pack"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// RecordAt is what the journal has of one record, as of a moment.
type RecordAt struct {
	Stream       host.StreamStats
	State        history.RecordState
	Record       *host.Record // of a removed record the version before; nil for an absent one
	Run          string       // that stored the version or the removal
	ChangedAt    time.Time    // when it did; zero for an absent record
	FirstAt      time.Time    // commit time of the oldest version that is kept; zero = there is none
	Versions     int          // versions and removals that are kept, also later ones
	PrunedBefore time.Time    // versions before this are no longer kept; zero = all are
}

// RecordAt returns what is stored of the record with this key, as of a moment; the zero
// time is now. A stream without the record is no error: its state is absent. A stream that
// is not stored has the zero StreamStats. A moment before history is kept is a
// history.pruned problem.
func (r *Reader) RecordAt(connection, stream, key string, at time.Time) (found RecordAt, err error) {
	if at.IsZero() {
		at = layout.LastMoment
	}
	err = r.ledger.View(func(txn *badgerdir.Txn) error {
		found = RecordAt{State: history.RecordAbsent}
		h, known, err := layout.LoadHeader(txn, connection, stream)
		if err != nil || !known {
			return err
		}
		found.Stream = statsOf(&h)
		if err := layout.KeptAt(txn, connection, stream, at); err != nil {
			return err
		}
		if found.PrunedBefore, err = prunedBefore(txn, &h); err != nil {
			return err
		}
		return found.read(r.ledger.Cache(txn), h, key, at)
	})
	if err != nil {
		return found, fmt.Errorf("read record %q: %w", key, err)
	}
	return found, nil
}

// read reads the versions of a record, newest first, and keeps the one of a moment.
func (f *RecordAt) read(cache *pack.Cache, h layout.Header, key string, at time.Time) error {
	return eachVersion(cache.Txn, h.Number, key, layout.LastMoment, func(item *badgerdir.Item, stored time.Time) error {
		f.Versions++
		f.FirstAt = stored
		if stored.After(at) || f.Record != nil {
			return nil
		}
		v, err := readVersion(cache, item, h.Number, stored)
		if err != nil {
			return err
		}
		if f.ChangedAt.IsZero() {
			f.ChangedAt, f.Run, f.State = stored, v.Run, history.RecordPresent
			if !v.Packed() {
				f.State = history.RecordRemoved
			}
		}
		if v.Packed() {
			f.Record = &host.Record{
				Stream: h.Name, Kind: h.Kind, Key: key, Data: slices.Clone(json.RawMessage(v.Doc)),
				Hash: hex.EncodeToString(v.Hash[:]), Run: v.Run, ObservedAt: stored,
			}
		}
		return nil
	})
}

// prunedBefore returns the time before which versions of a stream are no longer kept; zero
// when none was deleted.
func prunedBefore(txn *badgerdir.Txn, h *layout.Header) (time.Time, error) {
	kept, err := layout.LoadHistory(txn)
	if err != nil || h.FirstAt != nil && !h.FirstAt.Before(kept.Since) {
		return time.Time{}, err
	}
	return kept.Since, nil
}

// StreamsWith returns the names of a connection's streams that have or had a record with
// this key.
func (r *Reader) StreamsWith(connection, key string) (names []string, err error) {
	err = r.ledger.View(func(txn *badgerdir.Txn) error {
		headers, err := layout.Headers(txn, connection)
		for i := range headers {
			k, err := layout.First(txn, layout.AppendText(layout.StreamKey(layout.PrefixVersion, headers[i].Number), key))
			if err != nil {
				return err
			}
			if k != nil {
				names = append(names, headers[i].Name)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read streams: %w", err)
	}
	return names, nil
}

// VersionQuery asks for the versions of one record, newest first.
type VersionQuery struct {
	Connection string // id
	Stream     string
	Key        string
	Limit      int    // 0 = 100
	Cursor     string // what an earlier answer returned as next
}

// VersionPage is a page of the versions of a record.
type VersionPage struct {
	Versions     []history.RecordVersion
	Next         string
	Kind         string
	Title        string    // what people call the record, by its newest document; else its key
	PrunedBefore time.Time // versions before this are no longer kept; zero = all are
}

// RecordVersions returns versions of one record. A page ends early when its documents have
// many bytes. An unknown record has no versions.
func (r *Reader) RecordVersions(ctx context.Context, q VersionQuery) (page VersionPage, err error) {
	from := layout.LastMoment
	if q.Cursor != "" {
		nanos, err := strconv.ParseInt(q.Cursor, 10, 64)
		if err != nil || nanos <= 0 {
			return page, layout.BadCursor(q.Cursor)
		}
		from = time.Unix(0, nanos).UTC()
	}
	err = r.ledger.View(func(txn *badgerdir.Txn) error {
		page = VersionPage{Versions: []history.RecordVersion{}, Title: q.Key}
		h, known, err := layout.LoadHeader(txn, q.Connection, q.Stream)
		if err != nil || !known {
			return err
		}
		page.Kind = h.Kind
		if page.PrunedBefore, err = prunedBefore(txn, &h); err != nil {
			return err
		}
		return page.read(ctx, r.ledger.Cache(txn), h, q, from)
	})
	if err != nil {
		return page, fmt.Errorf("read versions of record %q: %w", q.Key, err)
	}
	return page, nil
}

// read fills the page with the versions from a moment on back.
func (p *VersionPage) read(ctx context.Context, cache *pack.Cache, h layout.Header, q VersionQuery, from time.Time) error {
	times, err := versionTimes(cache.Txn, h.Number, q.Key)
	if err != nil || len(times) == 0 {
		return err
	}
	docs := openVersions(cache)
	defer docs.close()
	limit, bytes := ledger.Limit(q.Limit, 100), 0
	if p.Title, err = p.title(docs, h, q.Key, times); err != nil {
		return err
	}
	for i, at := range times {
		if at.After(from) {
			continue
		}
		if len(p.Versions) == limit || bytes > mostBytes {
			p.Next = strconv.FormatInt(at.UnixNano(), 10)
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		version, size, err := docs.version(h, q.Key, times[i:])
		if err != nil {
			return err
		}
		version.Number = len(times) - i
		p.Versions = append(p.Versions, version)
		bytes += size
	}
	return nil
}

// title returns what people call the record by the newest document that it has.
func (p *VersionPage) title(docs *versions, h layout.Header, key string, times []time.Time) (string, error) {
	for _, at := range times[:min(2, len(times))] { // the newest may be a removal
		doc, err := docs.at(h.Number, key, at)
		if err != nil {
			return "", err
		}
		if doc != nil {
			return title(h.Kind, key, doc, nil), nil
		}
	}
	return key, nil
}

// title returns what people call a record, by the first of its documents that there is.
func title(of, key string, docs ...[]byte) string {
	for _, doc := range docs {
		if doc != nil {
			return cmp.Or(kind.DisplayName(kind.Kind(of), doc), key)
		}
	}
	return key
}

// versionTimes returns the commit times of the versions of a record, newest first.
func versionTimes(txn *badgerdir.Txn, stream uint32, key string) (times []time.Time, err error) {
	err = eachVersion(txn, stream, key, layout.LastMoment, func(_ *badgerdir.Item, at time.Time) error {
		times = append(times, at)
		return nil
	})
	return times, err
}

// eachVersion calls fn with the versions of a record from a moment on back.
func eachVersion(txn *badgerdir.Txn, stream uint32, key string, from time.Time, fn func(*badgerdir.Item, time.Time) error) error {
	prefix := layout.AppendText(layout.StreamKey(layout.PrefixVersion, stream), key)
	return layout.EachFrom(txn, badgerdir.IteratorOptions{Prefix: prefix}, layout.VersionKey(stream, key, from),
		func(item *badgerdir.Item) error {
			at, _, err := layout.CutTime(item.Key()[len(prefix):])
			if err != nil {
				return err
			}
			return fn(item, at)
		})
}

func readVersion(cache *pack.Cache, item *badgerdir.Item, stream uint32, at time.Time) (v layout.Version, err error) {
	err = item.Value(func(raw []byte) error {
		v, err = cache.Version(stream, at, raw)
		return err
	})
	return v, err
}

// versions reads single versions of records in one transaction.
type versions struct {
	cache *pack.Cache
	it    *badgerdir.Iterator // over all versions
}

func openVersions(cache *pack.Cache) *versions {
	options := badgerdir.IteratorOptions{Prefix: []byte{layout.PrefixVersion}}
	return &versions{cache, cache.Txn.NewIterator(options)}
}

func (v *versions) close() { v.it.Close() }

// load returns a version of a record; the zero version for one that is not kept.
func (v *versions) load(stream uint32, key string, at time.Time) (layout.Version, error) {
	item, err := v.cache.Txn.Get(layout.VersionKey(stream, key, at))
	if errors.Is(err, badgerdir.ErrKeyNotFound) {
		return layout.Version{}, nil
	}
	if err != nil {
		return layout.Version{}, err
	}
	return readVersion(v.cache, item, stream, at)
}

// at returns the document of a version; nil for a removal and for one that is not kept.
func (v *versions) at(stream uint32, key string, at time.Time) ([]byte, error) {
	found, err := v.load(stream, key, at)
	return found.Doc, err
}

// before returns the document of the latest version before a moment; nil when there is
// none, or when that is a removal.
func (v *versions) before(stream uint32, key string, at time.Time) ([]byte, error) {
	prefix := layout.AppendText(layout.StreamKey(layout.PrefixVersion, stream), key)
	v.it.Seek(layout.VersionKey(stream, key, at.Add(-1)))
	if !v.it.ValidForPrefix(prefix) {
		return nil, nil
	}
	stored, _, err := layout.CutTime(v.it.Item().Key()[len(prefix):])
	if err != nil {
		return nil, err
	}
	found, err := readVersion(v.cache, v.it.Item(), stream, stored)
	return found.Doc, err
}

// version returns the first of these versions with what differs from the second, and how
// many bytes were read.
func (v *versions) version(h layout.Header, key string, times []time.Time) (made history.RecordVersion, bytes int, err error) {
	now, err := v.load(h.Number, key, times[0])
	if err != nil {
		return made, 0, err
	}
	var before []byte
	if len(times) > 1 {
		if before, err = v.at(h.Number, key, times[1]); err != nil {
			return made, 0, err
		}
	}
	made = history.RecordVersion{Run: now.Run, At: times[0], Change: layout.KindOf(now.Kind)}
	if now.Packed() {
		made.Hash = hex.EncodeToString(now.Hash[:])
	}
	d := compare(h.Kind, made.Change, before, now.Doc)
	made.Diff, made.Cut, made.Lost = d.all, d.cut, d.lost
	return made, len(before) + len(now.Doc), nil
}
