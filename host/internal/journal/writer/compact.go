package writer

import (
	"encoding/binary"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/digest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
)

// compact keeps the digest as small as its stream, and quick to load. A run that changed
// little in many groups leaves many small deltas. They are merged, so that what is written
// is in proportion to the change. When too much of the digest is outdated, it is written
// into a new generation of base chunks. One transaction switches over. What a crash leaves
// of the old generation, or of a new one never switched to, is deleted by the next
// compaction.
func (w *StreamWriter) compact() error {
	err := w.merge()
	if err == nil && w.stale() {
		err = w.rebase()
	}
	if ledger.IsDiskFull(err) {
		return nil // the digest is valid as it is; a later run compacts it
	}
	return err
}

// stale reports whether too much of the digest is outdated, or it has too many deltas.
func (w *StreamWriter) stale() bool {
	h, l := w.header, w.ledger.Limits
	stored := h.BaseEntries + h.DeltaEntries
	wasted, spare := stored-w.digest.Live(), h.Deltas-stored*4/l.ChunkEntries
	return wasted >= l.CompactEntries+w.digest.Live()/2 || spare >= l.CompactDeltas
}

// merge replaces the deltas of this run by larger ones. These have the same entries in the
// same order, and come after the old ones, so the digest is valid between any two steps.
func (w *StreamWriter) merge() error {
	from, to := w.begun.DeltaNext, w.header.DeltaNext
	deltas, entries := int(to-from), w.header.DeltaEntries-w.begun.DeltaEntries
	if deltas < w.ledger.Limits.MergeDeltas || entries*4 > deltas*w.ledger.Limits.ChunkEntries {
		return nil
	}
	if err := w.ledger.Disk.Check(); err != nil {
		return err
	}
	for next := from; next < to; {
		merged, more := layout.NewDigest(), false
		err := w.ledger.View(func(txn *badgerdir.Txn) error {
			h := w.header
			h.DeltaNext = to
			return digest.EachDelta(txn, h, next, func(sequence uint64, raw []byte) error {
				if len(merged) > 1 && len(merged)+len(raw) > w.ledger.Limits.ChunkEntries*layout.DigestEntry {
					more = true
					return layout.ErrStop
				}
				merged, next = append(merged, raw[1:]...), sequence+1
				return nil
			})
		})
		if err != nil {
			return err
		}
		if !more {
			next = to
		}
		if err := w.addDelta(merged); err != nil {
			return err
		}
	}
	prefix := layout.StreamKey(layout.PrefixDelta, w.header.Number)
	err := w.ledger.DeleteWhere(prefix, w.fence, func(k []byte) bool {
		if len(k) != len(prefix)+8 {
			return false
		}
		sequence := binary.BigEndian.Uint64(k[len(prefix):])
		return from <= sequence && sequence < to
	})
	if err != nil {
		return err
	}
	h := w.header
	h.DeltaEntries -= entries
	h.Deltas -= deltas
	return w.saveHeader(h)
}

// addDelta stores one more delta of the digest.
func (w *StreamWriter) addDelta(delta []byte) error {
	h := w.header
	h.DeltaNext++
	h.Deltas++
	h.DeltaEntries += (len(delta) - 1) / layout.DigestEntry
	err := w.update(func(txn *badgerdir.Txn) error {
		if err := txn.Set(layout.DeltaKey(h.Number, h.DeltaNext-1), delta); err != nil {
			return err
		}
		return layout.WriteHeader(txn, w.connection, h)
	})
	if err == nil {
		w.header = h
	}
	return err
}

// rebase writes the digest into a new generation of base chunks.
func (w *StreamWriter) rebase() error {
	h := w.header
	if err := w.ledger.Disk.Check(); err != nil {
		return err
	}
	if err := w.sweepDigest(); err != nil {
		return err
	}
	h.BaseGeneration++
	chunks, err := w.writeBase(h.Number, h.BaseGeneration)
	if err != nil {
		return err
	}
	h.BaseChunks, h.BaseEntries = chunks, w.digest.Live()
	h.DeltaFrom, h.DeltaEntries, h.Deltas = h.DeltaNext, 0, 0
	if err := w.saveHeader(h); err != nil {
		return err
	}
	return w.sweepDigest()
}

// writeBase stores the digest as the base chunks of a generation and returns their number.
func (w *StreamWriter) writeBase(stream, generation uint32) (uint32, error) {
	var full [][]byte
	var written uint32
	flush := func() error {
		if err := w.ledger.Disk.Check(); err != nil {
			return err
		}
		w.ledger.Disk.Wrote(len(full) * w.ledger.Limits.ChunkEntries * layout.DigestEntry)
		err := w.update(func(txn *badgerdir.Txn) error {
			for i, chunk := range full {
				if err := txn.Set(layout.BaseKey(stream, generation, written+uint32(i)), chunk); err != nil {
					return err
				}
			}
			return nil
		})
		written += uint32(len(full))
		full = full[:0]
		return err
	}
	chunk := layout.NewDigest()
	err := w.digest.Each(func(k, content layout.Fingerprint) error {
		chunk = layout.AppendDigest(chunk, k, content)
		if len(chunk) < w.ledger.Limits.ChunkEntries*layout.DigestEntry {
			return nil
		}
		full, chunk = append(full, chunk), layout.NewDigest()
		if len(full) < w.ledger.Limits.CompactChunks {
			return nil
		}
		return flush()
	})
	if err != nil {
		return 0, err
	}
	if len(chunk) > 1 {
		full = append(full, chunk)
	}
	err = flush()
	return written, err
}

// sweepDigest deletes base chunks and deltas that the header no longer, or not yet, points
// to.
func (w *StreamWriter) sweepDigest() error {
	h := w.header
	base := layout.StreamKey(layout.PrefixBase, h.Number)
	err := w.ledger.DeleteWhere(base, w.fence, func(k []byte) bool {
		return len(k) < len(base)+4 || binary.BigEndian.Uint32(k[len(base):]) != h.BaseGeneration
	})
	if err != nil {
		return err
	}
	delta := layout.StreamKey(layout.PrefixDelta, h.Number)
	return w.ledger.DeleteWhere(delta, w.fence, func(k []byte) bool {
		return len(k) < len(delta)+8 || binary.BigEndian.Uint64(k[len(delta):]) < h.DeltaFrom
	})
}
