package results

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Number returns a number that stands for values in Row.Joined: others have another. It writes into a buffer, and returns that too.
func Number(buffer []byte, values ...any) (uint64, []byte) {
	buffer = buffer[:0]
	for _, value := range values {
		buffer = written(buffer, value)
	}
	sum := sha256.Sum256(buffer)
	return binary.LittleEndian.Uint64(sum[:]), buffer
}

// written adds a value so that others are written otherwise.
func written(to []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		to = binary.AppendUvarint(append(to, 's'), uint64(len(v)))
		return append(to, v...)
	case bool:
		if v {
			return append(to, 't')
		}
		return append(to, 'f')
	case int64:
		return binary.AppendVarint(append(to, 'i'), v)
	case uint64:
		return binary.AppendUvarint(append(to, 'n'), v)
	case time.Time:
		return binary.AppendVarint(append(to, 'm'), v.UnixNano())
	case []any:
		to = binary.AppendUvarint(append(to, 'l'), uint64(len(v)))
		for _, member := range v {
			to = written(to, member)
		}
		return to
	case map[string]any:
		to = binary.AppendUvarint(append(to, 'o'), uint64(len(v)))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			to = written(written(to, name), v[name])
		}
		return to
	}
	return fmt.Appendf(append(to, 'v'), "%T %v;", value, value)
}
