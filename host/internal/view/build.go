package view

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/host/internal/view/column"
)

// build makes a stream's snapshot from all its versions, in bounded memory.
func (v *View) build(ctx context.Context, st *stream, src Stream) (*snapshot, error) {
	empty := &snapshot{shape: column.ShapeOf(src.Kind)}
	empty.Shape, empty.Kept = empty.shape.Sum, src.Kept
	w, err := v.newSegment(st, st.unusedNumber(), empty.shape, src.Reading && src.Records <= v.limits.memoryRows/2)
	if err != nil {
		return nil, err
	}
	position, err := eachRow(ctx, v.options.Feed, src, func(version Version, to int64) error {
		return w.Add(version.Key, version.Doc, version.At, to)
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

// unusedNumber returns a segment number that no file has. An old manifest, whatever became
// of it, must never find a new segment under an old number.
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

// newSegment begins a segment, on disk or in memory.
func (v *View) newSegment(st *stream, number uint64, shape *column.Shape, inMemory bool) (*column.Writer, error) {
	options := v.segmentOptions(st, number, shape)
	if inMemory {
		options.Path = ""
		return column.Create(options)
	}
	if err := v.options.Feed.Room(); err != nil {
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

// eachRow calls fn with every version that is a record, and with its end.
func eachRow(ctx context.Context, feed Feed, src Stream, fn func(version Version, to int64) error) (int64, error) {
	key, newer := "", int64(column.Latest)
	first := true
	return feed.All(ctx, src, func(version Version) error {
		if first || version.Key != key {
			key, newer, first = strings.Clone(version.Key), column.Latest, false
		}
		to := newer
		newer = version.At
		if version.Removed {
			return nil
		}
		return fn(version, to)
	})
}

// catchUp adds what changed in a stream since a snapshot as more segments, and merges them
// when they have become many. It takes over the caller's hold on the snapshot.
func (v *View) catchUp(ctx context.Context, st *stream, current *snapshot, src Stream) (*snapshot, error) {
	inMemory := src.Reading
	for current.Position < src.Position || !inMemory && len(current.inMemory()) > 0 {
		if !inMemory && len(current.inMemory()) > 0 { // what is in memory alone is read again
			var err error
			if current, err = current.onDisk(); err != nil {
				return nil, err
			}
			continue
		}
		b := batch{limits: v.limits}
		position, err := v.options.Feed.Since(ctx, src, current.Position, b.take)
		inMemory = inMemory && rows(current.inMemory())+len(b.versions) <= v.limits.memoryRows
		if !inMemory && len(current.inMemory()) > 0 {
			continue
		}
		if b.enough {
			position = b.last
		}
		if err == nil && position <= current.Position {
			err = errHistory
		}
		var next *snapshot
		if err == nil {
			next, err = v.addBatch(st, current, &b, position, inMemory)
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

// ErrEnough tells Feed.Since to end with the commit it is in.
var ErrEnough = errors.New("that is enough for now")

// batch holds the versions of one segment.
type batch struct {
	limits   limits
	versions []Version
	bytes    int
	last     int64
	enough   bool
}

func (b *batch) take(version Version) error {
	version.Doc = bytes.Clone(version.Doc)
	b.versions = append(b.versions, version)
	b.bytes += len(version.Doc) + len(version.Key)
	b.last = version.At
	if len(b.versions) >= b.limits.batchVersions || b.bytes >= b.limits.batchBytes {
		b.enough = true
		return ErrEnough
	}
	return nil
}

// addBatch adds a batch as one more segment: its versions, and the ends of the rows of
// older segments that they replace.
func (v *View) addBatch(st *stream, current *snapshot, b *batch, position int64, inMemory bool) (*snapshot, error) {
	slices.SortStableFunc(b.versions, func(a, b Version) int { // newest first within a key
		return cmp.Or(strings.Compare(a.Key, b.Key), cmp.Compare(b.At, a.At))
	})
	ends, err := current.endsBy(b.versions)
	if err != nil {
		return nil, err
	}
	w, err := v.newSegment(st, current.Next, current.shape, inMemory)
	if err != nil {
		return nil, err
	}
	w.Ends = ends
	for i, version := range b.versions {
		to := int64(column.Latest)
		if i > 0 && b.versions[i-1].Key == version.Key {
			to = b.versions[i-1].At
		}
		if version.Removed {
			continue
		}
		if err := w.Add(version.Key, version.Doc, version.At, to); err != nil {
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
func (s *snapshot) endsBy(versions []Version) (map[uint64][]column.End, error) {
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
				ends[number] = append(ends[number], column.End{Row: it.Row(), To: version.At})
			}
			break // older rows of the key ended earlier
		}
	}
	return ends, nil
}
