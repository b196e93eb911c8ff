package directory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/people/listing"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Query asks for a page of accounts or of persons.
type Query struct {
	Page   account.Page // of accounts
	Text   string       // part of a name, an address, a user name or a key, in any case
	Facets []string     // each name:value; those of one name are alternatives, different names must all hold
	Sort   string       // with - before it for descending; empty = by name
	Limit  int
	Cursor string // what an earlier answer returned as Next
	Offset int    // rows to leave out, counted from the cursor or from the beginning
}

// of returns a query of a list with this name. A cursor is good for one query and scope.
func (q Query) of(list string) listing.Query {
	id := idOf("l", fmt.Sprintf("%q %q %q %q", q.Page, q.Text, q.Facets, q.Sort), list)
	return listing.Query{List: id, Text: foldText(q.Text), Facets: q.Facets, Sort: q.Sort, Limit: q.Limit, Cursor: q.Cursor, Offset: q.Offset}
}

// seen is a row with what lists ask of it.
type seen struct {
	*Row
	link  link
	flags uint16
}

// has reports whether a page has the rows of a stream.
func (st *stream) has(page account.Page) bool { return st.of.Has(st.mark, page) }

// Has reports whether a page has the rows of a stream of the connection.
func (c *Connection) Has(mark host.StreamMark, page account.Page) bool {
	category := page.Category()
	return mark.Kind == pageKind(page) && (category == "" || c.is(category))
}

// pageKind returns the kind of the records of a page.
func pageKind(page account.Page) string {
	if page == account.PageBackgroundCheck {
		return string(kind.KindBackgroundCheck)
	}
	return string(kind.KindAccount)
}

// Marks returns the marks of the streams that a page has the rows of.
func (ix *Index) Marks(page account.Page) (marks []host.StreamMark) {
	for _, st := range ix.streams {
		if st.has(page) {
			marks = append(marks, st.mark)
		}
	}
	return marks
}

// unchecked reports whether no background check of a person is known.
func (p *person) unchecked() bool {
	return p.address == nil || p.address.person != p || !slices.ContainsFunc(p.address.checks, func(c *Row) bool { return c.removed == 0 })
}

func accountFacets() []listing.Facet[seen] {
	tri := []string{"yes", "no", "unknown"}
	three := func(t kind.Tri) uint16 { return [...]uint16{kind.Unknown: 2, kind.Yes: 0, kind.No: 1}[t] }
	index := func(words []string, of func(seen) string) func(seen) uint16 {
		return func(s seen) uint16 { return uint16(max(slices.Index(words, of(s)), 0)) }
	}
	links := []string{"linked", "unlinked", "ambiguous"}
	kinds := []string{"human", "service", "bot", "external", "group", "unknown"}
	return []listing.Facet[seen]{
		{Name: "flag", Words: words(flagOrder), Bits: true, Of: func(s seen) uint16 { return s.flags }},
		{Name: "link", Words: links, Of: index(links, func(s seen) string { return string(s.link.state) })},
		{Name: "kind", Words: kinds, Of: index(kinds, func(s seen) string { return string(s.heldBy()) })},
		{Name: "privileged", Words: tri, Of: func(s seen) uint16 { return three(s.admin) }},
		{Name: "mfa", Words: tri, Of: func(s seen) uint16 { return three(s.mfa) }},
		{Name: "active", Words: tri, Of: func(s seen) uint16 { return three(s.active()) }},
		{Name: "scope", Words: []string{"in", "out"}, Of: func(s seen) uint16 { return bit(s.decision.excepts()) }},
		{Name: "state", Words: []string{"present", "removed"}, Of: func(s seen) uint16 { return bit(s.removed != 0) }},
		{Name: "decided", Words: []string{"yes", "no"}, Of: func(s seen) uint16 { return bit(s.decision == nil || !s.decision.Decided()) }},
		{Name: "status", Text: func(s seen) string { return s.status }},
		{Name: "connection", Text: func(s seen) string {
			if s.stream == nil {
				return ""
			}
			return s.stream.of.Alias
		}},
		{Name: "owner", Text: func(s seen) string {
			if s.decision == nil || s.decision.OwnerNamed == nil {
				return "none"
			}
			return cmp.Or(s.decision.OwnerNamed.Name, s.decision.OwnerNamed.Email, s.decision.OwnerNamed.ID)
		}},
	}
}

func words[T ~string](list []T) []string {
	words := make([]string, len(list))
	for i, word := range list {
		words[i] = string(word)
	}
	return words
}

func bit(holds bool) uint16 {
	if holds {
		return 1
	}
	return 0
}

func accountOrders() []listing.Order[seen] {
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
	return []listing.Order[seen]{
		{Name: "name", Text: part(0)}, {Name: "email", Text: part(1)}, {Name: "username", Text: part(2)},
		{Name: "connection", Text: func(s seen) string {
			if s.stream == nil {
				return ""
			}
			return s.stream.of.Alias
		}},
		{Name: "status", Text: func(s seen) string { return s.status }},
		{Name: "kind", Text: func(s seen) string { return string(s.heldBy()) }},
		{Name: "person", Text: func(s seen) string {
			if s.link.person == nil {
				return ""
			}
			name, _, _ := strings.Cut(s.link.person.search, "\x00")
			return name
		}},
		{Name: "last_active_at", Number: func(s seen) int64 { return s.lastActive }},
		{Name: "created_at", Number: func(s seen) int64 { return s.created }},
		{Name: "first_seen_at", Number: func(s seen) int64 { return s.firstSeen }},
		{Name: "removed_at", Number: func(s seen) int64 { return s.removed }},
	}
}

// List returns the rows of a page, how many match, and the facets. Without a facet of the state only those are listed that their
// sources have.
func (m *Moment) List(q Query) (rows []*Row, matched int, next string, facets []host.Facet, err error) {
	l, err := listing.New(asked(q).of("accounts"), func(s seen) string { return s.search }, accountFacets(), accountOrders())
	if err != nil {
		return nil, 0, "", nil, err
	}
	m.ix.each(q.Page, func(r *Row) {
		s := seen{Row: r, link: m.ix.link(r)}
		s.flags = m.flags(r, s.link)
		l.Take(s, r.id)
	})
	found, matched, next, facets := l.Done()
	for _, s := range found {
		rows = append(rows, s.Row)
	}
	return rows, matched, next, facets, nil
}

// asked adds to a query what holds unless it says otherwise.
func asked(q Query) Query {
	if !slices.ContainsFunc(q.Facets, func(f string) bool { return strings.HasPrefix(f, "state:") }) {
		q.Facets = append(slices.Clone(q.Facets), "state:present")
	}
	return q
}

// each calls fn with the rows of a page.
func (ix *Index) each(page account.Page, fn func(*Row)) {
	for _, st := range ix.streams {
		if st.has(page) {
			st.each(fn)
		}
	}
	if page != account.PageBackgroundCheck {
		return
	}
	for _, p := range ix.persons {
		if p.unchecked() {
			fn(p.check(ix))
		}
	}
}
