package view

import (
	"encoding/binary"
	"slices"
)

// pack encodes the directory: the groups with their keys, sizes and spans, then
// what the segment says of older ones.
func (m *segmentMeta) pack() []byte {
	out := binary.AppendUvarint(nil, uint64(len(m.groups)))
	for i := range m.groups {
		g := &m.groups[i]
		out = binary.AppendUvarint(out, uint64(g.rows))
		out = appendCounted(appendCounted(out, g.first), g.last)
		for _, c := range g.chunks {
			out = binary.AppendUvarint(out, uint64(c.size))
			out = binary.AppendVarint(binary.AppendVarint(out, c.span.min), c.span.max)
			out = append(out, c.flags())
		}
	}
	numbers := make([]uint64, 0, len(m.closes))
	for number := range m.closes {
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	out = binary.AppendUvarint(out, uint64(len(numbers)))
	for _, number := range numbers {
		out = binary.AppendUvarint(binary.AppendUvarint(out, number), uint64(len(m.closes[number])))
		row, to := uint32(0), int64(0)
		for _, c := range m.closes[number] {
			out = binary.AppendVarint(binary.AppendUvarint(out, uint64(c.row-row)), c.to-to)
			row, to = c.row, c.to
		}
	}
	return out
}

func (c *chunk) flags() (flags byte) {
	if c.span.gaps {
		flags |= 1
	}
	if c.coded {
		flags |= 2
	}
	return flags
}

func appendCounted(out []byte, text string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(text))), text...)
}

// cutter takes numbers and texts off the front of its bytes; once something is
// wrong it returns zeros and stays wrong.
type cutter struct {
	raw []byte
	bad bool
}

func (c *cutter) uvarint() uint64 {
	v, n := binary.Uvarint(c.raw)
	if n <= 0 {
		c.raw, c.bad = nil, true
		return 0
	}
	c.raw = c.raw[n:]
	return v
}

func (c *cutter) varint() int64 {
	v, n := binary.Varint(c.raw)
	if n <= 0 {
		c.raw, c.bad = nil, true
		return 0
	}
	c.raw = c.raw[n:]
	return v
}

func (c *cutter) bytes(n uint64) []byte {
	if n > uint64(len(c.raw)) {
		c.raw, c.bad = nil, true
		return nil
	}
	out := c.raw[:n]
	c.raw = c.raw[n:]
	return out
}

func (c *cutter) text() string { return string(c.bytes(c.uvarint())) }

// count returns a number of things that take at least one byte each.
func (c *cutter) count() int {
	n := c.uvarint()
	if n > uint64(len(c.raw)) {
		c.raw, c.bad = nil, true
		return 0
	}
	return int(n)
}

// maxGroupRows bounds what a directory that opened and yet makes no sense could
// have allocated.
const maxGroupRows = 1 << 16

func (m *segmentMeta) unpack(raw []byte, columns int) error {
	c := &cutter{raw: raw}
	m.groups = make([]groupMeta, c.count())
	offset := int64(saltBytes)
	for i := range m.groups {
		g := &m.groups[i]
		g.rows = int(min(c.uvarint(), maxGroupRows))
		g.first, g.last = c.text(), c.text()
		g.chunks = make([]chunk, columns)
		for j := range g.chunks {
			size := int(min(c.uvarint(), 1<<31))
			g.chunks[j] = chunk{offset: offset, size: size, span: span{min: c.varint(), max: c.varint()}}
			if flags := c.bytes(1); len(flags) == 1 {
				g.chunks[j].span.gaps, g.chunks[j].coded = flags[0]&1 != 0, flags[0]&2 != 0
			}
			offset += int64(size)
		}
		m.rows += g.rows
	}
	m.closes = map[uint64][]closing{}
	for range c.count() {
		number := c.uvarint()
		list := make([]closing, c.count())
		row, to := uint32(0), int64(0)
		for i := range list {
			row, to = row+uint32(c.uvarint()), to+c.varint()
			list[i] = closing{row: row, to: to}
		}
		m.closes[number] = list
	}
	if c.bad || len(c.raw) != 0 {
		return errDamaged
	}
	return nil
}
