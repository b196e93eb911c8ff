package people

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// tally counts the accounts of persons.
type tally struct{ accounts, active, flagged int }

// tally counts the linked accounts that their sources have, by the number of their person.
func (m *moment) tally() []tally {
	counts := make([]tally, m.ix.numbers)
	m.ix.each(host.AccountPageAll, func(r *row) {
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
	status host.PersonStatus
	tally  tally
	check  string
}

var checkWords = []string{"clear", "not_clear", "pending", "unknown", "none", "exception"}

func personFacets() []facet[member] {
	statuses := words(host.PersonStatuses())
	return []facet[member]{
		{name: "status", words: statuses, of: func(p member) uint16 { return uint16(slices.Index(statuses, string(p.status))) }},
		{name: "background_check", words: checkWords, of: func(p member) uint16 { return uint16(slices.Index(checkWords, p.check)) }},
		{name: "flagged", words: []string{"yes", "no"}, of: func(p member) uint16 { return bit(p.tally.flagged == 0) }},
		{name: "department", text: func(p member) string { return p.department }},
		{name: "source", text: func(p member) string { return p.from.alias }},
	}
}

func personOrders() []order[member] {
	part := func(of func(member) string) func(member) string {
		return func(p member) string { return strings.ToLower(of(p)) }
	}
	return []order[member]{
		{name: "name", text: func(p member) string { name, _, _ := strings.Cut(p.search, "\x00"); return name }},
		{name: "email", text: part(func(p member) string { return p.email })},
		{name: "title", text: part(func(p member) string { return p.title })},
		{name: "department", text: part(func(p member) string { return p.department })},
		{name: "status", text: func(p member) string { return string(p.status) }},
		{name: "started_at", number: func(p member) int64 { return p.started }},
		{name: "ended_at", number: func(p member) int64 { return p.ended }},
		{name: "accounts", number: func(p member) int64 { return int64(p.tally.accounts) }},
		{name: "flagged", number: func(p member) int64 { return int64(p.tally.flagged) }},
	}
}

// PersonSorts returns what persons can be sorted by.
func PersonSorts() []string {
	return namesOf(personOrders(), func(o order[member]) string { return o.name })
}

// directory returns a page of persons.
func (ix *index) directory(q Query, now time.Time, limits Limits) (
	page []host.Person, matched int, next string, facets []host.Facet, err error,
) {
	l, err := newListing(q, "people", func(p member) string { return p.search }, personFacets(), personOrders())
	if err != nil {
		return nil, 0, "", nil, err
	}
	m := ix.at(now, limits)
	counts := m.tally()
	for _, p := range ix.persons {
		one := member{person: p, check: p.checked(ix), tally: counts[p.number]}
		one.status, _ = p.standing(ix, now)
		l.take(one, p.id)
	}
	found, next, facets := l.done()
	for _, one := range found {
		page = append(page, m.person(one))
	}
	return page, l.matched, next, facets, nil
}

// person returns a person as people see it.
func (m *moment) person(one member) host.Person {
	p := one.person
	v := p.judge(m.ix, m.now)
	shown := host.Person{
		ID: p.id, Name: p.name, Email: p.email, Title: p.title, Department: p.department, Manager: p.manager,
		Status: v.status, StatusReason: v.reason, StartedAt: at(p.started), EndedAt: at(p.ended), Left: at(v.left),
		Accounts: one.tally.accounts, ActiveAccounts: one.tally.active, Flagged: one.tally.flagged, Check: one.check,
		Sources: []host.PersonSource{},
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
func (ix *index) manager(p *person) *person {
	if a := ix.addresses[Fold(p.manager)]; a != nil && a.person != nil {
		return a.person
	}
	if p.manager == "" {
		return nil
	}
	from, _ := p.first(ix, "manager", managerOf)
	for _, other := range ix.finder().employee[p.manager] {
		if slices.ContainsFunc(other.sources, func(r *row) bool {
			return r.stream == from.stream && r.source.external == p.manager
		}) {
			return other
		}
	}
	return nil
}

func sourceOf(r *row) host.PersonSource {
	source := host.PersonSource{
		Connection: r.stream.mark.Connection, Alias: r.stream.of.alias, Stream: r.stream.mark.Name, Key: r.key, Kind: r.stream.mark.Kind,
		RemovedAt: atNano(r.removed),
	}
	return source
}

// detail returns one person with the source of each field, and the accounts and checks that are linked.
func (ix *index) detail(p *person, now time.Time, limits Limits) (shown host.Person, accounts, checks []*row) {
	m := ix.at(now, limits)
	one := member{person: p, check: p.checked(ix)}
	mine := func(r *row) bool { return ix.link(r).person == p }
	for _, st := range ix.streams {
		st.each(func(r *row) {
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
	byAlias := func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.removed, b.removed), cmp.Compare(a.stream.of.alias, b.stream.of.alias), cmp.Compare(a.id, b.id))
	}
	slices.SortFunc(accounts, byAlias)
	slices.SortFunc(checks, byAlias)
	shown = m.person(one)
	shown.Fields = m.fields(p, p.judge(ix, now))
	return shown, accounts, checks
}

// fields returns every field of a person with its source, and what other sources say.
func (m *moment) fields(p *person, v verdict) (fields []host.PersonField) {
	for _, name := range host.PersonFields() {
		of := fieldsOf()[name]
		if name == "status" {
			f := host.PersonField{Field: name, Value: string(v.status)}
			if v.by != nil {
				source := sourceOf(v.by)
				f.Source = &source
			}
			for _, r := range p.ordered(m.ix, name) {
				if other, told := r.judge(m.now); told && other.status != v.status {
					f.Others = append(f.Others, host.OtherValue{Value: string(other.status), Alias: r.stream.of.alias})
				}
			}
			fields = append(fields, f)
			continue
		}
		from, value := p.first(m.ix, name, of)
		f := host.PersonField{Field: name, Value: value}
		if from != nil {
			source := sourceOf(from)
			f.Source = &source
		}
		for _, r := range p.ordered(m.ix, name) {
			other := host.OtherValue{Value: of(r), Alias: r.stream.of.alias}
			if other.Value != "" && other.Value != value && !slices.Contains(f.Others, other) {
				f.Others = append(f.Others, other)
			}
		}
		fields = append(fields, f)
	}
	return fields
}

// sources returns the connections that persons are known from, in the order in force.
func (ix *index) sources() host.PersonSources {
	found := map[string]*host.PersonSourceInfo{}
	for _, st := range ix.streams {
		of := st.of
		if st.mark.Kind != string(kind.KindPerson) && (st.mark.Kind != string(kind.KindAccount) || !of.identity) {
			continue
		}
		info := found[of.id]
		if info == nil {
			info = &host.PersonSourceInfo{Connection: of.id, Alias: of.alias, ConnectorName: of.name, Kind: string(kind.KindAccount)}
			info.Set = slices.Contains(ix.precedence.Order, of.id)
			found[of.id] = info
		}
		if st.mark.Kind == string(kind.KindPerson) {
			info.Kind = st.mark.Kind
		}
		st.each(func(r *row) {
			if r.removed == 0 && r.source != nil && ix.tells(r) {
				info.Records++
			}
		})
	}
	answer := host.PersonSources{Sources: []host.PersonSourceInfo{}, Revision: ix.revision}
	answer.Order = []string{}
	for _, info := range found {
		answer.Sources = append(answer.Sources, *info)
	}
	slices.SortFunc(answer.Sources, func(a, b host.PersonSourceInfo) int {
		return cmp.Or(cmp.Compare(ix.place("", a.Connection), ix.place("", b.Connection)), cmp.Compare(a.Alias, b.Alias))
	})
	for _, info := range answer.Sources {
		answer.Order = append(answer.Order, info.Connection)
	}
	answer.Fields = ix.precedence.Fields
	return answer
}
