package layout

import (
	"crypto/sha256"
	"fmt"
)

// Fingerprint is half of a SHA-256 of a record's key or of its document.
type Fingerprint [16]byte

// KeyPrint returns the fingerprint of a record's key.
func KeyPrint(key string) Fingerprint {
	sum := sha256.Sum256([]byte(key))
	return Fingerprint(sum[:16])
}

// SeenBit is the bit of a document's fingerprint that is always 0 on disk. In memory it
// marks a record that was seen.
const SeenBit = 1

// ContentPrint returns the fingerprint of a document by its hash, without SeenBit. The
// zero fingerprint stands for no document.
func ContentPrint(hash [32]byte) Fingerprint {
	content := Fingerprint(hash[:16])
	content[15] &^= SeenBit
	if content == (Fingerprint{}) {
		content[0] = 1
	}
	return content
}

// A base chunk or a delta of a digest is a format byte and then DigestEntry bytes for each
// record: the fingerprint of its key and of its document. The zero fingerprint of a
// document says that the record was removed.
const (
	digestFormat = 1
	DigestEntry  = 32
)

// NewDigest returns a chunk or a delta without entries.
func NewDigest() []byte { return []byte{digestFormat} }

// AppendDigest appends an entry to a chunk or a delta.
func AppendDigest(raw []byte, key, content Fingerprint) []byte {
	return append(append(raw, key[:]...), content[:]...)
}

// EachDigest calls fn with the entries of a chunk or a delta.
func EachDigest(raw []byte, fn func(key, content Fingerprint)) error {
	if len(raw) == 0 || raw[0] != digestFormat || (len(raw)-1)%DigestEntry != 0 {
		return fmt.Errorf("malformed digest entry of %d bytes", len(raw))
	}
	for raw = raw[1:]; len(raw) > 0; raw = raw[DigestEntry:] {
		fn(Fingerprint(raw[:16]), Fingerprint(raw[16:32]))
	}
	return nil
}
