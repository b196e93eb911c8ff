package store

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
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
// bytes a record also while it grows. When the memory that all digests share is
// used up, what it holds goes into a scratch file, and so does what comes next each
// time its part of the memory is full: in the order of keys, which is the file's, so
// that every page is written once and not for each record. What is in memory counts
// before what the file says.
//
// A file that fails knows nothing any more, so check comes before anything is
// concluded from an answer.
type digest struct {
	scratch  *scratch // nil: memory without end
	segments [256]segment
	held     int64  // bytes of memory taken from scratch
	spill    *spill // nil: all is in memory
	live     int    // entries with content
	seen     int    // of those, how many are marked
	err      error  // why it could not move
}

// segment is open addressing with linear probing; an all-zero key marks a free
// slot. Entries whose content was removed stay, with no content.
type segment struct {
	slots []entry
	used  int
}

// check returns why answers cannot be trusted, if so.
func (d *digest) check() error {
	if d.err == nil && d.spill != nil {
		return d.spill.err
	}
	return d.err
}

// close gives memory and file back. The digest is empty afterwards.
func (d *digest) close() error {
	var err error
	if d.spill != nil {
		err = d.spill.close()
	}
	d.scratch.give(d.held)
	*d = digest{scratch: d.scratch}
	return err
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
	found := d.find(k)
	if found == nil && d.spill != nil {
		e, slot := d.spill.find(k)
		return e, slot >= 0 && d.spill.marked(slot)
	}
	if found != nil {
		e = *found
	}
	marked = e.content[15]&seenBit != 0
	e.content[15] &^= seenBit
	return e, marked
}

// mark notes that k was seen in this run.
func (d *digest) mark(k fingerprint) {
	e := d.find(k)
	if e == nil && d.spill != nil {
		e, slot := d.spill.find(k)
		if slot >= 0 && e.content != (fingerprint{}) && !d.spill.marked(slot) {
			d.spill.mark(slot, true)
			d.seen++
		}
		return
	}
	if e != nil && e.content != (fingerprint{}) && e.content[15]&seenBit == 0 {
		e.content[15] |= seenBit
		d.seen++
	}
}

// unmark forgets all marks.
func (d *digest) unmark() {
	if d.spill != nil {
		clear(d.spill.marks)
	}
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
	if before.content != (fingerprint{}) {
		d.live--
		if marked {
			d.seen--
		}
	}
	if content != (fingerprint{}) {
		d.live++
	}
	switch found := d.find(k); {
	case found != nil:
		found.content = content
	case d.room(k):
		d.segments[k[0]].insert(k).content = content
	default:
		d.spill.put(k, content)
	}
}

// room makes room for k in memory, if need be by writing out what is there, and
// reports whether there is any: others may have all of it.
func (d *digest) room(k fingerprint) bool {
	s := &d.segments[k[0]]
	if s.room() || d.grow(s) {
		return true
	}
	if d.spill != nil && d.held == 0 {
		return false
	}
	d.settle()
	return s.room() || d.grow(s)
}

func (d *digest) find(k fingerprint) *entry {
	return d.segments[k[0]].find(k)
}

// each calls fn with every key that has content.
func (d *digest) each(fn func(k, content fingerprint) error) error {
	if d.spill != nil {
		d.settle()
		return d.spill.each(func(e entry, _ bool) error {
			if e.content == (fingerprint{}) {
				return nil
			}
			return fn(e.key, e.content)
		})
	}
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
	bytes := int64(256 * slots * entryBytes)
	if !d.scratch.take(bytes) {
		d.open(n)
		return
	}
	d.held += bytes
	for s := range d.segments {
		d.segments[s].resize(slots)
	}
}

// grow makes a segment half as long again and reports whether there was memory.
func (d *digest) grow(s *segment) bool {
	slots := len(s.slots) + len(s.slots)/2 + 4
	bytes := int64((slots - len(s.slots)) * entryBytes)
	if d.spill != nil && d.held+bytes > d.scratch.share || !d.scratch.take(bytes) {
		return false
	}
	d.held += bytes
	s.resize(slots)
	return true
}

// slots returns how many entries the segments have room for.
func (d *digest) slots() (n int) {
	for i := range d.segments {
		n += len(d.segments[i].slots)
	}
	return n
}

// open makes a file with room for n entries at first.
func (d *digest) open(n int) {
	t, err := newSpill(d.scratch, n)
	if err != nil {
		d.err = fmt.Errorf("move digest out of memory: %w", err)
		t = &spill{err: d.err} // takes nothing, knows nothing
	}
	d.spill = t
}

// settle writes what is in memory into the file, in the order of keys. The first
// time it gives the memory back as well: from then on there is less.
func (d *digest) settle() {
	first := d.spill == nil
	if first {
		d.open(d.slots())
	}
	for i := range d.segments {
		s := &d.segments[i]
		for _, e := range s.slots {
			if e.key == (fingerprint{}) {
				continue
			}
			marked := e.content[15]&seenBit != 0
			e.content[15] &^= seenBit
			d.spill.mark(d.spill.put(e.key, e.content), marked)
		}
		if first {
			*s = segment{}
			continue
		}
		clear(s.slots)
		s.used = 0
	}
	if first {
		d.scratch.give(d.held)
		d.held = 0
	}
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
