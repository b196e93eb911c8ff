package directory

import (
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/people/record"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Cell is a value of an account, as a comparison shows it.
type Cell struct{ Name, Value string }

// Cells returns what the document of a record says on a page, and what its account is called. The cells of a page are always the same.
func Cells(of Connection, mark host.StreamMark, page account.Page, key string, doc []byte, now time.Time) (
	cells []Cell, called string, err error,
) {
	f, err := record.Decode(doc)
	if err != nil {
		return nil, "", err
	}
	r := &Row{key: key, stream: &stream{mark: mark, of: &of}}
	r.take(kind.Kind(mark.Kind), &f, map[string]string{})
	a := account.Account{ConnectorName: of.Name, Values: map[string]string{}}
	if err := record.Complete(&a, page, doc, now); err != nil {
		return nil, "", err
	}
	add := func(name, value string) { cells = append(cells, Cell{name, value}) }
	add("name", r.name)
	add("email", r.email)
	add("username", r.username)
	add("status", r.status)
	if page != account.PageBackgroundCheck {
		add("kind", string(r.kind))
		add("privileged", r.admin.String())
		add("mfa", r.mfa.String())
	}
	add("title", a.Title)
	add("department", a.Department)
	add("roles", strings.Join(a.Roles, ", "))
	add("groups", strings.Join(a.Groups, ", "))
	for _, column := range record.OwnColumns(page) {
		add(column, a.Values[column])
	}
	return cells, r.Called(), nil
}
