package journal

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"time"
)

// idLetters are upper-case, so an id is never mistaken for an alias, and leave
// out those that look alike.
var idLetters = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// newID returns 26 letters that sort by the moment they were made.
func newID(at time.Time) string {
	raw := make([]byte, 16)
	binary.BigEndian.PutUint64(raw, uint64(at.UnixMilli())<<16)
	_, _ = rand.Read(raw[6:]) // never fails
	return idLetters.EncodeToString(raw)
}
