package layout

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// Names of collections that the journal itself reads.
const (
	CollectionConnection = "connection"
	CollectionHold       = "hold"
	CollectionWorkspace  = "workspace" // one document
	CollectionDecision   = "decision"  // on a held removal, the latest of each stream
	CollectionView       = "view"      // a list with its filter, under a name
)

// HostOwner stands in the keys of secrets for the connection, where a secret is the host's own.
const HostOwner = "host"

// Document is a document as it is stored.
type Document struct {
	Revision uint64          `json:"revision"`
	At       time.Time       `json:"at"` // commit time of the edit
	Value    json.RawMessage `json:"value"`
}

// LoadDocument returns a document, or the zero document when there is none. A transaction
// that reads it conflicts with any other that writes it.
func LoadDocument(txn *badgerdir.Txn, collection, key string) (d Document, err error) {
	_, err = ReadJSON(txn, DocumentKey(collection, key), &d)
	return d, err
}

// EachDocument calls fn with the documents of a collection, by key, with their decoded
// values, and with the error of one that cannot be read.
func EachDocument[T any](txn *badgerdir.Txn, collection string, fn func(key string, d Document, value T, err error) error) error {
	return Each(txn, Key(PrefixDocument, collection), func(item *badgerdir.Item) error {
		_, key, err := CutDocument(item.Key())
		if err != nil {
			return err
		}
		var d Document
		var value T
		if err = Unmarshal(item, &d); err == nil {
			err = json.Unmarshal(d.Value, &value)
		}
		return fn(key, d, value, err)
	})
}

// LoadConnection returns the connection with this id.
func LoadConnection(txn *badgerdir.Txn, id string) (c host.Connection, err error) {
	stored, err := LoadDocument(txn, CollectionConnection, id)
	if err == nil && stored.Revision == 0 {
		return c, NoConnection(id)
	}
	if err == nil {
		err = json.Unmarshal(stored.Value, &c)
	}
	if err != nil {
		return c, fmt.Errorf("read connection %s: %w", id, err)
	}
	return c, nil
}

// NoConnection is the problem of a connection that is not stored.
func NoConnection(ref string) *host.Problem {
	return host.NotFound("connection", ref, "Run `plumbline connection list` to see which there are.")
}

// ReadableConnections returns the connections that can be read, by alias. Verification
// names the others.
func ReadableConnections(txn *badgerdir.Txn) (all []host.Connection, err error) {
	err = EachDocument(txn, CollectionConnection, func(_ string, _ Document, c host.Connection, err error) error {
		if err == nil {
			all = append(all, c)
		}
		return nil
	})
	slices.SortFunc(all, ByAlias)
	return all, err
}

// ByAlias compares connections by their aliases.
func ByAlias(a, b host.Connection) int { return cmp.Compare(a.Alias, b.Alias) }

// Holds are all holds that are stored.
type Holds []host.Hold

// LoadHolds returns all holds.
func LoadHolds(txn *badgerdir.Txn) (all Holds, err error) {
	err = EachDocument(txn, CollectionHold, func(_ string, _ Document, hold host.Hold, err error) error {
		all = append(all, hold)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read holds: %w", err)
	}
	return all, nil
}

// Touch reports whether a moment from on and before until is held for a stream.
func (all Holds) Touch(connection, stream string, from, until time.Time) bool {
	return slices.ContainsFunc(all, func(hold host.Hold) bool {
		return hold.Connection == connection && (hold.Stream == "" || hold.Stream == stream) &&
			!from.After(hold.To) && until.After(hold.From)
	})
}

// TouchAny is Touch for any stream of a connection.
func (all Holds) TouchAny(connection string, from, until time.Time) bool {
	return slices.ContainsFunc(all, func(hold host.Hold) bool {
		return all.Touch(connection, hold.Stream, from, until)
	})
}

// Cover reports whether one hold holds all of a span for a stream, or for all streams
// when none is named.
func (all Holds) Cover(connection, stream string, from, to time.Time) bool {
	return slices.ContainsFunc(all, func(hold host.Hold) bool {
		return hold.Connection == connection && (hold.Stream == "" || hold.Stream == stream) &&
			!from.Before(hold.From) && !to.After(hold.To)
	})
}
