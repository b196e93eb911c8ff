package directory

import (
	"slices"

	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/people/record"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Kin answers who belongs to whom at one moment. It is made once, and then each answer takes as long as it is.
type Kin struct {
	moment   *Moment
	accounts map[*person][]*Row // those that their sources have
}

// Kin returns who belongs to whom.
func (m *Moment) Kin() *Kin {
	k := &Kin{moment: m, accounts: map[*person][]*Row{}}
	m.ix.each(account.PageAll, func(r *Row) {
		if p := m.ix.link(r).person; p != nil && r.removed == 0 {
			k.accounts[p] = append(k.accounts[p], r)
		}
	})
	return k
}

// Peopled reports whether any connection tells of persons. If none does, it is not known who belongs to whom.
func (k *Kin) Peopled() bool { return len(k.moment.ix.persons) > 0 }

// Account returns what is decided about an account; false for a record that is none.
func (k *Kin) Account(connection, stream, key string) (account.Account, bool) {
	r := k.row(connection, stream, key)
	if r == nil || r.stream.mark.Kind != string(kind.KindAccount) {
		return account.Account{}, false
	}
	return k.moment.account(r), true
}

func (k *Kin) row(connection, stream, key string) *Row {
	st := k.moment.ix.streams[streamKey(connection, stream)]
	if st == nil {
		return nil
	}
	return st.rows[key]
}

// Owner returns the person of an account or a check by its link, or the person that a person record tells of. Known is false when several
// persons may be it; a nil person is nobody.
func (k *Kin) Owner(connection, stream, key string) (p *account.Person, known bool) {
	r := k.row(connection, stream, key)
	switch {
	case r == nil:
		return nil, true
	case r.source != nil && r.source.record:
		return k.shown(r.person), true
	}
	l := k.moment.ix.link(r)
	return k.shown(l.person), l.state != account.LinkAmbiguous
}

// AtAddress returns the person with an address. Known is false when several persons have it; a nil person is nobody.
func (k *Kin) AtAddress(text string) (p *account.Person, known bool) {
	a := k.moment.ix.addresses[record.Fold(text)]
	if a == nil {
		return nil, true
	}
	return k.shown(a.person), len(a.several) == 0
}

func (k *Kin) shown(p *person) *account.Person {
	if p == nil {
		return nil
	}
	shown := k.moment.person(member{person: p})
	return &shown
}

// AccountsOf returns the accounts of a person that their sources have, by connection.
func (k *Kin) AccountsOf(id string) []account.Account {
	p := k.moment.ix.persons[id]
	if p == nil {
		return nil
	}
	rows := slices.Clone(k.accounts[p])
	slices.SortFunc(rows, byConnection)
	accounts := make([]account.Account, len(rows))
	for i, r := range rows {
		accounts[i] = k.moment.account(r)
	}
	return accounts
}
