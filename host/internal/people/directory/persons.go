package directory

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/people/listing"
	"github.com/plumbline-dev/plumbline/host/internal/people/record"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// tally counts the accounts of persons.
type tally struct{ accounts, active, flagged int }

// tally counts the linked accounts that their sources have, by the number of their person.
func (m *Moment) tally() []tally {
	counts := make([]tally, m.ix.numbers)
	m.ix.each(account.PageAll, func(r *Row) {
		if r.removed != 0 {
			return
		}
		l := m.ix.link(r)
		if l.person == nil {
			return
		}
		t := &counts[l.person.number]
		t.accounts++
		if r.active() == kind.Yes {
			t.active++
		}
		if m.flags(r, l) != 0 {
			t.flagged++
		}
	})
	return counts
}

// member is a person with what lists ask of it.
type member struct {
	*person
	status account.PersonStatus
	tally  tally
	check  string
}

var checkWords = []string{"clear", "not_clear", "pending", "unknown", "none", "exception"}

func personFacets() []listing.Facet[member] {
	statuses := words(account.PersonStatuses())
	return []listing.Facet[member]{
		{Name: "status", Words: statuses, Of: func(p member) uint16 { return uint16(slices.Index(statuses, string(p.status))) }},
		{Name: "background_check", Words: checkWords, Of: func(p member) uint16 { return uint16(slices.Index(checkWords, p.check)) }},
		{Name: "flagged", Words: []string{"yes", "no"}, Of: func(p member) uint16 { return bit(p.tally.flagged == 0) }},
		{Name: "department", Text: func(p member) string { return p.department }},
		{Name: "source", Text: func(p member) string { return p.from.Alias }},
	}
}

func personOrders() []listing.Order[member] {
	part := func(of func(member) string) func(member) string {
		return func(p member) string { return strings.ToLower(of(p)) }
	}
	return []listing.Order[member]{
		{Name: "name", Text: func(p member) string { name, _, _ := strings.Cut(p.search, "\x00"); return name }},
		{Name: "email", Text: part(func(p member) string { return p.email })},
		{Name: "title", Text: part(func(p member) string { return p.title })},
		{Name: "department", Text: part(func(p member) string { return p.department })},
		{Name: "status", Text: func(p member) string { return string(p.status) }},
		{Name: "started_at", Number: func(p member) int64 { return p.started }},
		{Name: "ended_at", Number: func(p member) int64 { return p.ended }},
		{Name: "accounts", Number: func(p member) int64 { return int64(p.tally.accounts) }},
		{Name: "flagged", Number: func(p member) int64 { return int64(p.tally.flagged) }},
	}
}

// Persons returns a page of persons, how many match, and the facets.
func (m *Moment) Persons(q Query) (page []account.Person, matched int, next string, facets []host.Facet, err error) {
	l, err := listing.New(q.of("people"), func(p member) string { return p.search }, personFacets(), personOrders())
	if err != nil {
		return nil, 0, "", nil, err
	}
	counts := m.tally()
	for _, p := range m.ix.persons {
		one := member{person: p, check: p.checked(m.ix), tally: counts[p.number]}
		one.status, _ = p.standing(m.ix, m.now)
		l.Take(one, p.id)
	}
	found, matched, next, facets := l.Done()
	for _, one := range found {
		page = append(page, m.person(one))
	}
	return page, matched, next, facets, nil
}

// person returns a person as people see it.
func (m *Moment) person(one member) account.Person {
	p := one.person
	v := p.judge(m.ix, m.now)
	shown := account.Person{
		ID: p.id, Name: p.name, Email: p.email, Title: p.title, Department: p.department, Manager: p.manager,
		Status: v.status, StatusReason: v.reason, StartedAt: at(p.started), EndedAt: at(p.ended), Left: at(v.left),
		Accounts: one.tally.accounts, ActiveAccounts: one.tally.active, Flagged: one.tally.flagged, Check: one.check,
		Sources: []account.PersonSource{},
	}
	if manager := m.ix.manager(p); manager != nil {
		shown.ManagerID = manager.id
	}
	for _, r := range p.sources {
		shown.Sources = append(shown.Sources, sourceOf(r))
	}
	return shown
}

