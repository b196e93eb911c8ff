package results

import (
	"encoding/binary"
	"errors"
	"slices"
)

// Row is what is kept of one record.
type Row struct {
	Key        string
	At         int64    // commit time of the version that was judged, in nanoseconds
	Named      string   // the person whom the record names
	Address    string   // by which others find it; empty = none
	Identity   string   // which its twins have too; empty = none
	Employment string   // of a person record
	Joined     []uint64 // what its joins had, by variable of the sheet
	Marks      []byte   // two to a byte, by test of the sheet
	Failed     []Failed // by test
}

// Failed says since when a record fails a test.
type Failed struct {
	Test int   // column
	At   int64 // seconds
}

// Mark returns the mark of a column.
func (r *Row) Mark(column int) byte {
	if column/2 >= len(r.Marks) {
		return 0
	}
	return r.Marks[column/2] >> (4 * (column % 2)) & 15
}

// SetMark sets the mark of a column. Marks must have room for it.
func (r *Row) SetMark(column int, mark byte) {
	shift := 4 * (column % 2)
	r.Marks[column/2] = r.Marks[column/2]&^(15<<shift) | mark<<shift
}

// FailedAt returns since when the record fails a test, in seconds; 0 = it does not.
func (r *Row) FailedAt(column int) int64 {
	for _, f := range r.Failed {
		if f.Test == column {
			return f.At
		}
	}
	return 0
}

// SetFailedAt sets since when the record fails a test; 0 = it does not.
func (r *Row) SetFailedAt(column int, at int64) {
	r.Failed = slices.DeleteFunc(r.Failed, func(f Failed) bool { return f.Test == column })
	if at != 0 {
		r.Failed = append(r.Failed, Failed{column, at})
	}
}

// MarkBytes returns how many bytes the marks of some tests take.
func MarkBytes(tests int) int { return (tests + 1) / 2 }

// append adds a row to a block.
func (r *Row) append(block []byte) []byte {
	for _, text := range []string{r.Key, r.Named, r.Address, r.Identity, r.Employment} {
		block = binary.AppendUvarint(block, uint64(len(text)))
		block = append(block, text...)
	}
	block = binary.AppendVarint(block, r.At)
	block = binary.AppendUvarint(block, uint64(len(r.Joined)))
	for _, joined := range r.Joined {
		block = binary.LittleEndian.AppendUint64(block, joined)
	}
	block = binary.AppendUvarint(block, uint64(len(r.Marks)))
	block = append(block, r.Marks...)
	block = binary.AppendUvarint(block, uint64(len(r.Failed)))
	for _, f := range r.Failed {
		block = binary.AppendUvarint(block, uint64(f.Test))
		block = binary.AppendVarint(block, f.At)
	}
	return block
}

var errCut = errors.New("a row is cut off")

// cutter reads what append wrote.
type cutter struct {
	rest []byte
	err  error
}

func (c *cutter) uvarint() uint64 {
	value, n := binary.Uvarint(c.rest)
	return value * uint64(c.skip(n))
}

func (c *cutter) varint() int64 {
	value, n := binary.Varint(c.rest)
	return value * int64(c.skip(n))
}

// skip steps over n bytes; it returns 0 and fails when there are none.
func (c *cutter) skip(n int) int {
	if n <= 0 || n > len(c.rest) {
		c.err, c.rest = errCut, nil
		return 0
	}
	c.rest = c.rest[n:]
	return 1
}

func (c *cutter) bytes(n uint64) []byte {
	if n == 0 {
		return nil
	}
	if n > uint64(len(c.rest)) {
		c.err, c.rest = errCut, nil
		return nil
	}
	part := c.rest[:n]
	c.rest = c.rest[n:]
	return part
}

// row reads a row. It shares no memory with the block.
func (c *cutter) row() (r Row) {
	for _, text := range []*string{&r.Key, &r.Named, &r.Address, &r.Identity, &r.Employment} {
		*text = string(c.bytes(c.uvarint()))
	}
	r.At = c.varint()
	for range c.uvarint() {
		if c.err != nil {
			return r
		}
		part := c.bytes(8)
		if part == nil {
			return r
		}
		r.Joined = append(r.Joined, binary.LittleEndian.Uint64(part))
	}
	r.Marks = slices.Clone(c.bytes(c.uvarint()))
	for range c.uvarint() {
		if c.err != nil {
			return r
		}
		r.Failed = append(r.Failed, Failed{Test: int(c.uvarint()), At: c.varint()})
	}
	return r
}
