package lookup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
	"github.com/plumbline-dev/plumbline/host/internal/people/record"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// AccountQuery asks for a page of accounts.
type AccountQuery = directory.Query

// AccountList is a page of accounts.
type AccountList struct {
	Items    []account.Account `json:"items"`
	Matched  *int              `json:"matched,omitempty" doc:"Accounts of the whole list, on all pages; absent while they are still being read"`
	Next     string            `json:"next_cursor,omitempty" doc:"Send as cursor for the following page; absent on the last"`
	Facets   []host.Facet      `json:"facets" doc:"How many accounts have each value, among those that the other facets leave"`
	Columns  []string          `json:"columns" doc:"Of the page, in their order; those of the page alone are in values of each account"`
	Sources  []host.Source     `json:"sources" doc:"Connections that the page is about, and how far each can be relied on"`
	Position account.Position  `json:"position"`
	Demo     bool              `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
}

func knownPage(page account.Page) error {
	if slices.Contains(account.Pages(), page) {
		return nil
	}
	var names []string
	for _, p := range account.Pages() {
		names = append(names, string(p))
	}
	return host.Invalid("page", string(page), "must be one of "+strings.Join(names, ", "))
}

// Accounts returns a page of accounts with what is decided about them.
func (l *Lookup) Accounts(ctx context.Context, q AccountQuery) (AccountList, error) {
	if err := knownPage(q.Page); err != nil {
		return AccountList{}, err
	}
	found, err := l.parts.People.Accounts(ctx, q)
	if err != nil {
		return AccountList{}, err
	}
	if err := l.complete(ctx, q.Page, found.Accounts, found.Versions); err != nil {
		return AccountList{}, err
	}
	list := AccountList{
		Items: found.Accounts, Next: found.Next, Facets: found.Facets, Columns: record.Columns(q.Page), Position: found.Position,
	}
	if list.Position.State != "building" {
		list.Matched = &found.Matched
	}
	list.Sources, err = l.accountSources(ctx, q.Page)
	return list, err
}

// complete adds to accounts what only their documents say.
func (l *Lookup) complete(ctx context.Context, page account.Page, accounts []account.Account, versions []*host.VersionRef) error {
	var refs []host.VersionRef
	var at []int
	for i, v := range versions {
		if v != nil {
			refs, at = append(refs, *v), append(at, i)
		}
	}
	records, err := l.parts.Store.RecordsAt(ctx, refs)
	if err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	for i, r := range records {
		if err := record.Complete(&accounts[at[i]], page, r.Data, l.parts.Now()); err != nil {
			return fmt.Errorf("read account %q: %w", r.Key, err)
		}
	}
	return nil
}

// accountSources returns the connections that a page is about, by alias.
func (l *Lookup) accountSources(ctx context.Context, page account.Page) ([]host.Source, error) {
	of := kind.KindAccount
	if page == account.PageBackgroundCheck {
		of = kind.KindBackgroundCheck
	}
	var listed RecordPage
	if err := l.sources(ctx, RecordQuery{Kind: string(of)}, &listed); err != nil {
		return nil, err
	}
	category := page.Category()
	if category == "" {
		return listed.Sources, nil
	}
	shared, err := l.statuses.Shared()
	if err != nil {
		return nil, err
	}
	sources := []host.Source{}
	for _, s := range listed.Sources {
		c, err := l.parts.Store.Connection(s.Connection)
		if err != nil {
			return nil, err
		}
		connector := shared.Connector(ctx, c.Connector)
		if connector != nil && slices.Contains(connector.Categories, category) {
			sources = append(sources, s)
		}
	}
	return sources, nil
}

// Account returns one account as a page has it.
func (l *Lookup) Account(ctx context.Context, id string, page account.Page) (account.Account, error) {
	if err := knownPage(page); err != nil {
		return account.Account{}, err
	}
	found, version, err := l.parts.People.Account(ctx, id, page)
	if err != nil {
		return account.Account{}, err
	}
	one := []account.Account{found}
	err = l.complete(ctx, page, one, []*host.VersionRef{version})
	return one[0], err
}

// DecideAccount replaces what is decided about an account; ifRevision nil = whatever it is now.
func (l *Lookup) DecideAccount(ctx context.Context, id string, d account.Decision, ifRevision *uint64) (account.Account, error) {
	return actor.Act(ctx, func(by host.Actor) (account.Account, error) {
		if err := l.parts.People.Decide(ctx, by, id, d, ifRevision); err != nil {
			return account.Account{}, err
		}
		return l.Account(ctx, id, account.PageAll)
	})
}

// UndoAccount puts the decision in force that was before the latest one about an account.
func (l *Lookup) UndoAccount(ctx context.Context, id string, ifRevision *uint64) (account.Account, error) {
	return actor.Act(ctx, func(by host.Actor) (account.Account, error) {
		if err := l.parts.People.Undo(ctx, by, id, ifRevision); err != nil {
			return account.Account{}, err
		}
		return l.Account(ctx, id, account.PageAll)
	})
}

// AccountHistory returns the decisions about an account, newest first.
func (l *Lookup) AccountHistory(id string) ([]account.History, error) {
	return l.parts.People.History(id)
}

// DecideAccounts changes decisions about several accounts, each by itself.
func (l *Lookup) DecideAccounts(ctx context.Context, b people.Bulk) (people.DecisionReport, error) {
	return actor.Act(ctx, func(by host.Actor) (people.DecisionReport, error) {
		if b.Query != nil {
			if err := knownPage(b.Query.Page); err != nil {
				return people.DecisionReport{}, err
			}
		}
		return l.parts.People.DecideAll(ctx, by, b)
	})
}

// SuggestionList is a page of suggestions.
type SuggestionList struct {
	Items    []account.Suggestion `json:"items"`
	Demo     bool                 `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
	Matched  *int                 `json:"matched,omitempty" doc:"Suggestions of the whole list; absent while the accounts are still being read"`
	Next     string               `json:"next_cursor,omitempty" doc:"Send as cursor for the following page; absent on the last"`
	Position account.Position     `json:"position"`
}

