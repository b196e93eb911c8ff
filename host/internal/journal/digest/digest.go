package digest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"sync/atomic"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

// entry is one record of a digest: 32 bytes, the same in memory and on disk, where no
// record is marked.
type entry struct{ key, content layout.Fingerprint }

// Digest has the content of every record of a stream as fingerprints. It is a hash table
// of 256 segments, each growing by half.
type Digest struct {
	memory   *Allowance
	segments [256]segment
	held     int64 // bytes taken from memory
	live     int   // entries with content
	seen     int   // of those, how many are marked
	err      error // why it could not grow
}

// New returns an empty digest. The caller closes it.
func New(memory *Allowance) *Digest { return &Digest{memory: memory} }

// Allowance is the memory that all digests may take together.
type Allowance struct {
	most int64 // bytes
	left atomic.Int64
}

// NewAllowance returns an allowance of so many bytes.
func NewAllowance(most int64) *Allowance {
	a := &Allowance{most: most}
	a.left.Store(most)
	return a
}

// segment is open addressing with linear probing. An all-zero key marks a free slot. The
// entry of a removed record stays, without content.
type segment struct {
	slots []entry
	used  int
}

// Err returns why answers cannot be trusted, if so.
func (d *Digest) Err() error { return d.err }

// Close gives the memory back. The digest is empty afterwards.
func (d *Digest) Close() {
	d.take(-d.held)
	*d = Digest{memory: d.memory}
}

// take asks for so many bytes more, or gives them back.
func (d *Digest) take(bytes int64) bool {
	if d.memory.left.Add(-bytes) < 0 && bytes > 0 {
		d.memory.left.Add(bytes)
		d.err = tooLarge(d.held+bytes, d.memory.most)
		return false
	}
	d.held += bytes
	return true
}

// Live returns how many records have content.
func (d *Digest) Live() int { return d.live }

// Unseen returns how many of these are not marked.
func (d *Digest) Unseen() int { return d.live - d.seen }

// Get returns the content of a record, zero for none, and whether it is marked.
func (d *Digest) Get(key layout.Fingerprint) (content layout.Fingerprint, marked bool) {
	if found := d.find(key); found != nil {
		content = found.content
	}
	marked = content[15]&layout.SeenBit != 0
	content[15] &^= layout.SeenBit
	return content, marked
}

// Mark notes that a record was seen in this run.
func (d *Digest) Mark(key layout.Fingerprint) {
	e := d.find(key)
	if e != nil && e.content != (layout.Fingerprint{}) && e.content[15]&layout.SeenBit == 0 {
		e.content[15] |= layout.SeenBit
		d.seen++
	}
}

// Unmark takes all marks away.
func (d *Digest) Unmark() {
	for s := range d.segments {
		for i := range d.segments[s].slots {
			d.segments[s].slots[i].content[15] &^= layout.SeenBit
		}
	}
	d.seen = 0
}

// Put sets the content of a record, unmarked. No content removes the record.
func (d *Digest) Put(key, content layout.Fingerprint) {
	none := layout.Fingerprint{}
	found := d.find(key)
	if found == nil {
		if content == none {
			return
		}
		s := &d.segments[key[0]]
		if !s.room() && !d.grow(s) {
			return
		}
		found = s.insert(key)
	}
	if found.content != none {
		d.live--
		if found.content[15]&layout.SeenBit != 0 {
			d.seen--
		}
	}
	found.content = content
	if content != none {
		d.live++
	}
}

func (d *Digest) find(k layout.Fingerprint) *entry {
	return d.segments[k[0]].find(k)
}

// Each calls fn with every record that has content.
func (d *Digest) Each(fn func(k, content layout.Fingerprint) error) error {
	for s := range d.segments {
		for _, e := range d.segments[s].slots {
			if e.content == (layout.Fingerprint{}) {
				continue
			}
			e.content[15] &^= layout.SeenBit
			if err := fn(e.key, e.content); err != nil {
				return err
			}
		}
	}
	return nil
}

// reserve makes room for n records, before the first is put.
func (d *Digest) reserve(n int) {
	if n < 1<<16 {
		return // growing is cheap
	}
	slots := n/256*13/10 + 64
	if !d.take(int64(256 * slots * layout.DigestEntry)) {
		return
	}
	for s := range d.segments {
		d.segments[s].resize(slots)
	}
}

