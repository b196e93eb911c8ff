// Package facts says what expressions can read of persons and accounts. It is pure.
package facts

import (
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// facts are named values of which those that are not known are left out.
type facts map[string]any

func (f facts) text(name, value string) {
	if value != "" && value != kind.Unknown.String() {
		f[name] = value
	}
}

func (f facts) tri(name, value string) {
	switch value {
	case kind.Yes.String():
		f[name] = true
	case kind.No.String():
		f[name] = false
	}
}

func (f facts) moment(name string, at *time.Time) {
	if at != nil {
		f[name] = *at
	}
}

// Person returns what expressions can read of a person. Employment is what person records say of it, by monitor.ItemID.
func Person(p account.Person, employment map[string]any) map[string]any {
	sources := []any{}
	f := facts{"id": p.ID}
	for _, s := range p.Sources {
		if s.RemovedAt == nil && !slices.Contains(sources, any(s.Kind)) {
			sources = append(sources, s.Kind)
		}
		one, known := employment[monitor.ItemID(s.Connection, s.Stream, s.Key)]
		if _, told := f["employment"]; known && !told {
			f["employment"] = one
		}
	}
	f["sources"] = sources
	f.text("name", p.Name)
	f.text("email", p.Email)
	f.text("title", p.Title)
	f.text("department", p.Department)
	f.text("manager", p.Manager)
	f.text("status", string(p.Status))
	f.moment("started_at", p.StartedAt)
	f.moment("ended_at", p.EndedAt)
	f.moment("left_at", p.Left)
	return f
}

// Account returns what expressions can read of an account in a connection of a category, with what is decided about it.
func Account(a account.Account, category string) map[string]any {
	f := facts{"alias": a.Alias, "category": category, "in_scope": a.InScope}
	f.text("name", a.Name)
	f.text("email", a.Email)
	f.text("username", a.Username)
	f.text("status", a.Status)
	f.text("type", string(a.Kind))
	f.text("kind", string(a.Kind))
	f.tri("mfa", a.MFA)
	f.tri("admin", a.Privileged)
	f.tri("privileged", a.Privileged)
	f.tri("active", a.Active)
	f.moment("last_login_at", a.LastActiveAt)
	f.moment("created_at", a.CreatedAt)
	f["owner"] = nil
	if a.Owner != nil {
		owner := facts{"id": a.Owner.ID}
		owner.text("name", a.Owner.Name)
		owner.text("status", string(a.Owner.Status))
		f["owner"] = map[string]any(owner)
	}
	return f
}
