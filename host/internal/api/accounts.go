package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
)

// registerAccounts lists the operations on accounts and persons.
func (s *Server) registerAccounts() {
	operation.Add(s.api, http.MethodGet, route.Accounts, "list-accounts",
		"Accounts of connected systems with what is decided about them: of all, or of one page", 200, s.accounts)
	operation.Add(s.api, http.MethodGet, route.AccountCompare, "compare-accounts",
		"What differs between the accounts of a page at two moments", 200,
		s.compareAccounts)
	operation.Add(s.api, http.MethodGet, route.Account, "get-account", "One account", 200, s.account)
	operation.Add(s.api, http.MethodPut, route.AccountDecision, "decide-account",
		"Replace what is decided about an account: whose it is, who holds it, whether it is in scope; nothing changes at its source", 200,
		s.decideAccount)
	operation.Add(s.api, http.MethodPost, route.AccountUndo, "undo-account-decision",
		"Put the decision in force that was before the latest one; again, the one before that", 200, s.undoAccount)
	operation.Add(s.api, http.MethodGet, route.AccountHistory, "list-account-history", "Who decided what about an account, newest first", 200,
		s.accountHistory)
	operation.Add(s.api, http.MethodPost, route.AccountDecisions, "decide-accounts",
		"Change decisions about several accounts, or say what that would change", 200, s.decideAccounts)
	operation.Add(s.api, http.MethodGet, route.Suggestions, "list-suggestions",
		"Persons to whom unlinked accounts may belong, the surest first", 200,
		s.suggestions)
	operation.Add(s.api, http.MethodPost, route.SuggestionAccept, "accept-suggestions",
		"Link accounts to the persons that are suggested, or say what that would change; a privileged account is accepted by "+
			"itself", 200, s.accept)
	operation.Add(s.api, http.MethodGet, route.People, "list-people", "Persons that HR and identity systems know", 200, s.people)
	operation.Add(s.api, http.MethodGet, route.PersonSources, "get-person-sources",
		"Which connections persons are known from, the preferred first", 200,
		operation.Value(s.app.PersonSources))
	operation.Add(s.api, http.MethodPut, route.PersonSources, "set-person-sources",
		"Set which connections are preferred", 200, s.setPersonSources)
	operation.Add(s.api, http.MethodGet, route.Person, "get-person",
		"One person with the source of each field, accounts, background checks and training", 200, operation.ByID(s.app.Person))
}

// AccountPageParam names a page of accounts.
type AccountPageParam struct {
	Page account.Page `query:"page" enum:"all,access-review,background-check,infrastructure,observability,version-control" default:"all" doc:"all, or the connections of one category. On background-check each row is a check, or a person of whom none is known"`
}

// FacetParams say which items of a list with facets are wanted, and in which order.
type FacetParams struct {
	operation.PageParams
	Query  string   `query:"q" doc:"Part of a name, an address, a user name or a key, in any case"`
	Facets []string `query:"facet,explode" doc:"NAME:VALUE, such as flag:dormant; may be given several times. Values of one name are alternatives, different names must all hold. The answer's facets are the names and values"`
	Offset int      `query:"offset" minimum:"0" maximum:"1000000" doc:"Items to leave out, counted from the cursor or from the beginning"`
	Sort   string   `query:"sort" doc:"Field to sort by, with - before it for descending; those without it come last. Empty: by name"`
}

func (p FacetParams) query(page account.Page) lookup.AccountQuery {
	return lookup.AccountQuery{Page: page, Text: p.Query, Facets: p.Facets, Sort: p.Sort, Limit: p.Limit, Cursor: p.Cursor, Offset: p.Offset}
}

// AccountsParams say which accounts are wanted. Without a facet of the name state, those are left out that their source no longer has.
type AccountsParams struct {
	AccountPageParam
	FacetParams
}

func (s *Server) accounts(ctx context.Context, in *AccountsParams) (*operation.Output[lookup.AccountList], error) {
	return operation.One(s.app.Accounts(ctx, in.query(in.Page)))
}

// CompareParams say which moments are compared.
type CompareParams struct {
	AccountPageParam
	From  string `query:"from" required:"true" doc:"An RFC 3339 time, or a date for the end of that day in the time zone of schedules"`
	To    string `query:"to" doc:"Likewise; left out: now"`
	Limit int    `query:"limit" minimum:"1" maximum:"10000" default:"1000" doc:"Most accounts in the answer; the counts are of all"`
}

func (s *Server) compareAccounts(ctx context.Context, in *CompareParams) (*operation.Output[people.Comparison], error) {
	return operation.One(s.app.CompareAccounts(ctx, in.Page, in.From, in.To, in.Limit))
}

// AccountInput is what get-account takes.
type AccountInput struct {
	operation.IDParam
	AccountPageParam
}

func (s *Server) account(ctx context.Context, in *AccountInput) (*operation.Output[account.Account], error) {
	return operation.One(s.app.Account(ctx, in.ID, in.Page))
}

