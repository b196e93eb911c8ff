package layout

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/klauspost/compress/zstd"
)

// A pack on disk is a format byte, the run (counted), and then compressed, slot after
// slot, the length of a document and the document. A slot of length 0 had a document that
// was pruned.
const packFormat = 1

// Pack is some of the changes of one transaction with the stored form of their documents:
// nil when all are removals.
type Pack struct {
	Changes []Change
	Value   []byte
}

// Size estimates what the pack takes in a transaction.
func (p *Pack) Size() int {
	size := len(p.Value)
	for i := range p.Changes {
		size += 3*len(p.Changes[i].Key) + 150 // in the version's key each zero takes two
	}
	return size
}

// EachChange yields the changes of packs, in their order.
func EachChange(packs []Pack) iter.Seq[*Change] {
	return func(yield func(*Change) bool) {
		for _, p := range packs {
			for i := range p.Changes {
				if !yield(&p.Changes[i]) {
					return
				}
			}
		}
	}
}

// Codec compresses packs. Several goroutines may use it at a time.
type Codec struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

// NewCodec returns a codec that its caller closes.
func NewCodec() (*Codec, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(32<<10), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(2*MaxDoc))
	if err != nil {
		return nil, fmt.Errorf("set up decompression: %w", err)
	}
	return &Codec{encoder, decoder}, nil
}

// Close frees the codec. An encoder that wrote to no stream has nothing to close.
func (c *Codec) Close() { c.decoder.Close() }

// Packs cuts changes into packs of at most so many records and about so many bytes.
func (c *Codec) Packs(run string, changes []Change, records, bytes int) (packs []Pack) {
	var body []byte
	from, keys, slot := 0, 0, uint32(0)
	cut := func(to int) {
		p := Pack{Changes: changes[from:to:to]}
		if slot > 0 {
			p.Value = c.pack(run, body)
		}
		packs = append(packs, p)
		body, from, keys, slot = body[:0], to, 0, 0
	}
	for i := range changes {
		if i > from && (len(body)+keys >= bytes || i-from == records) {
			cut(i)
		}
		keys += len(changes[i].Key)
		if changes[i].Kind == Removed {
			continue
		}
		changes[i].Slot = slot
		slot++
		body = append(binary.AppendUvarint(body, uint64(len(changes[i].Doc))), changes[i].Doc...)
	}
	cut(len(changes))
	return packs
}

func (c *Codec) pack(run string, body []byte) []byte {
	value := make([]byte, 0, 64+len(body)/2)
	return c.encoder.EncodeAll(body, AppendCounted(append(value, packFormat), run))
}

// ErrPack says that a pack has another form than packs have.
var ErrPack = errors.New("malformed pack of documents")

// Opened is a pack that was read. Documents that were pruned are empty.
type Opened struct {
	Run  string
	Docs [][]byte
	size int // of all documents, in bytes
}

// Unpack reads the stored form of a pack.
func (c *Codec) Unpack(value []byte) (Opened, error) {
	if len(value) == 0 || value[0] != packFormat {
		return Opened{}, ErrPack
	}
	run, rest, err := CutCounted(value[1:])
	if err != nil {
		return Opened{}, ErrPack
	}
	body, err := c.decoder.DecodeAll(rest, nil)
	if err != nil {
		return Opened{}, fmt.Errorf("%w: %w", ErrPack, err)
	}
	o := Opened{Run: run, size: len(body)}
	for len(body) > 0 {
		length, n := binary.Uvarint(body)
		if n <= 0 || length > uint64(len(body)-n) {
			return Opened{}, ErrPack
		}
		end := n + int(length)
		o.Docs = append(o.Docs, body[n:end:end])
		body = body[end:]
	}
	return o, nil
}

// Live returns how many documents the pack still has.
func (o *Opened) Live() (n int) {
	for _, doc := range o.Docs {
		if len(doc) > 0 {
			n++
		}
	}
	return n
}

// Without returns the stored form of a pack once the documents of these slots are gone,
// or nil when none is left.
func (c *Codec) Without(value []byte, slots []uint32) ([]byte, error) {
	o, err := c.Unpack(value)
	if err != nil {
		return nil, err
	}
	for _, slot := range slots {
		if int(slot) < len(o.Docs) {
			o.Docs[slot] = nil
		}
	}
	if o.Live() == 0 {
		return nil, nil
	}
	return c.Repack(o), nil
}

// Repack returns the stored form of a pack that was read.
func (c *Codec) Repack(o Opened) []byte {
	var body []byte
	for _, doc := range o.Docs {
		body = append(binary.AppendUvarint(body, uint64(len(doc))), doc...)
	}
	return c.pack(o.Run, body)
}
