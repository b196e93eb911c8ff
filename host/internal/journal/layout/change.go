package layout

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// Limits of what a connector may hand in. The protocol says the same.
const (
	MaxKey    = 512
	MaxDoc    = 1_000_000
	MaxCursor = 64 << 10
)

// What happened to a record, as it is stored.
const (
	Added   = 1
	Changed = 2
	Removed = 3
)

// Change is what a transaction does to one record.
type Change struct {
	Kind    byte // Added, Changed, Removed
	Key     string
	ID      Fingerprint
	Content Fingerprint // none for a removal
	Doc     []byte
	Hash    [32]byte
	Slot    uint32 // of the document in its pack
}

// KindOf returns the kind of change that a stored byte stands for.
func KindOf(kind byte) host.ChangeKind {
	switch kind {
	case Added:
		return host.ChangeAdded
	case Changed:
		return host.ChangeChanged
	}
	return host.ChangeRemoved
}

// Count adds a change of this kind to counts.
func Count(counts *host.Counts, kind host.ChangeKind) {
	switch kind {
	case host.ChangeAdded:
		counts.Added++
	case host.ChangeChanged:
		counts.Changed++
	case host.ChangeRemoved:
		counts.Removed++
	}
}

// CountAll adds changes to counts.
func CountAll(counts *host.Counts, changes iter.Seq[*Change]) {
	for c := range changes {
		Count(counts, KindOf(c.Kind))
	}
}

// PackChanges returns the body of a change log entry: run, stream, then for each change
// its kind, its record's key and, unless it is a removal, the hash of the new version.
// Texts have their length before them.
func PackChanges(run, stream string, changes iter.Seq[*Change]) []byte {
	raw := AppendCounted(AppendCounted(nil, run), stream)
	for c := range changes {
		raw = AppendCounted(append(raw, c.Kind), c.Key)
		if c.Kind != Removed {
			raw = append(raw, c.Hash[:]...)
		}
	}
	return raw
}

// AppendCounted appends s with its length before it.
func AppendCounted(raw []byte, s string) []byte {
	return append(binary.AppendUvarint(raw, uint64(len(s))), s...)
}

var errEntry = errors.New("malformed change log entry")

// CutCounted is the inverse of AppendCounted. It returns what follows the text.
func CutCounted(raw []byte) (string, []byte, error) {
	length, n := binary.Uvarint(raw)
	if n <= 0 || length > uint64(len(raw)-n) {
		return "", nil, errEntry
	}
	raw = raw[n:]
	return string(raw[:length]), raw[length:], nil
}

// CutOrigin returns the run and the stream at the beginning of an entry's body.
func CutOrigin(body []byte) (run, stream string, rest []byte, err error) {
	if run, rest, err = CutCounted(body); err == nil {
		stream, rest, err = CutCounted(rest)
	}
	return run, stream, rest, err
}

// UnpackChanges returns the changes of an entry's body in the order they were made.
func UnpackChanges(body []byte, at time.Time) ([]host.Change, error) {
	run, stream, raw, err := CutOrigin(body)
	if err != nil {
		return nil, err
	}
	var changes []host.Change
	for len(raw) > 0 {
		c := host.Change{Run: run, Stream: stream, Kind: KindOf(raw[0]), At: at}
		if c.Key, raw, err = CutCounted(raw[1:]); err != nil {
			return nil, err
		}
		if c.Kind != host.ChangeRemoved {
			if len(raw) < 32 {
				return nil, errEntry
			}
			c.Hash, raw = hex.EncodeToString(raw[:32]), raw[32:]
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// CountIn counts the changes of an entry's body.
func CountIn(body []byte) (counts host.Counts, err error) {
	_, _, raw, err := CutOrigin(body)
	if err != nil {
		return counts, err
	}
	for len(raw) > 0 {
		kind := raw[0]
		length, n := binary.Uvarint(raw[1:])
		if n <= 0 || length > uint64(len(raw)-1-n) {
			return counts, errEntry
		}
		raw = raw[1+n+int(length):]
		if kind != Removed {
			if len(raw) < 32 {
				return counts, errEntry
			}
			raw = raw[32:]
		}
		Count(&counts, KindOf(kind))
	}
	return counts, nil
}

// ChangesAt returns the changes of the change log entry of a connection under an item.
func ChangesAt(item *badgerdir.Item, connection string) (changes []host.Change, err error) {
	id, err := CutEntry(item.Key(), connection)
	if err != nil {
		return nil, err
	}
	err = item.Value(func(raw []byte) error {
		e, err := UnpackEntry(raw)
		if err == nil {
			changes, err = UnpackChanges(e.Body, id.At)
		}
		return err
	})
	return changes, err
}

// AuditChain stands in keys for the connection in the change log of documents. AuditEpoch
// is its only epoch, because edits need no fencing.
const (
	AuditChain = "audit"
	AuditEpoch = 1
)

// EditBody is the body of an entry of the audit log.
type EditBody struct {
	Actor  host.Actor `json:"actor"`
	Edited []Edited   `json:"edited"`
}

// Edited is what an edit did to one document.
type Edited struct {
	Collection string          `json:"collection"`
	Key        string          `json:"key"`
	Title      string          `json:"title,omitempty"`
	Action     host.Action     `json:"action"`
	Revision   uint64          `json:"revision"`
	Value      json.RawMessage `json:"value,omitempty"`
	Before     int64           `json:"before,omitempty"` // commit time of the edit before, in nanoseconds since 1970
}

// UnpackEdit returns the body of an entry of the audit log.
func UnpackEdit(e Entry) (body EditBody, err error) {
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return body, fmt.Errorf("decode audit entry %d: %w", e.Number, err)
	}
	return body, nil
}

// LastEdit returns the commit time of the newest entry of the audit log.
func LastEdit(txn *badgerdir.Txn) (time.Time, error) {
	k, err := First(txn, Key(PrefixChange, AuditChain))
	if k == nil || err != nil {
		return time.Time{}, err
	}
	id, err := CutEntry(k, AuditChain)
	return id.At, err
}
