package layout

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// A version on disk is a format byte and the kind of change. A removal goes on with its
// run (counted); the others with the number of the pack of their transaction and the slot
// in it that have their document.
const versionFormat = 1

// PackVersion returns the stored form of a version.
func PackVersion(run string, chunk uint32, c *Change) []byte {
	raw := []byte{versionFormat, c.Kind}
	if c.Kind == Removed {
		return AppendCounted(raw, run)
	}
	raw = binary.AppendUvarint(raw, uint64(chunk))
	return binary.AppendUvarint(raw, uint64(c.Slot))
}

// Version is one version of a record. Hash, Run and Doc of one that is in a pack are set
// by Cache.Version.
type Version struct {
	Kind  byte
	Chunk uint32
	Slot  uint32
	Hash  [sha256.Size]byte // of the document; none for a removal
	Run   string
	Doc   []byte
}

// Packed reports whether the version's document and run are in a pack.
func (v *Version) Packed() bool { return v.Kind != Removed }

// UnpackVersion reads the stored form of a version.
func UnpackVersion(raw []byte) (v Version, err error) {
	malformed := fmt.Errorf("malformed record version of %d bytes", len(raw))
	if len(raw) < 3 || raw[0] != versionFormat {
		return v, malformed
	}
	v.Kind = raw[1]
	if !v.Packed() {
		var rest []byte
		if v.Run, rest, err = CutCounted(raw[2:]); err != nil || len(rest) > 0 {
			return v, malformed
		}
		return v, nil
	}
	chunk, n := binary.Uvarint(raw[2:])
	slot, m := binary.Uvarint(raw[2+max(n, 0):])
	if n <= 0 || m <= 0 || 2+n+m != len(raw) || chunk > math.MaxUint32 || slot > math.MaxUint32 {
		return v, malformed
	}
	v.Chunk, v.Slot = uint32(chunk), uint32(slot)
	return v, nil
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
func (c *Cache) Version(stream uint32, at time.Time, raw []byte) (Version, error) {
	v, err := UnpackVersion(raw)
	if err != nil || !v.Packed() {
		return v, err
	}
	p, err := c.pack(PackKey(stream, at, v.Chunk))
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
	prefix := AppendText(StreamKey(PrefixVersion, stream), record)
	err = Each(c.Txn, prefix, func(item *badgerdir.Item) error {
		at, _, err := CutTime(item.Key()[len(prefix):])
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
		return cmp.Or(err, ErrStop)
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
