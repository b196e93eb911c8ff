package store

import (
	"bytes"
	"fmt"
	"time"

	badger "github.com/dgraph-io/badger/v4"

	"github.com/plumbline-dev/plumbline/host"
)

// Limits of what a connector may hand in; the protocol says the same.
const (
	MaxKey    = 512
	MaxDoc    = 1_000_000
	MaxCursor = 64 << 10
)

// limits bound single transactions and entries; tests make them small.
type limits struct {
	// A transaction of records or log lines ends after this many, or this many
	// bytes: with the largest document on top it stays below what Badger takes,
	// 2.4 MiB.
	partRecords, partBytes int

	// The digest is rewritten when the entries after its base are this many more
	// than half of the base, or come in this many pieces.
	compactEntries, compactPieces int

	// chunkEntries is the size of a base chunk of the digest; compactChunks of
	// them go into one transaction.
	chunkEntries, compactChunks int

	// A step of pruning ends after deleting this many keys, or looking at this many.
	pruneKeys, pruneSeen int
}

var defaultLimits = limits{
	partRecords: 4000, partBytes: 1 << 20,
	compactEntries: 4096, compactPieces: 256,
	chunkEntries: 8000, compactChunks: 4,
	pruneKeys: 5000, pruneSeen: 100_000,
}

// Group is what a stream sent up to one checkpoint.
type Group struct {
	Records []RecordWrite // in the order they came; the last word on a key holds
	Cursor  []byte        // empty leaves the one before

	// Resumable says that a stopped run may go on at Cursor. Otherwise Cursor is
	// stored only once the stream is read to its end.
	Resumable bool

	Sequence uint64 // of the checkpoint; counts up within the run. 0 = not checked
}

// RecordWrite is a record as the connector sent it, or its removal.
type RecordWrite struct {
	Key     string
	Doc     []byte   // canonical JSON; not looked at for a removal
	Hash    [32]byte // SHA-256 of Doc
	Removed bool     // the connector says that it is gone
}

// change is what a group does to one record.
type change struct {
	kind    byte // changeAdded, changeChanged, changeRemoved
	key     string
	id      fingerprint
	content fingerprint // none for a removal
	doc     []byte
	hash    [32]byte
}

// size estimates what the change takes in a transaction.
func (c *change) size() int { return 2*len(c.key) + len(c.doc) + 200 }

// Commit stores a group. When it returns without an error everything is on disk
// and the checkpoint may be acknowledged. A record that is as it was writes
// nothing. A group that breaks a limit is refused whole with a *host.Problem and
// the writer goes on; after any other error it is to be thrown away, and what of
// the group is already stored is recognised when it is sent again.
func (w *StreamWriter) Commit(g Group) (host.Counts, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return host.Counts{}, w.broken
	}
	if err := w.accept(g); err != nil {
		return host.Counts{}, err
	}
	if err := w.store.space.check(); err != nil {
		return host.Counts{}, err
	}
	changes, same, read := w.compare(g.Records)
	if err := w.digest.check(); err != nil {
		return host.Counts{}, w.breakOff(fmt.Errorf("commit to stream %s: %w", w.header.Name, err))
	}
	counts := host.Counts{Read: read}
	h := w.header
	h.Inside = true
	if len(g.Cursor) > 0 && g.Resumable {
		h.Cursor = bytes.Clone(g.Cursor)
	}
	if err := w.write(changes, h, &counts); err != nil {
		return counts, w.breakOff(fmt.Errorf("commit to stream %s: %w", h.Name, err))
	}
	for _, id := range same {
		w.digest.mark(id)
	}
	if len(g.Cursor) > 0 && !g.Resumable {
		w.final = bytes.Clone(g.Cursor)
	} else if len(g.Cursor) > 0 {
		w.final = nil
	}
	w.sequence = max(w.sequence, g.Sequence)
	return counts, nil
}

// accept refuses a group that breaks the protocol.
func (w *StreamWriter) accept(g Group) error {
	if g.Sequence != 0 && g.Sequence <= w.sequence {
		return violation("checkpoint %d of stream %s came after checkpoint %d", g.Sequence, w.header.Name, w.sequence)
	}
	if len(g.Cursor) > MaxCursor {
		return violation("cursor of stream %s has %d bytes; at most %d are allowed", w.header.Name, len(g.Cursor), MaxCursor)
	}
	for _, r := range g.Records {
		if r.Key == "" || len(r.Key) > MaxKey {
			return violation("record of stream %s has a key of %d bytes; 1 to %d are allowed", w.header.Name, len(r.Key), MaxKey)
		}
		if len(r.Doc) > MaxDoc && !r.Removed {
			return violation("record %q of stream %s has %d bytes; at most %d are allowed", r.Key, w.header.Name, len(r.Doc), MaxDoc)
		}
	}
	return nil
}

