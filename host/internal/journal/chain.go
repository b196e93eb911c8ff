package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// link is one link of a connection's chain: SHA-256 of the link before and of
// everything its entry says.
type link [32]byte

// chain is where a connection's chain stands. The entries of its change log are
// numbered from 1, in the order of their commits.
type chain struct {
	length uint64 // number of the latest entry
	head   link   // of the latest entry

	// The anchor: entries up to this number have been deleted, and the link of
	// the last of them is what the first entry left goes on from.
	anchor     uint64
	anchorLink link
}

const (
	chainFormat = 1
	chainBytes  = 1 + 8 + 32 + 8 + 32
)

func (c chain) pack() []byte {
	raw := make([]byte, 0, chainBytes)
	raw = binary.BigEndian.AppendUint64(append(raw, chainFormat), c.length)
	raw = binary.BigEndian.AppendUint64(append(raw, c.head[:]...), c.anchor)
	return append(raw, c.anchorLink[:]...)
}

func unpackChain(raw []byte) (chain, error) {
	if len(raw) != chainBytes || raw[0] != chainFormat {
		return chain{}, fmt.Errorf("malformed chain head of %d bytes", len(raw))
	}
	return chain{
		length: binary.BigEndian.Uint64(raw[1:]), head: link(raw[9:41]),
		anchor: binary.BigEndian.Uint64(raw[41:]), anchorLink: link(raw[49:]),
	}, nil
}

// loadChain returns where a connection's chain stands. Reading it makes the
// transaction conflict with any other that adds to the chain.
func loadChain(txn *badgerdir.Txn, connection string) (chain, error) {
	raw, err := read(txn, key(prefixChain, connection))
	if err != nil {
		return chain{}, fmt.Errorf("read chain: %w", err)
	}
	if raw == nil {
		return chain{}, nil
	}
	return unpackChain(raw)
}

// entryPlace is what a change log entry's key says.
type entryPlace struct {
	connection string
	epoch      uint64
	at         time.Time
}

// next returns the link of the entry with this number that follows before.
func (before link) next(number uint64, place entryPlace, body []byte) link {
	identity := append([]byte("plumbline chain 1\x00"), before[:]...)
	identity = binary.BigEndian.AppendUint64(identity, number)
	identity = appendCounted(identity, place.connection)
	identity = binary.BigEndian.AppendUint64(identity, place.epoch)
	identity = binary.BigEndian.AppendUint64(identity, uint64(place.at.UnixNano()))
	sum := sha256.New()
	sum.Write(identity)
	sum.Write(body)
	return link(sum.Sum(nil))
}

// putChained writes an entry of the change log as the next of its chain.
func putChained(txn *badgerdir.Txn, place entryPlace, body []byte) error {
	c, err := loadChain(txn, place.connection)
	if err != nil {
		return err
	}
	c.length++
	c.head = c.head.next(c.length, place, body)
	if err := txn.Set(keyChange(place.connection, place.epoch, place.at), packEntry(c.length, c.head, body)); err != nil {
		return err
	}
	if err := putFeed(txn, place); err != nil {
		return err
	}
	return txn.Set(key(prefixChain, place.connection), c.pack())
}

// dropAnchored moves the anchor of a connection's chain: its entries up to this
// one may then be deleted, in the same transaction or later, and verification
// begins after it. Whoever prunes the change log calls it with the newest entry
// that goes.
func dropAnchored(txn *badgerdir.Txn, place entryPlace) error {
	raw, err := read(txn, keyChange(place.connection, place.epoch, place.at))
	if err != nil {
		return err
	}
	e, err := unpackEntry(raw)
	if err != nil {
		return err
	}
	c, err := loadChain(txn, place.connection)
	if err != nil {
		return err
	}
	if e.number > c.length || e.number <= c.anchor {
		return fmt.Errorf("move anchor of chain: entry %d is not between %d and %d", e.number, c.anchor, c.length)
	}
	c.anchor, c.anchorLink = e.number, e.link
	return txn.Set(key(prefixChain, place.connection), c.pack())
}

// A change log entry on disk is a format byte, the entry's number and link, and then
// the body.
const (
	entryFormat = 1
	entryFixed  = 1 + 8 + 32
)

// logEntry is a change log entry. Its body is its reader's only as long as the item
// it was read from.
type logEntry struct {
	number uint64 // from 1 on
	link   link
	body   []byte
}

func packEntry(number uint64, l link, body []byte) []byte {
	raw := make([]byte, 0, entryFixed+len(body))
	raw = binary.BigEndian.AppendUint64(append(raw, entryFormat), number)
	return append(append(raw, l[:]...), body...)
}

func unpackEntry(raw []byte) (logEntry, error) {
	if len(raw) <= entryFixed || raw[0] != entryFormat {
		return logEntry{}, errChanges
	}
	return logEntry{number: binary.BigEndian.Uint64(raw[1:]), link: link(raw[9:41]), body: raw[entryFixed:]}, nil
}

// placeOf reads the key of a change log entry; all is the prefix of its
// connection's log.
func placeOf(k, all []byte, connection string) (entryPlace, error) {
	if !bytes.HasPrefix(k, all) || len(k) != len(all)+16 {
		return entryPlace{}, errKey
	}
	at, _, err := cutTime(k[len(all)+8:])
	return entryPlace{connection: connection, epoch: ^binary.BigEndian.Uint64(k[len(all):]), at: at}, err
}

// eachEntry calls fn with the entries of a connection's change log, oldest first. The
// entry is fn's only until it returns. A value that cannot be read comes as an error
// and does not end the walk; fn does.
func eachEntry(txn *badgerdir.Txn, connection string, fn func(entryPlace, logEntry, error) error) error {
	all := key(prefixChange, connection)
	options := badgerdir.Prefetching()
	options.Reverse, options.Prefix, options.PrefetchSize = true, all, 4
	it := txn.NewIterator(options)
	defer it.Close()
	last := append(all[:len(all):len(all)], bytes.Repeat([]byte{0xFF}, 17)...)
	for it.Seek(last); it.Valid(); it.Next() {
		place, err := placeOf(it.Item().Key(), all, connection)
		if err == nil {
			err = it.Item().Value(func(raw []byte) error {
				e, err := unpackEntry(raw)
				return fn(place, e, err)
			})
		} else {
			err = fn(place, logEntry{}, err)
		}
		if err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
	return nil
}
