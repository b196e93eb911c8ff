package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

// accountFlags say which accounts are listed, and how.
type accountFlags struct {
	page, query, sort string
	flags, facets     []string
	removed           bool
	limit             int
}

func (a *app) accountsCommand() *cobra.Command {
	var f accountFlags
	c := &cobra.Command{
		Use: "accounts", Short: "List accounts of connected systems, whose they are, and what is decided about them", Args: exactly(0),
		Long: "Lists the accounts of all connections, or of one of the pages access-review, background-check, infrastructure,\n" +
			"observability and version-control. An account is linked to a person by its exact email address, or by a decision:\n" +
			"plumbline link, unlink and scope decide. Nothing changes at the source.\n\n" +
			"--flag takes leaver_active, privileged_no_mfa, privileged_mfa_unknown, unlinked, ambiguous, service_no_owner,\n" +
			"owner_left, dormant and new. What a system does not tell is unknown, which is neither yes nor no.\n" +
			"--facet takes NAME:VALUE; --json lists the facets with their values and counts.",
		Example: "  plumbline accounts --page infrastructure --flag privileged_no_mfa --flag leaver_active\n" +
			"  plumbline accounts --facet kind:service --sort -last_active_at",
	}
	flags := c.Flags()
	flags.StringVar(&f.page, "page", "", "page of accounts, e.g. version-control; all of them without it")
	flags.StringVar(&f.query, "query", "", "only accounts whose name, address, user name or key holds this")
	flags.StringArrayVar(&f.flags, "flag", nil, "only accounts with this flag; given several times, with any of them")
	flags.StringArrayVar(&f.facets, "facet", nil, "only accounts with this value, as NAME:VALUE; may be given several times")
	flags.StringVar(&f.sort, "sort", "", "field to sort by, with - before it for descending; name without it")
	flags.BoolVar(&f.removed, "removed", false, "also accounts that their systems no longer have")
	limitFlag(c, &f.limit, 0)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if pages := account.Pages(); f.page != "" && !slices.Contains(pages, account.Page(f.page)) {
			return usagef("--page must be one of %s", words(pages))
		}
		return a.with(c.Context(), func(client *calls.Client) error {
			printer := &listPrinter{app: a, header: []string{"ACCOUNT", "CONNECTION", "NAME", "KIND", "PERSON", "ADMIN", "MFA", "ACTIVE", "FLAGS"}}
			p := f.params()
			return printPages(printer, f.limit, accountRow, func(at operation.PageParams) ([]account.Account, string, error) {
				p.PageParams = at
				list, err := built(c.Context(), func() (lookup.AccountList, account.Position, error) {
					list, err := client.Accounts(c.Context(), p)
					return list, list.Position, err
				})
				if err == nil && at.Cursor == "" {
					printer.notes = accountNotes{list.Matched, list.Facets, list.Sources, list.Position, list.Demo}
					a.noteAccounts(list)
				}
				return list.Items, list.Next, err
			})
		})
	}
	return c
}

func (f *accountFlags) params() api.AccountsParams {
	var p api.AccountsParams
	p.Page, p.Query, p.Sort, p.Facets = account.Page(f.page), f.query, f.sort, f.facets
	for _, flag := range f.flags {
		p.Facets = append(p.Facets, "flag:"+flag)
	}
	if f.removed {
		p.Facets = append(p.Facets, "state:present", "state:removed")
	}
	return p
}

// accountNotes is what --json says of a list beside its accounts.
type accountNotes struct {
	Matched  *int             `json:"matched,omitempty"`
	Facets   []host.Facet     `json:"facets"`
	Sources  []host.Source    `json:"sources"`
	Position account.Position `json:"position"`
	Demo     bool             `json:"demo,omitempty"`
}

// noteAccounts says on standard error how far a list can be relied on.
func (a *app) noteAccounts(list lookup.AccountList) {
	if a.json {
		return
	}
	if list.Position.Explanation != "" {
		fmt.Fprintln(a.errs, list.Position.Explanation)
	}
	a.noteSources(lookup.RecordPage{Sources: list.Sources, Demo: list.Demo})
}

