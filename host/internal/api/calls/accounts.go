package calls

import (
	"context"
	"net/http"
	"strconv"

	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
	"github.com/plumbline-dev/plumbline/host/internal/people"
)

// Accounts returns a page of accounts.
func (c *Client) Accounts(ctx context.Context, p api.AccountsParams) (lookup.AccountList, error) {
	return call[lookup.AccountList](ctx, c, http.MethodGet, route.Accounts, p)
}

// CompareAccounts returns what differs between two moments.
func (c *Client) CompareAccounts(ctx context.Context, p api.CompareParams) (people.Comparison, error) {
	return call[people.Comparison](ctx, c, http.MethodGet, route.AccountCompare, p)
}

// Account returns one account.
func (c *Client) Account(ctx context.Context, id string) (account.Account, error) {
	return call[account.Account](ctx, c, http.MethodGet, route.Account, api.AccountInput{IDParam: operation.IDParam{ID: id}})
}

// DecideAccount replaces the decision about an account, unless its revision is another one by now.
func (c *Client) DecideAccount(ctx context.Context, id string, revision uint64, d account.Decision) (account.Account, error) {
	in := api.DecideInput{IDParam: operation.IDParam{ID: id}, MatchParam: api.MatchParam{IfMatch: strconv.FormatUint(revision, 10)}, Body: d}
	return call[account.Account](ctx, c, http.MethodPut, route.AccountDecision, in)
}

// UndoAccount undoes the latest decision about an account.
func (c *Client) UndoAccount(ctx context.Context, id string) (account.Account, error) {
	return call[account.Account](ctx, c, http.MethodPost, route.AccountUndo, api.UndoInput{IDParam: operation.IDParam{ID: id}})
}

// AccountHistory returns the decisions about an account, newest first.
func (c *Client) AccountHistory(ctx context.Context, id string) ([]account.History, error) {
	return items[account.History](ctx, c, route.AccountHistory, operation.IDParam{ID: id})
}

// DecideAccounts changes decisions about several accounts.
func (c *Client) DecideAccounts(ctx context.Context, b api.BulkDecision) (people.DecisionReport, error) {
	return call[people.DecisionReport](ctx, c, http.MethodPost, route.AccountDecisions, operation.Body[api.BulkDecision]{Body: b})
}

// Suggestions returns a page of suggestions.
func (c *Client) Suggestions(ctx context.Context, p api.SuggestionsParams) (lookup.SuggestionList, error) {
	return call[lookup.SuggestionList](ctx, c, http.MethodGet, route.Suggestions, p)
}

// AcceptSuggestions links accounts to the persons that suggestions name.
func (c *Client) AcceptSuggestions(ctx context.Context, a api.Acceptance) (people.DecisionReport, error) {
	return call[people.DecisionReport](ctx, c, http.MethodPost, route.SuggestionAccept, operation.Body[api.Acceptance]{Body: a})
}

// People returns a page of persons.
func (c *Client) People(ctx context.Context, p api.FacetParams) (lookup.PersonList, error) {
	return call[lookup.PersonList](ctx, c, http.MethodGet, route.People, p)
}

// Person returns one person.
func (c *Client) Person(ctx context.Context, id string) (lookup.PersonDetail, error) {
	return call[lookup.PersonDetail](ctx, c, http.MethodGet, route.Person, operation.IDParam{ID: id})
}

// PersonSources returns the order of the sources of persons.
func (c *Client) PersonSources(ctx context.Context) (account.PersonSources, error) {
	return call[account.PersonSources](ctx, c, http.MethodGet, route.PersonSources, struct{}{})
}

// SetPersonSources sets the order of the sources of persons, unless its revision is another one by now.
func (c *Client) SetPersonSources(ctx context.Context, revision uint64, p account.PersonPrecedence) (account.PersonSources, error) {
	in := api.SourcesInput{MatchParam: api.MatchParam{IfMatch: strconv.FormatUint(revision, 10)}, Body: p}
	return call[account.PersonSources](ctx, c, http.MethodPut, route.PersonSources, in)
}
