package layout

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// names turns keys found in files into names. It learns the names of connections and
// streams from the entries that can be read.
type names struct {
	alias   map[string]string // by connection id
	streams map[uint32][2]string
}

// Names returns what names the keys of one inspection.
func Names() badgerdir.Names {
	return names{alias: map[string]string{}, streams: map[uint32][2]string{}}
}

// Ours says whether entries are stored under k.
func (names) Ours(k []byte) bool { return kindWords[k[0]] != "" }

// Wants refuses blocks that are full of records, as most are.
func (names) Wants(first, next []byte) bool {
	return first[0] <= PrefixStream && (len(next) == 0 || next[0] >= PrefixDocument)
}

// Learn remembers the name of a connection or a stream.
func (n names) Learn(k, value []byte) {
	id, _, err := CutText(k[1:])
	var d Document
	var c host.Connection
	var h Header
	switch {
	case err != nil:
	case k[0] == PrefixDocument && id == CollectionConnection && json.Unmarshal(value, &d) == nil && json.Unmarshal(d.Value, &c) == nil:
		n.alias[c.ID] = c.Alias
	case k[0] == PrefixStream && json.Unmarshal(value, &h) == nil:
		n.streams[h.Number] = [2]string{id, h.Name}
	}
}

// Name says what a key is about.
func (n names) Name(k []byte) host.BadEntry {
	b := NameKey(k)
	_, rest, err := CutText(k[1:])
	switch k[0] {
	case PrefixVersion, PrefixPack, PrefixBase, PrefixDelta, PrefixHeld:
		if len(k) < 5 {
			return b
		}
		stream := n.streams[binary.BigEndian.Uint32(k[1:])]
		b.Alias, b.Stream = stream[0], stream[1]
		if record, at, err := CutVersion(k[5:]); k[0] == PrefixVersion && err == nil {
			b.Key, b.At = record, &at
		}
	case PrefixStream:
		b.Stream, _, _ = CutText(rest)
	case PrefixChange:
		if err == nil && len(rest) == 16 {
			at, _, _ := CutTime(rest[8:])
			b.At = &at
		}
	}
	if alias, known := n.alias[b.Alias]; known {
		b.Alias = alias
	}
	return b
}

// NameKey says what a key is about, as far as the key says so itself.
func NameKey(k []byte) (b host.BadEntry) {
	if len(k) == 0 {
		return b
	}
	text, _, err := CutText(k[1:])
	if err != nil {
		return b
	}
	switch k[0] {
	case PrefixAlias, PrefixEpoch, PrefixDue, PrefixSecret, PrefixChain, PrefixStream, PrefixChange:
		b.Alias = text
	case PrefixRun, PrefixUnfinished, PrefixLog:
		b.Run = text
	case PrefixDocument:
		collection, key, _ := CutDocument(k)
		b.Key = collection + " " + key
		if collection == CollectionConnection {
			b.Alias = key
		}
	}
	return b
}

// kindWords says what is under each prefix.
var kindWords = map[byte]string{
	PrefixMeta: "a number of the store", PrefixDocument: "document", PrefixAlias: "alias", PrefixEpoch: "epoch of connection",
	PrefixSecret: "secret of connection", PrefixDue: "due time of connection", PrefixDeleting: "deletion of connection",
	PrefixRun: "run", PrefixRunIndex: "list of runs", PrefixRunsOf: "list of runs of connection", PrefixUnfinished: "unfinished run",
	PrefixLog: "log of run", PrefixStream: "stream", PrefixVersion: "record", PrefixPack: "records of stream",
	PrefixChange: "change log of connection", PrefixBase: "digest of stream", PrefixDelta: "digest of stream",
	PrefixChain: "chain of connection", PrefixFeed: "feed of changes", PrefixHeld: "held removal of stream",
}

// Phrase names a key in one phrase.
func (n names) Phrase(k []byte) string {
	text := kindWords[k[0]]
	if text == "" {
		return fmt.Sprintf("an entry under %.1q", k)
	}
	b := n.Name(k)
	for _, part := range []string{b.Alias, b.Stream, b.Key, b.Run} {
		if part != "" {
			text += " " + part
		}
	}
	return text
}
