package store

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
)

// fileNames turns keys found in files into names. It learns the names of
// connections and streams from the entries that are whole.
type fileNames struct {
	alias   map[string]string // by connection id
	streams map[uint32][2]string
}

func newFileNames() *fileNames {
	return &fileNames{alias: map[string]string{}, streams: map[uint32][2]string{}}
}

// mayName reports whether a block can hold connections or streams: most are full
// of records.
func mayName(first, following []byte) bool {
	return len(first) > 0 && first[0] <= prefixStream && (len(following) == 0 || following[0] >= prefixConnection)
}

// learn looks into a block for connections and streams.
func (f *fileNames) learn(block []byte) {
	eachInBlock(block, func(k, value []byte) {
		switch {
		case len(k) > 1 && k[0] == prefixConnection:
			var c host.Connection
			if json.Unmarshal(value, &c) == nil {
				f.alias[c.ID] = c.Alias
			}
		case len(k) > 1 && k[0] == prefixStream:
			var h header
			if id, _, err := cutText(k[1:]); err == nil && json.Unmarshal(value, &h) == nil {
				f.streams[h.Number] = [2]string{id, h.Name}
			}
		}
	})
}

// eachInBlock calls fn with the entries of a block whose checksum is right. Keys
// share their beginning with the first; values begin with two bytes of Badger's
// and a time.
func eachInBlock(block []byte, fn func(k, value []byte)) {
	if len(block) < 4 {
		return
	}
	count := int(binary.BigEndian.Uint32(block[len(block)-4:]))
	offsets := len(block) - 4 - 4*count
	if count <= 0 || offsets < 0 {
		return
	}
	var base []byte
	for n := range count {
		start, end := int(binary.LittleEndian.Uint32(block[offsets+4*n:])), offsets
		if n+1 < count {
			end = int(binary.LittleEndian.Uint32(block[offsets+4*n+4:]))
		}
		if start+4 > end || end > offsets {
			return
		}
		overlap, diff := int(binary.LittleEndian.Uint16(block[start:])), int(binary.LittleEndian.Uint16(block[start+2:]))
		if overlap > len(base) || start+4+diff+2 > end {
			return
		}
		k := append(base[:overlap:overlap], block[start+4:start+4+diff]...)
		if n == 0 {
			base = k
		}
		value := block[start+4+diff+2 : end]
		if _, size := binary.Uvarint(value); size > 0 {
			fn(userKey(k), value[size:])
		}
	}
}

// name says what a key is about.
func (f *fileNames) name(k []byte) (b host.BadEntry) {
	if len(k) == 0 {
		return b
	}
	switch k[0] {
	case prefixVersion, prefixPack, prefixBase, prefixDelta, prefixHeld:
		if len(k) < 5 {
			return b
		}
		stream := f.streams[binary.BigEndian.Uint32(k[1:])]
		b.Alias, b.Stream = f.called(stream[0]), stream[1]
		if record, at, err := cutVersion(k[5:]); k[0] == prefixVersion && err == nil {
			b.Key, b.At = record, moment(at)
		}
	case prefixStream:
		if id, rest, err := cutText(k[1:]); err == nil {
			b.Alias = f.called(id)
			b.Stream, _, _ = cutText(rest)
		}
	case prefixChange:
		if id, rest, err := cutText(k[1:]); err == nil {
			b.Alias = f.called(id)
			if len(rest) == 16 {
				at, _, _ := cutTime(rest[8:])
				b.At = moment(at)
			}
		}
	default:
		b = nameKey(k)
		b.Alias = f.called(b.Alias)
	}
	return b
}

func (f *fileNames) called(id string) string {
	if alias, ok := f.alias[id]; ok {
		return alias
	}
	return id
}

// kindWords says what is under each prefix.
var kindWords = map[byte]string{
	prefixMeta: "a number of the store", prefixConnection: "connection", prefixAlias: "alias", prefixEpoch: "epoch of connection",
	prefixSecret: "secret of connection", prefixDue: "due time of connection", prefixDeleting: "deletion of connection",
	prefixRun: "run", prefixRunIndex: "list of runs", prefixRunsOf: "list of runs of connection", prefixUnfinished: "unfinished run",
	prefixLog: "log of run", prefixStream: "stream", prefixVersion: "record", prefixPack: "records of stream", prefixChange: "change log of connection",
	prefixBase: "digest of stream", prefixDelta: "digest of stream", prefixChain: "chain of connection",
	prefixFeed: "feed of changes", prefixHold: "hold", prefixHeld: "held removal of stream",
}

// words names a key in one phrase.
func (f *fileNames) words(k []byte) string {
	if len(k) == 0 {
		return "nothing"
	}
	if k[0] == '!' {
		return "an entry of Badger's own"
	}
	b := f.name(k)
	text := kindWords[k[0]]
	if text == "" {
		text = fmt.Sprintf("an entry under %q", k[0])
	}
	for _, part := range []string{b.Alias, b.Stream, b.Key, b.Run} {
		if part != "" {
			text += " " + part
		}
	}
	return text
}
