package view

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// build makes a stream's projection from all its versions, in bounded memory.
func (p *View) build(ctx context.Context, k *keeper, s Stream) (*view, error) {
	inMemory := s.Reading && s.Records <= p.limits.memoryRows/2
	if !inMemory {
		if err := p.options.Feed.Room(); err != nil {
			return nil, err
		}
		if err := os.MkdirAll(k.dir, 0o700); err != nil {
			return nil, fmt.Errorf("make directory: %w", err)
		}
	}
	shape := shapeOf(s.Kind)
	number := k.fresh()
	w, err := p.newSegment(k, number, shape, inMemory)
	if err != nil {
		return nil, err
	}
	e := newExtractor(shape)
	position, err := eachRow(ctx, p.options.Feed, s, func(v Version, to int64) error {
		e.read(v.Key, v.Doc)
		w.group.add(e, v.At, to)
		return w.full()
	})
	if err != nil {
		return nil, w.abandon(err)
	}
	if err := w.finish(); err != nil {
		return nil, err
	}
	m := manifest{Shape: shape.sum, Position: position, Kept: s.Kept, Next: number + 1, Segments: []uint64{number}}
	return p.publish(k, m, s, w, nil)
}

// fresh returns a segment number that no file has: a manifest of before, whatever
// became of it, must never find a new segment under an old number.
func (k *keeper) fresh() uint64 {
	entries, err := os.ReadDir(k.dir)
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

// rebuild makes a projection anew although it is right, to rid it of what the
// store no longer keeps.
func (p *View) rebuild(ctx context.Context, s Stream) error {
	k := p.keeper(s)
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	v, err := p.build(ctx, k, s)
	if err != nil {
		return err
	}
	p.show(k, v)
	return nil
}

// eachRow calls fn with every version that is a record, and until when it was
// valid.
func eachRow(ctx context.Context, feed Feed, s Stream, fn func(v Version, to int64) error) (int64, error) {
	key, newer := "", int64(open)
	first := true
	return feed.All(ctx, s, func(v Version) error {
		if first || v.Key != key {
			key, newer, first = strings.Clone(v.Key), open, false
		}
		to := newer
		newer = v.At
		if v.Removed {
			return nil
		}
		return fn(v, to)
	})
}

// catchUp adds what happened to a stream since v as delta segments, and merges
// when they have become many. It takes over the caller's hold on v.
func (p *View) catchUp(ctx context.Context, k *keeper, v *view, s Stream) (*view, error) {
	inMemory := s.Reading
	for v.Position < s.Position || !inMemory && v.volatile > 0 {
		if !inMemory && v.volatile > 0 { // what is in memory alone is read again
			var err error
			if v, err = v.settled(); err != nil {
				return nil, err
			}
			continue
		}
		b := batch{limits: p.limits}
		position, err := p.options.Feed.Since(ctx, s, v.Position, b.take)
		if inMemory = inMemory && v.inMemory()+len(b.versions) <= p.limits.memoryRows; !inMemory && v.volatile > 0 {
			continue
		}
		if err == nil && !inMemory {
			err = p.options.Feed.Room()
		}
		if err == nil && b.enough {
			position = b.last
		}
		if err == nil && position <= v.Position {
			err = errHistory
		}
		var next *view
		if err == nil {
			next, err = p.addDelta(k, v, s, &b, position, inMemory)
		}
		v.release()
		if err != nil {
			return nil, err
		}
		if v, err = p.merge(ctx, k, next, s); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// ErrEnough tells Feed.Since to end with the commit it is in.
var ErrEnough = errors.New("that is enough for now")

// batch gathers the versions of one delta segment.
type batch struct {
	limits   limits
	versions []Version
	bytes    int
	last     int64
	enough   bool
}

func (b *batch) take(v Version) error {
	v.Doc = bytes.Clone(v.Doc)
	b.versions = append(b.versions, v)
	b.bytes += len(v.Doc) + len(v.Key)
	b.last = v.At
	if len(b.versions) >= b.limits.batchVersions || b.bytes >= b.limits.batchBytes {
		b.enough = true
		return ErrEnough
	}
	return nil
}

// addDelta adds a batch as one more segment: its versions, and which rows of older
// segments they end.
func (p *View) addDelta(k *keeper, v *view, s Stream, b *batch, position int64, inMemory bool) (*view, error) {
	slices.SortStableFunc(b.versions, func(a, b Version) int { // newest first within a key
		if order := strings.Compare(a.Key, b.Key); order != 0 {
			return order
		}
		return int(min(max(b.At-a.At, -1), 1))
	})
	closes, err := v.endedBy(b.versions)
	if err != nil {
		return nil, err
	}
	w, err := p.newSegment(k, v.Next, v.shape, inMemory)
	if err != nil {
		return nil, err
	}
	w.meta.closes = closes
	e := newExtractor(v.shape)
	for i, version := range b.versions {
		to := int64(open)
		if i > 0 && b.versions[i-1].Key == version.Key {
			to = b.versions[i-1].At
		}
		if version.Removed {
			continue
		}
		e.read(version.Key, version.Doc)
		w.group.add(e, version.At, to)
		if err := w.full(); err != nil {
			return nil, w.abandon(err)
		}
	}
	if err := w.finish(); err != nil {
		return nil, err
	}
	m := v.manifest
	m.Position, m.Next = position, v.Next+1
	m.Segments = append(slices.Clone(v.Segments), v.Next)
	return p.publish(k, m, s, w, v)
}

// publish makes m count, whose last segment is the one just written, and returns its
// view. Segments of before that are still named are used on. A segment in memory
// leaves the manifest on disk as it is.
func (p *View) publish(k *keeper, m manifest, s Stream, w *segmentWriter, before *view) (*view, error) {
	segments := make([]*segment, 0, len(m.Segments))
	fail := func(err error) (*view, error) {
		for _, segment := range segments {
			segment.release()
		}
		return nil, err
	}
	for _, number := range m.Segments {
		if i := slices.IndexFunc(before.parts(), func(s *segment) bool { return s.number == number }); i >= 0 {
			before.segments[i].hold()
			segments = append(segments, before.segments[i])
			continue
		}
		segment, err := w.open(filepath.Join(k.dir, segmentName(number)), number, p.options.Key, k.purpose)
		if err != nil {
			return fail(err)
		}
		segments = append(segments, segment)
	}
	v := newView(m, s.Kind, w.group.shape, segments)
	if w.memory != nil {
		for _, segment := range slices.Backward(segments) {
			if segment.file != nil {
				break
			}
			v.volatile++
		}
		if before != nil {
			v.saved = before.onDisk()
		}
		return v, nil
	}
	if err := p.commit(k, m); err != nil {
		return fail(err)
	}
	return v, nil
}

// endedBy finds the rows that were open and that these versions, sorted by key
// and newest first within one, end: each by the oldest version of its key.
func (v *view) endedBy(versions []Version) (map[uint64][]closing, error) {
	var seekers []*seeker
	for _, s := range slices.Backward(v.segments) {
		seekers = append(seekers, &seeker{view: v, segment: s, group: -1})
	}
	closes := map[uint64][]closing{}
	for i, version := range versions {
		if i+1 < len(versions) && versions[i+1].Key == version.Key {
			continue // not the oldest
		}
		for _, seek := range seekers {
			row, to, found, err := seek.newest([]byte(version.Key))
			if err != nil {
				return nil, err
			}
			if !found {
				continue
			}
			if to == open {
				closes[seek.segment.number] = append(closes[seek.segment.number], closing{row: row, to: version.At})
			}
			break // what is older ended earlier
		}
	}
	return closes, nil
}

// seeker finds keys in a segment; asking in ascending order reads each group
// once at most.
type seeker struct {
	view    *view
	segment *segment
	group   int
	columns group
}

// newest returns the newest row of a key and until when it is valid.
func (s *seeker) newest(key []byte) (row uint32, to int64, found bool, err error) {
	groups := s.segment.meta.groups
	at, _ := slices.BinarySearchFunc(groups, key, func(g groupMeta, key []byte) int { return strings.Compare(g.last, string(key)) })
	if at == len(groups) || groups[at].first > string(key) {
		return 0, 0, false, nil
	}
	if at != s.group {
		s.group = at
		s.columns.open(&groups[at], s.segment.loader(at))
	}
	keys, err := s.columns.textsOf(columnKey)
	if err != nil {
		return 0, 0, false, err
	}
	place := search(keys, groups[at].rows, key)
	if place == groups[at].rows || !bytes.Equal(keys.at(place), key) {
		return 0, 0, false, nil
	}
	ends, err := s.columns.intsOf(columnTo)
	if err != nil {
		return 0, 0, false, err
	}
	row = uint32(s.segment.starts[at] + place)
	if to, ended := s.view.closedAt(s.segment, row); ended {
		return row, to, true, nil
	}
	return row, ends[place], true, nil
}

// search returns the first of rows sorted keys that is not before key.
func search(keys *texts, rows int, key []byte) int {
	low, high := 0, rows
	for low < high {
		middle := (low + high) / 2
		if bytes.Compare(keys.at(middle), key) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}
