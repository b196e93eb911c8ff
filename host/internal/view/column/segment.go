package column

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sync/atomic"
)

// Latest is the end of a version that no later one has ended.
const Latest = math.MaxInt64

// Segment is an immutable set of rows. Its file is closed when the last holder has
// released it.
type Segment struct {
	directory
	Number uint64
	shape  *Shape
	source io.ReaderAt
	file   *os.File // nil for one in memory
	sealer *sealer
	holds  atomic.Int32
}

// Open opens a segment for one holder.
func Open(o Options) (*Segment, error) {
	file, err := os.Open(o.Path)
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open segment: %w", err), file.Close())
	}
	s, err := read(file, info.Size(), o)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	s.file = file
	return s, nil
}

// read returns the segment in source, with its directory.
func read(source io.ReaderAt, size int64, o Options) (_ *Segment, err error) {
	s := &Segment{Number: o.Number, shape: o.Shape, source: source}
	s.holds.Store(1)
	salt, trailer := make([]byte, saltBytes), make([]byte, trailerBytes)
	if size < saltBytes+trailerBytes || s.bytes(salt, 0) != nil || s.bytes(trailer, size-trailerBytes) != nil {
		return nil, ErrDamaged
	}
	if s.sealer, err = newSealer(o.Seal, salt); err != nil {
		return nil, err
	}
	at, length := binary.LittleEndian.Uint64(trailer), binary.LittleEndian.Uint64(trailer[8:])
	if at > uint64(size) || length > uint64(size)-at {
		return nil, ErrDamaged
	}
	sealed := make([]byte, length)
	if err := s.bytes(sealed, int64(at)); err != nil {
		return nil, err
	}
	plain, err := s.sealer.open(binary.LittleEndian.Uint64(trailer[16:]), sealed)
	if err != nil {
		return nil, err
	}
	return s, s.unpack(plain, o.Shape.columns())
}

func (s *Segment) bytes(into []byte, at int64) error {
	if _, err := s.source.ReadAt(into, at); err != nil {
		return errors.Join(ErrDamaged, err)
	}
	return nil
}

// Groups returns how many row groups the segment has.
func (s *Segment) Groups() int { return len(s.groups) }

// InMemory reports whether the segment is in no file.
func (s *Segment) InMemory() bool { return s.file == nil }

// EndedBy reports whether the segment has a row that ended at a moment or before.
func (s *Segment) EndedBy(moment int64) bool {
	return slices.ContainsFunc(s.groups, func(g groupMeta) bool { return g.chunks[To].span.Min <= moment })
}

// Hold adds a holder.
func (s *Segment) Hold() { s.holds.Add(1) }

// Release removes a holder.
func (s *Segment) Release() {
	if s.holds.Add(-1) == 0 && s.file != nil {
		_ = s.file.Close() // it was only read
	}
}
