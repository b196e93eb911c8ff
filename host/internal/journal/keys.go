package journal

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// Key prefixes; doc.go says what is under each.
const (
	prefixMeta       = 'm'
	prefixDocument   = 'c'
	prefixAlias      = 'a'
	prefixEpoch      = 'e'
	prefixSecret     = 'k'
	prefixDue        = 'd'
	prefixDeleting   = 'x'
	prefixRun        = 'r'
	prefixRunIndex   = 'q'
	prefixRunsOf     = 'p'
	prefixUnfinished = 'u'
	prefixLog        = 'o'
	prefixStream     = 's'
	prefixVersion    = 'v'
	prefixPack       = 'w'
	prefixChange     = 'l'
	prefixBase       = 'b'
	prefixDelta      = 'g'
	prefixChain      = 'h'
	prefixFeed       = 'f'
	prefixHeld       = 'n'
)

var (
	keySchema  = key(prefixMeta, "schema")
	keyStreams = key(prefixMeta, "streams")
	keyHistory = key(prefixMeta, "history")
	keyAnchors = key(prefixMeta, "anchors")
)

// key builds a key, or the prefix of all keys that begin with these parts.
func key(prefix byte, parts ...string) []byte {
	k := []byte{prefix}
	for _, part := range parts {
		k = appendText(k, part)
	}
	return k
}

// appendText appends s so that order is kept and no text is a prefix of another.
func appendText(k []byte, s string) []byte {
	for i := range len(s) {
		k = append(k, s[i])
		if s[i] == 0 {
			k = append(k, 0xFF)
		}
	}
	return append(k, 0, 1)
}

var errKey = errors.New("malformed key")

// cutText is the inverse of appendText; it returns what follows the text.
func cutText(k []byte) (string, []byte, error) {
	var text []byte
	for i := 0; i < len(k); i++ {
		if k[i] != 0 {
			text = append(text, k[i])
			continue
		}
		if i++; i == len(k) {
			break
		}
		if k[i] == 1 {
			return string(text), k[i+1:], nil
		}
		text = append(text, 0)
	}
	return "", nil, errKey
}

// numbered returns the prefix of everything a stream keeps under its number.
func numbered(prefix byte, stream uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{prefix}, stream)
}

func keyVersion(stream uint32, record string, at time.Time) []byte {
	return appendNewestFirst(appendText(numbered(prefixVersion, stream), record), at)
}

// keyPack is the key of one of the packs of a transaction. The oldest comes first.
func keyPack(stream uint32, at time.Time, chunk uint32) []byte {
	k := binary.BigEndian.AppendUint64(numbered(prefixPack, stream), uint64(at.UnixNano()))
	return binary.BigEndian.AppendUint32(k, chunk)
}

func keyChange(connection string, epoch uint64, at time.Time) []byte {
	return appendNewestFirst(keyChangesOfRun(connection, epoch), at)
}

func keyChangesOfRun(connection string, epoch uint64) []byte {
	return binary.BigEndian.AppendUint64(key(prefixChange, connection), ^epoch)
}

func keyBase(stream, generation, chunk uint32) []byte {
	k := binary.BigEndian.AppendUint32(numbered(prefixBase, stream), generation)
	return binary.BigEndian.AppendUint32(k, chunk)
}

func keyDelta(stream uint32, sequence uint64) []byte {
	return binary.BigEndian.AppendUint64(numbered(prefixDelta, stream), sequence)
}

func keyRunIndex(at time.Time, run string) []byte {
	return appendText(appendNewestFirst(key(prefixRunIndex), at), run)
}

func keyRunOf(connection string, at time.Time, run string) []byte {
	return appendText(appendNewestFirst(key(prefixRunsOf, connection), at), run)
}

func keyLog(run string, number int) []byte {
	return binary.BigEndian.AppendUint64(key(prefixLog, run), uint64(number))
}

func appendNewestFirst(k []byte, at time.Time) []byte {
	return binary.BigEndian.AppendUint64(k, ^uint64(at.UnixNano()))
}

// cutTime is the inverse of appendNewestFirst.
func cutTime(k []byte) (time.Time, []byte, error) {
	if len(k) < 8 {
		return time.Time{}, nil, errKey
	}
	return time.Unix(0, int64(^binary.BigEndian.Uint64(k))).UTC(), k[8:], nil
}

// lastMoment is later than every commit.
var lastMoment = time.Unix(0, math.MaxInt64).UTC()
