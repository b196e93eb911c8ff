package journal

import (
	"bytes"
	"fmt"
	"iter"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
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
	// bytes: with the largest value on top that stays inline it is below what
	// Badger takes, 15 % of a memtable.
	partRecords, partBytes int

	// A pack ends after this many records, or this many bytes of keys and documents.
	// Larger ones compress a little better; smaller ones cost less to whoever wants
	// one document of them.
	packRecords, packBytes int

	// The digest is rewritten when it has this many entries more than one and a half
	// for each record, or this many pieces more than it would take.
	compactEntries, compactPieces int

	// The pieces of one run are put together when they are this many and small.
	gatherPieces int

	// chunkEntries is the size of a base chunk of the digest; compactChunks of
	// them go into one transaction.
	chunkEntries, compactChunks int

	// keepTables leaves tables as they are: nothing is merged.
	keepTables bool

	// A step of pruning ends after deleting this many keys, or looking at this many.
	pruneKeys, pruneSeen int
}

var defaultLimits = limits{
	partRecords: 2000, partBytes: 160 << 10,
	packRecords: 500, packBytes: 16 << 10,
	compactEntries: 4096, compactPieces: 1024, gatherPieces: 16,
	chunkEntries: 900, compactChunks: 5,
	pruneKeys: 2000, pruneSeen: 100_000,
}

// change is what a group does to one record.
type change struct {
	kind    byte // changeAdded, changeChanged, changeRemoved
	key     string
	id      fingerprint
	content fingerprint // none for a removal
	doc     []byte
	hash    [32]byte
	slot    uint32 // of the document in its pack
}

// Commit stores a group. When it returns without an error everything is on disk
// and the checkpoint may be acknowledged. A record that is as it was writes
// nothing. A group that breaks a limit is refused whole with a *host.Problem and
// the writer goes on; after any other error it is to be thrown away, and what of
// the group is already stored is recognised when it is sent again.
func (w *StreamWriter) Commit(g host.Group) (host.Counts, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return host.Counts{}, w.broken
	}
	if err := w.accept(g); err != nil {
		return host.Counts{}, err
	}
	if err := w.store.disk.Check(); err != nil {
		return host.Counts{}, err
	}
	changes, same, read := w.compare(g.Writes)
	if err := w.digest.check(); err != nil {
		return host.Counts{}, w.breakOff(fmt.Errorf("commit to stream %s: %w", w.header.Name, err))
	}
	counts := host.Counts{Read: read}
	h := w.header
	h.Inside = true
	if len(g.Cursor) > 0 {
		h.Cursor = bytes.Clone(g.Cursor)
	}
	if err := w.write(changes, h, &counts); err != nil {
		return counts, w.breakOff(fmt.Errorf("commit to stream %s: %w", h.Name, err))
	}
	for _, id := range same {
		w.digest.mark(id)
	}
	w.sequence = max(w.sequence, g.Sequence)
	return counts, nil
}

