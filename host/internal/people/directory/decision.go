package directory

import (
	"cmp"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// decision is the latest decision about a row, whether the row is there or not.
type decision struct {
	account.StoredDecision
	revision uint64
}

// excepts reports whether a decision takes its row out of scope.
func (d *decision) excepts() bool { return d != nil && d.InScope != nil && !*d.InScope }

// ID returns the id under which lists show a row.
func (r *Row) ID() string { return r.id }

// Called is what a row is called: its name, user name, address or key.
func (r *Row) Called() string { return cmp.Or(r.name, r.username, r.email, r.key) }

// Alias returns the alias of the row's connection; empty for a person.
func (r *Row) Alias() string {
	if r.stream == nil {
		return ""
	}
	return r.stream.of.Alias
}

// Privileged reports whether an account is known to be privileged.
func (r *Row) Privileged() bool { return r.admin == kind.Yes }

// Document names the version of the row's document; nil for a row without one.
func (r *Row) Document() *host.VersionRef {
	if r.stream == nil {
		return nil
	}
	return &host.VersionRef{Stream: r.stream.mark, Key: r.key, At: time.Unix(0, r.docAt).UTC()}
}

// Decision returns what is decided about a row, and the revision of that; 0 for nothing.
func (r *Row) Decision() (account.StoredDecision, uint64) {
	if r.decision == nil {
		return account.StoredDecision{}, 0
	}
	return r.decision.StoredDecision, r.decision.revision
}

// DecisionState is what a decision decides about an account, before or after it.
type DecisionState struct {
	Link    account.LinkState  `json:"link" enum:"linked,unlinked,ambiguous"`
	Person  *account.PersonRef `json:"person,omitempty"`
	Kind    account.Kind       `json:"kind" enum:"human,service,bot,external,group,unknown"`
	InScope bool               `json:"in_scope"`
	Owner   *account.PersonRef `json:"owner,omitempty"`
	Flags   []account.Flag     `json:"flags"`
}

// State returns what is decided about a row.
func (m *Moment) State(r *Row) *DecisionState {
	l := m.ix.link(r)
	s := &DecisionState{
		Link: l.state, Person: m.named(l.person, l.gone), Kind: r.heldBy(), InScope: !r.decision.excepts(), Flags: flagsOf(m.flags(r, l)),
	}
	if r.decision != nil && r.decision.OwnerNamed != nil {
		s.Owner = m.named(m.ix.resolve(r.decision.OwnerNamed), r.decision.OwnerNamed)
	}
	return s
}

// With returns a row as it would be with a decision.
func (r *Row) With(d account.StoredDecision, revision uint64) *Row {
	other := *r
	other.decision = &decision{StoredDecision: d, revision: revision}
	return &other
}

// Stored returns a decision about a row as it is stored, or what is wrong with it.
func (m *Moment) Stored(r *Row, d account.Decision, by host.Actor) (account.StoredDecision, error) {
	d, err := d.Validate()
	if err != nil {
		return account.StoredDecision{}, err
	}
	s := account.StoredDecision{Decision: d, Row: r.of(), Key: r.key, Subject: r.Called(), By: by, At: m.now.UTC()}
	if r.stream == nil {
		if d.Link != account.LinkAutomatic || d.Kind != "" || d.Owner != nil {
			return s, host.Invalid("link", d.Link, "is of accounts, as kind and owner are; about a person only the scope and a note are decided")
		}
		s.PersonNamed = r.person.named()
		return s, nil
	}
	s.Connection, s.Stream = r.stream.mark.Connection, r.stream.mark.Name
	var before account.StoredDecision
	if r.decision != nil {
		before = r.decision.StoredDecision
	}
	if s.PersonNamed, err = m.ix.remembered("person", d.Person, before.PersonNamed); err != nil {
		return s, err
	}
	if s.OwnerNamed, err = m.ix.remembered("owner", d.Owner, before.OwnerNamed); err != nil {
		return s, err
	}
	return s, nil
}

// remembered returns the person with an id as a decision remembers it. One that no source has any more is only kept from before.
func (ix *Index) remembered(field string, id *string, before *account.NamedPerson) (*account.NamedPerson, error) {
	if id == nil {
		return nil, nil
	}
	if p := ix.persons[*id]; p != nil {
		return p.named(), nil
	}
	if before != nil && before.ID == *id {
		return before, nil
	}
	problem := host.Invalid(field, *id, "is no person that a source has")
	problem.Remedy = "`plumbline people` lists the persons and their ids."
	return nil, problem
}