func accountRow(r account.Account) []string {
	person := string(r.Link.State)
	if r.Link.Person != nil {
		person = personNamed(*r.Link.Person)
	}
	state := r.Active
	switch {
	case r.RemovedAt != nil:
		state = "removed " + r.RemovedAt.Format(time.DateOnly)
	case !r.InScope:
		state += ", out of scope"
	}
	name := r.Name
	for _, other := range []string{r.Username, r.Email, r.Key} {
		if name == "" {
			name = other
		}
	}
	return []string{r.ID, r.Alias, name, string(r.Kind), person, r.Privileged, r.MFA, state, strings.ReplaceAll(words(r.Flags), "_", " ")}
}

func personNamed(p account.PersonRef) string {
	name := p.Name
	if name == "" {
		name = p.Email
	}
	switch {
	case p.Gone:
		name += " (no source has this person)"
	case p.Status != account.PersonActive:
		name += " (" + string(p.Status) + ")"
	}
	return name
}

// The time that a command waits for an agent that has just started, and between two questions.
const (
	buildWait = 30 * time.Second
	buildPace = 300 * time.Millisecond
)

// built asks again while the agent is still reading the accounts, for a while.
func built[T any](ctx context.Context, ask func() (T, account.Position, error)) (T, error) {
	tick := time.NewTicker(buildPace)
	defer tick.Stop()
	for end := time.Now().Add(buildWait); ; {
		answer, position, err := ask()
		if err != nil || position.State != "building" || time.Now().After(end) {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return answer, ctx.Err()
		case <-tick.C:
		}
	}
}

