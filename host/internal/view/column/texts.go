package column

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sort"
)

// A column of texts is encoded in one of three ways: nothing, when all are absent; a sorted
// dictionary and a code for each row, 0 for absent; or the length of each text plus one, 0
// for absent, and then the texts.
const (
	textsNone  = 0
	textsCoded = 1
	textsPlain = 2
)

// codedMost is how many texts a dictionary may have.
const codedMost = 1024

// textBuilder encodes a column of texts.
type textBuilder struct {
	sizes []uint32 // length plus one, 0 = absent
	data  []byte
	known map[string]uint16 // distinct ones, up to one more than codedMost
	some  bool
}

func (b *textBuilder) reset() {
	b.sizes, b.data, b.some = b.sizes[:0], b.data[:0], false
	clear(b.known)
}

func (b *textBuilder) add(text []byte) {
	if text == nil {
		b.sizes = append(b.sizes, 0)
		return
	}
	b.some = true
	b.sizes = append(b.sizes, uint32(len(text))+1)
	b.data = append(b.data, text...)
	if b.known == nil {
		b.known = map[string]uint16{}
	}
	if len(b.known) <= codedMost {
		if _, ok := b.known[string(text)]; !ok {
			b.known[string(text)] = 0
		}
	}
}

// coded reports whether the column gets a dictionary.
func (b *textBuilder) coded() bool {
	return b.some && len(b.known) <= codedMost && len(b.known) <= 1+len(b.sizes)/2
}

// next returns a row's text, which begins at the offset, and advances the offset.
func (b *textBuilder) next(row int, offset *int) []byte {
	size := int(b.sizes[row])
	if size == 0 {
		return nil
	}
	text := b.data[*offset : *offset+size-1]
	*offset += size - 1
	return text
}

func (b *textBuilder) appendTo(out []byte) []byte {
	switch {
	case !b.some:
		return append(out, textsNone)
	case b.coded():
		return b.appendCoded(out)
	}
	widest := uint32(0)
	for _, size := range b.sizes {
		widest = max(widest, size)
	}
	width := widthOf(widest)
	out = append(out, textsPlain, byte(width))
	for _, size := range b.sizes {
		out = appendWide(out, size, width)
	}
	return append(out, b.data...)
}

func (b *textBuilder) appendCoded(out []byte) []byte {
	dict := make([]string, 0, len(b.known))
	for text := range b.known {
		dict = append(dict, text)
	}
	slices.Sort(dict)
	out = binary.AppendUvarint(append(out, textsCoded), uint64(len(dict)))
	for i, text := range dict {
		b.known[text] = uint16(i + 1)
		out = binary.AppendUvarint(out, uint64(len(text)))
	}
	for _, text := range dict {
		out = append(out, text...)
	}
	width := widthOf(uint32(len(dict)))
	at := 0
	for _, size := range b.sizes {
		code := uint16(0)
		if size > 0 {
			code = b.known[string(b.data[at:at+int(size)-1])]
			at += int(size) - 1
		}
		out = appendWide(out, uint32(code), width)
	}
	return out
}

func widthOf(most uint32) int {
	switch {
	case most < 1<<8:
		return 1
	case most < 1<<16:
		return 2
	}
	return 4
}

func appendWide(out []byte, v uint32, width int) []byte {
	var raw [4]byte
	binary.LittleEndian.PutUint32(raw[:], v)
	return append(out, raw[:width]...)
}

// Texts is a decoded column of texts. Its memory is the group's, which reuses it.
type Texts struct {
	rows  int
	dict  [][]byte // distinct texts, sorted; nil for a plain column
	codes []uint16 // 0 = absent, else one more than the index in dict
	ends  []uint32 // where each row's text ends in data
	gone  []bool   // rows that are absent, when there are any in a plain column
	data  []byte
	none  bool   // every row is absent
	holds []bool // by code, while Filter runs
}

// At returns a row's text, nil when it is absent.
func (t *Texts) At(row int) []byte {
	if t.none {
		return nil
	}
	if t.dict != nil {
		if code := t.codes[row]; code > 0 {
			return t.dict[code-1]
		}
		return nil
	}
	if t.gone[row] {
		return nil
	}
	begin := uint32(0)
	if row > 0 {
		begin = t.ends[row-1]
	}
	return t.data[begin:t.ends[row]:t.ends[row]]
}

