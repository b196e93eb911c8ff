package view

import (
	"bytes"
	"slices"

	"github.com/plumbline-dev/plumbline/host/internal/view/column"
)

// scanner evaluates a query group by group. It is used by one goroutine.
type scanner struct {
	group column.Group
	rows  []uint32 // those that still match
	page  page

	err     error
	damaged *source // the one whose files err is about
}

// part says what a row group is part of.
type part struct {
	index  int          // of its stream among those asked
	number uint32       // of its stream in the journal
	ends   []column.End // of its rows, by later segments
}

// scan takes the matching rows of the open row group into the page.
func (s *scanner) scan(p *plan, at part) error {
	if s.page.counted && p.spanned() && s.page.skips(&s.group, p.sort) {
		return nil
	}
	s.rows = slices.Grow(s.rows[:0], s.group.Rows)[:0]
	if err := s.valid(p.asOf, at.ends); err != nil {
		return err
	}
	for i := range p.tests {
		if len(s.rows) == 0 {
			return nil
		}
		if err := s.test(&p.tests[i]); err != nil {
			return err
		}
	}
	if p.needle != nil && len(s.rows) > 0 {
		var err error
		if s.rows, err = s.group.Search(s.rows, p.needle); err != nil {
			return err
		}
	}
	if !s.page.counted {
		s.page.matched += len(s.rows)
	}
	if len(s.rows) == 0 || s.page.limit == 0 {
		return nil
	}
	return s.collect(p, at)
}

// spanned reports whether a row group has a span of the values sorted by.
func (p *plan) spanned() bool { return p.sort == column.Key || p.shape.IsInts(p.sort) }

// valid makes the rows that were valid at a moment the ones that match.
func (s *scanner) valid(asOf int64, ended []column.End) error {
	from, to := s.group.Span(column.From), s.group.Span(column.To)
	if from.Min > asOf || to.Max <= asOf {
		return nil
	}
	if from.Max <= asOf && to.Min > asOf && len(ended) == 0 {
		for row := range uint32(s.group.Rows) {
			s.rows = append(s.rows, row)
		}
		return nil
	}
	begins, err := s.group.Ints(column.From)
	if err != nil {
		return err
	}
	ends, err := s.group.Ints(column.To)
	if err != nil {
		return err
	}
	for row, end := range ends {
		if len(ended) > 0 && int(ended[0].Row) == s.group.Start+row {
			end, ended = ended[0].To, ended[1:]
		}
		if begins[row] <= asOf && asOf < end {
			s.rows = append(s.rows, uint32(row))
		}
	}
	return nil
}

func (s *scanner) test(t *test) error {
	if t.texts == nil {
		return s.testInts(t)
	}
	texts, err := s.group.Texts(t.column)
	if err != nil {
		return err
	}
	if t.part != nil {
		s.rows = texts.Find(s.rows, t.part)
	} else {
		s.rows = texts.Filter(s.rows, t.texts)
	}
	return nil
}

func (s *scanner) testInts(t *test) error {
	span := s.group.Span(t.column)
	if !t.ints.negate && !t.ints.absent && (span.Empty() || span.Max < t.ints.low || span.Min > t.ints.high) {
		s.rows = s.rows[:0]
		return nil
	}
	vals, err := s.group.Ints(t.column)
	if err != nil {
		return err
	}
	kept := s.rows[:0]
	for _, row := range s.rows {
		if t.ints.holds(vals[row]) {
			kept = append(kept, row)
		}
	}
	s.rows = kept
	return nil
}

// collect offers the matching rows to the page. Nearly all lose by the value they are sorted
// by. Keys, the largest column, are read only for those that do not.
func (s *scanner) collect(p *plan, at part) error {
	if p.spanned() && s.page.skips(&s.group, p.sort) {
		return nil
	}
	rankOf, err := s.ranks(p)
	if err != nil {
		return err
	}
	var keys *column.Texts
	var begins []int64
	for _, row := range s.rows {
		r := rankOf(int(row))
		if s.page.loses(&r, s.group.First) {
			continue
		}
		if keys == nil {
			if keys, err = s.group.Texts(column.Key); err != nil {
				return err
			}
			if begins, err = s.group.Ints(column.From); err != nil {
				return err
			}
		}
		r.Key, r.Stream = keys.At(int(row)), at.number
		if !s.page.wants(&r) {
			continue
		}
		r.Text, r.Key = bytes.Clone(r.Text), bytes.Clone(r.Key)
		s.page.take(hit{index: at.index, from: begins[row], rank: r})
	}
	return nil
}

// ranks returns a function that reads the value a row is sorted by.
func (s *scanner) ranks(p *plan) (func(row int) rank, error) {
	if p.shape.IsInts(p.sort) {
		vals, err := s.group.Ints(p.sort)
		return func(row int) rank {
			if vals[row] == column.Absent {
				return rank{None: true}
			}
			return rank{Number: vals[row]}
		}, err
	}
	texts, err := s.group.Texts(p.sort)
	return func(row int) rank {
		text := texts.At(row)
		return rank{None: text == nil, Text: text}
	}, err
}
