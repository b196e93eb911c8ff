// Package pack compresses documents. Those of one transaction are compressed together, and
// a version says in which pack and slot its document is.
package pack

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

// A pack on disk is a format byte, the run (counted), and then compressed, slot after
// slot, the length of a document and the document. A slot of length 0 had a document that
// was pruned.
const packFormat = 1

// Pack is some of the changes of one transaction with the stored form of their documents:
// nil when all are removals.
type Pack struct {
	Changes []layout.Change
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
func EachChange(packs []Pack) iter.Seq[*layout.Change] {
	return func(yield func(*layout.Change) bool) {
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
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(2*layout.MaxDoc))
	if err != nil {
		return nil, fmt.Errorf("set up decompression: %w", err)
	}
	return &Codec{encoder, decoder}, nil
}

// Close frees the codec. An encoder that wrote to no stream has nothing to close.
func (c *Codec) Close() { c.decoder.Close() }

// Packs cuts changes into packs of at most so many records and about so many bytes.
func (c *Codec) Packs(run string, changes []layout.Change, records, bytes int) (packs []Pack) {
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
		if changes[i].Kind == layout.Removed {
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
	return c.encoder.EncodeAll(body, layout.AppendCounted(append(value, packFormat), run))
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
	run, rest, err := layout.CutCounted(value[1:])
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

// Cache finds the documents of versions in their packs, and keeps the packs that it read
// last. It reads in one transaction and belongs to one goroutine.
type Cache struct {
	Codec  *Codec
	Txn    *badgerdir.Txn
	packs  map[string]Opened
	recent []string // keys of packs, the oldest first
	held   int      // bytes of documents
}

// cacheBytes is enough for records whose keys are nearly in the order in which they came.
const cacheBytes = 1 << 20

// NewCache returns an empty cache for a transaction.
func NewCache(codec *Codec, txn *badgerdir.Txn) *Cache {
	return &Cache{Codec: codec, Txn: txn, packs: map[string]Opened{}}
}

// Version reads a version of a stream. Its slices are valid as long as raw is.
func (c *Cache) Version(stream uint32, at time.Time, raw []byte) (layout.Version, error) {
	v, err := layout.UnpackVersion(raw)
	if err != nil || !v.Packed() {
		return v, err
	}
	p, err := c.pack(layout.PackKey(stream, at, v.Chunk))
	if err != nil {
		return v, err
	}
	if int(v.Slot) >= len(p.Docs) || len(p.Docs[v.Slot]) == 0 {
		return v, fmt.Errorf("%w: it has no document %d", ErrPack, v.Slot)
	}
	v.Doc, v.Run = p.Docs[v.Slot], p.Run
	v.Hash = sha256.Sum256(v.Doc)
	return v, nil
}

// Current returns a copy of the present document of a record; nil when it is removed.
func (c *Cache) Current(stream uint32, record string) (doc json.RawMessage, err error) {
	prefix := layout.AppendText(layout.StreamKey(layout.PrefixVersion, stream), record)
	err = layout.Each(c.Txn, prefix, func(item *badgerdir.Item) error {
		at, _, err := layout.CutTime(item.Key()[len(prefix):])
		if err != nil {
			return err
		}
		err = item.Value(func(raw []byte) error {
			v, err := c.Version(stream, at, raw)
			if err == nil && v.Packed() {
				doc = bytes.Clone(v.Doc)
			}
			return err
		})
		return cmp.Or(err, layout.ErrStop)
	})
	if err != nil {
		return nil, fmt.Errorf("read record %q: %w", record, err)
	}
	return doc, nil
}

func (c *Cache) pack(k []byte) (Opened, error) {
	if p, ok := c.packs[string(k)]; ok {
		return p, nil
	}
	item, err := c.Txn.Get(k)
	if err != nil {
		return Opened{}, fmt.Errorf("read documents: %w", err)
	}
	var p Opened
	err = item.Value(func(value []byte) (err error) {
		p, err = c.Codec.Unpack(value)
		return err
	})
	if err != nil {
		return Opened{}, err
	}
	for len(c.recent) > 0 && c.held+p.size > cacheBytes {
		c.held -= c.packs[c.recent[0]].size
		delete(c.packs, c.recent[0])
		c.recent = c.recent[1:]
	}
	c.recent = append(c.recent, string(k))
	c.packs[string(k)] = p
	c.held += p.size
	return p, nil
}

// HeldRecords returns records of a stream by key, each with its present name.
func HeldRecords(cache *Cache, stream uint32, keys []string) ([]host.HeldRecord, error) {
	records := make([]host.HeldRecord, 0, len(keys))
	for _, key := range keys {
		doc, err := cache.Current(stream, key)
		if err != nil {
			return nil, err
		}
		records = append(records, host.HeldRecord{Key: key, Name: host.NameOf(doc)})
	}
	return records, nil
}
