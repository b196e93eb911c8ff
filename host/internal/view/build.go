package view

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/view/column"
)

// build makes a stream's snapshot from all its versions, in bounded memory.
func (v *View) build(ctx context.Context, st *stream, src *source) (*snapshot, error) {
	empty := &snapshot{shape: column.ShapeOf(src.Kind)}
	empty.Shape, empty.Kept = empty.shape.Sum, src.kept
	inMemory := src.reading && src.Records <= v.limits.memoryRows/2 && st.forget() == nil
	w, err := v.newSegment(st, empty, inMemory)
	if err != nil {
		return nil, err
	}
	position, err := v.eachRow(ctx, src, func(version host.Version, to int64) error {
		return w.Add(version.Key, version.Doc, version.At.UnixNano(), to)
	})
	if err != nil {
		return nil, w.Abandon(err)
	}
	added, err := w.Finish()
	if err != nil {
		return nil, err
	}
	return v.publish(st, empty, 0, added, position)
}

// newSegment begins a segment after those of a snapshot, on disk or in memory.
func (v *View) newSegment(st *stream, current *snapshot, inMemory bool) (*column.Writer, error) {
	options := v.segmentOptions(st, max(current.Next, st.unusedNumber()), current.shape)
	if inMemory {
		options.Path = ""
		return column.Create(options)
	}
	if err := v.history.Room(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(st.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	if err := v.at("segment"); err != nil {
		return nil, err
	}
	return column.Create(options)
}

// unusedNumber returns a segment number that no file has. A manifest that an error left
// must never find a new segment under an old number.
func (st *stream) unusedNumber() uint64 {
	entries, err := os.ReadDir(st.dir)
	if err != nil {
		return 1
	}
	last := uint64(0)
	for _, entry := range entries {
		if number, err := strconv.ParseUint(strings.TrimSuffix(entry.Name(), ".seg"), 10, 64); err == nil {
			last = max(last, number)
		}
	}
	return last + 1
}

// eachRow calls fn with every version that is a record, and with its end. It returns the
// stream's position.
func (v *View) eachRow(ctx context.Context, src *source, fn func(version host.Version, to int64) error) (int64, error) {
	key, newer := "", int64(column.Latest)
	mark, err := v.history.EachVersion(ctx, src.Connection, src.Name, func(version host.Version) error {
		if version.Key != key {
			key, newer = strings.Clone(version.Key), column.Latest
		}
		to := newer
		newer = version.At.UnixNano()
		if version.Removed {
			return nil
		}
		return fn(version, to)
	})
	return position(mark), err
}

// catchUp adds what changed in a stream since a snapshot as more segments, and merges them
// when they have become many. It takes over the caller's hold on the snapshot. What it did
// before an error stays.
func (v *View) catchUp(ctx context.Context, st *stream, current *snapshot, src *source) (*snapshot, error) {
	inMemory := src.reading
	for current.Position < src.position() || !inMemory && len(current.inMemory()) > 0 {
		if !inMemory && len(current.inMemory()) > 0 { // what is in memory alone is read again
			var err error
			if current, err = current.onDisk(); err != nil {
				return nil, err
			}
			continue
		}
		b := batch{limits: v.limits}
		mark, err := v.history.EachVersionSince(ctx, src.Connection, src.Name, time.Unix(0, current.Position).UTC(), b.take)
		inMemory = inMemory && rows(current.inMemory())+len(b.versions) <= v.limits.memoryRows
		if !inMemory && len(current.inMemory()) > 0 {
			continue
		}
		reached := position(mark)
		if b.enough {
			reached = b.versions[len(b.versions)-1].At.UnixNano()
		}
		if err == nil && reached <= current.Position {
			err = journal.ErrNotInHistory
		}
		var next *snapshot
		if err == nil {
			next, err = v.addBatch(st, current, &b, reached, inMemory)
		}
		current.release()
		if err != nil {
			return nil, err
		}
		if current, err = v.merge(ctx, st, next); err != nil {
			return nil, err
		}
	}
	return current, nil
}

// batch holds the versions of one segment.
type batch struct {
	limits   limits
	versions []host.Version
	bytes    int
	enough   bool
}

func (b *batch) take(version host.Version) error {
	version.Doc = bytes.Clone(version.Doc)
	b.versions = append(b.versions, version)
	b.bytes += len(version.Doc) + len(version.Key)
	if len(b.versions) >= b.limits.batchVersions || b.bytes >= b.limits.batchBytes {
		b.enough = true
		return journal.ErrEnough
	}
	return nil
}

// addBatch adds a batch as one more segment: its versions, and the ends of the rows of
// older segments that they replace.
func (v *View) addBatch(st *stream, current *snapshot, b *batch, position int64, inMemory bool) (*snapshot, error) {
	slices.SortStableFunc(b.versions, func(a, b host.Version) int { // newest first within a key
		return cmp.Or(strings.Compare(a.Key, b.Key), b.At.Compare(a.At))
	})
	ends, err := current.endsBy(b.versions)
	if err != nil {
		return nil, err
	}
	w, err := v.newSegment(st, current, inMemory)
	if err != nil {
		return nil, err
	}
	w.Ends = ends
	for i, version := range b.versions {
		to := int64(column.Latest)
		if i > 0 && b.versions[i-1].Key == version.Key {
			to = b.versions[i-1].At.UnixNano()
		}
		if version.Removed {
			continue
		}
		if err := w.Add(version.Key, version.Doc, version.At.UnixNano(), to); err != nil {
			return nil, w.Abandon(err)
		}
	}
	added, err := w.Finish()
	if err != nil {
		return nil, err
	}
	return v.publish(st, current, len(current.segments), added, position)
}

// endsBy finds the latest rows that these versions, sorted by key and newest first within
// one, end: each by the oldest version of its key.
func (s *snapshot) endsBy(versions []host.Version) (map[uint64][]column.End, error) {
	var newestFirst []*column.Iterator
	for _, segment := range slices.Backward(s.segments) {
		newestFirst = append(newestFirst, segment.Iterator())
	}
	ends := map[uint64][]column.End{}
	for i, version := range versions {
		if i+1 < len(versions) && versions[i+1].Key == version.Key {
			continue // not the oldest
		}
		for _, it := range newestFirst {
			found, err := it.Find(version.Key)
			if err != nil {
				return nil, err
			}
			if !found {
				continue
			}
			to, err := s.endOf(it)
			if err != nil {
				return nil, err
			}
			if number := it.Segment.Number; to == column.Latest {
				ends[number] = append(ends[number], column.End{Row: it.Row(), To: version.At.UnixNano()})
			}
			break // older rows of the key ended earlier
		}
	}
	return ends, nil
}
