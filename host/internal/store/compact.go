package store

import (
	"encoding/binary"

	badger "github.com/dgraph-io/badger/v4"
)

// compact writes the digest into a new generation of base chunks when enough has
// gathered after the old one. One transaction switches over; what a crash leaves
// of the old generation, or of a new one never switched to, is swept up by the
// next compaction.
func (w *StreamWriter) compact() error {
	h := w.header
	pieces := h.DeltaNext - h.DeltaFrom
	if h.DeltaEntries < w.store.limits.compactEntries+h.BaseEntries/2 && pieces < uint64(w.store.limits.compactPieces) {
		return nil
	}
	if err := w.store.space.check(); err != nil {
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
	h.BaseChunks, h.BaseEntries = chunks, w.digest.live
	h.DeltaFrom, h.DeltaEntries = h.DeltaNext, 0
	if err := w.saveHeader(h); err != nil {
		return err
	}
	return w.sweepDigest()
}

// writeBase stores the digest as the base chunks of a generation and returns
// their number.
func (w *StreamWriter) writeBase(stream, generation uint32) (uint32, error) {
	var full [][]byte
	var written uint32
	flush := func() error {
		if err := w.store.space.check(); err != nil {
			return err
		}
		w.store.space.wrote(len(full) * w.store.limits.chunkEntries * entryBytes)
		w.store.mapped.used(len(full) * w.store.limits.chunkEntries * entryBytes)
		err := w.store.update(func(txn *badger.Txn) error {
			if err := w.fence(txn); err != nil {
				return err
			}
			for i, chunk := range full {
				if err := txn.Set(keyBase(stream, generation, written+uint32(i)), chunk); err != nil {
					return err
				}
			}
			return nil
		})
		written += uint32(len(full))
		full = full[:0]
		return err
	}
	chunk := newPacked()
	err := w.digest.each(func(k, content fingerprint) error {
		chunk = appendPacked(chunk, k, content)
		if len(chunk) < w.store.limits.chunkEntries*entryBytes {
			return nil
		}
		full, chunk = append(full, chunk), newPacked()
		if len(full) < w.store.limits.compactChunks {
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

// sweepDigest deletes base chunks and digest entries that the header no longer,
// or not yet, points to.
func (w *StreamWriter) sweepDigest() error {
	h := w.header
	base := numbered(prefixBase, h.Number)
	err := w.store.deleteWhere(base, w.fence, func(k []byte) bool {
		return len(k) < len(base)+4 || binary.BigEndian.Uint32(k[len(base):]) != h.BaseGeneration
	})
	if err != nil {
		return err
	}
	delta := numbered(prefixDelta, h.Number)
	return w.store.deleteWhere(delta, w.fence, func(k []byte) bool {
		return len(k) < len(delta)+8 || binary.BigEndian.Uint64(k[len(delta):]) < h.DeltaFrom
	})
}
