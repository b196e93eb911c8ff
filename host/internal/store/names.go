package store

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"

	"github.com/plumbline-dev/plumbline/host"
)

// keyNames turns keys found in files into names. It learns the names of connections
// and streams from the entries that are whole.
type keyNames struct {
	alias   map[string]string // by connection id
	streams map[uint32][2]string
}

func newKeyNames() keyNames {
	return keyNames{alias: map[string]string{}, streams: map[uint32][2]string{}}
}

// learn reads a block if it can hold connections or streams; most are full of records.
// Damage behind the block ends it.
func (n keyNames) learn(b block) {
	if b.first[0] > prefixStream || len(b.next) > 0 && b.next[0] < prefixConnection {
		return
	}
	defer func() { _ = recover() }()
	it := b.table.NewIterator(table.NOCACHE)
	defer func() { _ = it.Close() }()
	for it.Seek(b.first); it.Valid() && (len(b.next) == 0 || y.CompareKeys(it.Key(), b.next) < 0); it.Next() {
		k, value := y.ParseKey(it.Key()), it.Value().Value
		id, _, err := cutText(k[1:])
		var c host.Connection
		var h header
		switch {
		case err != nil:
		case k[0] == prefixConnection && json.Unmarshal(value, &c) == nil:
			n.alias[id] = c.Alias
		case k[0] == prefixStream && json.Unmarshal(value, &h) == nil:
			n.streams[h.Number] = [2]string{id, h.Name}
		}
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

// lost names the first entry of a damaged block of a file, and in words all of them.
func (n keyNames) lost(file string, b block) host.BadEntry {
	k, until := y.ParseKey(b.first), "the end of the table"
	if len(b.next) > 0 {
		until = n.words(y.ParseKey(b.next))
	}
	bad := n.name(k)
	bad.Kind, bad.File = badFile, file
	bad.Message = fmt.Sprintf("the entries from %s up to %s are not as they were written", n.words(k), until)
	return bad
}

// within says which entries are in a table that cannot be read. An open store knows.
func (i *inspector) within(id uint64) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.open != nil {
		for _, t := range i.open() {
			if t.ID == id {
				return fmt.Sprintf("it has the entries from %s to %s", i.names.words(y.ParseKey(t.Left)), i.names.words(y.ParseKey(t.Right)))
			}
		}
	}
	return "which entries are lost cannot be said"
}

// kindWords says what is under each prefix.
var kindWords = map[byte]string{
	prefixMeta: "a number of the store", prefixConnection: "connection", prefixAlias: "alias", prefixEpoch: "epoch of connection",
	prefixSecret: "secret of connection", prefixDue: "due time of connection", prefixDeleting: "deletion of connection",
	prefixRun: "run", prefixRunIndex: "list of runs", prefixRunsOf: "list of runs of connection", prefixUnfinished: "unfinished run",
	prefixLog: "log of run", prefixStream: "stream", prefixVersion: "record", prefixPack: "records of stream",
	prefixChange: "change log of connection", prefixBase: "digest of stream", prefixDelta: "digest of stream", prefixChain: "chain of connection",
	prefixFeed: "feed of changes", prefixHold: "hold", prefixHeld: "held removal of stream",
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
