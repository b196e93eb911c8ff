package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"sync/atomic"
)

// fingerprint is half of a SHA-256: of a record's key, or of its document.
type fingerprint [16]byte

// keyPrint returns the fingerprint of a record's key.
func keyPrint(key string) fingerprint {
	sum := sha256.Sum256([]byte(key))
	return fingerprint(sum[:16])
}

// contentPrint returns the fingerprint of a document by its hash. One bit is
// given up for the seen mark; 0 stands for "no document".
func contentPrint(hash [32]byte) fingerprint {
	content := fingerprint(hash[:16])
	content[15] &^= seenBit
	if content == (fingerprint{}) {
		content[0] = 1
	}
	return content
}

const seenBit = 1

// entry is one record of a digest: which key, which content, seen in this run
// or not. 32 bytes, the same in memory and on disk, where no mark is set.
type entry struct{ key, content fingerprint }

// digest knows the content of every record of a stream by fingerprints. It is a
// hash table of 256 segments, each growing by half, so that it stays below 64
// bytes a record also while it grows.
//
// All digests share an allowance of memory. A digest that gets no more knows nothing
// any more, so check comes before anything is concluded from an answer.
type digest struct {
	memory   *allowance // nil: without end
	segments [256]segment
	held     int64 // bytes taken from memory
	live     int   // entries with content
	seen     int   // of those, how many are marked
	err      error // why it could not grow
}

// allowance is what all digests may take of the memory together.
type allowance struct {
	most int64 // bytes
	left atomic.Int64
}

func newAllowance(most int64) *allowance {
	a := &allowance{most: most}
	a.left.Store(most)
	return a
}

// segment is open addressing with linear probing; an all-zero key marks a free
// slot. Entries whose content was removed stay, with no content.
type segment struct {
	slots []entry
	used  int
}

// check returns why answers cannot be trusted, if so.
func (d *digest) check() error { return d.err }

// close gives the memory back. The digest is empty afterwards.
func (d *digest) close() {
	d.take(-d.held)
	*d = digest{memory: d.memory}
}

// take asks for so many bytes more, or gives them back.
func (d *digest) take(bytes int64) bool {
	if d.memory != nil && d.memory.left.Add(-bytes) < 0 && bytes > 0 {
		d.memory.left.Add(bytes)
		d.err = digestTooLarge(d.held+bytes, d.memory.most)
		return false
	}
	d.held += bytes
	return true
}

// content returns what is known under k, without the mark.
func (d *digest) content(k fingerprint) (fingerprint, bool) {
	e, _ := d.get(k)
	return e.content, e.content != fingerprint{}
}

// marked reports whether k was seen in this run.
func (d *digest) marked(k fingerprint) bool {
	_, marked := d.get(k)
	return marked
}

// get returns the entry of k, without its mark, and whether it is marked.
func (d *digest) get(k fingerprint) (e entry, marked bool) {
	if found := d.find(k); found != nil {
		e = *found
	}
	marked = e.content[15]&seenBit != 0
	e.content[15] &^= seenBit
	return e, marked
}

// mark notes that k was seen in this run.
func (d *digest) mark(k fingerprint) {
	e := d.find(k)
	if e != nil && e.content != (fingerprint{}) && e.content[15]&seenBit == 0 {
		e.content[15] |= seenBit
		d.seen++
	}
}

// unmark forgets all marks.
func (d *digest) unmark() {
	for s := range d.segments {
		for i := range d.segments[s].slots {
			d.segments[s].slots[i].content[15] &^= seenBit
		}
	}
	d.seen = 0
}

// put sets the content of k, unmarked; no content removes it.
func (d *digest) put(k, content fingerprint) {
	before, marked := d.get(k)
	if before.key != k && content == (fingerprint{}) {
		return
	}
	found := d.find(k)
	if found == nil {
		s := &d.segments[k[0]]
		if !s.room() && !d.grow(s) {
			return
		}
		found = s.insert(k)
	}
	found.content = content
	if before.content != (fingerprint{}) {
		d.live--
		if marked {
			d.seen--
		}
	}
	if content != (fingerprint{}) {
		d.live++
	}
}

func (d *digest) find(k fingerprint) *entry {
	return d.segments[k[0]].find(k)
}

// each calls fn with every key that has content.
func (d *digest) each(fn func(k, content fingerprint) error) error {
	for s := range d.segments {
		for _, e := range d.segments[s].slots {
			if e.content == (fingerprint{}) {
				continue
			}
			e.content[15] &^= seenBit
			if err := fn(e.key, e.content); err != nil {
				return err
			}
		}
	}
	return nil
}

// reserve makes room for n records in all, before the first.
func (d *digest) reserve(n int) {
	if n < 1<<16 {
		return // growing is cheap
	}
	slots := n/256*13/10 + 64
	if !d.take(int64(256 * slots * entryBytes)) {
		return
	}
	for s := range d.segments {
		d.segments[s].resize(slots)
	}
}

// grow makes a segment half as long again and reports whether there was memory.
func (d *digest) grow(s *segment) bool {
	slots := len(s.slots) + len(s.slots)/2 + 4
	if !d.take(int64((slots - len(s.slots)) * entryBytes)) {
		return false
	}
	s.resize(slots)
	return true
}

// home returns where the search for k begins among n slots. It keeps the order of
// keys, so that going over one table fills the next from front to back.
func home(k fingerprint, n int) int {
	place, _ := bits.Mul64(binary.BigEndian.Uint64(k[1:9]), uint64(n))
	return int(place)
}

func (s *segment) find(k fingerprint) *entry {
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
		case fingerprint{}:
			return nil
		}
	}
}

// room reports whether another key fits in without growing.
func (s *segment) room() bool { return 5*(s.used+1) <= 4*len(s.slots) }

// insert adds k, which is not there and has room, and returns its entry.
func (s *segment) insert(k fingerprint) *entry {
	s.used++
	n := len(s.slots)
	i := home(k, n)
	for s.slots[i].key != (fingerprint{}) {
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
		if e.key != (fingerprint{}) {
			s.insert(e.key).content = e.content
		}
	}
}

// The digest on disk: a format byte, then 32 bytes per record. No content says
// that the record was removed.
const (
	digestFormat = 1
	entryBytes   = 32
)

func newPacked() []byte { return []byte{digestFormat} }

func appendPacked(raw []byte, k, content fingerprint) []byte {
	return append(append(raw, k[:]...), content[:]...)
}

// unpack puts the packed entries into d.
func (d *digest) unpack(raw []byte) error {
	if len(raw) == 0 || raw[0] != digestFormat || (len(raw)-1)%entryBytes != 0 {
		return fmt.Errorf("malformed digest entry of %d bytes", len(raw))
	}
	for raw = raw[1:]; len(raw) > 0; raw = raw[entryBytes:] {
		d.put(fingerprint(raw[:16]), fingerprint(raw[16:32]))
	}
	return nil
}
