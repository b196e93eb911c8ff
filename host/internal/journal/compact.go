package journal

import (
	"encoding/binary"
	"errors"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// compact keeps the digest as small as its stream, and quick to load. A run that
// changed little in many groups leaves many small pieces: they are put together,
// so that what is written is in proportion to the change. When too much of the
// digest says what no longer holds, it is written into a new generation of base
// chunks. One transaction switches over; what a crash leaves of the old
// generation, or of a new one never switched to, is swept up by the next
// compaction.
func (w *StreamWriter) compact() error {
	err := w.gather()
	if err == nil && w.stale() {
		err = w.rebase()
	}
	if isDiskFull(err) {
		return nil // it is right as it is, and is written anew after another run
	}
	return err
}

// stale reports whether too much of the digest no longer holds, or it is in too
// many pieces.
func (w *StreamWriter) stale() bool {
	h, l := w.header, w.store.limits
	stored := h.BaseEntries + h.DeltaEntries
	wasted, spare := stored-w.digest.live, h.DeltaPieces-stored*4/l.chunkEntries
	return wasted >= l.compactEntries+w.digest.live/2 || spare >= l.compactPieces
}

// gather puts the pieces of this run together. The new ones say the same in the
// same order, after the old ones, so it is right at each moment between.
func (w *StreamWriter) gather() error {
	from, to := w.begun.DeltaNext, w.header.DeltaNext
	pieces, entries := int(to-from), w.header.DeltaEntries-w.begun.DeltaEntries
	if pieces < w.store.limits.gatherPieces || entries*4 > pieces*w.store.limits.chunkEntries {
		return nil
	}
	if err := w.store.disk.Check(); err != nil {
		return err
	}
	for next := from; next < to; {
		gathered := newPacked()
		err := w.store.view(func(txn *badgerdir.Txn) error {
			h := w.header
			h.DeltaNext = to
			return eachPiece(txn, h, next, func(sequence uint64, raw []byte) error {
				if len(gathered) > 1 && len(gathered)+len(raw) > w.store.limits.chunkEntries*entryBytes {
					return errStop
				}
				gathered, next = append(gathered, raw[1:]...), sequence+1
				return nil
			})
		})
		if err == nil {
			next = to
		} else if !errors.Is(err, errStop) {
			return err
		}
		if err := w.addPiece(gathered); err != nil {
			return err
		}
	}
	delta := numbered(prefixDelta, w.header.Number)
	err := w.store.deleteWhere(delta, w.fence, func(k []byte) bool {
		return len(k) == len(delta)+8 && inside(binary.BigEndian.Uint64(k[len(delta):]), from, to)
	})
	if err != nil {
		return err
	}
	h := w.header
	h.DeltaEntries -= entries
	h.DeltaPieces -= pieces
	return w.saveHeader(h)
}

func inside(n, from, to uint64) bool { return from <= n && n < to }

// addPiece stores one more piece of the digest.
func (w *StreamWriter) addPiece(packed []byte) error {
	h := w.header
	h.DeltaNext++
	h.DeltaPieces++
	h.DeltaEntries += (len(packed) - 1) / entryBytes
	err := w.store.update(func(txn *badgerdir.Txn) error {
		if err := w.fence(txn); err != nil {
			return err
		}
		if err := txn.Set(keyDelta(h.Number, h.DeltaNext-1), packed); err != nil {
			return err
		}
		return writeJSON(txn, key(prefixStream, w.connection, h.Name), h)
	})
	if err == nil {
		w.header = h
	}
	return err
}

// rebase writes the digest into a new generation of base chunks.
func (w *StreamWriter) rebase() error {
	h := w.header
	if err := w.store.disk.Check(); err != nil {
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
	h.DeltaFrom, h.DeltaEntries, h.DeltaPieces = h.DeltaNext, 0, 0
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
		if err := w.store.disk.Check(); err != nil {
			return err
		}
		w.store.disk.Wrote(len(full) * w.store.limits.chunkEntries * entryBytes)
		err := w.store.update(func(txn *badgerdir.Txn) error {
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
