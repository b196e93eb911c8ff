package directory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/people/record"
)

// person is someone whom sources know. Its sources are in the usual order of precedence, those that have the person first.
type person struct {
	id      string
	number  int      // of this person and no other, among ix.numbers
	address *address // nil = none
	sources []*Row
	from    *Connection // of the first source

	name, email, title, department, manager string
	search                                  string // folded name, email, title and department
	started, ended                          int64

	status       account.PersonStatus // between since and until
	left         int64                // seconds; 0 = did not leave, or the day is not known
	since, until int64                // seconds
}

// find works out the persons of an address.
func (ix *Index) find(a *address) {
	before := a.persons()
	a.person, a.several = nil, nil
	sources := slices.DeleteFunc(slices.Clone(a.sources), func(r *Row) bool { return !ix.tells(r) })
	for _, r := range a.sources {
		r.person = nil
	}
	if several := ix.several(sources); len(several) > 1 {
		for _, r := range several {
			ref := r.stream.mark
			a.several = append(a.several, ix.person(idOf(ofPerson, "record", ref.Connection, ref.Name, r.key), a, []*Row{r}))
		}
	} else if len(sources) > 0 {
		a.person = ix.person(idOf(ofPerson, "address", a.text), a, sources)
	}
	slices.SortFunc(a.several, func(x, y *person) int { return strings.Compare(x.id, y.id) })
	for _, p := range before {
		// One of several with this address is known by its record: it may have another address by now, or none, and is the same person.
		if p.address == a && !slices.Contains(a.persons(), p) {
			ix.forget(p)
		}
	}
}

// tells reports whether a record is one that persons are known from.
func (ix *Index) tells(r *Row) bool {
	if r.source.record {
		return true
	}
	switch r.heldBy() {
	case account.Service, account.Bot, account.Group:
		return false
	}
	return r.address != nil
}

// heldBy returns the kind of an account: as decided, else as its record says.
func (r *Row) heldBy() account.Kind {
	if r.decision != nil && r.decision.Kind != "" {
		return r.decision.Kind
	}
	return r.kind
}

// several returns the present person records of the first connection that has any of them with this address.
func (ix *Index) several(sources []*Row) (several []*Row) {
	first := -1
	for _, r := range sources {
		if !r.source.record || r.removed != 0 || r.status == "terminated" {
			continue
		}
		switch place := ix.place("", r.stream.mark.Connection); {
		case first < 0 || place < first:
			first, several = place, []*Row{r}
		case place == first:
			several = append(several, r)
		}
	}
	return several
}

// person makes a person of sources, or makes the one with this id anew.
func (ix *Index) person(id string, a *address, sources []*Row) *person {
	p := ix.persons[id]
	if p == nil {
		p = &person{id: id, number: ix.numbers}
		ix.numbers++
		ix.persons[id] = p
	}
	p.address, p.sources = a, sources
	for _, r := range sources {
		r.person = p
	}
	p.fill(ix)
	return p
}

// alone makes a person of a person record without an address.
func (ix *Index) alone(r *Row) {
	ref := r.stream.mark
	if r.source.record {
		ix.person(idOf(ofPerson, "record", ref.Connection, ref.Name, r.key), nil, []*Row{r})
	}
}

// forget drops a person whom no source tells of any more.
func (ix *Index) forget(p *person) {
	if ix.persons[p.id] != p {
		return
	}
	delete(ix.persons, p.id)
	for _, r := range p.sources {
		if r.person == p {
			r.person = nil
		}
	}
	ix.lookup = nil
}

// fill works out the fields of a person.
func (p *person) fill(ix *Index) {
	ix.lookup = nil
	slices.SortFunc(p.sources, func(a, b *Row) int { return ix.compare("", a, b) })
	text := func(field string, of func(*Row) string) string {
		_, value := p.first(ix, field, of)
		return value
	}
	p.name, p.email = text("name", nameOf), text("email", emailOf)
	p.title, p.department, p.manager = text("title", titleOf), text("department", departmentOf), text("manager", managerOf)
	if r, _ := p.first(ix, "started_at", startedOf); r != nil {
		p.started = r.source.started
	} else {
		p.started = 0
	}
	if r, _ := p.first(ix, "ended_at", endedOf); r != nil {
		p.ended = r.source.ended
	} else {
		p.ended = 0
	}
	p.search = foldText(p.name) + "\x00" + foldText(p.email) + "\x00" + foldText(p.title) + "\x00" + foldText(p.department) + "\x00"
	p.from = p.sources[0].stream.of
	p.judgeAhead(ix)
}

