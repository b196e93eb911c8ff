package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// A version on disk: format byte and kind of change. A removal goes on with its
// run (counted); the others with the pack of their transaction and the slot in it
// that have their document.
const versionFormat = 1

func packVersion(run string, chunk uint32, c *change) []byte {
	raw := []byte{versionFormat, c.kind}
	if c.kind == changeRemoved {
		return appendCounted(raw, run)
	}
	raw = binary.AppendUvarint(raw, uint64(chunk))
	return binary.AppendUvarint(raw, uint64(c.slot))
}

// version is one version of a record. What is in a pack it has only once it was
// read from there: documents.version.
type version struct {
	kind  byte
	chunk uint32
	slot  uint32
	hash  [sha256.Size]byte // of the document; none for a removal
	run   string
	doc   []byte
}

// packed reports whether the version's document and run are in a pack.
func (v *version) packed() bool { return v.kind != changeRemoved }

// rehash sets the hash to that of the document.
func (v *version) rehash() { v.hash = sha256.Sum256(v.doc) }

func unpackVersion(raw []byte) (v version, err error) {
	malformed := fmt.Errorf("malformed record version of %d bytes", len(raw))
	if len(raw) < 3 || raw[0] != versionFormat {
		return v, malformed
	}
	v.kind = raw[1]
	if !v.packed() {
		var rest []byte
		if v.run, rest, err = cutCounted(raw[2:]); err != nil || len(rest) > 0 {
			return v, malformed
		}
		return v, nil
	}
	chunk, n := binary.Uvarint(raw[2:])
	slot, m := binary.Uvarint(raw[2+max(n, 0):])
	if n <= 0 || m <= 0 || 2+n+m != len(raw) || chunk > math.MaxUint32 || slot > math.MaxUint32 {
		return v, malformed
	}
	v.chunk, v.slot = uint32(chunk), uint32(slot)
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
func (s *Journal) Records(ctx context.Context, q RecordQuery) (records []host.Record, next string, err error) {
	from, err := parsePlace(q.After)
	if err != nil {
		return nil, "", err
	}
	scan := recordScan{ctx: ctx, asOf: lastMoment, limit: orDefault(q.Limit, 100), query: []byte(strings.ToLower(q.Query))}
	if !q.AsOf.IsZero() {
		scan.asOf = q.AsOf
	}
	err = s.view(func(txn *badgerdir.Txn) error {
		scan.documents = s.documents(txn)
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
func streamHeaders(txn *badgerdir.Txn, connection string) (headers []header, err error) {
	err = each(txn, key(prefixStream, connection), func(item *badgerdir.Item) error {
		var h header
		err := unmarshal(item, &h)
		headers = append(headers, h)
		return err
	})
	return headers, err
}

// recordScan gathers one page of records.
type recordScan struct {
	ctx       context.Context
	documents *documents
	asOf      time.Time
	limit     int
	query     []byte // lower case
	found     []host.Record
	more      bool // there is at least one record after the page
}

// stream gathers from one stream, from the record after the given one on.
func (r *recordScan) stream(txn *badgerdir.Txn, h header, after string) error {
	prefix := numbered(prefixVersion, h.Number)
	it := txn.NewIterator(badgerdir.IteratorOptions{Prefix: prefix})
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
func skipVersions(it *badgerdir.Iterator, bound []byte) {
	for range manyVersions {
		it.Next()
		if !it.Valid() || bytes.Compare(it.Item().Key(), bound) >= 0 {
			return
		}
	}
	it.Seek(bound)
}

// take adds the version under item to the page if it is asked for.
func (r *recordScan) take(item *badgerdir.Item, h header, record string, at time.Time) error {
	return item.Value(func(raw []byte) error {
		v, err := r.documents.version(h.Number, at, raw)
		if err != nil || v.kind == changeRemoved || !r.matches(record, v.doc) {
			return err
		}
		if len(r.found) == r.limit {
			r.more = true
			return nil
		}
		r.found = append(r.found, host.Record{
			Stream: h.Name, Kind: h.Kind, Key: record, Data: slices.Clone(json.RawMessage(v.doc)),
			Hash: hex.EncodeToString(v.hash[:]), Run: v.run, ObservedAt: at,
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
