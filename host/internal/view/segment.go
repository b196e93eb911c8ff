package view

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
)

// open is the end of a version that is still the record's latest.
const open = math.MaxInt64

// closing says that a row of an older segment ended.
type closing struct {
	row uint32
	to  int64
}

// A segment's file: salt; the sealed columns, group by group; the sealed
// directory; its offset, its size and the number of chunks before it, 8 bytes
// each. The nonce of a chunk is its number, counted from 0.
const trailerBytes = 24

// segmentWriter writes a segment into a file.
type segmentWriter struct {
	file      *os.File      // nil for one in memory
	memory    *bytes.Buffer // nil for one on disk
	out       *bufio.Writer
	sealer    *sealer
	group     *groupBuilder
	groupRows int
	hasty     bool
	room      []byte
	chunks    uint64
	offset    int64
	meta      segmentMeta
}

// segmentMeta is a segment's directory.
type segmentMeta struct {
	rows   int
	groups []groupMeta
	closes map[uint64][]closing // by the number of the older segment, rows ascending
}

// newSegment begins a segment, on disk or in memory.
func (p *View) newSegment(k *keeper, number uint64, s *shape, inMemory bool) (*segmentWriter, error) {
	sealer, err := newSealer(p.options.Key, nil, k.purpose)
	if err != nil {
		return nil, err
	}
	w := &segmentWriter{sealer: sealer, group: newGroupBuilder(s), groupRows: p.limits.groupRows, hasty: p.limits.hasty}
	if inMemory {
		w.memory = &bytes.Buffer{}
		return w, w.begin(w.memory)
	}
	if w.file, err = p.newFile(k, number); err != nil {
		return nil, err
	}
	if err := w.begin(w.file); err != nil {
		return nil, errors.Join(err, w.file.Close())
	}
	return w, nil
}

func (w *segmentWriter) begin(into io.Writer) error {
	w.out = bufio.NewWriterSize(into, 1<<18)
	w.offset = saltBytes
	if _, err := w.out.Write(w.sealer.salt); err != nil {
		return fmt.Errorf("write segment: %w", err)
	}
	return nil
}

// newFile makes the file of a segment.
func (p *View) newFile(k *keeper, number uint64) (*os.File, error) {
	path := filepath.Join(k.dir, segmentName(number))
	if err := p.at("segment"); err != nil {
		return nil, err
	}
	// What a crash left under the name may still be read by somebody: a new file,
	// not the same one emptied.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove left-over segment: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create segment: %w", err)
	}
	return file, nil
}

// full ends the group when it has all its rows.
func (w *segmentWriter) full() error {
	if w.group.rows < w.groupRows {
		return nil
	}
	return w.flush()
}

func (w *segmentWriter) flush() error {
	if w.group.rows == 0 {
		return nil
	}
	chunks := make([]chunk, 0, w.group.shape.columns())
	meta, err := w.group.encode(w.room, func(_ int, encoded []byte) error {
		at := w.offset
		size, err := w.put(encoded)
		chunks = append(chunks, chunk{offset: at, size: size})
		return err
	})
	if err != nil {
		return err
	}
	for i := range chunks {
		chunks[i].span, chunks[i].coded = meta.chunks[i].span, meta.chunks[i].coded
	}
	meta.chunks = chunks
	w.meta.groups = append(w.meta.groups, meta)
	w.meta.rows += meta.rows
	w.group.reset()
	return nil
}

// put seals and writes a chunk and returns its size on disk.
func (w *segmentWriter) put(plain []byte) (int, error) {
	sealed := w.sealer.seal(w.chunks, plain)
	w.room = sealed[:0]
	w.chunks++
	w.offset += int64(len(sealed))
	if _, err := w.out.Write(sealed); err != nil {
		return 0, fmt.Errorf("write segment: %w", err)
	}
	return len(sealed), nil
}