// checkID returns the id of a person's row on the page of background checks.
func (p *person) checkID() string { return ofCheck + p.id[len(ofPerson):] }

// check returns a person's row on the page of background checks, which the page has while no check is known.
func (p *person) check(ix *Index) *Row {
	id := p.checkID()
	return &Row{
		id: id, kind: account.Human, status: "none", person: p, name: p.name, email: p.email, address: p.address, search: p.search,
		decision: ix.decisions[id],
	}
}

// Row returns what lists show under an id; nil for nothing.
func (ix *Index) Row(id string) *Row {
	if rest, ok := strings.CutPrefix(id, ofCheck); ok {
		if p := ix.persons[ofPerson+rest]; p != nil {
			return p.check(ix)
		}
		return nil
	}
	return ix.rows[id]
}

// judgeAhead keeps the status until a day comes on which it may change, so that lists need not work it out.
func (p *person) judgeAhead(ix *Index) {
	v := p.judge(ix, ix.now)
	p.status, p.left = v.status, v.left
	at := ix.now.Unix()
	p.since, p.until = at, at+365*dayLength
	for _, r := range p.sources {
		for _, day := range []int64{r.source.started, r.source.started + dayLength, r.source.ended, r.source.ended + dayLength} {
			if day > at && day < p.until {
				p.until = day
			}
		}
	}
}

// standing returns a person's status at a moment, and when one that left did.
func (p *person) standing(ix *Index, now time.Time) (status account.PersonStatus, left int64) {
	if at := now.Unix(); at >= p.since && at < p.until {
		return p.status, p.left
	}
	v := p.judge(ix, now)
	return v.status, v.left
}

// What sources say, by field.
func nameOf(r *Row) string       { return r.name }
func emailOf(r *Row) string      { return strings.TrimSpace(r.email) }
func titleOf(r *Row) string      { return r.source.title }
func departmentOf(r *Row) string { return r.source.department }
func managerOf(r *Row) string    { return r.source.manager }
func startedOf(r *Row) string    { return record.Day(r.source.started) }
func endedOf(r *Row) string      { return record.Day(r.source.ended) }

// fieldsOf are the fields that are texts or days, in the order of account.PersonFields.
func fieldsOf() map[string]func(*Row) string {
	return map[string]func(*Row) string{
		"name": nameOf, "email": emailOf, "title": titleOf, "department": departmentOf, "manager": managerOf,
		"started_at": startedOf, "ended_at": endedOf,
	}
}

// compare orders the sources of a person for a field: those that have the person, then by precedence, then person records, then the
// later first day.
func (ix *Index) compare(field string, a, b *Row) int {
	gone := func(r *Row) int {
		switch {
		case r.removed != 0:
			return 2
		case r.status == "terminated" || r.status == "deprovisioned":
			return 1
		}
		return 0
	}
	same := a.stream.mark.Connection == b.stream.mark.Connection
	kinds := func(r *Row) int {
		if r.source.record {
			return 0
		}
		return 1
	}
	if !same {
		if by := cmp.Compare(min(gone(a), 2)/2, min(gone(b), 2)/2); by != 0 {
			return by
		}
		if by := cmp.Compare(ix.place(field, a.stream.mark.Connection), ix.place(field, b.stream.mark.Connection)); by != 0 {
			return by
		}
	}
	return cmp.Or(
		cmp.Compare(gone(a), gone(b)), cmp.Compare(kinds(a), kinds(b)), -cmp.Compare(a.source.started, b.source.started),
		cmp.Compare(a.stream.mark.Name, b.stream.mark.Name), cmp.Compare(a.key, b.key),
	)
}

// ordered returns the sources in the order of a field.
func (p *person) ordered(ix *Index, field string) []*Row {
	if ix.ranks[field] == nil {
		return p.sources
	}
	sources := slices.Clone(p.sources)
	slices.SortFunc(sources, func(a, b *Row) int { return ix.compare(field, a, b) })
	return sources
}

// first returns the first source that tells a field, and its value; nil for none.
func (p *person) first(ix *Index, field string, of func(*Row) string) (*Row, string) {
	for _, r := range p.ordered(ix, field) {
		if value := of(r); value != "" {
			return r, value
		}
	}
	return nil, ""
}

// verdict is a person's status at a moment.
type verdict struct {
	status account.PersonStatus
	left   int64 // seconds; 0 = did not leave, or the day is not known
	by     *Row  // the source that tells it; nil = none
	reason string
}

