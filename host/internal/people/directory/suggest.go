package directory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/people/listing"
	"github.com/plumbline-dev/plumbline/host/internal/people/record"
)

// lookup finds persons by what suggestions follow from.
type lookup struct {
	email, alias, local, name, employee map[string][]*person
	domains                             map[string]bool // of the company: those of person records, else of all persons
}

// finder returns the lookup of the persons there are.
func (ix *Index) finder() *lookup {
	ix.lookupMu.Lock()
	defer ix.lookupMu.Unlock()
	if ix.lookup == nil {
		ix.lookup = newLookup(ix)
	}
	return ix.lookup
}

func newLookup(ix *Index) *lookup {
	l := &lookup{
		email: map[string][]*person{}, alias: map[string][]*person{}, local: map[string][]*person{}, name: map[string][]*person{},
		employee: map[string][]*person{}, domains: map[string]bool{},
	}
	add := func(to map[string][]*person, key string, p *person) {
		if key != "" && !slices.Contains(to[key], p) {
			to[key] = append(to[key], p)
		}
	}
	others := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(ix.persons)) {
		p := ix.persons[id]
		add(l.name, foldText(p.name), p)
		for _, r := range p.sources {
			if folded := record.Fold(r.email); folded != "" {
				local, domain, _ := strings.Cut(folded, "@")
				add(l.email, folded, p)
				add(l.local, local, p)
				if r.source.record {
					l.domains[domain] = true
				} else {
					others[domain] = true
				}
			}
			if r.hints != nil {
				for _, alias := range r.hints.Aliases {
					add(l.alias, alias, p)
				}
				add(l.employee, r.hints.Employee, p)
			}
			if r.source.record {
				add(l.employee, r.source.external, p)
			}
		}
	}
	if len(l.domains) == 0 {
		l.domains = others
	}
	return l
}

// The confidences of suggestions. What several persons share is worth nothing.
const (
	sureAlias    = 0.95
	sureNumber   = 0.9
	sureUserName = 0.85
	sureLocal    = 0.8
	sureBoth     = 0.75 // name and user name, of an account without an address
	sureName     = 0.6
	sureNameOnly = 0.5 // of an account without an address
)

// suggestion is a person to whom a row may belong.
type suggestion struct {
	row         *Row
	person      *person
	confidence  float64
	reason      string
	explanation string
}

func (s suggestion) id() string { return s.row.id + "." + s.person.id }

// suggest returns the persons to whom an account may belong, the surest first. It has none for one that is linked, decided to be
// nobody's, out of scope or gone, and for a service account, a bot or a group.
func (m *Moment) suggest(r *Row) (found []suggestion) {
	if !m.suggestible(r) {
		return nil
	}
	find := m.ix.finder()
	add := func(persons []*person, confidence float64, reason, explanation string) {
		if len(persons) != 1 {
			return
		}
		p := persons[0]
		if at := slices.IndexFunc(found, func(s suggestion) bool { return s.person == p }); at < 0 {
			found = append(found, suggestion{r, p, confidence, reason, explanation})
		}
	}
	folded := record.Fold(r.email)
	local, domain, _ := strings.Cut(folded, "@")
	add(find.alias[folded], sureAlias, "alias_address", fmt.Sprintf("A record of the person lists %s as another address.", folded))
	if r.hints != nil {
		for _, alias := range r.hints.Aliases {
			add(find.email[alias], sureAlias, "alias_address", fmt.Sprintf("The account lists %s as another address.", alias))
		}
		if number := r.hints.Employee; number != "" {
			add(find.employee[number], sureNumber, "employee_number", fmt.Sprintf("Both have the employee number %s.", number))
		}
	}
	if user := record.Fold(r.username); user != "" && user != folded {
		add(find.email[user], sureUserName, "user_name", fmt.Sprintf("The user name is the address %s.", user))
	}
	if find.domains[domain] {
		add(find.local[local], sureLocal, "local_part", fmt.Sprintf("Both addresses begin with %s, at domains of the company.", local))
		add(find.name[foldText(r.name)], sureName, "name_and_domain",
			fmt.Sprintf("The names are equal, and the address is at %s, a domain of the company.", domain))
	}
	if name := foldText(r.name); folded == "" && name != "" {
		both := func(p *person) bool { return slices.Contains(find.local[foldText(r.username)], p) }
		if persons := find.name[name]; len(persons) == 1 && both(persons[0]) {
			add(persons, sureBoth, "user_name", fmt.Sprintf("The names are equal, and the address of the person begins with the user name %s.",
				r.username))
		}
		add(find.name[name], sureNameOnly, "name", "The names are equal. The account has no address.")
	}
	slices.SortStableFunc(found, func(a, b suggestion) int {
		return cmp.Or(-cmp.Compare(a.confidence, b.confidence), cmp.Compare(a.person.id, b.person.id))
	})
	return found
}

// Suggests reports whether the person with an id is suggested for an account.
func (m *Moment) Suggests(r *Row, person string) bool {
	return slices.ContainsFunc(m.suggest(r), func(s suggestion) bool { return s.person.id == person })
}

// suggestible reports whether persons are suggested for a row.
func (m *Moment) suggestible(r *Row) bool {
	if r.stream == nil || r.removed != 0 || r.decision.excepts() {
		return false
	}
	switch r.heldBy() {
	case account.Service, account.Bot, account.Group:
		return false
	}
	l := m.ix.link(r)
	return l.state == account.LinkUnlinked && l.by == ""
}

// suggested returns a suggestion as people see it.
func (m *Moment) suggested(s suggestion) account.Suggestion {
	r := s.row
	shown := account.Suggestion{
		ID: s.id(), Account: r.id, AccountName: r.Called(), Alias: r.stream.of.Alias, Privileged: r.admin.String(),
		Person: *m.ref(s.person), Confidence: s.confidence, Reason: s.reason, Explanation: s.explanation,
	}
	if r.decision != nil {
		shown.Revision = r.decision.revision
	}
	return shown
}

// SuggestionQuery asks for a page of suggestions.
type SuggestionQuery struct {
	Page       account.Page
	Text       string  // part of the account's name, address, user name or key, in any case
	Confidence float64 // at least
	Privileged string  // yes, no or unknown; empty = any
	Account    string  // id; empty = all
	Limit      int
	Cursor     string
}

// Suggestions returns a page of suggestions, the surest first, and how many match.
func (m *Moment) Suggestions(q SuggestionQuery) (page []account.Suggestion, matched int, next string, err error) {
	list := Query{Page: q.Page, Text: q.Text, Sort: "-confidence", Limit: q.Limit, Cursor: q.Cursor}
	orders := []listing.Order[suggestion]{{Name: "confidence", Number: func(s suggestion) int64 { return int64(s.confidence * 1000) }}}
	scope := fmt.Sprintf("%v %q %q", q.Confidence, q.Privileged, q.Account)
	l, err := listing.New(list.of(scope), func(s suggestion) string { return s.row.search }, nil, orders)
	if err != nil {
		return nil, 0, "", err
	}
	take := func(r *Row) {
		if q.Privileged != "" && r.admin.String() != q.Privileged {
			return
		}
		for _, s := range m.suggest(r) {
			if s.confidence >= q.Confidence {
				l.Take(s, s.id())
			}
		}
	}
	if q.Account != "" {
		if r := m.ix.Row(q.Account); r != nil {
			take(r)
		}
	} else {
		m.ix.each(q.Page, take)
	}
	found, matched, next, _ := l.Done()
	for _, s := range found {
		page = append(page, m.suggested(s))
	}
	return page, matched, next, nil
}
