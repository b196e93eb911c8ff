package writer

import (
	"bytes"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/internal/journal/pack"
)

// Commit stores a group. When it returns without an error everything is on disk and the
// checkpoint may be acknowledged. An unchanged record writes nothing. A group that breaks
// a limit is refused whole with a *host.Problem, and the writer goes on. After any other
// error the writer is closed, and the counts are of what is stored already; it is unchanged
// when it is sent again.
func (w *StreamWriter) Commit(g host.Group) (host.Counts, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return host.Counts{}, w.broken
	}
	if err := w.accept(g); err != nil {
		return host.Counts{}, err
	}
	if err := w.ledger.Disk.Check(); err != nil {
		return host.Counts{}, err
	}
	changes, same, read := w.compare(g.Writes)
	if err := w.digest.Err(); err != nil {
		return host.Counts{}, w.breakOff(fmt.Errorf("commit to stream %s: %w", w.header.Name, err))
	}
	counts := host.Counts{Read: read}
	h := w.header
	h.Inside = true
	if len(g.Cursor) > 0 {
		h.Cursor = bytes.Clone(g.Cursor)
	}
	if err := w.write(changes, h, &counts); err != nil {
		counts.Read = 0 // the group was not taken, though some of its changes are stored
		return counts, w.breakOff(fmt.Errorf("commit to stream %s: %w", h.Name, err))
	}
	for _, id := range same {
		w.digest.Mark(id)
	}
	w.sequence = max(w.sequence, g.Sequence)
	return counts, nil
}

// accept refuses a group that breaks the protocol.
func (w *StreamWriter) accept(g host.Group) error {
	if g.Sequence != 0 && g.Sequence <= w.sequence {
		return violation("checkpoint %d of stream %s came after checkpoint %d", g.Sequence, w.header.Name, w.sequence)
	}
	if len(g.Cursor) > layout.MaxCursor {
		return violation("cursor of stream %s has %d bytes; at most %d are allowed", w.header.Name, len(g.Cursor), layout.MaxCursor)
	}
	for _, r := range g.Writes {
		if r.Key == "" || len(r.Key) > layout.MaxKey {
			return violation("record of stream %s has a key of %d bytes; 1 to %d are allowed", w.header.Name, len(r.Key), layout.MaxKey)
		}
		if len(r.Doc) > layout.MaxDoc && !r.Removed {
			return violation("record %q of stream %s has %d bytes; at most %d are allowed", r.Key, w.header.Name, len(r.Doc), layout.MaxDoc)
		}
	}
	return nil
}

// compare compares a group with the digest. It returns what changes, which records are
// unchanged, and how many were read.
func (w *StreamWriter) compare(records []host.Write) (changes []layout.Change, same []layout.Fingerprint, read int) {
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
		c := layout.Change{Key: r.Key, ID: layout.KeyPrint(r.Key)}
		before, marked := w.digest.Get(c.ID)
		exists := before != layout.Fingerprint{}
		if r.Removed {
			if exists {
				c.Kind = layout.Removed
				changes = append(changes, c)
			}
			continue
		}
		c.Content, c.Doc, c.Hash = layout.ContentPrint(r.Hash), r.Doc, r.Hash
		if marked && exists && before != c.Content {
			w.differs(r.Key)
		}
		switch {
		case !exists:
			c.Kind = layout.Added
		case before != c.Content:
			c.Kind = layout.Changed
		default:
			same = append(same, c.ID)
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

// write stores changes in as many transactions as they take. Only the last one stores h;
// the others change no more than the counters of the header.
func (w *StreamWriter) write(changes []layout.Change, h layout.Header, counts *host.Counts) error {
	limits := w.ledger.Limits
	packs := w.ledger.Codec.Packs(w.run, changes, limits.PackRecords, limits.PackBytes)
	for {
		part, rest := split(packs, limits)
		target := w.header
		if len(rest) == 0 {
			target = h
			target.Records, target.LastAt, target.FirstAt = w.header.Records, w.header.LastAt, w.header.FirstAt
			target.DeltaNext, target.DeltaEntries, target.Deltas = w.header.DeltaNext, w.header.DeltaEntries, w.header.Deltas
		}
		if err := w.writePart(part, target); err != nil {
			return err
		}
		layout.CountAll(counts, pack.EachChange(part))
		if len(rest) == 0 {
			return nil
		}
		packs = rest
	}
}

// split cuts off as many packs as one transaction should write.
func split(packs []pack.Pack, l ledger.Limits) (part, rest []pack.Pack) {
	size, records := 0, 0
	for i := range packs {
		size += packs[i].Size()
		records += len(packs[i].Changes)
		if i > 0 && (records > l.PartRecords || size > l.PartBytes) {
			return packs[:i], packs[i:]
		}
	}
	return packs, nil
}

// writePart stores some changes and the header in one transaction, and then updates the
// digest.
func (w *StreamWriter) writePart(part []pack.Pack, h layout.Header) error {
	var n host.Counts
	layout.CountAll(&n, pack.EachChange(part))
	changed := n.Added + n.Changed + n.Removed
	if changed == 0 && h.Inside == w.header.Inside && bytes.Equal(h.Cursor, w.header.Cursor) {
		return w.ledger.View(w.fence)
	}
	next := h
	err := w.ledger.UpdateAt(func(txn *badgerdir.Txn, at time.Time) error {
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
				next.FirstAt = &at
			}
			next.DeltaNext++
			next.Deltas++
			next.DeltaEntries += changed
			next.Records += n.Added - n.Removed
		}
		return layout.WriteHeader(txn, w.connection, next)
	})
	if err != nil {
		return err
	}
	w.header = next
	for c := range pack.EachChange(part) {
		w.digest.Put(c.ID, c.Content)
		w.digest.Mark(c.ID)
	}
	return nil
}

// putChanges writes the versions and their documents, the change log entry and the delta
// of the digest.
func (w *StreamWriter) putChanges(txn *badgerdir.Txn, part []pack.Pack, at time.Time, h layout.Header) error {
	delta := layout.NewDigest()
	for chunk := range part {
		p := &part[chunk]
		if p.Value != nil {
			if err := txn.Set(layout.PackKey(h.Number, at, uint32(chunk)), p.Value); err != nil {
				return err
			}
		}
		for i := range p.Changes {
			c := &p.Changes[i]
			if err := txn.Set(layout.VersionKey(h.Number, c.Key, at), layout.PackVersion(w.run, uint32(chunk), c)); err != nil {
				return err
			}
			delta = layout.AppendDigest(delta, c.ID, c.Content)
		}
	}
	w.ledger.Disk.Wrote(sizeOfPacks(part))
	if err := txn.Set(layout.DeltaKey(h.Number, h.DeltaNext), delta); err != nil {
		return err
	}
	id := layout.EntryID{Connection: w.connection, Epoch: w.epoch, At: at}
	return ledger.Append(txn, id, layout.PackChanges(w.run, h.Name, pack.EachChange(part)))
}

// sizeOfPacks estimates what packs take in a transaction.
func sizeOfPacks(part []pack.Pack) (size int) {
	for i := range part {
		size += part[i].Size()
	}
	return size
}

func violation(format string, args ...any) *host.Problem {
	return &host.Problem{
		Code:    host.CodeProtocol,
		Message: fmt.Sprintf(format, args...),
		Remedy:  "Report this to the connector's author.",
		Fault:   host.FaultConnector,
		Retry:   host.RetryNever,
	}
}
