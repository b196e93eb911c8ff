package column

import "slices"

// Group reads the columns of a row group, each when it is first asked for. Rows, Start, First
// and Last are what the directory says of it. Its memory is used again for the next group.
type Group struct {
	*groupMeta
	segment *Segment
	number  int

	loaded [][]byte // chunks, by column
	texts  []Texts
	ints   [][]int64
	have   []bool // by column
}

// Open makes g read another group.
func (g *Group) Open(s *Segment, number int) {
	g.groupMeta, g.segment, g.number = &s.groups[number], s, number
	for len(g.have) < len(g.chunks) {
		g.loaded, g.texts = append(g.loaded, nil), append(g.texts, Texts{})
		g.ints, g.have = append(g.ints, nil), append(g.have, false)
	}
	clear(g.have)
}

// Span returns what a column of numbers spans.
func (g *Group) Span(column int) Span { return g.chunks[column].span }

// load reads and decrypts a column.
func (g *Group) load(column int) ([]byte, error) {
	c := g.chunks[column]
	sealed := slices.Grow(g.loaded[column][:0], c.size)[:c.size]
	g.loaded[column] = sealed
	if err := g.segment.bytes(sealed, c.offset); err != nil {
		return nil, err
	}
	return g.segment.sealer.open(uint64(g.number*len(g.chunks)+column), sealed)
}

// Ints returns the numbers of a column.
func (g *Group) Ints(column int) ([]int64, error) {
	if g.have[column] {
		return g.ints[column], nil
	}
	raw, err := g.load(column)
	if err != nil {
		return nil, err
	}
	vals, err := readInts(raw, g.Rows, g.ints[column])
	if err != nil {
		return nil, err
	}
	g.ints[column], g.have[column] = vals, true
	return vals, nil
}

// Texts returns the texts of a column.
func (g *Group) Texts(column int) (*Texts, error) {
	t := &g.texts[column]
	if g.have[column] {
		return t, nil
	}
	raw, err := g.load(column)
	if err != nil {
		return nil, err
	}
	if err := t.read(raw, g.Rows); err != nil {
		return nil, err
	}
	g.have[column] = true
	return t, nil
}

// all reads every column but the search column, which a merge makes anew.
func (g *Group) all() error {
	for column := range g.chunks {
		var err error
		if g.segment.shape.IsInts(column) {
			_, err = g.Ints(column)
		} else if column != search {
			_, err = g.Texts(column)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Search returns those of rows that hold a text, in lower case, in their key or in any
// field of text: in the search column, or in a column with a dictionary.
func (g *Group) Search(rows []uint32, part []byte) ([]uint32, error) {
	matching := containing(part)
	var coded []*Texts // columns whose dictionary holds it
	for column := range g.chunks {
		if !g.segment.shape.isSearched(column) || !g.chunks[column].coded {
			continue
		}
		texts, err := g.Texts(column)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(texts.dict, matching) {
			coded = append(coded, texts)
		}
	}
	rest, err := g.Texts(search)
	if err != nil {
		return nil, err
	}
	if len(coded) == 0 {
		return rest.Find(rows, part), nil
	}
	kept := rows[:0]
	for _, row := range rows {
		holds := func(t *Texts) bool { return matching(t.At(int(row))) }
		if slices.ContainsFunc(coded, holds) || holds(rest) {
			kept = append(kept, row)
		}
	}
	return kept, nil
}
