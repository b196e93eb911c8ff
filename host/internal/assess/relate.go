package assess

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/assess/facts"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/people/record"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// kin looks up what belongs to a record.
type kin struct {
	people    kinship               // nil = no test asks for a person
	ofAddress map[string]belongings // by variable
	twins     map[kind.Kind]map[string][]twin
	has       map[kind.Kind]bool // of which there is a list

	employment map[string]any    // by monitor.ItemID of the person record
	categories map[string]string // by id of the connection
}

// kinship answers who belongs to whom: directory.Kin at a moment, people.Live now.
type kinship interface {
	Peopled() bool
	Account(connection, stream, key string) (account.Account, bool)
	Owner(connection, stream, key string) (p *account.Person, known bool)
	AtAddress(text string) (p *account.Person, known bool)
	AccountsOf(id string) []account.Account
}

// belongings are facts by folded address.
type belongings map[string][]any

// twin is a record that another connection may also have.
type twin struct {
	connection string
	facts      map[string]any
}

// addressed maps the variables of lists that are joined by a person's address to the field that has it.
func addressed() map[string]struct {
	kind  kind.Kind
	field string
} {
	type by = struct {
		kind  kind.Kind
		field string
	}
	return map[string]by{
		monitor.VarDevices: {kind.KindDevice, "owner_email"}, monitor.VarTrainings: {kind.KindTraining, "person_email"},
		monitor.VarSignatures: {kind.KindSignature, "signer_email"}, monitor.VarChecks: {kind.KindBackgroundCheck, "person_email"},
	}
}