// compare holds a group against the digest. It returns what changes, which
// records are as they were, and how many were read.
func (w *StreamWriter) compare(records []RecordWrite) (changes []change, same []fingerprint, read int) {
	last := make(map[string]int, len(records))
	for i, r := range records {
		last[r.Key] = i
		if !r.Removed {
			read++
		}
	}
	for i, r := range records {
		if last[r.Key] != i {
			continue // a later one in this group has the last word
		}
		c := change{key: r.Key, id: keyPrint(r.Key)}
		before, exists := w.digest.content(c.id)
		if r.Removed {
			if exists {
				c.kind = changeRemoved
				changes = append(changes, c)
			}
			continue
		}
		c.content, c.doc, c.hash = contentPrint(r.Hash), r.Doc, r.Hash
		switch {
		case !exists:
			c.kind = changeAdded
		case before != c.content:
			c.kind = changeChanged
		default:
			same = append(same, c.id)
			continue
		}
		changes = append(changes, c)
	}
	return changes, same, read
}

// write stores changes in as many transactions as they take. Each leaves the
// header as it was, but for the counters; the last one stores h.
func (w *StreamWriter) write(changes []change, h header, counts *host.Counts) error {
	for {
		part, rest := w.store.limits.split(changes)
		target := w.header
		if len(rest) == 0 {
			target = h
			target.Records, target.LastAt = w.header.Records, w.header.LastAt
			target.DeltaNext, target.DeltaEntries = w.header.DeltaNext, w.header.DeltaEntries
		}
		if err := w.writePart(part, target); err != nil {
			return err
		}
		for i := range part {
			countChange(counts, part[i].kind)
		}
		if len(rest) == 0 {
			return nil
		}
		changes = rest
	}
}

// split cuts off as many changes as one transaction should hold.
func (l limits) split(changes []change) (part, rest []change) {
	size := 0
	for i := range changes {
		size += changes[i].size()
		if i > 0 && (i == l.partRecords || size > l.partBytes) {
			return changes[:i], changes[i:]
		}
	}
	return changes, nil
}

// writePart stores some changes and the header in one transaction, and then
// brings what is in memory up to it.
func (w *StreamWriter) writePart(part []change, h header) error {
	if len(part) == 0 && sameProgress(h, w.header) {
		return w.store.view(w.fence)
	}
	next := h
	err := w.store.updateAt(func(txn *badger.Txn, at time.Time) error {
		next = h
		if err := w.fence(txn); err != nil {
			return err
		}
		if len(part) > 0 {
			if err := w.putChanges(txn, part, at, next); err != nil {
				return err
			}
			next.LastAt = at
			next.DeltaNext++
			next.DeltaEntries += len(part)
			next.Records += growth(part)
		}
		return writeJSON(txn, key(prefixStream, w.connection, h.Name), next)
	})
	if err != nil {
		return err
	}
	w.header = next
	for i := range part {
		w.digest.put(part[i].id, part[i].content)
		w.digest.mark(part[i].id)
	}
	return nil
}

// putChanges writes the versions, the change log entry and the digest entry.
func (w *StreamWriter) putChanges(txn *badger.Txn, part []change, at time.Time, h header) error {
	packed, size := newPacked(), 0
	for i := range part {
		c := &part[i]
		if err := txn.Set(keyVersion(h.Number, c.key, at), packVersion(w.run, c)); err != nil {
			return err
		}
		packed = appendPacked(packed, c.id, c.content)
		size += c.size()
	}
	w.store.space.wrote(size)
	if err := txn.Set(keyDelta(h.Number, h.DeltaNext), packed); err != nil {
		return err
	}
	return putChained(txn, entryPlace{w.connection, w.epoch, at}, packChanges(w.run, h.Name, part))
}

// growth returns by how many records the changes make the stream longer.
func growth(part []change) int {
	n := 0
	for i := range part {
		switch part[i].kind {
		case changeAdded:
			n++
		case changeRemoved:
			n--
		}
	}
	return n
}

func countChange(counts *host.Counts, kind byte) {
	switch kind {
	case changeAdded:
		counts.Added++
	case changeChanged:
		counts.Changed++
	case changeRemoved:
		counts.Removed++
	}
}

// sameProgress reports whether storing a after b would say nothing new.
func sameProgress(a, b header) bool {
	return a.Inside == b.Inside && bytes.Equal(a.Cursor, b.Cursor)
}
