package lookup

import (
	"cmp"
	"context"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/people/record"
)

// accountColumns are the columns of every page of accounts; those of the page alone come after them.
var accountColumns = []string{
	"connection", "system", "key", "name", "username", "email", "status", "kind", "link", "linked_by", "person", "person_email",
	"person_status", "owner", "roles", "privileged", "mfa", "active", "last_active_at", "created_at", "first_seen_at", "removed_at",
	"in_scope", "rationale", "note", "flags", "decided_by", "decided_at",
}

// accountSheet prepares the accounts of a page with what is decided about them, as they are now.
func (l *Lookup) accountSheet(ctx context.Context, r ExportRequest) (s sheet, err error) {
	q := AccountQuery{
		Page: cmp.Or(r.Page, account.PageAll), Text: r.Query, Facets: r.Facets, Sort: r.Sort, Limit: exportPage,
	}
	first, err := l.Accounts(ctx, q)
	if err != nil {
		return s, err
	}
	if first.Matched == nil { // a file of some accounts would look like one of all
		return s, &host.Problem{
			Code: host.CodeBusy, Message: "the accounts are still being read", Remedy: "Export again in a moment.",
			Fault: host.FaultHost, Retry: host.RetryAfter, RetryAfter: 2,
		}
	}
	own := record.Columns(q.Page)[len(record.Columns(account.PageAll)):]
	at := l.parts.Store.Clock().In(l.parts.Location)
	s.name, s.columns = []string{"accounts"}, append(append([]string{}, accountColumns...), own...)
	if q.Page != account.PageAll {
		s.name = []string{string(q.Page), "accounts"}
	}
	s.head.AsOf, s.head.Sources, s.head.Rows, s.total = &at, first.Sources, first.Matched, *first.Matched
	if r.Format == host.FormatCSV {
		s.head.Notes = append(s.head.Notes, "empty cell: the system does not tell, it was not read, or nothing is decided")
	}
	if first.Position.State != "following" {
		s.head.Explanation = "The list may be out of date: " + first.Position.Explanation
	}
	s.each = func(ctx context.Context, row func(any, []any) error) error {
		more := func(cursor string) ([]account.Account, string, error) {
			q.Cursor = cursor
			page, err := l.Accounts(ctx, q)
			return page.Items, page.Next, err
		}
		return pages(ctx, first.Items, first.Next, more, row, func(account account.Account) []any { return accountCells(account, own) })
	}
	return s, nil
}

func accountCells(a account.Account, own []string) []any {
	person, address, status := "", "", ""
	if p := a.Link.Person; p != nil {
		person, address, status = cmp.Or(p.Name, p.Email, p.ID), p.Email, string(p.Status)
	}
	owner, by := "", ""
	if a.Owner != nil {
		owner = cmp.Or(a.Owner.Email, a.Owner.Name, a.Owner.ID)
	}
	if a.DecidedBy != nil {
		by = a.DecidedBy.String()
	}
	flags := make([]string, len(a.Flags))
	for i, f := range a.Flags {
		flags[i] = string(f)
	}
	cells := []any{
		a.Alias, a.ConnectorName, a.Key, a.Name, a.Username, a.Email, a.Status, string(a.Kind), string(a.Link.State), string(a.Link.By), person,
		address, status, owner, strings.Join(a.Roles, ", "), a.Privileged, a.MFA, a.Active, a.LastActiveAt, a.CreatedAt, a.FirstSeenAt,
		a.RemovedAt, a.InScope, a.Rationale, a.Note, strings.Join(flags, ", "), by, a.DecidedAt,
	}
	for _, column := range own {
		cells = append(cells, a.Values[column])
	}
	return cells
}
