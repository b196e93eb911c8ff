package insight

import (
	"encoding/binary"
	"errors"
)

// errCut says that what was stored of facts is not whole.
var errCut = errors.New("the facts end in the middle")

// AppendFact appends a fact in the form that CutFact reads.
func AppendFact(to []byte, f *Fact) []byte {
	to = binary.AppendUvarint(to, uint64(len(f.Run)))
	to = append(to, f.Run...)
	for _, n := range [...]int64{f.At, f.Began, f.Ended, f.Due} {
		to = binary.AppendVarint(to, n)
	}
	to = binary.AppendUvarint(to, f.Unread)
	return append(to, f.outcome, f.group)
}

// CutFact returns the fact at the beginning, and the rest.
func CutFact(from []byte) (f Fact, rest []byte, err error) {
	length, n := binary.Uvarint(from)
	if n <= 0 || uint64(len(from)-n) < length {
		return f, nil, errCut
	}
	f.Run, from = string(from[n:n+int(length)]), from[n+int(length):]
	for _, to := range [...]*int64{&f.At, &f.Began, &f.Ended, &f.Due} {
		if *to, n = binary.Varint(from); n <= 0 {
			return f, nil, errCut
		}
		from = from[n:]
	}
	if f.Unread, n = binary.Uvarint(from); n <= 0 || len(from) < n+2 {
		return f, nil, errCut
	}
	f.outcome, f.group = from[n], from[n+1]
	if int(f.outcome) >= len(outcomes) || int(f.group) >= len(groups) {
		return f, nil, errors.New("a fact has an outcome or a cause that this version does not know")
	}
	return f, from[n+2:], nil
}