// grow makes a segment half as long again and reports whether there was memory.
func (d *Digest) grow(s *segment) bool {
	slots := len(s.slots) + len(s.slots)/2 + 4
	if !d.take(int64((slots - len(s.slots)) * layout.DigestEntry)) {
		return false
	}
	s.resize(slots)
	return true
}

// home returns the slot of n at which the search for k begins. It keeps the order of keys,
// so that going over one table fills the next from front to back.
func home(k layout.Fingerprint, n int) int {
	slot, _ := bits.Mul64(binary.BigEndian.Uint64(k[1:9]), uint64(n))
	return int(slot)
}

func (s *segment) find(k layout.Fingerprint) *entry {
	n := len(s.slots)
	if n == 0 {
		return nil
	}
	for i := home(k, n); ; i++ {
		if i == n {
			i = 0
		}
		switch s.slots[i].key {
		case k:
			return &s.slots[i]
		case layout.Fingerprint{}:
			return nil
		}
	}
}

// room reports whether another key fits in without growing.
func (s *segment) room() bool { return 5*(s.used+1) <= 4*len(s.slots) }

// insert adds k, which is new and has room, and returns its entry.
func (s *segment) insert(k layout.Fingerprint) *entry {
	s.used++
	n := len(s.slots)
	i := home(k, n)
	for s.slots[i].key != (layout.Fingerprint{}) {
		if i++; i == n {
			i = 0
		}
	}
	s.slots[i].key = k
	return &s.slots[i]
}

// resize moves the entries into n slots.
func (s *segment) resize(n int) {
	if n <= len(s.slots) {
		return
	}
	old := s.slots
	s.slots, s.used = make([]entry, n), 0
	for _, e := range old {
		if e.key != (layout.Fingerprint{}) {
			s.insert(e.key).content = e.content
		}
	}
}

var errLength = errors.New("the digest disagrees with the stream's records")

// Load reads the stored digest of a stream.
func (d *Digest) Load(txn *badgerdir.Txn, h layout.Header) error {
	d.reserve(h.Records)
	for chunk := range h.BaseChunks {
		k := layout.BaseKey(h.Number, h.BaseGeneration, chunk)
		item, err := txn.Get(k)
		if err != nil {
			return fmt.Errorf("read digest entry %x: %w", k, err)
		}
		if err := item.Value(d.unpack); err != nil {
			return err
		}
	}
	err := EachDelta(txn, h, h.DeltaFrom, func(_ uint64, raw []byte) error { return d.unpack(raw) })
	if err := errors.Join(err, d.err); err != nil {
		return err
	}
	if d.live != h.Records {
		return fmt.Errorf("%w: it holds %d, the stream %d", errLength, d.live, h.Records)
	}
	return nil
}

func (d *Digest) unpack(raw []byte) error { return layout.EachDigest(raw, d.Put) }

// EachDelta calls fn with the stored deltas of a digest from a number on, in order.
func EachDelta(txn *badgerdir.Txn, h layout.Header, from uint64, fn func(sequence uint64, raw []byte) error) error {
	prefix := layout.StreamKey(layout.PrefixDelta, h.Number)
	options := badgerdir.IteratorOptions{Prefix: prefix}
	return layout.EachFrom(txn, options, layout.DeltaKey(h.Number, from), func(item *badgerdir.Item) error {
		k := item.Key()
		if len(k) != len(prefix)+8 {
			return layout.ErrKey
		}
		sequence := binary.BigEndian.Uint64(k[len(prefix):])
		if sequence >= h.DeltaNext {
			return layout.ErrStop
		}
		return item.Value(func(raw []byte) error { return fn(sequence, raw) })
	})
}

// tooLarge is the problem of a digest that wants so many bytes of memory when all digests
// may take at most so many.
func tooLarge(want, most int64) *host.Problem {
	p := &host.Problem{
		Code:    host.CodeStoreMemory,
		Message: fmt.Sprintf("the streams being read have more records than store.digest_memory_mib (%d) has room for", most>>20),
		Remedy:  "Raise store.digest_memory_mib and restart the agent: each record of a stream being read needs 64 bytes.",
		Fault:   host.FaultHost,
		Retry:   host.RetryAfter, // other digests have a part of it
	}
	if want > most {
		p.Retry = host.RetryWhenConfigChanges
	}
	return p
}