// read decodes a column of rows texts.
func (t *Texts) read(chunk []byte, rows int) error {
	t.rows, t.dict, t.none = rows, nil, false
	if len(chunk) == 0 {
		return ErrDamaged
	}
	switch chunk[0] {
	case textsNone:
		t.none = true
		return nil
	case textsCoded:
		return t.readCoded(chunk[1:], rows)
	case textsPlain:
		return t.readPlain(chunk[1:], rows)
	}
	return ErrDamaged
}

func (t *Texts) readCoded(chunk []byte, rows int) error {
	count, n := binary.Uvarint(chunk)
	if n <= 0 || count > codedMost {
		return ErrDamaged
	}
	chunk = chunk[n:]
	sizes := make([]int, count)
	for i := range sizes {
		size, n := binary.Uvarint(chunk)
		if n <= 0 || size > uint64(len(chunk)) {
			return ErrDamaged
		}
		sizes[i], chunk = int(size), chunk[n:]
	}
	t.dict = make([][]byte, count)
	for i, size := range sizes {
		if size > len(chunk) {
			return ErrDamaged
		}
		t.dict[i], chunk = chunk[:size:size], chunk[size:]
	}
	width := widthOf(uint32(count))
	if len(chunk) != rows*width {
		return ErrDamaged
	}
	t.codes = slices.Grow(t.codes[:0], rows)[:rows]
	for i := range t.codes {
		code := uint16(chunk[i*width])
		if width == 2 {
			code = binary.LittleEndian.Uint16(chunk[2*i:])
		}
		if uint64(code) > count {
			return ErrDamaged
		}
		t.codes[i] = code
	}
	return nil
}

func (t *Texts) readPlain(chunk []byte, rows int) error {
	if len(chunk) == 0 || !bytes.Contains([]byte{1, 2, 4}, chunk[:1]) || len(chunk)-1 < rows*int(chunk[0]) {
		return ErrDamaged
	}
	width := int(chunk[0])
	raw := chunk[1 : 1+rows*width]
	t.data = chunk[1+rows*width:]
	t.ends = slices.Grow(t.ends[:0], rows)[:rows]
	t.gone = slices.Grow(t.gone[:0], rows)[:rows]
	end := uint64(0)
	for i := range t.ends {
		var size uint32
		switch width {
		case 1:
			size = uint32(raw[i])
		case 2:
			size = uint32(binary.LittleEndian.Uint16(raw[2*i:]))
		default:
			size = binary.LittleEndian.Uint32(raw[4*i:])
		}
		t.gone[i] = size == 0
		if size > 0 {
			end += uint64(size - 1)
		}
		t.ends[i] = uint32(end)
	}
	if end != uint64(len(t.data)) {
		return ErrDamaged
	}
	return nil
}

// Filter returns those of rows whose text passes, in the memory of rows. It asks once
// for each text of a dictionary.
func (t *Texts) Filter(rows []uint32, passes func(text []byte) bool) []uint32 {
	kept := rows[:0]
	switch {
	case t.none:
		if passes(nil) {
			return rows
		}
	case t.dict != nil:
		t.holds = append(t.holds[:0], passes(nil))
		for _, text := range t.dict {
			t.holds = append(t.holds, passes(text))
		}
		if !slices.Contains(t.holds, true) {
			return kept
		}
		for _, row := range rows {
			if t.holds[t.codes[row]] {
				kept = append(kept, row)
			}
		}
	default:
		for _, row := range rows {
			if passes(t.At(int(row))) {
				kept = append(kept, row)
			}
		}
	}
	return kept
}

// dense: from one row in so many it pays to search all texts at once.
const dense = 8

// Find returns those of rows whose text holds part, in the memory of rows, which ascend.
func (t *Texts) Find(rows []uint32, part []byte) []uint32 {
	if t.none || t.dict != nil || len(rows)*dense < t.rows {
		return t.Filter(rows, containing(part))
	}
	kept, next := rows[:0], 0
	for at, row := 0, 0; next < len(rows); {
		found := bytes.Index(t.data[at:], part)
		if found < 0 {
			break
		}
		at += found
		row += sort.Search(len(t.ends)-row, func(i int) bool { return int(t.ends[row+i]) > at })
		if at+len(part) > int(t.ends[row]) {
			at++ // it reaches into the next row's text
			continue
		}
		for next < len(rows) && int(rows[next]) < row {
			next++
		}
		if next < len(rows) && int(rows[next]) == row {
			kept, next = append(kept, rows[next]), next+1
		}
		at = int(t.ends[row])
	}
	return kept
}

func containing(part []byte) func([]byte) bool {
	return func(text []byte) bool { return bytes.Contains(text, part) }
}