// finish writes the directory and waits until everything is on disk.
func (w *segmentWriter) finish() (err error) {
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.flush(); err != nil {
		return err
	}
	at, number := w.offset, w.chunks
	size, err := w.put(w.meta.pack())
	if err != nil {
		return err
	}
	trailer := binary.LittleEndian.AppendUint64(nil, uint64(at))
	trailer = binary.LittleEndian.AppendUint64(trailer, uint64(size))
	trailer = binary.LittleEndian.AppendUint64(trailer, number)
	if _, err := w.out.Write(trailer); err != nil {
		return fmt.Errorf("write segment: %w", err)
	}
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write segment: %w", err)
	}
	if w.hasty || w.memory != nil {
		return nil
	}
	if err := w.file.Sync(); err != nil {
		return fmt.Errorf("sync segment: %w", err)
	}
	return nil
}

// abandon gives the file up; its remains are swept with the next one written.
func (w *segmentWriter) abandon(err error) error {
	return errors.Join(err, w.close())
}

func (w *segmentWriter) close() error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}

// open returns the segment that was written.
func (w *segmentWriter) open(path string, number uint64, key []byte, purpose string) (*segment, error) {
	columns := w.group.shape.columns()
	if w.memory == nil {
		return openSegment(path, number, key, purpose, columns)
	}
	s := &segment{number: number, source: bytes.NewReader(w.memory.Bytes()), size: int64(w.memory.Len())}
	return s, s.read(key, purpose, columns)
}

// segment is one immutable run of rows, in key order and newest first within a key,
// in a file or in memory. Its file is closed when its last reader has released it.
type segment struct {
	number uint64
	source io.ReaderAt
	file   *os.File // nil for one in memory
	sealer *sealer
	meta   segmentMeta
	size   int64
	starts []int // number of rows before each group
	refs   atomic.Int32
}

// openSegment opens a file that holds a segment of a kind with that many columns.
func openSegment(path string, number uint64, key []byte, purpose string, columns int) (_ *segment, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Close())
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	s := &segment{number: number, source: file, file: file, size: info.Size()}
	return s, s.read(key, purpose, columns)
}

// read opens the directory of the segment.
func (s *segment) read(key []byte, purpose string, columns int) (err error) {
	s.refs.Store(1)
	salt, trailer := make([]byte, saltBytes), make([]byte, trailerBytes)
	if s.size < saltBytes+trailerBytes || s.bytes(salt, 0) != nil || s.bytes(trailer, s.size-trailerBytes) != nil {
		return errDamaged
	}
	if s.sealer, err = newSealer(key, salt, purpose); err != nil {
		return err
	}
	at, size := binary.LittleEndian.Uint64(trailer), binary.LittleEndian.Uint64(trailer[8:])
	if at > uint64(s.size) || size > uint64(s.size)-at {
		return errDamaged
	}
	sealed := make([]byte, size)
	if err := s.bytes(sealed, int64(at)); err != nil {
		return err
	}
	plain, err := s.sealer.open(binary.LittleEndian.Uint64(trailer[16:]), sealed)
	if err != nil {
		return err
	}
	if err := s.meta.unpack(plain, columns); err != nil {
		return err
	}
	rows := 0
	for i := range s.meta.groups {
		s.starts = append(s.starts, rows)
		rows += s.meta.groups[i].rows
	}
	return nil
}

func (s *segment) bytes(into []byte, at int64) error {
	if _, err := s.source.ReadAt(into, at); err != nil {
		return errors.Join(errDamaged, err)
	}
	return nil
}

// loader returns how the columns of a group are read.
func (s *segment) loader(number int) func(int, []byte) ([]byte, error) {
	chunks := s.meta.groups[number].chunks
	first := uint64(number * len(chunks))
	return func(column int, room []byte) ([]byte, error) {
		c := chunks[column]
		sealed := slices.Grow(room[:0], c.size)[:c.size]
		if err := s.bytes(sealed, c.offset); err != nil {
			return nil, err
		}
		return s.sealer.open(first+uint64(column), sealed)
	}
}

func (s *segment) hold() { s.refs.Add(1) }

func (s *segment) release() {
	if s.refs.Add(-1) == 0 && s.file != nil {
		_ = s.file.Close() // it was only read
	}
}
