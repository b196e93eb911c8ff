package people

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
)

// Found is a page of accounts.
type Found struct {
	Accounts []account.Account
	Versions []*host.VersionRef // of their documents; nil for a row without one
	Matched  int
	Next     string
	Facets   []host.Facet
	Position account.Position
}

// answering returns what lists are answered from: nothing while the index is built. The caller holds mu.
func (p *People) answering() *directory.Moment {
	if p.position.State == stateBuilding {
		return directory.New().At(p.config.Now(), p.config.Limits)
	}
	return p.at()
}

// Accounts returns a page of accounts. While the index is built it is empty.
func (p *People) Accounts(ctx context.Context, q directory.Query) (Found, error) {
	if err := p.fresh(ctx); err != nil {
		return Found{}, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	found := Found{Position: p.position, Accounts: []account.Account{}}
	m := p.answering()
	rows, matched, next, facets, err := m.List(q)
	if err != nil {
		return Found{}, err
	}
	found.Matched, found.Next, found.Facets = matched, next, facets
	for _, r := range rows {
		found.Accounts = append(found.Accounts, m.Shown(r, q.Page))
		found.Versions = append(found.Versions, r.Document())
	}
	return found, nil
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
func (p *People) Account(ctx context.Context, id string, page account.Page) (account.Account, *host.VersionRef, error) {
	if err := p.fresh(ctx); err != nil {
		return account.Account{}, nil, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if err := p.building(); err != nil {
		return account.Account{}, nil, err
	}
	r := p.ix.Row(id)
	if r == nil {
		return account.Account{}, nil, noAccount(id)
	}
	return p.at().Shown(r, page), r.Document(), nil
}

// Of returns the ids of what a record is: of its account or check, and of the person whom it tells of. Both are empty for another
// record. It waits for nothing: while the index is built they may be empty.
func (p *People) Of(connection, stream, key string) (account, person string) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.ix.Of(connection, stream, key)
}

func noAccount(id string) error {
	return host.NotFound("account", id, "Its connection may have been disconnected or deleted.")
}

// FoundPeople is a page of persons.
type FoundPeople struct {
	People   []account.Person
	Matched  int
	Next     string
	Facets   []host.Facet
	Position account.Position
}

// People returns a page of persons. While the index is built it is empty.
func (p *People) People(ctx context.Context, q directory.Query) (FoundPeople, error) {
	if err := p.fresh(ctx); err != nil {
		return FoundPeople{}, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	people, matched, next, facets, err := p.answering().Persons(q)
	if people == nil {
		people = []account.Person{}
	}
	return FoundPeople{People: people, Matched: matched, Next: next, Facets: facets, Position: p.position}, err
}

// FoundPerson is a person with the linked accounts and background checks, and the versions of their documents.
type FoundPerson struct {
	Person           account.Person
	Accounts, Checks []account.Account
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
	m := p.at()
	shown, accounts, checks, known := m.Person(id)
	if !known {
		return found, host.NotFound("person", id, "The person may have another address by now: `plumbline people` lists all.")
	}
	found.Person, found.Accounts, found.Checks = shown, []account.Account{}, []account.Account{}
	for _, r := range accounts {
		found.Accounts = append(found.Accounts, m.Shown(r, account.PageAll))
		found.AccountVersions = append(found.AccountVersions, r.Document())
	}
	for _, r := range checks {
		found.Checks = append(found.Checks, m.Shown(r, account.PageBackgroundCheck))
		found.CheckVersions = append(found.CheckVersions, r.Document())
	}
	return found, nil
}

// FoundSuggestions is a page of suggestions.
type FoundSuggestions struct {
	Suggestions []account.Suggestion
	Matched     int
	Next        string
	Position    account.Position
}

// Suggestions returns a page of suggestions, the surest first.
func (p *People) Suggestions(ctx context.Context, q directory.SuggestionQuery) (FoundSuggestions, error) {
	if err := p.fresh(ctx); err != nil {
		return FoundSuggestions{}, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	list, matched, next, err := p.answering().Suggestions(q)
	if list == nil {
		list = []account.Suggestion{}
	}
	return FoundSuggestions{Suggestions: list, Matched: matched, Next: next, Position: p.position}, err
}

// Sources returns the order of the sources of persons.
func (p *People) Sources(ctx context.Context) (account.PersonSources, error) {
	if err := p.fresh(ctx); err != nil {
		return account.PersonSources{}, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.ix.Sources(), p.building()
}

// SetSources sets the order of the sources of persons.
func (p *People) SetSources(ctx context.Context, precedence account.PersonPrecedence, ifRevision *uint64) (account.PersonSources, error) {
	if err := p.fresh(ctx); err != nil {
		return account.PersonSources{}, err
	}
	p.mu.RLock()
	err := p.ix.Valid(precedence)
	expected := p.ix.Revision()
	p.mu.RUnlock()
	if err != nil {
		return account.PersonSources{}, err
	}
	if ifRevision != nil {
		expected = *ifRevision
	}
	if precedence.Order == nil {
		precedence.Order = []string{}
	}
	stored, err := p.config.Journal.SetPersonPrecedence(ctx, precedence, expected)
	if err != nil {
		return account.PersonSources{}, err
	}
	p.mu.Lock()
	if stored.Revision > p.ix.Revision() {
		p.ix.Prefer(stored.Value, stored.Revision)
	}
	answer := p.ix.Sources()
	p.mu.Unlock()
	p.config.Changed("", ChangeSources)
	return answer, nil
}
