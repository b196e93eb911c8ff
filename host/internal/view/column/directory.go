package column

import (
	"encoding/binary"
	"maps"
	"slices"
)

// directory is what a segment says of itself.
type directory struct {
	Rows   int
	Ends   map[uint64][]End // by the number of the older segment, rows ascending
	groups []groupMeta
}

// End says that a row of an older segment is valid no longer.
type End struct {
	Row uint32
	To  int64 // commit time of the next version, in nanoseconds since 1970
}

// groupMeta is what the directory says of a row group.
type groupMeta struct {
	Start       int // rows of the segment before the group; not stored
	Rows        int
	First, Last string  // keys
	chunks      []chunk // by column
}

// chunk is where a column of a group lies, and what it spans if it holds numbers.
type chunk struct {
	offset int64 // not stored
	size   int   // sealed
	span   Span
	coded  bool // its texts are in a dictionary, not in the search column
}

// pack encodes the directory: the groups with their keys, sizes and spans, then the ends.
func (m *directory) pack() []byte {
	out := binary.AppendUvarint(nil, uint64(len(m.groups)))
	for i := range m.groups {
		g := &m.groups[i]
		out = binary.AppendUvarint(out, uint64(g.Rows))
		out = appendCounted(appendCounted(out, g.First), g.Last)
		for _, c := range g.chunks {
			out = binary.AppendUvarint(out, uint64(c.size))
			out = binary.AppendVarint(binary.AppendVarint(out, c.span.Min), c.span.Max)
			out = append(out, c.flags())
		}
	}
	numbers := slices.Sorted(maps.Keys(m.Ends))
	out = binary.AppendUvarint(out, uint64(len(numbers)))
	for _, number := range numbers {
		out = binary.AppendUvarint(binary.AppendUvarint(out, number), uint64(len(m.Ends[number])))
		row, to := uint32(0), int64(0)
		for _, c := range m.Ends[number] {
			out = binary.AppendVarint(binary.AppendUvarint(out, uint64(c.Row-row)), c.To-to)
			row, to = c.Row, c.To
		}
	}
	return out
}

func (c *chunk) flags() (flags byte) {
	if c.span.Gaps {
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

// cutter decodes numbers and texts from the front of its bytes. After an error it returns
// zeros, and bad stays set.
type cutter struct {
	raw []byte
	bad bool
}

func (c *cutter) uvarint() uint64 {
	v, n := binary.Uvarint(c.raw)
	c.skip(n)
	return v
}

func (c *cutter) varint() int64 {
	v, n := binary.Varint(c.raw)
	c.skip(n)
	return v
}

// skip goes n bytes on; less than one is an error.
func (c *cutter) skip(n int) {
	if n < 1 {
		c.raw, c.bad = nil, true
		return
	}
	c.raw = c.raw[n:]
}

func (c *cutter) bytes(n uint64) []byte {
	if n > uint64(len(c.raw)) {
		c.skip(0)
		return nil
	}
	out := c.raw[:n]
	c.raw = c.raw[n:]
	return out
}

func (c *cutter) text() string { return string(c.bytes(c.uvarint())) }

// count returns a number of items that take at least one byte each.
func (c *cutter) count() int {
	n := c.uvarint()
	if n > uint64(len(c.raw)) {
		c.skip(0)
		return 0
	}
	return int(n)
}

// maxGroupRows bounds the memory that a directory with a wrong number could ask for.
const maxGroupRows = 1 << 16

func (m *directory) unpack(raw []byte, columns int) error {
	c := &cutter{raw: raw}
	m.groups = make([]groupMeta, c.count())
	offset := int64(saltBytes)
	for i := range m.groups {
		g := &m.groups[i]
		g.Start, g.Rows = m.Rows, int(min(c.uvarint(), maxGroupRows))
		g.First, g.Last = c.text(), c.text()
		g.chunks = make([]chunk, columns)
		for j := range g.chunks {
			size := int(min(c.uvarint(), 1<<31))
			g.chunks[j] = chunk{offset: offset, size: size, span: Span{Min: c.varint(), Max: c.varint()}}
			if flags := c.bytes(1); len(flags) == 1 {
				g.chunks[j].span.Gaps, g.chunks[j].coded = flags[0]&1 != 0, flags[0]&2 != 0
			}
			offset += int64(size)
		}
		m.Rows += g.Rows
	}
	m.Ends = map[uint64][]End{}
	for range c.count() {
		number := c.uvarint()
		list := make([]End, c.count())
		row, to := uint32(0), int64(0)
		for i := range list {
			row, to = row+uint32(c.uvarint()), to+c.varint()
			list[i] = End{Row: row, To: to}
		}
		m.Ends[number] = list
	}
	if c.bad || len(c.raw) != 0 {
		return ErrDamaged
	}
	return nil
}
