package layout

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// EntryID is what the key of a change log entry says.
type EntryID struct {
	Connection string
	Epoch      uint64
	At         time.Time
}

// Key is the key of the entry.
func (id EntryID) Key() []byte {
	return appendNewestFirst(EntriesOfRun(id.Connection, id.Epoch), id.At)
}

// EntriesOfRun is the prefix of the change log entries of one epoch, and so of one run.
func EntriesOfRun(connection string, epoch uint64) []byte {
	return binary.BigEndian.AppendUint64(Key(PrefixChange, connection), ^epoch)
}

// CutEntry reads the key of a change log entry of a connection.
func CutEntry(k []byte, connection string) (EntryID, error) {
	all := Key(PrefixChange, connection)
	if !bytes.HasPrefix(k, all) || len(k) != len(all)+16 {
		return EntryID{}, ErrKey
	}
	at, _, err := CutTime(k[len(all)+8:])
	return EntryID{Connection: connection, Epoch: ^binary.BigEndian.Uint64(k[len(all):]), At: at}, err
}

// A change log entry on disk is a format byte, the entry's number and link, and its body.
const (
	entryFormat = 1
	entryFixed  = 1 + 8 + 32
)

// Entry is a change log entry. Its body is valid as long as the item that it was read from.
type Entry struct {
	Number uint64 // from 1 on
	Link   Link
	Body   []byte
}

// PackEntry returns the stored form of an entry.
func PackEntry(e Entry) []byte {
	raw := make([]byte, 0, entryFixed+len(e.Body))
	raw = binary.BigEndian.AppendUint64(append(raw, entryFormat), e.Number)
	return append(append(raw, e.Link[:]...), e.Body...)
}

// UnpackEntry reads the stored form of an entry.
func UnpackEntry(raw []byte) (Entry, error) {
	if len(raw) <= entryFixed || raw[0] != entryFormat {
		return Entry{}, errEntry
	}
	return Entry{Number: binary.BigEndian.Uint64(raw[1:]), Link: Link(raw[9:41]), Body: raw[entryFixed:]}, nil
}

// LoadEntry returns a copy of a change log entry and whether there is one.
func LoadEntry(txn *badgerdir.Txn, id EntryID) (e Entry, found bool, err error) {
	raw, err := Read(txn, id.Key())
	if raw == nil || err != nil {
		return e, false, err
	}
	e, err = UnpackEntry(raw)
	return e, err == nil, err
}

// EachEntry calls fn with the entries of a connection's change log, oldest first, and with
// the error of one that cannot be read. The entry is valid until fn returns.
func EachEntry(txn *badgerdir.Txn, connection string, fn func(EntryID, Entry, error) error) error {
	options := badgerdir.Prefetching()
	options.Reverse, options.Prefix, options.PrefetchSize = true, Key(PrefixChange, connection), 4
	last := append(Key(PrefixChange, connection), bytes.Repeat([]byte{0xFF}, 17)...)
	return EachFrom(txn, options, last, func(item *badgerdir.Item) error {
		id, err := CutEntry(item.Key(), connection)
		if err != nil {
			return fn(id, Entry{}, err)
		}
		return item.Value(func(raw []byte) error {
			e, err := UnpackEntry(raw)
			return fn(id, e, err)
		})
	})
}

// Link is one link of a chain: SHA-256 of the link before it and of everything that its
// entry says.
type Link [32]byte

// Next returns the link of the entry with this number that follows before.
func (before Link) Next(number uint64, id EntryID, body []byte) Link {
	identity := append([]byte("plumbline chain 1\x00"), before[:]...)
	identity = binary.BigEndian.AppendUint64(identity, number)
	identity = AppendCounted(identity, id.Connection)
	identity = binary.BigEndian.AppendUint64(identity, id.Epoch)
	identity = binary.BigEndian.AppendUint64(identity, uint64(id.At.UnixNano()))
	sum := sha256.New()
	sum.Write(identity)
	sum.Write(body)
	return Link(sum.Sum(nil))
}

// Chain is the head of a connection's chain. The entries of its change log are numbered
// from 1, in the order of their commits.
type Chain struct {
	Length uint64 // number of the latest entry
	Head   Link   // of the latest entry

	// Entries up to this number were deleted. The first entry that is left follows the
	// link of the last of them.
	Anchor     uint64
	AnchorLink Link
}

const (
	chainFormat = 1
	chainBytes  = 1 + 8 + 32 + 8 + 32
)

// Pack returns the stored form of the head.
func (c Chain) Pack() []byte {
	raw := make([]byte, 0, chainBytes)
	raw = binary.BigEndian.AppendUint64(append(raw, chainFormat), c.Length)
	raw = binary.BigEndian.AppendUint64(append(raw, c.Head[:]...), c.Anchor)
	return append(raw, c.AnchorLink[:]...)
}

// UnpackChain reads the stored form of a head.
func UnpackChain(raw []byte) (Chain, error) {
	if len(raw) != chainBytes || raw[0] != chainFormat {
		return Chain{}, fmt.Errorf("malformed chain head of %d bytes", len(raw))
	}
	return Chain{
		Length: binary.BigEndian.Uint64(raw[1:]), Head: Link(raw[9:41]),
		Anchor: binary.BigEndian.Uint64(raw[41:]), AnchorLink: Link(raw[49:]),
	}, nil
}

// LoadChain returns the head of a connection's chain. A transaction that reads it
// conflicts with any other that adds to the chain.
func LoadChain(txn *badgerdir.Txn, connection string) (Chain, error) {
	raw, err := Read(txn, Key(PrefixChain, connection))
	if err != nil {
		return Chain{}, fmt.Errorf("read chain: %w", err)
	}
	if raw == nil {
		return Chain{}, nil
	}
	return UnpackChain(raw)
}

// WriteFed stores the transaction of an entry in the feed.
func WriteFed(txn *badgerdir.Txn, id EntryID) error { return txn.Set(FeedKey(id.At), id.fed()) }

// IsFed reports whether the feed has the transaction of an entry.
func IsFed(txn *badgerdir.Txn, id EntryID) (bool, error) {
	raw, err := Read(txn, FeedKey(id.At))
	return bytes.Equal(raw, id.fed()), err
}

func (id EntryID) fed() []byte {
	return binary.BigEndian.AppendUint64(AppendText(nil, id.Connection), id.Epoch)
}

// CutFed reads an entry of the feed.
func CutFed(item *badgerdir.Item) (id EntryID, err error) {
	k := item.Key()
	if len(k) != 9 {
		return id, ErrKey
	}
	id.At = time.Unix(0, int64(binary.BigEndian.Uint64(k[1:]))).UTC()
	return id, item.Value(func(raw []byte) error {
		connection, rest, err := CutText(raw)
		if err != nil || len(rest) != 8 {
			return fmt.Errorf("entry of the feed at %s: %w", id.At, ErrKey)
		}
		id.Connection, id.Epoch = connection, binary.BigEndian.Uint64(rest)
		return nil
	})
}
