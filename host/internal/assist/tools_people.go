package assist

import (
	"context"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

// PersonAccess are the arguments of person_access.
type PersonAccess struct {
	Person string `json:"person" jsonschema:"address of the person, whole, or the person's id"`
	AsOf   string `json:"as_of,omitempty" jsonschema:"a time such as 2026-01-31T12:00:00Z or a day; now without it"`
}

// mostFound is how many persons are looked through for one.
const mostFound = 200

func personAccess(ctx context.Context, q *asking, in PersonAccess) error {
	if err := required("person", in.Person); err != nil {
		return err
	}
	for _, kind := range []string{"person", "account"} {
		if err := q.mayRead(kind); err != nil {
			return err
		}
	}
	id, err := q.personID(ctx, in.Person)
	if err != nil {
		return err
	}
	detail, err := q.app.Person(ctx, id)
	if err != nil {
		return err
	}
	p := detail.Person
	q.answer.Data.Summary = q.only("person", map[string]any{
		"id": p.ID, "name": p.Name, "email": p.Email, "title": p.Title, "department": p.Department, "manager": p.Manager, "status": p.Status,
		"status_reason": p.StatusReason, "started_at": p.StartedAt, "ended_at": p.EndedAt,
	})
	if in.AsOf != "" {
		return q.accountsAt(ctx, p, in.AsOf)
	}
	list, err := q.app.Accounts(ctx, lookup.AccountQuery{Page: account.PageAll, Limit: 1})
	if err != nil {
		return err
	}
	for _, s := range list.Sources {
		q.source(s)
	}
	if list.Position.State != "following" {
		q.gap("accounts", list.Position.Explanation)
	}
	if err := q.runsOf(ctx, detail.AccountList); err != nil {
		return err
	}
	for _, a := range detail.AccountList {
		q.add(q.only("account", map[string]any{
			"id": a.ID, "connection": a.Alias, "connector_name": a.ConnectorName, "name": a.Name, "username": a.Username, "email": a.Email,
			"status": a.Status, "roles": a.Roles, "groups": a.Groups, "privileged": a.Privileged, "mfa": a.MFA, "active": a.Active,
			"last_active_at": a.LastActiveAt, "removed_at": a.RemovedAt, "account_kind": a.Kind, "linked_by": a.Link.By, "in_scope": a.InScope,
			"flags": a.Flags,
		}))
	}
	return nil
}

// runsOf names the latest runs of the connections of accounts.
func (q *asking) runsOf(ctx context.Context, accounts []account.Account) error {
	seen := map[string]bool{}
	for _, a := range accounts {
		if a.Connection == "" || seen[a.Connection] {
			continue
		}
		seen[a.Connection] = true
		c, err := q.app.Connection(ctx, a.Connection)
		if err != nil {
			return err
		}
		if c.LastRun != nil {
			q.run(c.LastRun.ID)
		}
	}
	return nil
}

// personID returns the id of the person with an address or an id.
func (q *asking) personID(ctx context.Context, named string) (string, error) {
	if !strings.Contains(named, "@") {
		return named, nil
	}
	list, err := q.app.People(ctx, lookup.AccountQuery{Text: named, Limit: mostFound})
	if err != nil {
		return "", err
	}
	if list.Position.State == "building" {
		return "", &host.Problem{
			Code: host.CodeBusy, Message: "the persons are still being read", Remedy: "Ask again in a minute.", Fault: host.FaultHost,
			Retry: host.RetryAfter,
		}
	}
	for _, p := range list.Items {
		if strings.EqualFold(p.Email, named) {
			return p.ID, nil
		}
	}
	return "", host.NotFound("person", named, "Give the whole address as HR or the identity provider has it. "+
		"That no person has it does not mean that no account has: a source may not be read.")
}

// only returns the fields of a kind that are not withheld.
func (q *asking) only(kind string, fields map[string]any) map[string]any {
	for name := range fields {
		if q.withholds(kind, name) {
			delete(fields, name)
		}
	}
	return fields
}

// accountsAt adds the accounts that had a person's address at a moment.
func (q *asking) accountsAt(ctx context.Context, p account.Person, moment string) error {
	at, err := q.app.Moment(moment)
	if err != nil {
		return err
	}
	q.gap("accounts", "of a past moment only accounts with the person's address are known; those that a person linked are not among them")
	if p.Email == "" {
		q.gap("person", "has no address by which accounts of a past moment could be found")
		return nil
	}
	page, err := q.app.Records(ctx, lookup.RecordQuery{Kind: "account", Where: []string{"email=" + p.Email}, AsOf: at, Limit: mostItems})
	if err != nil {
		return err
	}
	q.answer.AsOf = at.UTC()
	for _, s := range page.Sources {
		q.source(s)
	}
	if page.Explanation != "" {
		q.gap("accounts", page.Explanation)
	}
	for _, r := range page.Items {
		q.run(r.Run)
		item, err := q.recordOf(r, nil)
		if err != nil {
			return err
		}
		q.add(item)
	}
	if page.Next != "" {
		q.answer.Truncated = true
	}
	return nil
}
