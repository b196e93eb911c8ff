package view

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
)

var errDamaged = errors.New("the projection is damaged")

// A column of numbers: one number for all; or packed, each as (v-min)/scale+1 in
// as few bytes as the largest takes, 0 for absent.
const (
	intsConst  = 0
	intsPacked = 1
)

// span is what the directory says of a column of numbers.
type span struct {
	min, max int64 // of those that are not absent; min > max when all are
	gaps     bool  // some are absent
}

func spanOf(vals []int64) span {
	s := span{min: 1, max: 0}
	first := true
	for _, v := range vals {
		switch {
		case v == absent:
			s.gaps = true
		case first:
			s.min, s.max, first = v, v, false
		default:
			s.min, s.max = min(s.min, v), max(s.max, v)
		}
	}
	return s
}

func (s span) empty() bool { return s.min > s.max }

// constant reports whether every number is the same, and which.
func (s span) constant() (int64, bool) {
	if s.empty() {
		return absent, true
	}
	return s.min, s.min == s.max && !s.gaps
}

func appendInts(out []byte, vals []int64, s span) []byte {
	if v, ok := s.constant(); ok {
		return binary.LittleEndian.AppendUint64(append(out, intsConst), uint64(v))
	}
	scale := uint64(0)
	for _, v := range vals {
		if v != absent && scale != 1 {
			scale = gcd(scale, uint64(v-s.min))
		}
	}
	scale = max(scale, 1)
	most := uint64(s.max-s.min)/scale + 1
	width := 1
	for width < 8 && most>>(8*width) != 0 {
		width++
	}
	out = append(out, intsPacked, byte(width))
	out = binary.LittleEndian.AppendUint64(out, uint64(s.min))
	out = binary.LittleEndian.AppendUint64(out, scale)
	var raw [8]byte
	for _, v := range vals {
		code := uint64(0)
		if v != absent {
			code = uint64(v-s.min)/scale + 1
		}
		binary.LittleEndian.PutUint64(raw[:], code)
		out = append(out, raw[:width]...)
	}
	return append(out, raw[:]...) // so that every number can be read as eight bytes
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// readInts decodes rows numbers into vals, which it returns.
func readInts(chunk []byte, rows int, vals []int64) ([]int64, error) {
	vals = slices.Grow(vals[:0], rows)[:rows]
	if len(chunk) == 9 && chunk[0] == intsConst {
		v := int64(binary.LittleEndian.Uint64(chunk[1:]))
		for i := range vals {
			vals[i] = v
		}
		return vals, nil
	}
	if len(chunk) < 18 || chunk[0] != intsPacked || chunk[1] < 1 || chunk[1] > 8 {
		return nil, errDamaged
	}
	width := int(chunk[1])
	low, scale := int64(binary.LittleEndian.Uint64(chunk[2:])), int64(binary.LittleEndian.Uint64(chunk[10:]))
	codes := chunk[18:]
	if len(codes) != rows*width+8 {
		return nil, errDamaged
	}
	mask := ^uint64(0) >> (64 - 8*width)
	for i := range vals {
		code := binary.LittleEndian.Uint64(codes[i*width:]) & mask
		if code == 0 {
			vals[i] = absent
			continue
		}
		vals[i] = low + int64(code-1)*scale
	}
	return vals, nil
}

// A column of texts: none at all; or a sorted dictionary with a code for each
// row, 0 for absent; or one after the other with their lengths plus one, 0 for
// absent.
const (
	textsNone  = 0
	textsCoded = 1
	textsPlain = 2
)

// codedMost is how many texts a dictionary may have.
const codedMost = 1024

// textBuilder gathers a column of texts.
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

// next returns a row's text, given where it begins, and moves that on.
func (b *textBuilder) next(row int, place *int) []byte {
	size := int(b.sizes[row])
	if size == 0 {
		return nil
	}
	text := b.data[*place : *place+size-1]
	*place += size - 1
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

// texts is a decoded column. Its memory is the chunk's and its reader's.
type texts struct {
	dict  [][]byte // distinct texts, sorted; nil for a plain column
	codes []uint16 // 0 = absent, else one more than the place in dict
	ends  []uint32 // where each row's text ends in data
	gone  []bool   // rows that are absent, when there are any in a plain column
	data  []byte
	none  bool // every row is absent
}

// at returns a row's text, nil when it is absent.
func (t *texts) at(row int) []byte {
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
func (t *texts) read(chunk []byte, rows int) error {
	t.dict, t.none = nil, false
	if len(chunk) == 0 {
		return errDamaged
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
	return errDamaged
}

func (t *texts) readCoded(chunk []byte, rows int) error {
	count, n := binary.Uvarint(chunk)
	if n <= 0 || count > codedMost {
		return errDamaged
	}
	chunk = chunk[n:]
	sizes := make([]int, count)
	for i := range sizes {
		size, n := binary.Uvarint(chunk)
		if n <= 0 || size > uint64(len(chunk)) {
			return errDamaged
		}
		sizes[i], chunk = int(size), chunk[n:]
	}
	t.dict = make([][]byte, count)
	for i, size := range sizes {
		if size > len(chunk) {
			return errDamaged
		}
		t.dict[i], chunk = chunk[:size:size], chunk[size:]
	}
	width := widthOf(uint32(count))
	if len(chunk) != rows*width {
		return errDamaged
	}
	t.codes = slices.Grow(t.codes[:0], rows)[:rows]
	for i := range t.codes {
		code := uint16(chunk[i*width])
		if width == 2 {
			code = binary.LittleEndian.Uint16(chunk[2*i:])
		}
		if uint64(code) > count {
			return errDamaged
		}
		t.codes[i] = code
	}
	return nil
}

func (t *texts) readPlain(chunk []byte, rows int) error {
	if len(chunk) == 0 || !bytes.Contains([]byte{1, 2, 4}, chunk[:1]) || len(chunk)-1 < rows*int(chunk[0]) {
		return errDamaged
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
		return errDamaged
	}
	return nil
}