// findAccount returns the account with an id, or the only one with this key, address or user name, alone or behind ALIAS/.
func findAccount(ctx context.Context, client *calls.Client, ref string) (account.Account, error) {
	list, err := built(ctx, func() (lookup.AccountList, account.Position, error) {
		p := api.AccountsParams{}
		p.Facets, p.Limit = []string{"state:present", "state:removed"}, maxFound
		if p.Query = ref; strings.Contains(ref, "/") {
			_, p.Query, _ = strings.Cut(ref, "/")
		}
		list, err := client.Accounts(ctx, p)
		return list, list.Position, err
	})
	if err != nil {
		return account.Account{}, err
	}
	var found []account.Account
	for _, one := range list.Items {
		for _, name := range []string{one.Key, one.Email, one.Username} {
			if strings.EqualFold(name, ref) || strings.EqualFold(one.Alias+"/"+name, ref) {
				found = append(found, one)
				break
			}
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	one, err := client.Account(ctx, ref)
	if err == nil || len(found) == 0 {
		return one, err
	}
	return account.Account{}, usagef("%d accounts are called %s; give ALIAS/%s, or an id of `plumbline accounts --query %s`", len(found), ref,
		ref, ref)
}

// maxFound is how many accounts or persons are looked through for one that is named.
const maxFound = 1000

// findPerson returns the person with an id, or the only one with this address or name.
func findPerson(ctx context.Context, client *calls.Client, ref string) (account.Person, error) {
	list, err := built(ctx, func() (lookup.PersonList, account.Position, error) {
		p := api.FacetParams{Query: ref}
		p.Limit = maxFound
		list, err := client.People(ctx, p)
		return list, list.Position, err
	})
	if err != nil {
		return account.Person{}, err
	}
	var found []account.Person
	for _, one := range list.Items {
		if strings.EqualFold(one.Email, ref) || strings.EqualFold(one.Name, ref) {
			found = append(found, one)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		detail, err := client.Person(ctx, ref)
		return detail.Person, err
	}
	return account.Person{}, usagef("%d persons are called %s; give an address, or an id of `plumbline people --query %s`",
		len(found), ref, ref)
}

// decided is the body of a command that edits the decision about its first argument.
func (a *app) decided(edit func(ctx context.Context, c *calls.Client, args []string, d *account.Decision) error) runE {
	return answered(a, func(ctx context.Context, client *calls.Client, args []string) (account.Account, error) {
		of, err := findAccount(ctx, client, args[0])
		if err != nil {
			return of, err
		}
		d := account.Decision{Rationale: of.Rationale, Note: of.Note, InScope: &of.InScope}
		if of.Link.By == account.LinkByDecision {
			if d.Link = account.LinkNone; of.Link.Person != nil {
				d.Link, d.Person = account.LinkPerson, &of.Link.Person.ID
			}
		}
		if of.KindFrom == "decision" {
			d.Kind = of.Kind
		}
		if of.Owner != nil {
			d.Owner = &of.Owner.ID
		}
		if err := edit(ctx, client, args, &d); err != nil {
			return of, err
		}
		return client.DecideAccount(ctx, of.ID, of.Revision, d)
	}, printAccount)
}

// printAccount shows an account after a decision.
func printAccount(w io.Writer, r account.Account) error {
	row := accountRow(r)
	scope := "in scope"
	if !r.InScope {
		scope = "out of scope: " + r.Rationale
	}
	owner := ""
	if r.Owner != nil {
		owner = personNamed(*r.Owner)
	}
	return pairs(w, "account", row[1]+" "+row[2], "person", row[4], "kind", row[3], "owner", owner, "scope", scope, "note", r.Note, "flags",
		row[8])
}

func (a *app) linkCommand() *cobra.Command {
	var note, kind string
	var owner bool
	c := &cobra.Command{
		Use: "link ACCOUNT PERSON", Short: "Decide whose an account is", Args: exactly(2),
		Long: "ACCOUNT is an id of `plumbline accounts`, or a key, address or user name, alone or as ALIAS/KEY. PERSON is an id of\n" +
			"`plumbline people`, an address or a name. With --owner the person becomes the owner of a service account.",
		Example: "  plumbline link github/octocat ann@example.com\n  plumbline link aws/deploy ann@example.com --owner --kind service",
	}
	c.Flags().BoolVar(&owner, "owner", false, "the person answers for the account, and does not hold it")
	c.Flags().StringVar(&kind, "kind", "", "who or what holds the account: human, service, bot or external")
	c.Flags().StringVar(&note, "note", "", "a note beside the decision")
	c.RunE = a.decided(func(ctx context.Context, client *calls.Client, args []string, d *account.Decision) error {
		person, err := findPerson(ctx, client, args[1])
		if err != nil {
			return err
		}
		if owner {
			d.Owner = &person.ID
		} else {
			d.Link, d.Person = account.LinkPerson, &person.ID
		}
		if c.Flags().Changed("kind") {
			d.Kind = account.Kind(kind)
		}
		if c.Flags().Changed("note") {
			d.Note = note
		}
		return nil
	})
	return c
}

func (a *app) unlinkCommand() *cobra.Command {
	var automatic bool
	c := &cobra.Command{
		Use: "unlink ACCOUNT", Short: "Decide that an account is no person's", Args: exactly(1),
		Long: "With --automatic the decision about the person is taken back: the account is linked by its exact address again.",
	}
	c.Flags().BoolVar(&automatic, "automatic", false, "link it by its address again")
	c.RunE = a.decided(func(_ context.Context, _ *calls.Client, _ []string, d *account.Decision) error {
		if d.Link, d.Person = account.LinkNone, nil; automatic {
			d.Link = account.LinkAutomatic
		}
		return nil
	})
	return c
}

func (a *app) scopeCommand() *cobra.Command {
	var out, in bool
	var reason string
	c := &cobra.Command{
		Use: "scope ACCOUNT", Short: "Take an account out of scope, with a reason that auditors can read, or back in", Args: exactly(1),
		Example: "  plumbline scope github/octocat --out --reason \"a public mirror\"\n  plumbline scope github/octocat --in",
	}
	c.Flags().BoolVar(&out, "out", false, "take it out of scope; needs --reason")
	c.Flags().BoolVar(&in, "in", false, "put it back in scope")
	c.Flags().StringVar(&reason, "reason", "", "why it is out of scope")
	c.RunE = a.decided(func(_ context.Context, _ *calls.Client, _ []string, d *account.Decision) error {
		if out == in {
			return usagef("give either --out with --reason, or --in")
		}
		d.InScope, d.Rationale = &in, reason
		return nil
	})
	return c
}