// MatchParam is the revision that a change is based on.
type MatchParam struct {
	IfMatch string `header:"If-Match" doc:"Revision the change is based on, 0 for none; refused with 412 when there is another by now. Left out: whatever there is"`
}

func (m MatchParam) revision() (*uint64, error) {
	if m.IfMatch == "" {
		return nil, nil
	}
	revision, err := strconv.ParseUint(strings.Trim(m.IfMatch, `"`), 10, 64)
	if err != nil {
		return nil, operation.Error(host.Invalid("If-Match", m.IfMatch, "must be a revision"))
	}
	return &revision, nil
}

// DecideInput is what decide-account takes.
type DecideInput struct {
	operation.IDParam
	MatchParam
	Body account.Decision
}

func (s *Server) decideAccount(ctx context.Context, in *DecideInput) (*operation.Output[account.Account], error) {
	revision, err := in.revision()
	if err != nil {
		return nil, err
	}
	return operation.One(s.app.DecideAccount(ctx, in.ID, in.Body, revision))
}

// UndoInput is what undo-account-decision takes.
type UndoInput struct {
	operation.IDParam
	MatchParam
}

func (s *Server) undoAccount(ctx context.Context, in *UndoInput) (*operation.Output[account.Account], error) {
	revision, err := in.revision()
	if err != nil {
		return nil, err
	}
	return operation.One(s.app.UndoAccount(ctx, in.ID, revision))
}

func (s *Server) accountHistory(_ context.Context, in *operation.IDParam) (*operation.Output[operation.Items[account.History]], error) {
	history, err := s.app.AccountHistory(in.ID)
	return operation.List(history, "", err)
}

// BulkQuery finds accounts.
type BulkQuery struct {
	Page   account.Page `json:"page" enum:"all,access-review,background-check,infrastructure,observability,version-control"`
	Query  string       `json:"q,omitempty"`
	Facets []string     `json:"facets,omitempty" doc:"As facet of list-accounts"`
}

// BulkDecision is a request about several accounts.
type BulkDecision struct {
	IDs       []string            `json:"ids,omitempty" doc:"Of accounts; left out with a query"`
	Query     *BulkQuery          `json:"query,omitempty" doc:"All accounts that it finds; left out with ids"`
	Revisions map[string]uint64   `json:"revisions,omitempty" doc:"Revisions that the person saw, by id; an account with another one is refused"`
	Change    people.DecisionEdit `json:"change" doc:"What is left out stays as it is"`
	Preview   bool                `json:"preview,omitempty" doc:"Change nothing, and say what would change"`
}

func (s *Server) decideAccounts(ctx context.Context, in *operation.Body[BulkDecision]) (*operation.Output[people.DecisionReport], error) {
	b := people.Bulk{IDs: in.Body.IDs, Revisions: in.Body.Revisions, Change: in.Body.Change, Preview: in.Body.Preview}
	if q := in.Body.Query; q != nil {
		b.Query = &directory.Query{Page: q.Page, Text: q.Query, Facets: q.Facets}
	}
	return operation.One(s.app.DecideAccounts(ctx, b))
}

// SuggestionsParams say which suggestions are wanted.
type SuggestionsParams struct {
	AccountPageParam
	operation.PageParams
	Query      string  `query:"q" doc:"Part of the account's name, address, user name or key, in any case"`
	Confidence float64 `query:"confidence" minimum:"0" maximum:"1" doc:"At least this sure"`
	Privileged string  `query:"privileged" enum:"yes,no,unknown" doc:"Of the account"`
	Account    string  `query:"account" doc:"Id of an account; empty for all"`
}

func (s *Server) suggestions(ctx context.Context, in *SuggestionsParams) (*operation.Output[lookup.SuggestionList], error) {
	return operation.One(s.app.Suggestions(ctx, directory.SuggestionQuery{
		Page: in.Page, Text: in.Query, Confidence: in.Confidence, Privileged: in.Privileged, Account: in.Account, Limit: in.Limit,
		Cursor: in.Cursor,
	}))
}

// Acceptance names suggestions.
type Acceptance struct {
	IDs     []string `json:"ids" doc:"Of suggestions"`
	Preview bool     `json:"preview,omitempty" doc:"Change nothing, and say what would change"`
}

func (s *Server) accept(ctx context.Context, in *operation.Body[Acceptance]) (*operation.Output[people.DecisionReport], error) {
	return operation.One(s.app.AcceptSuggestions(ctx, in.Body.IDs, in.Body.Preview))
}

func (s *Server) people(ctx context.Context, in *FacetParams) (*operation.Output[lookup.PersonList], error) {
	return operation.One(s.app.People(ctx, in.query("")))
}

// SourcesInput is what set-person-sources takes.
type SourcesInput struct {
	MatchParam
	Body account.PersonPrecedence
}

func (s *Server) setPersonSources(ctx context.Context, in *SourcesInput) (*operation.Output[account.PersonSources], error) {
	revision, err := in.revision()
	if err != nil {
		return nil, err
	}
	return operation.One(s.app.SetPersonSources(ctx, in.Body, revision))
}
