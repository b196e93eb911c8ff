package records

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/internal/journal/pack"
)

// Reader reads the records of a journal.
type Reader struct{ ledger *ledger.Ledger }

// New returns the reader of a journal's records.
func New(l *ledger.Ledger) *Reader { return &Reader{l} }

// Query asks for the records of a connection, by stream and key.
type Query struct {
	Connection string    // id
	Stream     string    // empty = all
	AsOf       time.Time // as they were at this moment; zero = now
	After      string    // what an earlier answer returned as next
	Limit      int       // 0 = 100
	Query      string    // part of the key or of the document, in any case
}

// end is where a page of records ended.
type end struct {
	Stream string `json:"s"`
	Key    string `json:"k"`
}

// Records returns records, each in the version that was valid at the asked moment, and
// what to ask with for more; that is empty when there are none. A query with text reads
// every record until the page is full or ctx ends.
func (r *Reader) Records(ctx context.Context, q Query) (records []host.Record, next string, err error) {
	var from end
	if err := layout.DecodeCursor(q.After, &from); err != nil {
		return nil, "", err
	}
	p := page{ctx: ctx, asOf: layout.LastMoment, limit: ledger.Limit(q.Limit, 100), query: []byte(strings.ToLower(q.Query))}
	if !q.AsOf.IsZero() {
		p.asOf = q.AsOf
	}
	err = r.ledger.View(func(txn *badgerdir.Txn) error {
		p.cache = r.ledger.Cache(txn)
		if err := layout.KeptAt(txn, q.Connection, q.Stream, p.asOf); err != nil {
			return err
		}
		headers, err := layout.Headers(txn, q.Connection)
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
			if err := p.stream(txn, h, after); err != nil || p.more {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("read records: %w", err)
	}
	if p.more {
		last := p.found[len(p.found)-1]
		next = layout.EncodeCursor(end{Stream: last.Stream, Key: last.Key})
	}
	return p.found, next, nil
}

// page is one page of records.
type page struct {
	ctx   context.Context
	cache *pack.Cache
	asOf  time.Time
	limit int
	query []byte // lower case
	found []host.Record
	more  bool // at least one record follows the page
}

// stream adds records of one stream, from the record after the given one on.
func (p *page) stream(txn *badgerdir.Txn, h layout.Header, after string) error {
	prefix := layout.StreamKey(layout.PrefixVersion, h.Number)
	it := txn.NewIterator(badgerdir.IteratorOptions{Prefix: prefix})
	defer it.Close()
	it.Seek(layout.AfterRecord(prefix, after))
	for it.Valid() && !p.more {
		if err := p.ctx.Err(); err != nil {
			return err
		}
		record, at, err := layout.CutVersion(it.Item().Key()[len(prefix):])
		if err != nil {
			return err
		}
		if at.After(p.asOf) {
			it.Seek(layout.VersionKey(h.Number, record, p.asOf))
			continue // at this record's version then, or at the next record
		}
		if err := p.take(it.Item(), h, record, at); err != nil {
			return err
		}
		skipVersions(it, layout.AfterRecord(prefix, record))
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
func (p *page) take(item *badgerdir.Item, h layout.Header, record string, at time.Time) error {
	return item.Value(func(raw []byte) error {
		v, err := p.cache.Version(h.Number, at, raw)
		if err != nil || !v.Packed() || !p.matches(record, v.Doc) {
			return err
		}
		if len(p.found) == p.limit {
			p.more = true
			return nil
		}
		p.found = append(p.found, host.Record{
			Stream: h.Name, Kind: h.Kind, Key: record, Data: slices.Clone(json.RawMessage(v.Doc)),
			Hash: hex.EncodeToString(v.Hash[:]), Run: v.Run, ObservedAt: at,
		})
		return nil
	})
}

func (p *page) matches(record string, doc []byte) bool {
	return len(p.query) == 0 ||
		bytes.Contains([]byte(strings.ToLower(record)), p.query) ||
		bytes.Contains(bytes.ToLower(doc), p.query)
}