// judge returns a person's status at a moment. A person record that is gone counts in its place; an account that is gone counts only
// if every source is gone.
func (p *person) judge(ix *Index, now time.Time) verdict {
	sources := p.ordered(ix, "status")
	present := slices.ContainsFunc(sources, func(r *Row) bool { return r.removed == 0 })
	ranked := sources
	if present {
		// Those that have the person come first in the order of fields, but a person record that is gone does tell something.
		ranked = slices.DeleteFunc(slices.Clone(sources), func(r *Row) bool { return r.removed != 0 && !r.source.record })
		slices.SortStableFunc(ranked, func(a, b *Row) int {
			return cmp.Compare(ix.place("status", a.stream.mark.Connection), ix.place("status", b.stream.mark.Connection))
		})
	}
	for _, r := range ranked {
		if v, told := r.judge(now); told {
			v.by = r
			return v
		}
	}
	return verdict{status: account.PersonUnknown, reason: "No source tells whether this person works for the company."}
}

const dayLength = 24 * 60 * 60

// judge returns what a source tells of its person's status, false when it tells nothing.
func (r *Row) judge(now time.Time) (v verdict, told bool) {
	alias := r.stream.of.Alias
	at, s := now.Unix(), r.source
	over := s.ended != 0 && at >= s.ended+dayLength
	say := func(status account.PersonStatus, left int64, format string, args ...any) (verdict, bool) {
		return verdict{status: status, left: left, reason: fmt.Sprintf(format, args...)}, true
	}
	switch {
	case r.removed != 0:
		gone := r.removed / int64(time.Second)
		if s.ended != 0 && s.ended < gone {
			gone = s.ended
		}
		return say(account.PersonLeft, gone, "%s no longer lists this person since %s.", alias, record.Day(r.removed/int64(time.Second)))
	case !s.record && r.status == "active":
		return say(account.PersonActive, 0, "The account at %s is active.", alias)
	case !s.record && r.status == "deprovisioned":
		return say(account.PersonLeft, 0, "The account at %s is deprovisioned.", alias)
	case !s.record:
		return v, false
	case r.status == "terminated" && s.ended == 0:
		return say(account.PersonLeft, 0, "%s says that this person left.", alias)
	case over:
		return say(account.PersonLeft, s.ended, "The last day at %s was %s.", alias, record.Day(s.ended))
	case s.ended != 0 && (r.status != "future"):
		return say(account.PersonLeaving, 0, "The last day at %s is %s.", alias, record.Day(s.ended))
	case r.status == "future" || s.started > at && r.status != "on_leave":
		if s.started == 0 {
			return say(account.PersonJoining, 0, "%s says that this person is to start.", alias)
		}
		return say(account.PersonJoining, 0, "The first day at %s is %s.", alias, record.Day(s.started))
	case r.status == "active" || r.status == "on_leave":
		return say(account.PersonActive, 0, "%s says that this person works for the company.", alias)
	}
	return v, false
}

// named is the person as a decision remembers it.
func (p *person) named() *account.NamedPerson {
	first := p.sources[0]
	return &account.NamedPerson{
		ID: p.id, Name: p.name, Email: p.email,
		Connection: first.stream.mark.Connection, Stream: first.stream.mark.Name, Key: first.key,
	}
}

// resolve returns the person that a decision names: by id, else by the record that the person was known from; nil = gone.
func (ix *Index) resolve(named *account.NamedPerson) *person {
	if named == nil {
		return nil
	}
	if p := ix.persons[named.ID]; p != nil {
		return p
	}
	if st := ix.streams[streamKey(named.Connection, named.Stream)]; st != nil {
		if r := st.rows[named.Key]; r != nil {
			return r.person
		}
	}
	return nil
}

// checked returns the best background check of a person: clear, not_clear, pending, unknown, none or exception.
func (p *person) checked(ix *Index) string {
	best := "none"
	if p.address != nil && p.address.person == p {
		for _, r := range p.address.checks {
			if r.removed != 0 {
				continue
			}
			if got := record.Outcome(r.status, r.clear); slices.Index(outcomes, got) > slices.Index(outcomes, best) {
				best = got
			}
		}
	}
	if best != "clear" && ix.excepted[p.id] {
		return "exception"
	}
	return best
}

// outcomes of background checks, the best last.
var outcomes = []string{"none", "unknown", "pending", "not_clear", "clear"}
