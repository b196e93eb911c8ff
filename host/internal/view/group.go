package view

import (
	"bytes"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// groupMeta is what a segment's directory says of a row group.
type groupMeta struct {
	rows        int
	first, last string  // keys
	chunks      []chunk // by column
}

// chunk is where a column of a group lies, and what it spans if it holds numbers.
type chunk struct {
	offset int64
	size   int // sealed
	span   span
	coded  bool // its texts are in a dictionary, not in the search column
}

// groupBuilder gathers the rows of one group, column by column.
type groupBuilder struct {
	shape *shape
	rows  int
	texts []textBuilder // by column
	ints  [][]int64     // by column
	first string
	last  []byte
}

func newGroupBuilder(s *shape) *groupBuilder {
	return &groupBuilder{shape: s, texts: make([]textBuilder, s.columns()), ints: make([][]int64, s.columns())}
}

// gather fills the search column: every text a search looks at in one, each
// once, so that a search reads one column. A text that is part of another is found
// in that one; those of columns with a dictionary are searched there.
func (b *groupBuilder) gather() {
	search := &b.texts[columnSearch]
	search.reset()
	places := make([]int, len(b.texts)) // where the next row's text begins
	var out []byte
	for row := range b.rows {
		out = append(out[:0], bytes.ToLower(b.texts[columnKey].next(row, &places[columnKey]))...)
		for i, f := range b.shape.fields {
			texts := &b.texts[columnFields+i]
			if f.Type != kind.FieldText && f.Type != kind.FieldList || texts.coded() {
				continue
			}
			text := texts.next(row, &places[columnFields+i])
			if len(text) > 0 && !bytes.Contains(out, text) {
				out = append(append(out, searchMark), text...)
			}
		}
		search.add(out)
	}
}

// add appends the record the extractor has read, valid from one commit time to
// another.
func (b *groupBuilder) add(e *extractor, from, to int64) {
	e.ints[columnFrom], e.ints[columnTo] = from, to
	for column := range b.texts {
		switch {
		case b.shape.isInts(column):
			b.ints[column] = append(b.ints[column], e.ints[column])
		case column != columnSearch:
			b.texts[column].add(e.texts[column])
		}
	}
	b.added(e.texts[columnKey])
}

// addRow appends a row of another group, valid until to.
func (b *groupBuilder) addRow(g *group, row int, to int64) {
	for column := range b.texts {
		switch {
		case column == columnTo:
			b.ints[column] = append(b.ints[column], to)
		case b.shape.isInts(column):
			b.ints[column] = append(b.ints[column], g.ints[column][row])
		case column != columnSearch:
			b.texts[column].add(g.texts[column].at(row))
		}
	}
	b.added(g.texts[columnKey].at(row))
}

func (b *groupBuilder) added(key []byte) {
	if b.rows == 0 {
		b.first = string(key)
	}
	b.last = append(b.last[:0], key...)
	b.rows++
}

func (b *groupBuilder) reset() {
	b.rows = 0
	for column := range b.texts {
		b.texts[column].reset()
		b.ints[column] = b.ints[column][:0]
	}
}

// encode calls put with every column, encoded, in their order, and returns the
// group's entry in the directory as far as it is known here.
func (b *groupBuilder) encode(room []byte, put func(column int, encoded []byte) error) (groupMeta, error) {
	b.gather()
	meta := groupMeta{rows: b.rows, first: b.first, last: string(b.last), chunks: make([]chunk, b.shape.columns())}
	for column := range meta.chunks {
		var encoded []byte
		if b.shape.isInts(column) {
			s := spanOf(b.ints[column])
			meta.chunks[column].span = s
			encoded = appendInts(room[:0], b.ints[column], s)
		} else {
			encoded = b.texts[column].appendTo(room[:0])
			meta.chunks[column].coded = encoded[0] == textsCoded
		}
		if err := put(column, encoded); err != nil {
			return meta, err
		}
		room = encoded
	}
	return meta, nil
}

// group reads the columns of one row group, each when it is first asked for. Its
// memory is used again for the next group.
type group struct {
	meta *groupMeta
	load func(column int, room []byte) ([]byte, error) // the encoded column

	rooms [][]byte
	texts []texts
	ints  [][]int64
	have  []bool
}

// open makes g read another group.
func (g *group) open(meta *groupMeta, load func(int, []byte) ([]byte, error)) {
	g.meta, g.load = meta, load
	for len(g.have) < len(meta.chunks) {
		g.rooms, g.texts = append(g.rooms, nil), append(g.texts, texts{})
		g.ints, g.have = append(g.ints, nil), append(g.have, false)
	}
	clear(g.have)
}

func (g *group) intsOf(column int) ([]int64, error) {
	if g.have[column] {
		return g.ints[column], nil
	}
	raw, err := g.load(column, g.rooms[column])
	if err != nil {
		return nil, err
	}
	g.rooms[column] = raw
	vals, err := readInts(raw, g.meta.rows, g.ints[column])
	if err != nil {
		return nil, err
	}
	g.ints[column], g.have[column] = vals, true
	return vals, nil
}

func (g *group) textsOf(column int) (*texts, error) {
	t := &g.texts[column]
	if g.have[column] {
		return t, nil
	}
	raw, err := g.load(column, g.rooms[column])
	if err != nil {
		return nil, err
	}
	g.rooms[column] = raw
	if err := t.read(raw, g.meta.rows); err != nil {
		return nil, err
	}
	g.have[column] = true
	return t, nil
}

// all reads every column but the search column, which is made anew.
func (g *group) all(s *shape) error {
	for column := range s.columns() {
		var err error
		if s.isInts(column) {
			_, err = g.intsOf(column)
		} else if column != columnSearch {
			_, err = g.textsOf(column)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