// Suggestions returns persons to whom unlinked accounts may belong, the surest first.
func (l *Lookup) Suggestions(ctx context.Context, q directory.SuggestionQuery) (SuggestionList, error) {
	if err := knownPage(q.Page); err != nil {
		return SuggestionList{}, err
	}
	found, err := l.parts.People.Suggestions(ctx, q)
	list := SuggestionList{Items: found.Suggestions, Next: found.Next, Position: found.Position}
	if list.Position.State != "building" {
		list.Matched = &found.Matched
	}
	return list, err
}

// AcceptSuggestions links accounts to the persons that suggestions name.
func (l *Lookup) AcceptSuggestions(ctx context.Context, ids []string, preview bool) (people.DecisionReport, error) {
	return actor.Act(ctx, func(by host.Actor) (people.DecisionReport, error) {
		return l.parts.People.Accept(ctx, by, ids, preview)
	})
}

// CompareAccounts returns what differs between the accounts of a page at two moments, each as Moment reads it; an empty to means now.
func (l *Lookup) CompareAccounts(ctx context.Context, page account.Page, from, to string, limit int) (people.Comparison, error) {
	if err := knownPage(page); err != nil {
		return people.Comparison{}, err
	}
	first, err := l.moment("from", from)
	if err != nil {
		return people.Comparison{}, err
	}
	last := l.parts.Store.Clock().In(l.parts.Location)
	if to != "" {
		if last, err = l.moment("to", to); err != nil {
			return people.Comparison{}, err
		}
	}
	if last.Before(first) {
		return people.Comparison{}, host.Invalid("to", to, "must not be before from")
	}
	return l.parts.People.Compare(ctx, page, first, last, limit)
}
