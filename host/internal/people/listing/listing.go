// Package listing makes lists of anything: what passes a query, counted by facets, and one page of it in some order. An item that fails
// one facet alone still counts for that facet, so each facet shows what its other values would find.
package listing

import (
	"container/heap"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// Query asks for a page of a list.
type Query struct {
	List   string   // names the list; a cursor is good for the list that gave it
	Text   string   // folded; part of the text that is searched
	Facets []string // each name:value; those of one name are alternatives, different names must all hold
	Sort   string   // with - before it for descending; empty = the first order
	Limit  int
	Cursor string // what an earlier answer returned as next
	Offset int    // items to leave out, counted from the cursor or from the beginning
}

// Facet is how items of some type are counted by something.
type Facet[T any] struct {
	Name  string
	Words []string // the values there always are, in order; others are added as they are met, and sorted
	Bits  bool     // an item has several: Of gives bits
	Text  func(T) string
	Of    func(T) uint16 // the place of an item's value in Words; nil = Text gives the value
}

// counted is a facet while a list is made.
type counted[T any] struct {
	Facet[T]
	fixed  int // how many words it began with
	places map[string]int
	last   string // text of the item before, which often has the same place
	lastAt int
	counts []int
	words  []string // by place
	wanted []int    // places that the query selects; nil = all
	mask   uint16   // of bits
}

func (c *counted[T]) place(word string) int {
	if word == c.last && c.lastAt > 0 {
		return c.lastAt - 1
	}
	place, known := c.places[word]
	defer func() { c.last, c.lastAt = word, place+1 }()
	if !known {
		place = len(c.words)
		c.places[word], c.words, c.counts = place, append(c.words, word), append(c.counts, 0)
	}
	return place
}

// Listing makes a list: what passes, counted by facets, and one page of it.
type Listing[T any] struct {
	facets  []*counted[T]
	text    string
	search  func(T) string
	order   Order[T]
	desc    bool
	limit   int // also of the items that are left out
	offset  int
	after   *place
	matched int
	page    places[T]
	list    string
}

// Order is what a list is sorted by: a text or a number. What has none comes last.
type Order[T any] struct {
	Name   string
	Text   func(T) string
	Number func(T) int64 // instead of Text
}

// place is where an item is in the order of a list.
type place struct {
	Text   string `json:"t,omitempty"`
	Number int64  `json:"n,omitempty"`
	None   bool   `json:"x,omitempty"`
	ID     string `json:"i"`
}

// compare orders places.
func (p place) compare(q place, desc bool) int {
	if p.None != q.None {
		if p.None {
			return 1
		}
		return -1
	}
	by := strings.Compare(p.Text, q.Text)
	if by == 0 {
		switch {
		case p.Number < q.Number:
			by = -1
		case p.Number > q.Number:
			by = 1
		}
	}
	if desc {
		by = -by
	}
	if by == 0 {
		by = strings.Compare(p.ID, q.ID)
	}
	return by
}

type placed[T any] struct {
	place
	item T
}

// places is a heap of the first items of a list, the last of them on top.
type places[T any] struct {
	items []placed[T]
	desc  bool
}

func (p *places[T]) Len() int           { return len(p.items) }
func (p *places[T]) Less(i, j int) bool { return p.items[i].compare(p.items[j].place, p.desc) > 0 }
func (p *places[T]) Swap(i, j int)      { p.items[i], p.items[j] = p.items[j], p.items[i] }
func (p *places[T]) Push(x any)         { p.items = append(p.items, x.(placed[T])) }
func (p *places[T]) Pop() any {
	last := p.items[len(p.items)-1]
	p.items = p.items[:len(p.items)-1]
	return last
}

// cursor is where a page ended, of which list.
type cursor struct {
	List  string `json:"l"`
	Place place  `json:"p"`
}

// New makes a query ready. Search returns the folded text of an item that is searched. The first order is the usual one. The error names
// what the query asks for that is not known.
func New[T any](q Query, search func(T) string, facets []Facet[T], orders []Order[T]) (*Listing[T], error) {
	l := &Listing[T]{text: q.Text, search: search, limit: q.Offset + q.Limit, offset: q.Offset, list: q.List}
	name, desc := strings.CutPrefix(q.Sort, "-")
	l.desc, l.page.desc = desc, desc
	if name == "" {
		name = orders[0].Name
	}
	at := slices.IndexFunc(orders, func(o Order[T]) bool { return o.Name == name })
	if at < 0 {
		return nil, host.Invalid("sort", q.Sort, "must be one of "+strings.Join(names(orders, func(o Order[T]) string { return o.Name }), ", "))
	}
	l.order = orders[at]
	for _, f := range facets {
		c := &counted[T]{Facet: f, fixed: len(f.Words), places: map[string]int{}, counts: make([]int, len(f.Words))}
		c.words = slices.Clone(f.Words)
		for i, word := range c.words {
			c.places[word] = i
		}
		l.facets = append(l.facets, c)
	}
	for _, text := range q.Facets {
		name, value, _ := strings.Cut(text, ":")
		at := slices.IndexFunc(l.facets, func(c *counted[T]) bool { return c.Name == name })
		if at < 0 {
			known := names(facets, func(f Facet[T]) string { return f.Name })
			return nil, host.Invalid("facet", text, "must be NAME:VALUE, where NAME is one of "+strings.Join(known, ", "))
		}
		if err := l.facets[at].want(text, value); err != nil {
			return nil, err
		}
	}
	if q.Cursor == "" {
		return l, nil
	}
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err != nil || json.Unmarshal(raw, &c) != nil || c.List != l.list {
		return nil, host.Invalid("cursor", q.Cursor, "must be the next_cursor of a page of the same list")
	}
	l.after = &c.Place
	return l, nil
}

func names[T any](list []T, name func(T) string) []string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = name(v)
	}
	return names
}