// relations reads what the tests look up.
func (r *round) relations(ctx context.Context, programs []*monitor.Program) (*kin, error) {
	k := &kin{ofAddress: map[string]belongings{}, twins: map[kind.Kind]map[string][]twin{}, has: map[kind.Kind]bool{},
		employment: map[string]any{}, categories: map[string]string{}}
	for _, l := range r.lists {
		k.categories[l.Connection] = l.connection.Category
		k.has[kind.Kind(l.Kind)] = k.has[kind.Kind(l.Kind)] || l.AsOf != nil
	}
	asked := map[string]bool{}
	for _, p := range programs {
		for _, variable := range p.Reads() {
			asked[variable] = true
			if variable == monitor.VarTwins {
				k.twins[kind.Kind(p.Test.Kind)] = map[string][]twin{}
			}
		}
	}
	if len(asked) == 0 {
		return k, nil
	}
	then, err := r.assessor.parts.People.Kin(ctx, r.at)
	if err != nil {
		return nil, err
	}
	k.people = then
	err = r.eachOf(ctx, kind.KindPerson, func(l list, key string, facts map[string]any) {
		if employment, known := facts["employment"]; known {
			k.employment[monitor.ItemID(l.Connection, l.Stream, key)] = employment
		}
	})
	if err != nil {
		return nil, err
	}
	for variable, by := range addressed() {
		if !asked[variable] {
			continue
		}
		of := belongings{}
		err := r.eachOf(ctx, by.kind, func(_ list, _ string, facts map[string]any) {
			if owner := address(facts[by.field]); owner != "" {
				of[owner] = append(of[owner], facts)
			}
		})
		if err != nil {
			return nil, err
		}
		k.ofAddress[variable] = of
	}
	for of, all := range k.twins {
		err := r.eachOf(ctx, of, func(l list, _ string, facts map[string]any) {
			if id := identity(facts); id != "" {
				all[id] = append(all[id], twin{l.Connection, facts})
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return k, nil
}

// eachOf calls fn with the facts of every record of a kind.
func (r *round) eachOf(ctx context.Context, k kind.Kind, fn func(l list, key string, facts map[string]any)) error {
	for _, l := range r.lists {
		if l.Kind != string(k) {
			continue
		}
		err := r.records(ctx, l, func(stored host.Record) error {
			facts, err := monitor.Facts(k, stored.Data, false)
			if err == nil {
				facts["alias"], facts["category"] = l.Alias, l.connection.Category
				fn(l, stored.Key, facts)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// identity returns what tells that two records of different connections are of one thing.
func identity(facts map[string]any) string {
	if serial, _ := facts["serial"].(string); serial != "" {
		return strings.ToUpper(strings.TrimSpace(serial))
	}
	return address(facts["email"])
}

// address returns a text as persons and accounts are joined by it.
func address(value any) string {
	text, _ := value.(string)
	return record.Fold(text)
}

// related is monitor.Subject.Related for a record of a list.
func (k *kin) related(l list, stored host.Record, variable string) (any, bool) {
	switch variable {
	case monitor.VarTwins:
		return k.twinsOf(l, stored)
	case monitor.VarAccount:
		decided, found := k.people.Account(l.Connection, l.Stream, stored.Key)
		if !found {
			return nil, true
		}
		return k.account(decided), true
	}
	person, known := k.person(l, stored)
	switch {
	case !known:
		return nil, false
	case variable == monitor.VarPerson && person == nil:
		return nil, true
	case variable == monitor.VarPerson:
		return k.personFacts(*person), true
	}
	if variable == monitor.VarAccounts {
		if person == nil {
			return []any{}, k.has[kind.KindAccount]
		}
		accounts := []any{}
		for _, one := range k.people.AccountsOf(person.ID) {
			accounts = append(accounts, k.account(one))
		}
		return accounts, k.has[kind.KindAccount]
	}
	by := addressed()[variable]
	if person == nil || person.Email == "" {
		return []any{}, person == nil && k.has[by.kind]
	}
	return slices.Clone(k.ofAddress[variable][address(person.Email)]), k.has[by.kind]
}

// person returns the person of a record: nil for nobody. Known is false when it cannot be told.
func (k *kin) person(l list, stored host.Record) (*account.Person, bool) {
	return k.personNamed(l, stored.Key, namedIn(l.Kind, stored.Data))
}

// personNamed is person for a record that names a person as namedIn says.
func (k *kin) personNamed(l list, key, named string) (*account.Person, bool) {
	if !k.people.Peopled() {
		return nil, false
	}
	switch {
	case joinedByLink(l.Kind):
		return k.people.Owner(l.Connection, l.Stream, key)
	case named == "":
		return nil, true
	case strings.Contains(named, "@"):
		return k.people.AtAddress(named)
	}
	return nil, false // a name of the system's own, which tells no person
}

// joinedByLink reports whether the records of a kind belong to persons by the links of accounts.
func joinedByLink(of string) bool {
	k := kind.Kind(of)
	return k == kind.KindAccount || k == kind.KindPerson || k == kind.KindBackgroundCheck
}

// unreadable is whom a document names that cannot be read: nobody can tell.
const unreadable = "?"

// namedIn returns whom a record names as its person; empty = nobody, also where the person follows from a link.
func namedIn(of string, document []byte) string {
	if joinedByLink(of) {
		return ""
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(document, &fields) != nil {
		return unreadable
	}
	for _, name := range []string{"owner_email", "person_email", "signer_email", "owner", "assignee"} {
		var text string
		if json.Unmarshal(fields[name], &text) == nil && text != "" {
			return text
		}
	}
	return ""
}

func (k *kin) twinsOf(l list, stored host.Record) (any, bool) {
	facts, err := monitor.Facts(kind.Kind(l.Kind), stored.Data, false)
	if err != nil {
		return nil, false
	}
	id := identity(facts)
	if id == "" {
		return nil, false
	}
	others := []any{}
	for _, one := range k.twins[kind.Kind(l.Kind)][id] {
		if one.connection != l.Connection {
			others = append(others, one.facts)
		}
	}
	return others, true
}

func (k *kin) personFacts(p account.Person) map[string]any { return facts.Person(p, k.employment) }

func (k *kin) account(a account.Account) map[string]any {
	return facts.Account(a, k.categories[a.Connection])
}
