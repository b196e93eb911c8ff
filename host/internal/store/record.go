package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	badger "github.com/dgraph-io/badger/v4"

	"github.com/plumbline-dev/plumbline/host"
)

// A version on disk: format byte, kind of change, hash, length of the run's id,
// the id, the document. A removal has no hash and no document.
const (
	versionFormat = 1
	versionFixed  = 2 + 32
)

func packVersion(run string, c *change) []byte {
	raw := make([]byte, 0, versionFixed+binary.MaxVarintLen64+len(run)+len(c.doc))
	raw = append(raw, versionFormat, c.kind)
	raw = append(raw, c.hash[:]...)
	raw = binary.AppendUvarint(raw, uint64(len(run)))
	raw = append(raw, run...)
	return append(raw, c.doc...)
}

// version is one version of a record. Its slices are its reader's only as long
// as the item it was read from.
type version struct {
	kind byte
	hash [32]byte
	run  []byte
	doc  []byte
}

func unpackVersion(raw []byte) (version, error) {
	if len(raw) <= versionFixed || raw[0] != versionFormat {
		return version{}, fmt.Errorf("malformed record version of %d bytes", len(raw))
	}
	v := version{kind: raw[1], hash: [32]byte(raw[2:versionFixed])}
	length, n := binary.Uvarint(raw[versionFixed:])
	rest := raw[versionFixed+max(n, 0):]
	if n <= 0 || length > uint64(len(rest)) {
		return version{}, fmt.Errorf("malformed record version of %d bytes", len(raw))
	}
	v.run, v.doc = rest[:length], rest[length:]
	return v, nil
}

// RecordQuery asks for the records of a connection, by stream and key.
type RecordQuery struct {
	Connection string    // id
	Stream     string    // empty = all
	AsOf       time.Time // as they were at this moment; zero = now
	After      string    // what an earlier answer returned as next
	Limit      int       // 0 = 100
	Query      string    // part of the key or of the document, in any case
}

// Records returns records, each in the version that was valid at the asked
// moment, and what to ask with for more; that is empty when there are none. A
// query looks at every record until the page is full or ctx ends.
func (s *Store) Records(ctx context.Context, q RecordQuery) (records []host.Record, next string, err error) {
	from, err := parsePlace(q.After)
	if err != nil {
		return nil, "", err
	}
	scan := recordScan{ctx: ctx, asOf: lastMoment, limit: orDefault(q.Limit, 100), query: []byte(strings.ToLower(q.Query))}
	if !q.AsOf.IsZero() {
		scan.asOf = q.AsOf
	}
	err = s.view(func(txn *badger.Txn) error {
		if err := keptAt(txn, q.Connection, q.Stream, scan.asOf); err != nil {
			return err
		}
		headers, err := streamHeaders(txn, q.Connection)
		if err != nil {
			return err
		}
		for _, h := range headers {
			if (q.Stream != "" && q.Stream != h.Name) || h.Name < from.Stream {
				continue
			}
			after := ""
			if h.Name == from.Stream {
				after = from.Key
			}
			if err := scan.stream(txn, h, after); err != nil || scan.more {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("read records: %w", err)
	}
	if scan.more {
		last := scan.found[len(scan.found)-1]
		next = place{Stream: last.Stream, Key: last.Key}.String()
	}
	return scan.found, next, nil
}

// streamHeaders returns the headers of a connection's streams, by name.
func streamHeaders(txn *badger.Txn, connection string) (headers []header, err error) {
	err = each(txn, key(prefixStream, connection), func(item *badger.Item) error {
		var h header
		err := unmarshal(item, &h)
		headers = append(headers, h)
		return err
	})
	return headers, err
}

// recordScan gathers one page of records.
type recordScan struct {
	ctx   context.Context
	asOf  time.Time
	limit int
	query []byte // lower case
	found []host.Record
	more  bool // there is at least one record after the page
}

// stream gathers from one stream, from the record after the given one on.
func (r *recordScan) stream(txn *badger.Txn, h header, after string) error {
	prefix := numbered(prefixVersion, h.Number)
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	it.Seek(afterRecord(prefix, after))
	for it.Valid() && !r.more {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		record, rest, err := cutText(it.Item().Key()[len(prefix):])
		if err != nil {
			return err
		}
		at, _, err := cutTime(rest)
		if err != nil {
			return err
		}
		if at.After(r.asOf) {
			it.Seek(keyVersion(h.Number, record, r.asOf))
			continue // at this record's version then, or at the next record
		}
		if err := r.take(it.Item(), h, record, at); err != nil {
			return err
		}
		skipVersions(it, afterRecord(prefix, record))
	}
	return nil
}

// manyVersions is after how many steps a seek is cheaper than one more.
const manyVersions = 8

// skipVersions moves on to the first key at or after bound.
func skipVersions(it *badger.Iterator, bound []byte) {
	for range manyVersions {
		it.Next()
		if !it.Valid() || bytes.Compare(it.Item().Key(), bound) >= 0 {
			return
		}
	}
	it.Seek(bound)
}

// take adds the version under item to the page if it is asked for.
func (r *recordScan) take(item *badger.Item, h header, record string, at time.Time) error {
	return item.Value(func(raw []byte) error {
		v, err := unpackVersion(raw)
		if err != nil || v.kind == changeRemoved || !r.matches(record, v.doc) {
			return err
		}
		if len(r.found) == r.limit {
			r.more = true
			return nil
		}
		r.found = append(r.found, host.Record{
			Stream: h.Name, Kind: h.Kind, Key: record, Data: slices.Clone(json.RawMessage(v.doc)),
			Hash: hex.EncodeToString(v.hash[:]), Run: string(v.run), ObservedAt: at,
		})
		return nil
	})
}

func (r *recordScan) matches(record string, doc []byte) bool {
	return len(r.query) == 0 ||
		bytes.Contains([]byte(strings.ToLower(record)), r.query) ||
		bytes.Contains(bytes.ToLower(doc), r.query)
}

// afterRecord returns a key after every version of a record and before the next
// record; the record "" has none, so it is where the stream begins.
func afterRecord(prefix []byte, record string) []byte {
	k := slices.Clone(prefix)
	if record == "" {
		return k
	}
	k = appendText(k, record)
	k[len(k)-1]++ // just after the terminator, before any longer text
	return k
}

// place is where a page of records ended.
type place struct {
	Stream string `json:"s"`
	Key    string `json:"k"`
}

func (p place) String() string {
	raw, _ := json.Marshal(p) // two texts always encode
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parsePlace(cursor string) (p place, err error) {
	if cursor == "" {
		return p, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || json.Unmarshal(raw, &p) != nil {
		return p, badCursor(cursor)
	}
	return p, nil
}
