package view

import (
	"bytes"
	"context"
	"errors"
	"slices"
)

// merge joins the newest segments while each is not much larger than those after
// it, so that there are few and a row is written anew only a few times. It takes
// over the caller's hold on v.
func (p *View) merge(ctx context.Context, k *keeper, v *view, s Stream) (*view, error) {
	inMemory, least := v.volatile > 0, 0
	if inMemory {
		least = len(v.segments) - v.volatile
	}
	first := len(v.segments) - 1
	size := v.segments[first].weight()
	for first > least && v.segments[first-1].weight() < p.limits.ratio*size {
		first--
		size += v.segments[first].weight()
	}
	if first == len(v.segments)-1 {
		return v, nil
	}
	defer v.release()
	w, err := p.newSegment(k, v.Next, v.shape, inMemory)
	if err != nil {
		return nil, err
	}
	if err := v.join(ctx, first, w); err != nil {
		return nil, w.abandon(err)
	}
	if err := w.finish(); err != nil {
		return nil, err
	}
	m := v.manifest
	m.Segments = append(slices.Clone(v.Segments[:first]), v.Next)
	m.Next++
	return p.publish(k, m, s, w, v)
}

// weight is what merging a segment costs, in rows.
func (s *segment) weight() int {
	n := s.meta.rows + 1
	for _, list := range s.meta.closes {
		n += len(list)
	}
	return n
}

// join writes the segments from the first given one on as one.
func (v *view) join(ctx context.Context, first int, w *segmentWriter) error {
	joined := v.segments[first:]
	w.meta.closes = map[uint64][]closing{}
	var walks []*walk
	for _, s := range joined {
		for number, list := range s.meta.closes {
			if !slices.ContainsFunc(joined, func(s *segment) bool { return s.number == number }) {
				w.meta.closes[number] = mergeClosings(w.meta.closes[number], list)
			}
		}
		walks = append(walks, &walk{view: v, segment: s, group: -1})
	}
	slices.Reverse(walks) // of one key the newest version first
	for _, walk := range walks {
		if err := walk.next(); err != nil {
			return err
		}
	}
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		var least *walk
		for _, walk := range walks {
			if !walk.done && (least == nil || bytes.Compare(walk.key, least.key) < 0) {
				least = walk
			}
		}
		if least == nil {
			return nil
		}
		w.group.addRow(&least.columns, least.row, least.to())
		if err := errors.Join(w.full(), least.next()); err != nil {
			return err
		}
	}
}

// walk goes through the rows of a segment.
type walk struct {
	view    *view
	segment *segment
	columns group
	group   int
	row     int
	key     []byte
	done    bool
}

func (w *walk) next() error {
	w.row++
	if w.group < 0 || w.row == w.segment.meta.groups[w.group].rows {
		w.group++
		w.row = 0
		if w.group == len(w.segment.meta.groups) {
			w.done = true
			return nil
		}
		w.columns.open(&w.segment.meta.groups[w.group], w.segment.loader(w.group))
		if err := w.columns.all(w.view.shape); err != nil {
			return err
		}
	}
	w.key = w.columns.texts[columnKey].at(w.row)
	return nil
}

// to returns until when the row is valid, as far as the view knows.
func (w *walk) to() int64 {
	if to, ended := w.view.closedAt(w.segment, uint32(w.segment.starts[w.group]+w.row)); ended {
		return to
	}
	return w.columns.ints[columnTo][w.row]
}
