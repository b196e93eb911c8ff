package view

import (
	"bytes"
	"slices"
	"sort"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// scanner evaluates a query group by group. It is used by one goroutine.
type scanner struct {
	group group
	rows  []uint32 // those that still match
	pass  []bool   // by dictionary code
	page  page
}

// part says where a group belongs.
type part struct {
	place  int       // of its stream among those asked
	number uint32    // of its stream in the store
	start  uint32    // of its first row in the segment
	closed []closing // its rows that later segments ended
}

// scan takes the matching rows of the group that is open into the page.
func (s *scanner) scan(p *plan, at part) error {
	if s.page.counted && p.zoned() && s.page.passes(s.group.meta, p.sort) {
		return nil
	}
	s.rows = slices.Grow(s.rows[:0], s.group.meta.rows)[:0]
	if err := s.valid(p.asOf, at.start, at.closed); err != nil {
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
		if err := s.search(p); err != nil {
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

// search keeps the rows that hold the text asked for anywhere: in the search
// column, or in a column with a dictionary.
func (s *scanner) search(p *plan) error {
	matching := containing(string(p.needle))
	var also []*texts // columns whose dictionary holds it
	for i, f := range p.shape.fields {
		column := columnFields + i
		if f.Type != kind.FieldText && f.Type != kind.FieldList || !s.group.meta.chunks[column].coded {
			continue
		}
		texts, err := s.group.textsOf(column)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(texts.dict, matching) {
			also = append(also, texts)
		}
	}
	column, err := s.group.textsOf(columnSearch)
	if err != nil {
		return err
	}
	if len(also) == 0 {
		s.find(column, p.needle)
		return nil
	}
	s.keep(func(row uint32) bool {
		for _, texts := range also {
			if matching(texts.at(int(row))) {
				return true
			}
		}
		return matching(column.at(int(row)))
	})
	return nil
}

// zoned reports whether a group's directory bounds the values sorted by.
func (p *plan) zoned() bool { return p.sort == columnKey || p.shape.isInts(p.sort) }

// valid begins with the rows that were valid at a moment.
func (s *scanner) valid(asOf int64, start uint32, closed []closing) error {
	meta := s.group.meta
	from, to := meta.chunks[columnFrom].span, meta.chunks[columnTo].span
	if from.min > asOf || to.max <= asOf {
		return nil
	}
	if from.max <= asOf && to.min > asOf && len(closed) == 0 {
		for row := range uint32(meta.rows) {
			s.rows = append(s.rows, row)
		}
		return nil
	}
	begins, err := s.group.intsOf(columnFrom)
	if err != nil {
		return err
	}
	ends, err := s.group.intsOf(columnTo)
	if err != nil {
		return err
	}
	for row := range ends {
		end := ends[row]
		if len(closed) > 0 && closed[0].row == start+uint32(row) {
			end, closed = closed[0].to, closed[1:]
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
	column, err := s.group.textsOf(t.column)
	if err != nil {
		return err
	}
	switch {
	case column.none:
		if !t.texts(nil) {
			s.rows = s.rows[:0]
		}
	case column.dict != nil:
		s.testCoded(t, column)
	case t.part != nil:
		s.find(column, t.part)
	default:
		s.keep(func(row uint32) bool { return t.texts(column.at(int(row))) })
	}
	return nil
}

func (s *scanner) keep(holds func(row uint32) bool) {
	kept := s.rows[:0]
	for _, row := range s.rows {
		if holds(row) {
			kept = append(kept, row)
		}
	}
	s.rows = kept
}

// testCoded asks once for each text of the dictionary.
func (s *scanner) testCoded(t *test, column *texts) {
	s.pass = append(s.pass[:0], t.texts(nil))
	some := s.pass[0]
	for _, text := range column.dict {
		holds := t.texts(text)
		s.pass, some = append(s.pass, holds), some || holds
	}
	if !some {
		s.rows = s.rows[:0]
		return
	}
	kept := s.rows[:0]
	for _, row := range s.rows {
		if s.pass[column.codes[row]] {
			kept = append(kept, row)
		}
	}
	s.rows = kept
}

func (s *scanner) testInts(t *test) error {
	span := s.group.meta.chunks[t.column].span
	if !t.ints.negate && !t.ints.absent && (span.empty() || span.max < t.ints.low || span.min > t.ints.high) {
		s.rows = s.rows[:0]
		return nil
	}
	vals, err := s.group.intsOf(t.column)
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

// dense is for how many of a group's rows it pays to search all texts at once.
const dense = 8

// find keeps the rows whose text holds needle.
func (s *scanner) find(column *texts, needle []byte) {
	if column.none {
		s.rows = s.rows[:0]
		return
	}
	if column.dict != nil {
		s.testCoded(&test{texts: containing(string(needle))}, column)
		return
	}
	if len(s.rows)*dense < s.group.meta.rows {
		s.keep(func(row uint32) bool { return bytes.Contains(column.at(int(row)), needle) })
		return
	}
	kept, next := s.rows[:0], 0
	for at, row := 0, 0; next < len(s.rows); {
		found := bytes.Index(column.data[at:], needle)
		if found < 0 {
			break
		}
		at += found
		row += sort.Search(len(column.ends)-row, func(i int) bool { return int(column.ends[row+i]) > at })
		if at+len(needle) > int(column.ends[row]) {
			at++ // it reaches into the next row's text
			continue
		}
		for next < len(s.rows) && int(s.rows[next]) < row {
			next++
		}
		if next < len(s.rows) && int(s.rows[next]) == row {
			kept, next = append(kept, s.rows[next]), next+1
		}
		at = int(column.ends[row])
	}
	s.rows = kept
}

// collect offers the matching rows to the page. Nearly all lose by the value they
// are sorted by; keys, the largest column, are read only for those that do not.
func (s *scanner) collect(p *plan, at part) error {
	if p.zoned() && s.page.passes(s.group.meta, p.sort) {
		return nil
	}
	rankOf, err := s.ranks(p)
	if err != nil {
		return err
	}
	var keys *texts
	var begins []int64
	for _, row := range s.rows {
		r := rankOf(int(row))
		if s.page.loses(&r, s.group.meta.first) {
			continue
		}
		if keys == nil {
			if keys, err = s.group.textsOf(columnKey); err != nil {
				return err
			}
			if begins, err = s.group.intsOf(columnFrom); err != nil {
				return err
			}
		}
		r.Key, r.Stream = keys.at(int(row)), at.number
		if !s.page.wants(&r) {
			continue
		}
		r.Text, r.Key = bytes.Clone(r.Text), bytes.Clone(r.Key)
		s.page.take(Hit{Stream: at.place, Key: string(r.Key), From: begins[row], rank: r})
	}
	return nil
}

// ranks returns how the value of a row that is sorted by is read.
func (s *scanner) ranks(p *plan) (func(row int) rank, error) {
	if p.shape.isInts(p.sort) {
		vals, err := s.group.intsOf(p.sort)
		return func(row int) rank {
			if vals[row] == absent {
				return rank{None: true}
			}
			return rank{Number: vals[row]}
		}, err
	}
	column, err := s.group.textsOf(p.sort)
	return func(row int) rank {
		text := column.at(row)
		return rank{None: text == nil, Text: text}
	}, err
}
