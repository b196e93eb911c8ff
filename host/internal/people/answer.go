package people

import (
	"context"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// Found is a page of accounts.
type Found struct {
	Accounts []host.Account
	Versions []*host.VersionRef // of their documents; nil for a row without one
	Matched  int
	Next     string
	Facets   []host.Facet
	Position host.PeoplePosition
}

// versionOf names the document of a row.
func versionOf(r *row) *host.VersionRef {
	if r.stream == nil {
		return nil
	}
	return &host.VersionRef{Stream: r.stream.mark, Key: r.key, At: time.Unix(0, r.docAt).UTC()}
}

// Accounts returns a page of accounts. While the index is built it is empty.
func (p *People) Accounts(ctx context.Context, q Query) (Found, error) {
	if err := p.fresh(ctx); err != nil {
		return Found{}, err
	}
	now := p.config.Now()
	p.mu.RLock()
	defer p.mu.RUnlock()
	found := Found{Position: p.position, Accounts: []host.Account{}}
	ix := p.ix
	if found.Position.State == stateBuilding {
		ix = newIndex()
	}
	rows, matched, next, facets, err := ix.list(q, now, p.config.Limits)
	if err != nil {
		return Found{}, err
	}
	found.Matched, found.Next, found.Facets = matched, next, facets
	m := p.ix.at(now, p.config.Limits)
	for _, r := range rows {
		found.Accounts = append(found.Accounts, m.shown(r, q.Page))
		found.Versions = append(found.Versions, versionOf(r))
	}
	return found, nil
}

// shown returns a row as a page has it.
func (m *moment) shown(r *row, page host.AccountPage) host.Account {
	a := m.account(r)
	a.Suggestions = len(m.suggest(r))
	decidedColumns(&a, page)
	return a
}

// building is the problem of a question that cannot be answered before the index is built.
func (p *People) building() error {
	if p.position.State != stateBuilding {
		return nil
	}
	return &host.Problem{
		Code: host.CodeBusy, Message: "the accounts are still being read", Remedy: "Ask again in a moment.",
		Fault: host.FaultHost, Retry: host.RetryAfter, RetryAfter: 2,
	}
}

// Account returns one account, and the version of its document; nil for a row without one. A decision whose account is not stored any
// more is an account with nothing but its name.
func (p *People) Account(ctx context.Context, id string, page host.AccountPage) (host.Account, *host.VersionRef, error) {
	if err := p.fresh(ctx); err != nil {
		return host.Account{}, nil, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if err := p.building(); err != nil {
		return host.Account{}, nil, err
	}
	r := p.ix.row(id)
	if r == nil {
		return host.Account{}, nil, noAccount(id)
	}
	return p.ix.at(p.config.Now(), p.config.Limits).shown(r, page), versionOf(r), nil
}

// Of returns the ids of what a record is: of its account or check, and of the person whom it tells of. Both are empty for another
// record. It waits for nothing: while the index is built they may be empty.
func (p *People) Of(connection, stream, key string) (account, person string) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	st := p.ix.streams[streamKey(connection, stream)]
	if st == nil || st.rows[key] == nil {
		return "", ""
	}
	r := st.rows[key]
	if r.person != nil {
		person = r.person.id
	}
	return r.id, person
}

func noAccount(id string) error {
	return host.NotFound("account", id, "Its connection may have been disconnected or deleted.")
}

// FoundPeople is a page of persons.
type FoundPeople struct {
	People   []host.Person
	Matched  int
	Next     string
	Facets   []host.Facet
	Position host.PeoplePosition
}

// People returns a page of persons. While the index is built it is empty.
func (p *People) People(ctx context.Context, q Query) (FoundPeople, error) {
	if err := p.fresh(ctx); err != nil {
		return FoundPeople{}, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	ix := p.ix
	if p.position.State == stateBuilding {
		ix = newIndex()
	}
	people, matched, next, facets, err := ix.directory(q, p.config.Now(), p.config.Limits)
	if people == nil {
		people = []host.Person{}
	}
	return FoundPeople{People: people, Matched: matched, Next: next, Facets: facets, Position: p.position}, err
}

// FoundPerson is a person with the linked accounts and background checks, and the versions of their documents.
type FoundPerson struct {
	Person           host.Person
	Accounts, Checks []host.Account
	AccountVersions  []*host.VersionRef
	CheckVersions    []*host.VersionRef
}

// Person returns one person.
func (p *People) Person(ctx context.Context, id string) (found FoundPerson, err error) {
	if err := p.fresh(ctx); err != nil {
		return found, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if err := p.building(); err != nil {
		return found, err
	}
	person := p.ix.persons[id]
	if person == nil {
		return found, host.NotFound("person", id, "The person may have another address by now: `plumbline people` lists all.")
	}
	now := p.config.Now()
	m := p.ix.at(now, p.config.Limits)
	shown, accounts, checks := p.ix.detail(person, now, p.config.Limits)
	found.Person, found.Accounts, found.Checks = shown, []host.Account{}, []host.Account{}
	for _, r := range accounts {
		found.Accounts = append(found.Accounts, m.shown(r, host.AccountPageAll))
		found.AccountVersions = append(found.AccountVersions, versionOf(r))
	}
	for _, r := range checks {
		found.Checks = append(found.Checks, m.shown(r, host.AccountPageBackgroundCheck))
		found.CheckVersions = append(found.CheckVersions, versionOf(r))
	}
	return found, nil
}

// FoundSuggestions is a page of suggestions.
type FoundSuggestions struct {
	Suggestions []host.Suggestion
	Matched     int
	Next        string
	Position    host.PeoplePosition
}

// Suggestions returns a page of suggestions, the surest first.
func (p *People) Suggestions(ctx context.Context, q SuggestionQuery) (FoundSuggestions, error) {
	if err := p.fresh(ctx); err != nil {
		return FoundSuggestions{}, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	ix := p.ix
	if p.position.State == stateBuilding {
		ix = newIndex()
	}
	list, matched, next, err := ix.suggestions(q, p.config.Now(), p.config.Limits)
	if list == nil {
		list = []host.Suggestion{}
	}
	return FoundSuggestions{Suggestions: list, Matched: matched, Next: next, Position: p.position}, err
}

// Sources returns the order of the sources of persons.
func (p *People) Sources(ctx context.Context) (host.PersonSources, error) {
	if err := p.fresh(ctx); err != nil {
		return host.PersonSources{}, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.ix.sources(), p.building()
}

// SetSources sets the order of the sources of persons.
func (p *People) SetSources(ctx context.Context, precedence host.PersonPrecedence, ifRevision *uint64) (host.PersonSources, error) {
	if err := p.fresh(ctx); err != nil {
		return host.PersonSources{}, err
	}
	p.mu.RLock()
	err := p.ix.valid(precedence)
	expected := p.ix.revision
	p.mu.RUnlock()
	if err != nil {
		return host.PersonSources{}, err
	}
	if ifRevision != nil {
		expected = *ifRevision
	}
	if precedence.Order == nil {
		precedence.Order = []string{}
	}
	stored, err := p.config.Journal.SetPersonPrecedence(ctx, precedence, expected)
	if err != nil {
		return host.PersonSources{}, err
	}
	p.mu.Lock()
	if stored.Revision > p.ix.revision {
		p.ix.precedence, p.ix.revision = stored.Value, stored.Revision
		p.ix.rank()
	}
	answer := p.ix.sources()
	p.mu.Unlock()
	p.config.Changed("", ChangeSources)
	return answer, nil
}

// valid returns what is wrong with an order of sources, or nil.
func (ix *index) valid(precedence host.PersonPrecedence) error {
	var faults []host.FieldError
	check := func(field string, ids []string) {
		for i, id := range ids {
			switch {
			case ix.connections[id] == nil:
				faults = append(faults, host.FieldError{Field: field, Message: "names a connection that there is not", Value: id})
			case slices.Contains(ids[:i], id):
				faults = append(faults, host.FieldError{Field: field, Message: "names a connection twice", Value: id})
			}
		}
	}
	check("order", precedence.Order)
	for field, ids := range precedence.Fields {
		if !slices.Contains(host.PersonFields(), field) {
			faults = append(faults, host.FieldError{Field: "fields." + field, Message: "is no field of a person"})
		}
		check("fields."+field, ids)
	}
	if len(faults) > 0 {
		return host.InvalidFields(faults[0].Field+" "+faults[0].Message, faults)
	}
	return nil
}