// manager returns the manager of a person: by address, or by the id that the person's source has.
func (ix *Index) manager(p *person) *person {
	if a := ix.addresses[record.Fold(p.manager)]; a != nil && a.person != nil {
		return a.person
	}
	if p.manager == "" {
		return nil
	}
	from, _ := p.first(ix, "manager", managerOf)
	for _, other := range ix.finder().employee[p.manager] {
		if slices.ContainsFunc(other.sources, func(r *Row) bool {
			return r.stream == from.stream && r.source.external == p.manager
		}) {
			return other
		}
	}
	return nil
}

func sourceOf(r *Row) account.PersonSource {
	source := account.PersonSource{
		Connection: r.stream.mark.Connection, Alias: r.stream.of.Alias, Stream: r.stream.mark.Name, Key: r.key, Kind: r.stream.mark.Kind,
		RemovedAt: atNano(r.removed),
	}
	return source
}

// Person returns one person with the source of each field, and the accounts and checks that are linked, false when there is none with
// this id.
func (m *Moment) Person(id string) (shown account.Person, accounts, checks []*Row, found bool) {
	ix, p := m.ix, m.ix.persons[id]
	if p == nil {
		return shown, nil, nil, false
	}
	one := member{person: p, check: p.checked(ix)}
	mine := func(r *Row) bool { return ix.link(r).person == p }
	for _, st := range ix.streams {
		st.each(func(r *Row) {
			switch {
			case st.mark.Kind == string(kind.KindPerson) || !mine(r):
			case st.mark.Kind == string(kind.KindBackgroundCheck):
				checks = append(checks, r)
			default:
				accounts = append(accounts, r)
				if r.removed == 0 {
					one.tally.accounts++
					one.tally.active += int(1 - bit(r.active() != kind.Yes))
					one.tally.flagged += int(1 - bit(m.flags(r, ix.link(r)) == 0))
				}
			}
		})
	}
	slices.SortFunc(accounts, byConnection)
	slices.SortFunc(checks, byConnection)
	shown = m.person(one)
	shown.Fields = m.fields(p, p.judge(ix, m.now))
	return shown, accounts, checks, true
}

// byConnection orders rows: those that their sources have, then by the name of the connection.
func byConnection(a, b *Row) int {
	return cmp.Or(cmp.Compare(a.removed, b.removed), cmp.Compare(a.stream.of.Alias, b.stream.of.Alias), cmp.Compare(a.id, b.id))
}

// fields returns every field of a person with its source, and what other sources say.
func (m *Moment) fields(p *person, v verdict) (fields []account.PersonField) {
	for _, name := range account.PersonFields() {
		of := fieldsOf()[name]
		if name == "status" {
			f := account.PersonField{Field: name, Value: string(v.status)}
			if v.by != nil {
				source := sourceOf(v.by)
				f.Source = &source
			}
			for _, r := range p.ordered(m.ix, name) {
				if other, told := r.judge(m.now); told && other.status != v.status {
					f.Others = append(f.Others, account.OtherValue{Value: string(other.status), Alias: r.stream.of.Alias})
				}
			}
			fields = append(fields, f)
			continue
		}
		from, value := p.first(m.ix, name, of)
		f := account.PersonField{Field: name, Value: value}
		if from != nil {
			source := sourceOf(from)
			f.Source = &source
		}
		for _, r := range p.ordered(m.ix, name) {
			other := account.OtherValue{Value: of(r), Alias: r.stream.of.Alias}
			if other.Value != "" && other.Value != value && !slices.Contains(f.Others, other) {
				f.Others = append(f.Others, other)
			}
		}
		fields = append(fields, f)
	}
	return fields
}
