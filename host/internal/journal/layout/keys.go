package layout

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"time"
)

// Key prefixes.
const (
	PrefixMeta       = 'm'
	PrefixDocument   = 'c'
	PrefixAlias      = 'a'
	PrefixEpoch      = 'e'
	PrefixSecret     = 'k'
	PrefixDue        = 'd'
	PrefixDeleting   = 'x'
	PrefixRun        = 'r'
	PrefixRunIndex   = 'q'
	PrefixRunsOf     = 'p'
	PrefixUnfinished = 'u'
	PrefixLog        = 'o'
	PrefixStream     = 's'
	PrefixVersion    = 'v'
	PrefixPack       = 'w'
	PrefixChange     = 'l'
	PrefixBase       = 'b'
	PrefixDelta      = 'g'
	PrefixChain      = 'h'
	PrefixFeed       = 'f'
	PrefixHeld       = 'n'
)

// Keys of single numbers and values.
var (
	KeySchema  = Key(PrefixMeta, "schema")
	KeyStreams = Key(PrefixMeta, "streams")
	KeyHistory = Key(PrefixMeta, "history")
	KeyAnchors = Key(PrefixMeta, "anchors")
)

// StreamPrefixes returns the prefixes of everything that a stream has under its number.
func StreamPrefixes() []byte {
	return []byte{PrefixVersion, PrefixPack, PrefixBase, PrefixDelta, PrefixHeld}
}

// Key builds a key, or the prefix of all keys that begin with these parts.
func Key(prefix byte, parts ...string) []byte {
	k := []byte{prefix}
	for _, part := range parts {
		k = AppendText(k, part)
	}
	return k
}

// AppendText appends s so that order is kept and no text is a prefix of another.
func AppendText(k []byte, s string) []byte {
	for i := range len(s) {
		k = append(k, s[i])
		if s[i] == 0 {
			k = append(k, 0xFF)
		}
	}
	return append(k, 0, 1)
}

// ErrKey says that a key has another form than its prefix promises.
var ErrKey = errors.New("malformed key")

// CutText is the inverse of AppendText. It returns what follows the text.
func CutText(k []byte) (string, []byte, error) {
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
	return "", nil, ErrKey
}

// StreamKey returns the prefix of everything that a stream has under a prefix.
func StreamKey(prefix byte, stream uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{prefix}, stream)
}

// VersionKey is the key of a record's version.
func VersionKey(stream uint32, record string, at time.Time) []byte {
	return appendNewestFirst(AppendText(StreamKey(PrefixVersion, stream), record), at)
}

// CutVersion returns what a version's key says after the number of its stream.
func CutVersion(rest []byte) (record string, at time.Time, err error) {
	record, rest, err = CutText(rest)
	if err != nil {
		return record, at, err
	}
	at, _, err = CutTime(rest)
	return record, at, err
}

// AfterRecord returns a key after every version of a record and before the next record.
// After the record "" the stream begins.
func AfterRecord(prefix []byte, record string) []byte {
	k := slices.Clone(prefix)
	if record == "" {
		return k
	}
	k = AppendText(k, record)
	k[len(k)-1]++ // just after the terminator, before any longer text
	return k
}

// PackKey is the key of one of the packs of a transaction. The oldest comes first.
func PackKey(stream uint32, at time.Time, chunk uint32) []byte {
	k := binary.BigEndian.AppendUint64(StreamKey(PrefixPack, stream), uint64(at.UnixNano()))
	return binary.BigEndian.AppendUint32(k, chunk)
}

// BaseKey is the key of a base chunk of a digest.
func BaseKey(stream, generation, chunk uint32) []byte {
	k := binary.BigEndian.AppendUint32(StreamKey(PrefixBase, stream), generation)
	return binary.BigEndian.AppendUint32(k, chunk)
}

// DeltaKey is the key of a delta of a digest.
func DeltaKey(stream uint32, sequence uint64) []byte {
	return binary.BigEndian.AppendUint64(StreamKey(PrefixDelta, stream), sequence)
}

// HeldKey is the key of a chunk of a held removal.
func HeldKey(stream, generation, chunk uint32) []byte {
	return binary.BigEndian.AppendUint32(HeldPrefix(stream, generation), chunk)
}

// HeldPrefix is the prefix of all chunks of a held removal.
func HeldPrefix(stream, generation uint32) []byte {
	return binary.BigEndian.AppendUint32(StreamKey(PrefixHeld, stream), generation)
}

// DocumentKey is the key of a document.
func DocumentKey(collection, key string) []byte { return Key(PrefixDocument, collection, key) }

// CutDocument returns what a document's key says.
func CutDocument(k []byte) (collection, key string, err error) {
	if len(k) == 0 {
		return "", "", ErrKey
	}
	collection, rest, err := CutText(k[1:])
	if err != nil {
		return collection, "", err
	}
	key, _, err = CutText(rest)
	return collection, key, err
}

// RunIndexKey is the key of a run in the list of all runs.
func RunIndexKey(at time.Time, run string) []byte {
	return AppendText(appendNewestFirst(Key(PrefixRunIndex), at), run)
}

// RunOfKey is the key of a run in the list of its connection's runs.
func RunOfKey(connection string, at time.Time, run string) []byte {
	return AppendText(appendNewestFirst(Key(PrefixRunsOf, connection), at), run)
}

// ListedFrom is the key in a list of runs from which on its runs had begun by a moment.
func ListedFrom(prefix []byte, at time.Time) []byte {
	return appendNewestFirst(prefix[:len(prefix):len(prefix)], at)
}

// CutListed returns the run and the time that the key of a list of runs ends with.
func CutListed(rest []byte) (at time.Time, run string, err error) {
	if at, rest, err = CutTime(rest); err == nil {
		run, _, err = CutText(rest)
	}
	return at, run, err
}

// LogKey is the key of a line of a run's log.
func LogKey(run string, number int) []byte {
	return binary.BigEndian.AppendUint64(Key(PrefixLog, run), uint64(number))
}

// LogEnd comes after the keys of all lines of a run's log.
func LogEnd(run string) []byte {
	return append(Key(PrefixLog, run), bytes.Repeat([]byte{0xFF}, 9)...)
}

// ReaderKey is the key of the position of a reader of the feed.
func ReaderKey(name string) []byte { return Key(PrefixMeta, "reader", name) }

// FeedKey is the key of a transaction in the feed. The zero time comes before all.
func FeedKey(at time.Time) []byte {
	nanos := uint64(0)
	if !at.IsZero() {
		nanos = uint64(at.UnixNano())
	}
	return binary.BigEndian.AppendUint64([]byte{PrefixFeed}, nanos)
}

func appendNewestFirst(k []byte, at time.Time) []byte {
	return binary.BigEndian.AppendUint64(k, ^uint64(at.UnixNano()))
}

// CutTime cuts a time that sorts newest first off a key.
func CutTime(k []byte) (time.Time, []byte, error) {
	if len(k) < 8 {
		return time.Time{}, nil, ErrKey
	}
	return time.Unix(0, int64(^binary.BigEndian.Uint64(k))).UTC(), k[8:], nil
}

// LastMoment is later than every commit.
var LastMoment = time.Unix(0, math.MaxInt64).UTC()

// Later returns the later of two times.
func Later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
