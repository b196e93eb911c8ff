package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// A pack on disk: format byte, run (counted), then compressed, slot after slot:
// the length of a document and the document. A slot of length 0 had one that was
// pruned.
const packFormat = 1

// pack is a stretch of the changes of one transaction, and their documents as
// they are stored: nil when they are all removals.
type pack struct {
	changes []change
	value   []byte
}

// size estimates what the pack takes in a transaction.
func (p *pack) size() int {
	size := len(p.value)
	for i := range p.changes {
		size += 3*len(p.changes[i].key) + 150 // in the version's key each zero takes two
	}
	return size
}

// codec compresses packs. It may be used by several goroutines at a time.
type codec struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

func newCodec() (*codec, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(32<<10), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(2*MaxDoc))
	if err != nil {
		return nil, fmt.Errorf("set up decompression: %w", err)
	}
	return &codec{encoder, decoder}, nil
}

func (c *codec) close() {
	c.decoder.Close() // an encoder that wrote to no stream has nothing to close
}

// packs cuts changes into packs.
func (c *codec) packs(run string, changes []change, l limits) (packs []pack) {
	var body []byte
	from, keys, slot := 0, 0, uint32(0)
	cut := func(to int) {
		p := pack{changes: changes[from:to:to]}
		if slot > 0 {
			p.value = c.pack(run, body)
		}
		packs = append(packs, p)
		body, from, keys, slot = body[:0], to, 0, 0
	}
	for i := range changes {
		if i > from && (len(body)+keys >= l.packBytes || i-from == l.packRecords) {
			cut(i)
		}
		keys += len(changes[i].key)
		if changes[i].kind == changeRemoved {
			continue
		}
		changes[i].slot = slot
		slot++
		body = append(binary.AppendUvarint(body, uint64(len(changes[i].doc))), changes[i].doc...)
	}
	cut(len(changes))
	return packs
}

// pack returns the value of a pack with this body.
func (c *codec) pack(run string, body []byte) []byte {
	value := make([]byte, 0, 64+len(body)/2)
	return c.encoder.EncodeAll(body, appendCounted(append(value, packFormat), run))
}

var errPack = errors.New("malformed pack of documents")

// opened is a pack that was read. Documents that were pruned are empty.
type opened struct {
	run  string
	docs [][]byte
	size int // of all documents, in bytes
}

func (c *codec) unpack(value []byte) (opened, error) {
	if len(value) == 0 || value[0] != packFormat {
		return opened{}, errPack
	}
	run, rest, err := cutCounted(value[1:])
	if err != nil {
		return opened{}, errPack
	}
	body, err := c.decoder.DecodeAll(rest, nil)
	if err != nil {
		return opened{}, fmt.Errorf("%w: %w", errPack, err)
	}
	o := opened{run: run, size: len(body)}
	for len(body) > 0 {
		length, n := binary.Uvarint(body)
		if n <= 0 || length > uint64(len(body)-n) {
			return opened{}, errPack
		}
		end := n + int(length)
		o.docs = append(o.docs, body[n:end:end])
		body = body[end:]
	}
	return o, nil
}

// live returns how many documents of the pack are still there.
func (o *opened) live() (n int) {
	for _, doc := range o.docs {
		if len(doc) > 0 {
			n++
		}
	}
	return n
}

// without returns the pack's value once the documents of these slots are gone, or
// nil when none is left.
func (c *codec) without(value []byte, slots []uint32) ([]byte, error) {
	o, err := c.unpack(value)
	if err != nil {
		return nil, err
	}
	for _, slot := range slots {
		if int(slot) < len(o.docs) {
			o.docs[slot] = nil
		}
	}
	if o.live() == 0 {
		return nil, nil
	}
	return c.repack(o), nil
}

func (c *codec) repack(o opened) []byte {
	var body []byte
	for _, doc := range o.docs {
		body = append(binary.AppendUvarint(body, uint64(len(doc))), doc...)
	}
	return c.pack(o.run, body)
}

// documents finds what versions say of themselves in their packs, and keeps the
// packs it read last. It looks at one moment of the store and belongs to one
// goroutine.
type documents struct {
	codec  *codec
	txn    *badgerdir.Txn
	packs  map[string]opened
	recent []string // keys of packs, the oldest first
	held   int      // bytes of documents
}

// recentBytes is enough for records whose keys are nearly in the order in which
// they came.
const recentBytes = 1 << 20

func (s *Journal) documents(txn *badgerdir.Txn) *documents {
	return &documents{codec: s.codec, txn: txn, packs: map[string]opened{}}
}

// version reads a version of a stream. Its slices are its reader's only as long
// as raw is.
func (d *documents) version(stream uint32, at time.Time, raw []byte) (version, error) {
	v, err := unpackVersion(raw)
	if err != nil || !v.packed() {
		return v, err
	}
	p, err := d.pack(keyPack(stream, at, v.chunk))
	if err != nil {
		return v, err
	}
	if int(v.slot) >= len(p.docs) || len(p.docs[v.slot]) == 0 {
		return v, fmt.Errorf("%w: it has no document %d", errPack, v.slot)
	}
	v.doc, v.run = p.docs[v.slot], p.run
	v.rehash()
	return v, nil
}

func (d *documents) pack(k []byte) (opened, error) {
	if p, ok := d.packs[string(k)]; ok {
		return p, nil
	}
	item, err := d.txn.Get(k)
	if err != nil {
		return opened{}, fmt.Errorf("read documents: %w", err)
	}
	var p opened
	err = item.Value(func(value []byte) (err error) {
		p, err = d.codec.unpack(value)
		return err
	})
	if err != nil {
		return opened{}, err
	}
	for len(d.recent) > 0 && d.held+p.size > recentBytes {
		d.held -= d.packs[d.recent[0]].size
		delete(d.packs, d.recent[0])
		d.recent = d.recent[1:]
	}
	d.recent = append(d.recent, string(k))
	d.packs[string(k)] = p
	d.held += p.size
	return p, nil
}
