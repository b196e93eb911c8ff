package view

import (
	"bytes"
	"cmp"
	"container/heap"
	"encoding/base64"
	"encoding/json"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/view/column"
)

// hit is a record of a page: which version of it was valid, and its rank.
type hit struct {
	index int   // of its stream in the list of streams asked
	from  int64 // commit time of the version, in nanoseconds since 1970
	rank  rank
}

// rank is what orders a record in a list: whether it has the field, the field's value, the
// key, the stream. Records without the field come last.
type rank struct {
	None   bool   `json:"none,omitempty"`
	Text   []byte `json:"text,omitempty"`
	Number int64  `json:"number,omitempty"`
	Key    []byte `json:"key"`
	Stream uint32 `json:"stream"` // its number in the journal
}

// values compares ranks by the value sorted by alone.
func (a *rank) values(b *rank, descending bool) int {
	if a.None != b.None {
		if a.None {
			return 1
		}
		return -1
	}
	order := cmp.Compare(a.Number, b.Number)
	if order == 0 {
		order = bytes.Compare(a.Text, b.Text)
	}
	if descending {
		return -order
	}
	return order
}

// order compares ranks of one list.
func (a *rank) order(b *rank, descending bool) int {
	return cmp.Or(a.values(b, descending), bytes.Compare(a.Key, b.Key), cmp.Compare(a.Stream, b.Stream))
}

// page keeps the first hits of a list as they are found. Once it is full they are a heap
// whose top is the last of them.
type page struct {
	limit      int
	descending bool
	after      *rank // of the page before; nil = from the beginning
	heap       []hit
	matched    int
	counted    bool // matched is known from the page before
}

// wants reports whether a record of that rank belongs on the page, as far as records were
// found. The rank's texts may be borrowed.
func (p *page) wants(r *rank) bool {
	if p.after != nil && r.order(p.after, p.descending) <= 0 {
		return false
	}
	return len(p.heap) < p.limit || r.order(&p.heap[0].rank, p.descending) < 0
}

// loses reports whether a rank does not belong on the page. Its key is not read yet, but is
// none before first.
func (p *page) loses(r *rank, first string) bool {
	if p.after != nil && r.values(p.after, p.descending) < 0 {
		return true
	}
	if len(p.heap) < p.limit {
		return false
	}
	top := &p.heap[0].rank
	order := r.values(top, p.descending)
	return order > 0 || order == 0 && first > string(top.Key)
}

// take adds a hit that is wanted to the page.
func (p *page) take(h hit) {
	if len(p.heap) < p.limit {
		if p.heap = append(p.heap, h); len(p.heap) == p.limit {
			heap.Init(p)
		}
		return
	}
	p.heap[0] = h
	heap.Fix(p, 0)
}

func (p *page) Len() int           { return len(p.heap) }
func (p *page) Less(i, j int) bool { return p.heap[i].rank.order(&p.heap[j].rank, p.descending) > 0 }
func (p *page) Swap(i, j int)      { p.heap[i], p.heap[j] = p.heap[j], p.heap[i] }
func (p *page) Push(any)           { panic("take adds to a page") }
func (p *page) Pop() any           { panic("a page only grows") }

// cursor says where a page ended, and of which list. The moment stays that of the first
// page, so that pages neither repeat nor leave out a record.
type cursor struct {
	List    string `json:"list"` // which query
	AsOf    int64  `json:"as_of"`
	Matched int    `json:"matched"`
	Rank    rank   `json:"rank"`
}

func (c cursor) String() string {
	raw, _ := json.Marshal(c) // texts and numbers always encode
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parseCursor(text, list string) (c cursor, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(raw, &c) != nil || c.List != list {
		return c, host.Invalid("cursor", text, "is not a cursor this list returned")
	}
	return c, nil
}

// skips reports whether no row of a row group can be on the page, by its keys and spans.
// Such a group is still read while matches are counted.
func (p *page) skips(g *column.Group, sort int) bool {
	var low, high rank
	gaps := false
	if sort == column.Key {
		low.Text, high.Text = []byte(g.First), []byte(g.Last)
	} else {
		span := g.Span(sort)
		if span.Empty() {
			return false
		}
		low.Number, high.Number, gaps = span.Min, span.Max, span.Gaps
	}
	if p.descending {
		low, high = high, low
	}
	if p.after != nil && !gaps && high.values(p.after, p.descending) < 0 {
		return true
	}
	return len(p.heap) == p.limit && p.heap[0].rank.values(&low, p.descending) < 0
}
