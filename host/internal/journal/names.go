package journal

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// keyNames turns keys found in files into names. It learns the names of connections
// and streams from the entries that are whole.
type keyNames struct {
	alias   map[string]string // by connection id
	streams map[uint32][2]string
}

func newKeyNames() badgerdir.Names {
	n := keyNames{alias: map[string]string{}, streams: map[uint32][2]string{}}
	return badgerdir.Names{
		Ours: func(k []byte) bool { return kindWords[k[0]] != "" },
		// Most blocks are full of records.
		Wants: func(first, next []byte) bool {
			return first[0] <= prefixStream && (len(next) == 0 || next[0] >= prefixDocument)
		},
		Learn: n.learn, Name: n.name, Phrase: n.words,
	}
}

// learn takes note of a connection or a stream.
func (n keyNames) learn(k, value []byte) {
	id, _, err := cutText(k[1:])
	var d document
	var c host.Connection
	var h header
	switch {
	case err != nil:
	case k[0] == prefixDocument && id == connectionNoun && json.Unmarshal(value, &d) == nil && json.Unmarshal(d.Value, &c) == nil:
		n.alias[c.ID] = c.Alias
	case k[0] == prefixStream && json.Unmarshal(value, &h) == nil:
		n.streams[h.Number] = [2]string{id, h.Name}
	}
}

// name says what a key is about.
func (n keyNames) name(k []byte) host.BadEntry {
	b := nameKey(k)
	_, rest, err := cutText(k[1:])
	switch k[0] {
	case prefixVersion, prefixPack, prefixBase, prefixDelta, prefixHeld:
		if len(k) < 5 {
			return b
		}
		stream := n.streams[binary.BigEndian.Uint32(k[1:])]
		b.Alias, b.Stream = stream[0], stream[1]
		if record, at, err := cutVersion(k[5:]); k[0] == prefixVersion && err == nil {
			b.Key, b.At = record, moment(at)
		}
	case prefixStream:
		b.Stream, _, _ = cutText(rest)
	case prefixChange:
		if err == nil && len(rest) == 16 {
			at, _, _ := cutTime(rest[8:])
			b.At = moment(at)
		}
	}
	if alias, known := n.alias[b.Alias]; known {
		b.Alias = alias
	}
	return b
}

// kindWords says what is under each prefix.
var kindWords = map[byte]string{
	prefixMeta: "a number of the store", prefixDocument: "document", prefixAlias: "alias", prefixEpoch: "epoch of connection",
	prefixSecret: "secret of connection", prefixDue: "due time of connection", prefixDeleting: "deletion of connection",
	prefixRun: "run", prefixRunIndex: "list of runs", prefixRunsOf: "list of runs of connection", prefixUnfinished: "unfinished run",
	prefixLog: "log of run", prefixStream: "stream", prefixVersion: "record", prefixPack: "records of stream",
	prefixChange: "change log of connection", prefixBase: "digest of stream", prefixDelta: "digest of stream", prefixChain: "chain of connection",
	prefixFeed: "feed of changes", prefixHeld: "held removal of stream",
}

// words names a key in one phrase.
func (n keyNames) words(k []byte) string {
	text := kindWords[k[0]]
	if text == "" {
		return fmt.Sprintf("an entry under %.1q", k)
	}
	b := n.name(k)
	for _, part := range []string{b.Alias, b.Stream, b.Key, b.Run} {
		if part != "" {
			text += " " + part
		}
	}
	return text
}