// accept refuses a group that breaks the protocol.
func (w *StreamWriter) accept(g host.Group) error {
	if g.Sequence != 0 && g.Sequence <= w.sequence {
		return violation("checkpoint %d of stream %s came after checkpoint %d", g.Sequence, w.header.Name, w.sequence)
	}
	if len(g.Cursor) > MaxCursor {
		return violation("cursor of stream %s has %d bytes; at most %d are allowed", w.header.Name, len(g.Cursor), MaxCursor)
	}
	for _, r := range g.Writes {
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
func (w *StreamWriter) compare(records []host.Write) (changes []change, same []fingerprint, read int) {
	last := make(map[string]int, len(records))
	for i, r := range records {
		last[r.Key] = i
		if !r.Removed {
			read++
		}
	}
	for i, r := range records {
		if later := records[last[r.Key]]; last[r.Key] != i {
			if !r.Removed && !later.Removed && r.Hash != later.Hash {
				w.differs(r.Key)
			}
			continue // the last one of a key in a group holds
		}
		c := change{key: r.Key, id: keyPrint(r.Key)}
		known, marked := w.digest.get(c.id)
		before, exists := known.content, known.content != fingerprint{}
		if r.Removed {
			if exists {
				c.kind = changeRemoved
				changes = append(changes, c)
			}
			continue
		}
		c.content, c.doc, c.hash = contentPrint(r.Hash), r.Doc, r.Hash
		if marked && exists && before != c.content {
			w.differs(r.Key)
		}
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

// differs notes that a key came again in this run with other content.
func (w *StreamWriter) differs(key string) {
	if w.again++; w.again == 1 {
		w.againKey = key
	}
}

// Again returns how often a key that had come in this run came again with other
// content, and the first such key. The last record of a key holds.
func (w *StreamWriter) Again() (times int, key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.again, w.againKey
}

// write stores changes in as many transactions as they take. Each leaves the
// header as it was, but for the counters; the last one stores h.
func (w *StreamWriter) write(changes []change, h header, counts *host.Counts) error {
	packs := w.store.codec.packs(w.run, changes, w.store.limits)
	for {
		part, rest := w.store.limits.split(packs)
		target := w.header
		if len(rest) == 0 {
			target = h
			target.Records, target.LastAt, target.FirstAt = w.header.Records, w.header.LastAt, w.header.FirstAt
			target.DeltaNext, target.DeltaEntries, target.DeltaPieces = w.header.DeltaNext, w.header.DeltaEntries, w.header.DeltaPieces
		}
		if err := w.writePart(part, target); err != nil {
			return err
		}
		for c := range eachChange(part) {
			countChange(counts, c.kind)
		}
		if len(rest) == 0 {
			return nil
		}
		packs = rest
	}
}

// split cuts off as many packs as one transaction should hold.
func (l limits) split(packs []pack) (part, rest []pack) {
	size, records := 0, 0
	for i := range packs {
		size += packs[i].size()
		records += len(packs[i].changes)
		if i > 0 && (records > l.partRecords || size > l.partBytes) {
			return packs[:i], packs[i:]
		}
	}
	return packs, nil
}

// eachChange yields the changes of packs, in their order.
func eachChange(packs []pack) iter.Seq[*change] {
	return func(yield func(*change) bool) {
		for _, p := range packs {
			for i := range p.changes {
				if !yield(&p.changes[i]) {
					return
				}
			}
		}
	}
}

// writePart stores some changes and the header in one transaction, and then
// brings what is in memory up to it.
func (w *StreamWriter) writePart(part []pack, h header) error {
	changed, grown := extent(part)
	if changed == 0 && sameProgress(h, w.header) {
		return w.store.view(w.fence)
	}
	next := h
	err := w.store.updateAt(func(txn *badgerdir.Txn, at time.Time) error {
		next = h
		if err := w.fence(txn); err != nil {
			return err
		}
		if changed > 0 {
			if err := w.putChanges(txn, part, at, next); err != nil {
				return err
			}
			next.LastAt = at
			if next.FirstAt == nil && w.header.LastAt.IsZero() {
				first := at
				next.FirstAt = &first
			}
			next.DeltaNext++
			next.DeltaPieces++
			next.DeltaEntries += changed
			next.Records += grown
		}
		return writeJSON(txn, key(prefixStream, w.connection, h.Name), next)
	})
	if err != nil {
		return err
	}
	w.header = next
	for c := range eachChange(part) {
		w.digest.put(c.id, c.content)
		w.digest.mark(c.id)
	}
	return nil
}

// putChanges writes the versions and their documents, the change log entry and
// the digest entry.
func (w *StreamWriter) putChanges(txn *badgerdir.Txn, part []pack, at time.Time, h header) error {
	packed := newPacked()
	for chunk := range part {
		p := &part[chunk]
		if p.value != nil {
			if err := txn.Set(keyPack(h.Number, at, uint32(chunk)), p.value); err != nil {
				return err
			}
		}
		for i := range p.changes {
			c := &p.changes[i]
			if err := txn.Set(keyVersion(h.Number, c.key, at), packVersion(w.run, uint32(chunk), c)); err != nil {
				return err
			}
			packed = appendPacked(packed, c.id, c.content)
		}
	}
	w.store.disk.Wrote(sizeOfPacks(part))
	if err := txn.Set(keyDelta(h.Number, h.DeltaNext), packed); err != nil {
		return err
	}
	return putChained(txn, entryPlace{w.connection, w.epoch, at}, packChanges(w.run, h.Name, part))
}

// sizeOfPacks estimates what packs take in a transaction.
func sizeOfPacks(part []pack) (size int) {
	for i := range part {
		size += part[i].size()
	}
	return size
}

// extent returns how many changes there are, and by how many records they make
// the stream longer.
func extent(part []pack) (changes, growth int) {
	for c := range eachChange(part) {
		changes++
		switch c.kind {
		case changeAdded:
			growth++
		case changeRemoved:
			growth--
		}
	}
	return changes, growth
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
