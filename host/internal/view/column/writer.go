package column

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// Options say which segment a Writer writes or Open opens.
type Options struct {
	Path      string // empty = in memory
	Number    uint64
	Seal      Seal
	Shape     *Shape
	GroupRows int  // rows of a row group
	Unsynced  bool // Finish does not wait for the disk, so that many small tests are quick
}

// Writer writes a segment: rows in key order, the newest version of a key first.
type Writer struct {
	Ends map[uint64][]End // by the number of the older segment, rows ascending; set before Finish

	options   Options
	file      *os.File // nil for one in memory
	memory    bytes.Buffer
	out       *bufio.Writer
	sealer    *sealer
	extractor *extractor
	group     *groupBuilder
	groups    []groupMeta
	chunks    uint64 // written
	offset    int64
}

// trailerBytes end a segment: the offset of the directory, its size and the number of chunks
// before it, 8 bytes each.
const trailerBytes = 24

// Create begins a segment. Its file must not exist.
func Create(o Options) (w *Writer, err error) {
	w = &Writer{options: o, extractor: newExtractor(o.Shape), group: newGroupBuilder(o.Shape)}
	if w.sealer, err = newSealer(o.Seal, nil); err != nil {
		return nil, err
	}
	w.out = bufio.NewWriter(&w.memory)
	if o.Path != "" {
		if w.file, err = os.OpenFile(o.Path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
			return nil, fmt.Errorf("create segment: %w", err)
		}
		w.out = bufio.NewWriterSize(w.file, 1<<18)
	}
	if err := w.write(w.sealer.salt); err != nil {
		return nil, w.Abandon(err)
	}
	return w, nil
}

// Add appends a version of a record, valid from one commit time to another.
func (w *Writer) Add(key string, doc []byte, from, to int64) error {
	w.extractor.read(key, doc)
	w.group.add(w.extractor, from, to)
	return w.added()
}

// Copy appends the row that an iterator is at, valid until to.
func (w *Writer) Copy(i *Iterator, to int64) error {
	w.group.addRow(&i.group, i.row, to)
	return w.added()
}

func (w *Writer) added() error {
	if w.group.rows < w.options.GroupRows {
		return nil
	}
	return w.endGroup()
}

func (w *Writer) endGroup() error {
	if w.group.rows == 0 {
		return nil
	}
	meta, err := w.group.encode(w.put)
	if err != nil {
		return err
	}
	w.groups = append(w.groups, meta)
	w.group.reset()
	return nil
}

// put seals and writes a chunk, in the memory of plain.
func (w *Writer) put(plain []byte) (chunk, error) {
	sealed := w.sealer.seal(w.chunks, plain)
	w.chunks++
	c := chunk{offset: w.offset, size: len(sealed)}
	return c, w.write(sealed)
}

func (w *Writer) write(raw []byte) error {
	w.offset += int64(len(raw))
	if _, err := w.out.Write(raw); err != nil {
		return fmt.Errorf("write segment: %w", err)
	}
	return nil
}

// Finish writes the directory, waits until everything is on disk and opens the segment.
func (w *Writer) Finish() (*Segment, error) {
	if err := w.Abandon(w.finish()); err != nil {
		return nil, err
	}
	if w.file != nil {
		return Open(w.options)
	}
	return read(bytes.NewReader(w.memory.Bytes()), int64(w.memory.Len()), w.options)
}

func (w *Writer) finish() error {
	if err := w.endGroup(); err != nil {
		return err
	}
	number := w.chunks
	d := directory{Ends: w.Ends, groups: w.groups}
	c, err := w.put(d.pack())
	if err != nil {
		return err
	}
	trailer := binary.LittleEndian.AppendUint64(nil, uint64(c.offset))
	trailer = binary.LittleEndian.AppendUint64(trailer, uint64(c.size))
	if err := w.write(binary.LittleEndian.AppendUint64(trailer, number)); err != nil {
		return err
	}
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write segment: %w", err)
	}
	if w.options.Unsynced || w.file == nil {
		return nil
	}
	if err := w.file.Sync(); err != nil {
		return fmt.Errorf("sync segment: %w", err)
	}
	return nil
}

// Abandon closes the file and returns err, joined with the error of closing.
func (w *Writer) Abandon(err error) error {
	if w.file == nil {
		return err
	}
	return errors.Join(err, w.file.Close())
}
