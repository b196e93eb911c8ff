package layout

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
)

// A version on disk is a format byte and the kind of change. A removal goes on with its
// run (counted); the others with the number of the pack of their transaction and the slot
// in it that have their document.
const versionFormat = 1

// PackVersion returns the stored form of a version.
func PackVersion(run string, chunk uint32, c *Change) []byte {
	raw := []byte{versionFormat, c.Kind}
	if c.Kind == Removed {
		return AppendCounted(raw, run)
	}
	raw = binary.AppendUvarint(raw, uint64(chunk))
	return binary.AppendUvarint(raw, uint64(c.Slot))
}

// Version is one version of a record. Hash, Run and Doc of one that is in a pack are set
// by pack.Cache.
type Version struct {
	Kind  byte
	Chunk uint32
	Slot  uint32
	Hash  [sha256.Size]byte // of the document; none for a removal
	Run   string
	Doc   []byte
}

// Packed reports whether the version's document and run are in a pack.
func (v *Version) Packed() bool { return v.Kind != Removed }

// UnpackVersion reads the stored form of a version.
func UnpackVersion(raw []byte) (v Version, err error) {
	malformed := fmt.Errorf("malformed record version of %d bytes", len(raw))
	if len(raw) < 3 || raw[0] != versionFormat {
		return v, malformed
	}
	v.Kind = raw[1]
	if !v.Packed() {
		var rest []byte
		if v.Run, rest, err = CutCounted(raw[2:]); err != nil || len(rest) > 0 {
			return v, malformed
		}
		return v, nil
	}
	chunk, n := binary.Uvarint(raw[2:])
	slot, m := binary.Uvarint(raw[2+max(n, 0):])
	if n <= 0 || m <= 0 || 2+n+m != len(raw) || chunk > math.MaxUint32 || slot > math.MaxUint32 {
		return v, malformed
	}
	v.Chunk, v.Slot = uint32(chunk), uint32(slot)
	return v, nil
}
