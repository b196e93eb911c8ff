package view

import (
	"bytes"
	"context"
	"slices"

	"github.com/plumbline-dev/plumbline/host/internal/view/column"
)

// merge joins the newest segments while each is not much larger than those after it, so
// that there are few and a row is written again only a few times. It takes over the
// caller's hold on the snapshot.
func (v *View) merge(ctx context.Context, st *stream, current *snapshot) (*snapshot, error) {
	segments, least := current.segments, 0
	inMemory := len(current.inMemory()) > 0
	if inMemory {
		least = len(current.saved.Segments)
	}
	first := len(segments) - 1
	size := weight(segments[first])
	for first > least && weight(segments[first-1]) < v.limits.ratio*size {
		first--
		size += weight(segments[first])
	}
	if first == len(segments)-1 {
		return current, nil
	}
	defer current.release()
	w, err := v.newSegment(st, current, inMemory)
	if err != nil {
		return nil, err
	}
	if err := current.join(ctx, segments[first:], w); err != nil {
		return nil, w.Abandon(err)
	}
	added, err := w.Finish()
	if err != nil {
		return nil, err
	}
	return v.publish(st, current, first, added, current.Position)
}

// weight is what merging a segment costs, in rows.
func weight(s *column.Segment) int {
	n := s.Rows + 1
	for _, list := range s.Ends {
		n += len(list)
	}
	return n
}

// join writes segments that follow one another as one.
func (s *snapshot) join(ctx context.Context, joined []*column.Segment, w *column.Writer) error {
	w.Ends = map[uint64][]column.End{}
	var left []*column.Iterator // those that have a row; of one key the newest version first
	for _, segment := range slices.Backward(joined) {
		for number, list := range segment.Ends {
			if !slices.ContainsFunc(joined, func(other *column.Segment) bool { return other.Number == number }) {
				w.Ends[number] = mergeEnds(w.Ends[number], list)
			}
		}
		it := segment.Iterator()
		more, err := it.Next()
		if err != nil {
			return err
		}
		if more {
			left = append(left, it)
		}
	}
	for n := 0; len(left) > 0; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		least := 0
		for i, it := range left[1:] {
			if bytes.Compare(it.Key(), left[least].Key()) < 0 {
				least = i + 1
			}
		}
		to, err := s.endOf(left[least])
		if err != nil {
			return err
		}
		if err := w.Copy(left[least], to); err != nil {
			return err
		}
		more, err := left[least].Next()
		if err != nil {
			return err
		}
		if !more {
			left = slices.Delete(left, least, least+1)
		}
	}
	return nil
}
