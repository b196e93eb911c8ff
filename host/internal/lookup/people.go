package lookup

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// PersonList is a page of persons.
type PersonList struct {
	Items    []account.Person `json:"items"`
	Matched  *int             `json:"matched,omitempty" doc:"Persons of the whole list, on all pages; absent while they are still being read"`
	Next     string           `json:"next_cursor,omitempty" doc:"Send as cursor for the following page; absent on the last"`
	Facets   []host.Facet     `json:"facets" doc:"How many persons have each value, among those that the other facets leave"`
	Position account.Position `json:"position"`
	Demo     bool             `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
}

// People returns a page of persons.
func (l *Lookup) People(ctx context.Context, q AccountQuery) (PersonList, error) {
	found, err := l.parts.People.People(ctx, q)
	if err != nil {
		return PersonList{}, err
	}
	list := PersonList{Items: found.People, Next: found.Next, Facets: found.Facets, Position: found.Position}
	if list.Position.State != "building" {
		list.Matched = &found.Matched
	}
	return list, nil
}

// PersonDetail is a person with what belongs to the person.
type PersonDetail struct {
	account.Person
	AccountList []account.Account `json:"account_list" doc:"Linked accounts, those that their sources have first"`
	CheckList   []account.Account `json:"check_list" doc:"Background checks with the person's address"`
	Training    []host.Record     `json:"training" doc:"Records of training with the person's address, at most 200"`
}

// mostTraining is how many records of training one person is shown with.
const mostTraining = 200

// Person returns one person.
func (l *Lookup) Person(ctx context.Context, id string) (PersonDetail, error) {
	found, err := l.parts.People.Person(ctx, id)
	if err != nil {
		return PersonDetail{}, err
	}
	detail := PersonDetail{Person: found.Person, AccountList: found.Accounts, CheckList: found.Checks, Training: []host.Record{}}
	if err := l.complete(ctx, account.PageAll, detail.AccountList, found.AccountVersions); err != nil {
		return PersonDetail{}, err
	}
	if err := l.complete(ctx, account.PageBackgroundCheck, detail.CheckList, found.CheckVersions); err != nil {
		return PersonDetail{}, err
	}
	if found.Person.Email == "" {
		return detail, nil
	}
	page, err := l.recordPage(ctx, RecordQuery{
		Kind: string(kind.KindTraining), Where: []string{"person_email=" + found.Person.Email}, Sort: "-completed_at", Limit: mostTraining,
	})
	if err != nil {
		return PersonDetail{}, err
	}
	if len(page.Items) > 0 {
		detail.Training = page.Items
	}
	return detail, nil
}

// PersonSources returns the order of the connections that persons are known from.
func (l *Lookup) PersonSources(ctx context.Context) (account.PersonSources, error) {
	return l.parts.People.Sources(ctx)
}

// SetPersonSources sets the order of the connections that persons are known from; ifRevision nil = whatever it is now.
func (l *Lookup) SetPersonSources(ctx context.Context, p account.PersonPrecedence, ifRevision *uint64) (account.PersonSources, error) {
	return actor.Act(ctx, func(host.Actor) (account.PersonSources, error) { return l.parts.People.SetSources(ctx, p, ifRevision) })
}
