package column

import "bytes"

// groupBuilder encodes the rows of one group.
type groupBuilder struct {
	shape *Shape
	rows  int
	texts []textBuilder // by column
	ints  [][]int64     // by column
	first string
	last  []byte
	room  []byte // memory of the column that is being encoded
}

func newGroupBuilder(s *Shape) *groupBuilder {
	return &groupBuilder{shape: s, texts: make([]textBuilder, s.columns()), ints: make([][]int64, s.columns())}
}

// fillSearch fills the search column: the key and the texts of every field that a search
// reads, each once. A text that is part of another is found in that one; those of columns
// with a dictionary are searched there.
func (b *groupBuilder) fillSearch() {
	b.texts[search].reset()
	var columns []int
	for column := range b.texts {
		if b.shape.isSearched(column) && !b.texts[column].coded() {
			columns = append(columns, column)
		}
	}
	offsets := make([]int, len(b.texts)) // where the next row's text begins
	var out []byte
	for row := range b.rows {
		out = append(out[:0], bytes.ToLower(b.texts[Key].next(row, &offsets[Key]))...)
		for _, column := range columns {
			text := b.texts[column].next(row, &offsets[column])
			if len(text) > 0 && !bytes.Contains(out, text) {
				out = append(append(out, searchMark), text...)
			}
		}
		b.texts[search].add(out)
	}
}

// add appends the record that the extractor has read, valid from one commit time to another.
func (b *groupBuilder) add(e *extractor, from, to int64) {
	e.ints[From], e.ints[To] = from, to
	b.append(func(column int) []byte { return e.texts[column] }, func(column int) int64 { return e.ints[column] })
}

// addRow appends a row of another group, valid until to.
func (b *groupBuilder) addRow(g *Group, row int, to int64) {
	b.append(func(column int) []byte { return g.texts[column].At(row) }, func(column int) int64 {
		if column == To {
			return to
		}
		return g.ints[column][row]
	})
}

func (b *groupBuilder) append(text func(column int) []byte, number func(column int) int64) {
	for column := range b.texts {
		switch {
		case b.shape.IsInts(column):
			b.ints[column] = append(b.ints[column], number(column))
		case column != search:
			b.texts[column].add(text(column))
		}
	}
	key := text(Key)
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

// encode calls put with every column, encoded, in their order; put returns where it lies.
// The result is the group's entry in the directory.
func (b *groupBuilder) encode(put func(encoded []byte) (chunk, error)) (groupMeta, error) {
	b.fillSearch()
	meta := groupMeta{Rows: b.rows, First: b.first, Last: string(b.last), chunks: make([]chunk, b.shape.columns())}
	for column := range meta.chunks {
		var span Span
		coded := false
		if b.shape.IsInts(column) {
			span = spanOf(b.ints[column])
			b.room = appendInts(b.room[:0], b.ints[column], span)
		} else {
			b.room = b.texts[column].appendTo(b.room[:0])
			coded = b.room[0] == textsCoded
		}
		c, err := put(b.room)
		if err != nil {
			return meta, err
		}
		c.span, c.coded = span, coded
		meta.chunks[column] = c
	}
	return meta, nil
}
