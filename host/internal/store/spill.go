package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"os"
)

// spill is a digest in a scratch file: open addressing with linear probing, 32
// bytes a slot, read and written in pages. The page cache of the system holds it,
// not this process, and gives way when others need the memory.
//
// The file lives as long as the spill and is nobody else's. Prints in it are
// enciphered with a key that is only in memory: that somebody has an account is
// not to be read from a disk, not even by guessing addresses and hashing them.
type spill struct {
	scratch *scratch
	file    *os.File
	block   cipher.Block
	slots   int // where a search may begin; spillTail more follow, so none wraps
	used    int
	marks   []uint64 // a bit a slot

	page  [spillPage]byte // the one that was used last
	at    int             // its number; -1 = none
	dirty bool
	err   error // of the first operation that failed; none works after it
}

const (
	spillPage  = 4096
	spillTail  = 4096
	spillLeast = 1 << 14
)

// newSpill returns an empty one with room for n entries before it grows.
func newSpill(s *scratch, n int) (*spill, error) {
	t := &spill{scratch: s, slots: max(n+n/2, spillLeast), at: -1}
	pages := (t.slots+spillTail)*entryBytes/spillPage + 1
	t.marks = make([]uint64, pages*spillPage/entryBytes/64+1)
	var key [16]byte
	rand.Read(key[:]) // never fails
	var err error
	if t.block, err = aes.NewCipher(key[:]); err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	t.file, err = s.create(int64(pages) * spillPage)
	return t, err
}

func (t *spill) close() error {
	if t.file == nil {
		return nil
	}
	return t.scratch.discard(t.file)
}

// find returns the entry of k and its slot, or -1.
func (t *spill) find(k fingerprint) (entry, int) {
	if t.err != nil {
		return entry{}, -1
	}
	e, slot := t.search(k, t.sealed(k))
	if e.key != k {
		return entry{}, -1
	}
	return e, slot
}

// search returns the entry of k, or the free slot where it belongs.
func (t *spill) search(k, sealed fingerprint) (entry, int) {
	for slot := t.home(k); ; slot++ {
		raw := t.slot(slot)
		switch {
		case t.err != nil:
			return entry{}, -1
		case fingerprint(raw[:16]) == sealed:
			return entry{k, t.opened(fingerprint(raw[16:]), k)}, slot
		case fingerprint(raw[:16]) == fingerprint{}:
			return entry{}, slot
		case slot == t.slots+spillTail-1:
			t.err = errors.New("a scratch file is full before its time")
		}
	}
}

// put sets the content of k, unmarked, and returns its slot.
func (t *spill) put(k, content fingerprint) int {
	if t.err == nil && 3*(t.used+1) > 2*t.slots {
		t.grow()
	}
	if t.err != nil {
		return -1
	}
	sealed := t.sealed(k)
	e, slot := t.search(k, sealed)
	if t.err != nil {
		return -1
	}
	if e.key != k {
		t.used++
	}
	raw := t.slot(slot)
	copy(raw, sealed[:])
	hidden := t.hidden(content, k)
	copy(raw[16:], hidden[:])
	t.dirty = true
	t.mark(slot, false)
	return slot
}

func (t *spill) marked(slot int) bool { return t.marks[slot/64]&(1<<(slot%64)) != 0 }

func (t *spill) mark(slot int, marked bool) {
	switch {
	case slot < 0:
	case marked:
		t.marks[slot/64] |= 1 << (slot % 64)
	default:
		t.marks[slot/64] &^= 1 << (slot % 64)
	}
}

// each calls fn with every entry and its mark, nearly in the order of keys.
func (t *spill) each(fn func(e entry, marked bool) error) error {
	for slot := range t.slots + spillTail {
		raw := t.slot(slot)
		if t.err != nil {
			return t.err
		}
		if fingerprint(raw[:16]) == (fingerprint{}) {
			continue
		}
		k := t.unsealed(fingerprint(raw[:16]))
		if err := fn(entry{k, t.opened(fingerprint(raw[16:]), k)}, t.marked(slot)); err != nil {
			return err
		}
	}
	return nil
}

// grow moves everything into a table twice as large.
func (t *spill) grow() {
	next, err := newSpill(t.scratch, 2*t.slots*2/3)
	if err != nil {
		t.err = fmt.Errorf("make a larger table: %w", err)
		return
	}
	err = t.each(func(e entry, marked bool) error {
		next.mark(next.put(e.key, e.content), marked)
		return next.err
	})
	if err = errors.Join(err, t.close()); err != nil {
		t.err = errors.Join(err, next.close())
		return
	}
	*t = *next
}

// slot returns the bytes of a slot, which are its caller's until the next call.
func (t *spill) slot(n int) []byte {
	const perPage = spillPage / entryBytes
	if n/perPage != t.at {
		t.turn(n / perPage)
	}
	return t.page[n%perPage*entryBytes:][:entryBytes]
}

// turn brings another page in.
func (t *spill) turn(to int) {
	if t.err != nil {
		return
	}
	if t.dirty {
		if _, err := t.file.WriteAt(t.page[:], int64(t.at)*spillPage); err != nil {
			t.err = fmt.Errorf("write scratch file: %w", err)
			return
		}
		t.dirty = false
	}
	if _, err := t.file.ReadAt(t.page[:], int64(to)*spillPage); err != nil {
		t.err = fmt.Errorf("read scratch file: %w", err)
		return
	}
	t.at = to
}

// home is like that of a segment, over the whole key.
func (t *spill) home(k fingerprint) int {
	place, _ := bits.Mul64(binary.BigEndian.Uint64(k[:8]), uint64(t.slots))
	return int(place)
}

// sealed enciphers a key. It is never zero but for one key in 2^128.
func (t *spill) sealed(k fingerprint) (out fingerprint) {
	t.block.Encrypt(out[:], k[:])
	return out
}

func (t *spill) unsealed(k fingerprint) (out fingerprint) {
	t.block.Decrypt(out[:], k[:])
	return out
}

// hidden enciphers a content so that equal ones under two keys differ.
func (t *spill) hidden(content, k fingerprint) fingerprint {
	return t.sealed(content.xor(k))
}

func (t *spill) opened(hidden, k fingerprint) fingerprint {
	return t.unsealed(hidden).xor(k)
}

func (f fingerprint) xor(g fingerprint) fingerprint {
	for i := range f {
		f[i] ^= g[i]
	}
	return f
}
