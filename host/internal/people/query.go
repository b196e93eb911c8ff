package people

import (
	"cmp"
	"container/heap"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Query asks for a page of accounts or of persons.
type Query struct {
	Page   host.AccountPage // of accounts
	Text   string           // part of a name, an address, a user name or a key, in any case
	Facets []string         // each name:value; those of one name are alternatives, different names must all hold
	Sort   string           // with - before it for descending; empty = by name
	Limit  int
	Cursor string // what an earlier answer returned as Next
	Offset int    // rows to leave out, counted from the cursor or from the beginning
}

// facet is how rows of some type are counted by something.
type facet[T any] struct {
	name  string
	words []string // the values there always are, in order; others are added as they are met, and sorted
	bits  bool     // a row has several: of gives bits
	text  func(T) string
	of    func(T) uint16
}

// counted is a facet while a list is made.
type counted[T any] struct {
	facet[T]
	fixed  int // how many words it began with
	places map[string]int
	last   string // text of the item before, which often has the same place
	lastAt int
	counts []int
	wanted []int  // places that the query selects; nil = all
	mask   uint16 // of bits
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

// listing makes a list: what passes, counted by facets, and one page of it.
type listing[T any] struct {
	facets  []*counted[T]
	text    string
	search  func(T) string
	order   order[T]
	desc    bool
	limit   int // also of the rows that are left out
	offset  int
	after   *place
	matched int
	page    places[T]
	hash    string
}

// order is what a list is sorted by: a text or a number. What has none comes last.
type order[T any] struct {
	name   string
	text   func(T) string
	number func(T) int64
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

// newListing makes a query ready. A cursor is good for one query and scope. The error names what it does not know.
func newListing[T any](q Query, scope string, search func(T) string, facets []facet[T], orders []order[T]) (*listing[T], error) {
	l := &listing[T]{text: foldText(q.Text), search: search, limit: q.Offset + q.Limit, offset: q.Offset}
	l.hash = idOf("l", fmt.Sprintf("%q %q %q %q", q.Page, q.Text, q.Facets, q.Sort), scope)
	name, desc := strings.CutPrefix(q.Sort, "-")
	l.desc, l.page.desc = desc, desc
	if name == "" {
		name = orders[0].name
	}
	at := slices.IndexFunc(orders, func(o order[T]) bool { return o.name == name })
	if at < 0 {
		return nil, host.Invalid("sort", q.Sort, "must be one of "+strings.Join(namesOf(orders, func(o order[T]) string { return o.name }), ", "))
	}
	l.order = orders[at]
	for _, f := range facets {
		c := &counted[T]{facet: f, fixed: len(f.words), places: map[string]int{}, counts: make([]int, len(f.words))}
		c.words = slices.Clone(f.words)
		for i, word := range c.words {
			c.places[word] = i
		}
		l.facets = append(l.facets, c)
	}
	for _, text := range q.Facets {
		name, value, _ := strings.Cut(text, ":")
		at := slices.IndexFunc(l.facets, func(c *counted[T]) bool { return c.name == name })
		if at < 0 {
			known := namesOf(facets, func(f facet[T]) string { return f.name })
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
	if err != nil || json.Unmarshal(raw, &c) != nil || c.List != l.hash {
		return nil, host.Invalid("cursor", q.Cursor, "must be the next_cursor of a page of the same list")
	}
	l.after = &c.Place
	return l, nil
}

func namesOf[T any](list []T, name func(T) string) []string {
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

// take counts an item, and keeps it if it is on the page.
func (l *listing[T]) take(item T, id string) {
	var codes [mostFacets]uint16
	fails, failed := 0, -1
	for i, c := range l.facets {
		if c.of != nil {
			codes[i] = c.of(item)
		} else {
			codes[i] = uint16(c.place(c.text(item)))
		}
		if c.wanted == nil {
			continue
		}
		if passes := c.bits && codes[i]&c.mask != 0 || !c.bits && slices.Contains(c.wanted, int(codes[i])); !passes {
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
		if !c.bits {
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
func (l *listing[T]) keep(item T, id string) {
	p := place{ID: id}
	if l.order.text != nil {
		p.Text = l.order.text(item)
		p.None = p.Text == ""
	} else {
		p.Number = l.order.number(item)
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

// done returns the page, the cursor behind it, and the facets.
func (l *listing[T]) done() (items []T, next string, facets []host.Facet) {
	slices.SortFunc(l.page.items, func(a, b placed[T]) int { return a.compare(b.place, l.desc) })
	if kept := l.page.items; len(kept) > l.limit {
		l.page.items = kept[:l.limit]
		raw, _ := json.Marshal(cursor{List: l.hash, Place: l.page.items[l.limit-1].place}) // texts and numbers always encode
		next = base64.RawURLEncoding.EncodeToString(raw)
	}
	for _, p := range l.page.items[min(l.offset, len(l.page.items)):] {
		items = append(items, p.item)
	}
	for _, c := range l.facets {
		f := host.Facet{Name: c.name, Values: []host.FacetValue{}}
		for i, word := range c.words {
			f.Values = append(f.Values, host.FacetValue{Value: word, Count: c.counts[i]})
		}
		if c.fixed == 0 {
			slices.SortFunc(f.Values, func(a, b host.FacetValue) int { return strings.Compare(a.Value, b.Value) })
		}
		facets = append(facets, f)
	}
	return items, next, facets
}

// seen is a row with what lists ask of it.
type seen struct {
	*row
	link  link
	flags uint16
}

// has reports whether a page has the rows of a stream.
func (st *stream) has(page host.AccountPage) bool {
	category := page.Category()
	return st.mark.Kind == pageKind(page) && (category == "" || st.of.is(category))
}

// unchecked reports whether no background check of a person is known.
func (p *person) unchecked() bool {
	return p.address == nil || p.address.person != p || !slices.ContainsFunc(p.address.checks, func(c *row) bool { return c.removed == 0 })
}

func accountFacets() []facet[seen] {
	tri := []string{"yes", "no", "unknown"}
	three := func(t kind.Tri) uint16 { return [...]uint16{kind.Unknown: 2, kind.Yes: 0, kind.No: 1}[t] }
	index := func(words []string, of func(seen) string) func(seen) uint16 {
		return func(s seen) uint16 { return uint16(max(slices.Index(words, of(s)), 0)) }
	}
	links := []string{"linked", "unlinked", "ambiguous"}
	kinds := []string{"human", "service", "bot", "external", "group", "unknown"}
	return []facet[seen]{
		{name: "flag", words: words(flagOrder), bits: true, of: func(s seen) uint16 { return s.flags }},
		{name: "link", words: links, of: index(links, func(s seen) string { return string(s.link.state) })},
		{name: "kind", words: kinds, of: index(kinds, func(s seen) string { return string(s.heldBy()) })},
		{name: "privileged", words: tri, of: func(s seen) uint16 { return three(s.admin) }},
		{name: "mfa", words: tri, of: func(s seen) uint16 { return three(s.mfa) }},
		{name: "active", words: tri, of: func(s seen) uint16 { return three(s.active()) }},
		{name: "scope", words: []string{"in", "out"}, of: func(s seen) uint16 { return bit(s.decision.excepts()) }},
		{name: "state", words: []string{"present", "removed"}, of: func(s seen) uint16 { return bit(s.removed != 0) }},
		{name: "decided", words: []string{"yes", "no"}, of: func(s seen) uint16 { return bit(s.decision == nil || !s.decision.Decided()) }},
		{name: "status", text: func(s seen) string { return s.status }},
		{name: "connection", text: func(s seen) string {
			if s.stream == nil {
				return ""
			}
			return s.stream.of.alias
		}},
		{name: "owner", text: func(s seen) string {
			if s.decision == nil || s.decision.OwnerNamed == nil {
				return "none"
			}
			return cmp.Or(s.decision.OwnerNamed.Name, s.decision.OwnerNamed.Email, s.decision.OwnerNamed.ID)
		}},
	}
}

func words[T ~string](list []T) []string { return namesOf(list, func(w T) string { return string(w) }) }

func bit(holds bool) uint16 {
	if holds {
		return 1
	}
	return 0
}

func accountOrders() []order[seen] {
	part := func(n int) func(seen) string {
		return func(s seen) string {
			rest := s.search
			for range n {
				_, rest, _ = strings.Cut(rest, "\x00")
			}
			found, _, _ := strings.Cut(rest, "\x00")
			return found
		}
	}
	return []order[seen]{
		{name: "name", text: part(0)}, {name: "email", text: part(1)}, {name: "username", text: part(2)},
		{name: "connection", text: func(s seen) string {
			if s.stream == nil {
				return ""
			}
			return s.stream.of.alias
		}},
		{name: "status", text: func(s seen) string { return s.status }},
		{name: "kind", text: func(s seen) string { return string(s.heldBy()) }},
		{name: "person", text: func(s seen) string {
			if s.link.person == nil {
				return ""
			}
			name, _, _ := strings.Cut(s.link.person.search, "\x00")
			return name
		}},
		{name: "last_active_at", number: func(s seen) int64 { return s.lastActive }},
		{name: "created_at", number: func(s seen) int64 { return s.created }},
		{name: "first_seen_at", number: func(s seen) int64 { return s.firstSeen }},
		{name: "removed_at", number: func(s seen) int64 { return s.removed }},
	}
}

// AccountSorts returns what accounts can be sorted by.
func AccountSorts() []string {
	return namesOf(accountOrders(), func(o order[seen]) string { return o.name })
}

// list returns the rows of a page, how many match, and the facets. Without a facet of the state only those are listed that their
// sources have.
func (ix *index) list(q Query, now time.Time, limits Limits) (rows []*row, matched int, next string, facets []host.Facet, err error) {
	l, err := newListing(ix.asked(q), "accounts", func(s seen) string { return s.search }, accountFacets(), accountOrders())
	if err != nil {
		return nil, 0, "", nil, err
	}
	m := ix.at(now, limits)
	ix.each(q.Page, func(r *row) {
		s := seen{row: r, link: ix.link(r)}
		s.flags = m.flags(r, s.link)
		l.take(s, r.id)
	})
	found, next, facets := l.done()
	for _, s := range found {
		rows = append(rows, s.row)
	}
	return rows, l.matched, next, facets, nil
}

// asked adds to a query what holds unless it says otherwise.
func (ix *index) asked(q Query) Query {
	if !slices.ContainsFunc(q.Facets, func(f string) bool { return strings.HasPrefix(f, "state:") }) {
		q.Facets = append(slices.Clone(q.Facets), "state:present")
	}
	return q
}

// each calls fn with the rows of a page.
func (ix *index) each(page host.AccountPage, fn func(*row)) {
	for _, st := range ix.streams {
		if st.has(page) {
			st.each(fn)
		}
	}
	if page != host.AccountPageBackgroundCheck {
		return
	}
	for _, p := range ix.persons {
		if p.unchecked() {
			fn(p.check(ix))
		}
	}
}