// want selects a value of a facet.
func (c *counted[T]) want(text, value string) error {
	if place, known := c.places[value]; known || c.fixed == 0 {
		if !known {
			place = c.place(value)
		}
		c.wanted = append(c.wanted, place)
		c.mask |= 1 << (place % 16)
		return nil
	}
	return host.Invalid("facet", text, "must have one of the values "+strings.Join(c.words[:c.fixed], ", "))
}

// most facets of a list.
const mostFacets = 16

// Take counts an item, and keeps it if it is on the page.
func (l *Listing[T]) Take(item T, id string) {
	var codes [mostFacets]uint16
	fails, failed := 0, -1
	for i, c := range l.facets {
		if c.Of != nil {
			codes[i] = c.Of(item)
		} else {
			codes[i] = uint16(c.place(c.Text(item)))
		}
		if c.wanted == nil {
			continue
		}
		if passes := c.Bits && codes[i]&c.mask != 0 || !c.Bits && slices.Contains(c.wanted, int(codes[i])); !passes {
			if fails++; fails > 1 {
				return
			}
			failed = i
		}
	}
	if l.text != "" && !strings.Contains(l.search(item), l.text) {
		return
	}
	for i, c := range l.facets {
		if failed >= 0 && i != failed {
			continue
		}
		if !c.Bits {
			c.counts[codes[i]]++
			continue
		}
		for bit := range c.counts {
			if codes[i]&(1<<bit) != 0 {
				c.counts[bit]++
			}
		}
	}
	if fails == 0 {
		l.matched++
		l.keep(item, id)
	}
}

// keep puts an item on the page if it is among the first behind the cursor.
func (l *Listing[T]) keep(item T, id string) {
	p := place{ID: id}
	if l.order.Text != nil {
		p.Text = l.order.Text(item)
		p.None = p.Text == ""
	} else {
		p.Number = l.order.Number(item)
		p.None = p.Number == 0
	}
	if l.after != nil && p.compare(*l.after, l.desc) <= 0 {
		return
	}
	if len(l.page.items) > l.limit {
		if p.compare(l.page.items[0].place, l.desc) >= 0 {
			return
		}
		l.page.items[0] = placed[T]{p, item}
		heap.Fix(&l.page, 0)
		return
	}
	heap.Push(&l.page, placed[T]{p, item})
}

// Done returns the page, how many items match, the cursor behind the page, and the facets.
func (l *Listing[T]) Done() (items []T, matched int, next string, facets []host.Facet) {
	slices.SortFunc(l.page.items, func(a, b placed[T]) int { return a.compare(b.place, l.desc) })
	if kept := l.page.items; len(kept) > l.limit {
		l.page.items = kept[:l.limit]
		raw, _ := json.Marshal(cursor{List: l.list, Place: l.page.items[l.limit-1].place}) // texts and numbers always encode
		next = base64.RawURLEncoding.EncodeToString(raw)
	}
	for _, p := range l.page.items[min(l.offset, len(l.page.items)):] {
		items = append(items, p.item)
	}
	for _, c := range l.facets {
		f := host.Facet{Name: c.Name, Values: []host.FacetValue{}}
		for i, word := range c.words {
			f.Values = append(f.Values, host.FacetValue{Value: word, Count: c.counts[i]})
		}
		if c.fixed == 0 {
			slices.SortFunc(f.Values, func(a, b host.FacetValue) int { return strings.Compare(a.Value, b.Value) })
		}
		facets = append(facets, f)
	}
	return items, l.matched, next, facets
}
