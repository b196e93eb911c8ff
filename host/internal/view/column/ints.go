package column

import (
	"encoding/binary"
	"math"
	"slices"
)

// Absent stands in a column of numbers for a field that a document does not have.
const Absent = math.MinInt64

// A column of numbers is encoded in one of two ways: one number for all rows; or each as
// (v-min)/scale+1 in as few bytes as the largest takes, 0 for absent.
const (
	intsConst  = 0
	intsPacked = 1
)

// Span is the least and the greatest number of a chunk.
type Span struct {
	Min, Max int64 // of those that are not absent; Min > Max when all are
	Gaps     bool  // some are absent
}

func spanOf(vals []int64) Span {
	s := Span{Min: 1, Max: 0}
	first := true
	for _, v := range vals {
		switch {
		case v == Absent:
			s.Gaps = true
		case first:
			s.Min, s.Max, first = v, v, false
		default:
			s.Min, s.Max = min(s.Min, v), max(s.Max, v)
		}
	}
	return s
}

// Empty reports whether every number is absent.
func (s Span) Empty() bool { return s.Min > s.Max }

// constant reports whether every number is the same, and which.
func (s Span) constant() (int64, bool) {
	if s.Empty() {
		return Absent, true
	}
	return s.Min, s.Min == s.Max && !s.Gaps
}

func appendInts(out []byte, vals []int64, s Span) []byte {
	if v, ok := s.constant(); ok {
		return binary.LittleEndian.AppendUint64(append(out, intsConst), uint64(v))
	}
	scale := uint64(0)
	for _, v := range vals {
		if v != Absent && scale != 1 {
			scale = gcd(scale, uint64(v-s.Min))
		}
	}
	scale = max(scale, 1)
	most := uint64(s.Max-s.Min)/scale + 1
	width := 1
	for width < 8 && most>>(8*width) != 0 {
		width++
	}
	out = append(out, intsPacked, byte(width))
	out = binary.LittleEndian.AppendUint64(out, uint64(s.Min))
	out = binary.LittleEndian.AppendUint64(out, scale)
	var raw [8]byte
	for _, v := range vals {
		code := uint64(0)
		if v != Absent {
			code = uint64(v-s.Min)/scale + 1
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
		return nil, ErrDamaged
	}
	width := int(chunk[1])
	low, scale := int64(binary.LittleEndian.Uint64(chunk[2:])), int64(binary.LittleEndian.Uint64(chunk[10:]))
	codes := chunk[18:]
	if len(codes) != rows*width+8 {
		return nil, ErrDamaged
	}
	mask := ^uint64(0) >> (64 - 8*width)
	for i := range vals {
		code := binary.LittleEndian.Uint64(codes[i*width:]) & mask
		if code == 0 {
			vals[i] = Absent
			continue
		}
		vals[i] = low + int64(code-1)*scale
	}
	return vals, nil
}
