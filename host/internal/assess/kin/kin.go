// Package kin looks up what belongs to a record, as tests read it. It is pure: what it looks up is filled in by its callers.
package kin

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/assess/facts"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/people/record"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Kin looks up what belongs to a record.
type Kin struct {
	People    Kinship               // nil = no test asks for a person
	OfAddress map[string]Belongings // by variable
	Twins     map[kind.Kind]map[string][]Twin
	Has       map[kind.Kind]bool // of which there is a list

	Employment map[string]any    // by monitor.ItemID of the person record
	Categories map[string]string // by id of the connection
}

// Kinship answers who belongs to whom: directory.Kin at a moment, people.Live now.
type Kinship interface {
	Peopled() bool
	Account(connection, stream, key string) (account.Account, bool)
	Owner(connection, stream, key string) (p *account.Person, known bool)
	AtAddress(text string) (p *account.Person, known bool)
	AccountsOf(id string) []account.Account
}

// Belongings are facts by folded address.
type Belongings map[string][]any

// Twin is a record that another connection may also have.
type Twin struct {
	Connection string
	Facts      map[string]any
}

// Addressed maps the variables of lists that are joined by a person's address to the field that has it.
func Addressed() map[string]struct {
	Kind  kind.Kind
	Field string
} {
	type by = struct {
		Kind  kind.Kind
		Field string
	}
	return map[string]by{
		monitor.VarDevices: {kind.KindDevice, "owner_email"}, monitor.VarTrainings: {kind.KindTraining, "person_email"},
		monitor.VarSignatures: {kind.KindSignature, "signer_email"}, monitor.VarChecks: {kind.KindBackgroundCheck, "person_email"},
	}
}

// New returns what looks nothing up yet.
func New() *Kin {
	return &Kin{
		OfAddress: map[string]Belongings{}, Twins: map[kind.Kind]map[string][]Twin{}, Has: map[kind.Kind]bool{},
		Employment: map[string]any{}, Categories: map[string]string{},
	}
}

// Identity returns what tells that two records of different connections are of one thing.
func Identity(facts map[string]any) string {
	if serial, _ := facts["serial"].(string); serial != "" {
		return strings.ToUpper(strings.TrimSpace(serial))
	}
	return Address(facts["email"])
}

// Address returns a text as persons and accounts are joined by it.
func Address(value any) string {
	text, _ := value.(string)
	return record.Fold(text)
}

// Related is monitor.Subject.Related for a record of a list.
func (k *Kin) Related(l verdict.Reading, stored host.Record, variable string) (any, bool) {
	switch variable {
	case monitor.VarTwins:
		return k.twinsOf(l, stored)
	case monitor.VarAccount:
		decided, found := k.People.Account(l.Connection, l.Stream, stored.Key)
		if !found {
			return nil, true
		}
		return k.Account(decided), true
	}
	person, known := k.person(l, stored)
	switch {
	case !known:
		return nil, false
	case variable == monitor.VarPerson && person == nil:
		return nil, true
	case variable == monitor.VarPerson:
		return k.PersonFacts(*person), true
	}
	if variable == monitor.VarAccounts {
		if person == nil {
			return []any{}, k.Has[kind.KindAccount]
		}
		accounts := []any{}
		for _, one := range k.People.AccountsOf(person.ID) {
			accounts = append(accounts, k.Account(one))
		}
		return accounts, k.Has[kind.KindAccount]
	}
	by := Addressed()[variable]
	if person == nil || person.Email == "" {
		return []any{}, person == nil && k.Has[by.Kind]
	}
	return slices.Clone(k.OfAddress[variable][Address(person.Email)]), k.Has[by.Kind]
}

// person returns the person of a record: nil for nobody. Known is false when it cannot be told.
func (k *Kin) person(l verdict.Reading, stored host.Record) (*account.Person, bool) {
	return k.PersonNamed(l, stored.Key, NamedIn(l.Kind, stored.Data))
}

// PersonNamed is person for a record that names a person as NamedIn says.
func (k *Kin) PersonNamed(l verdict.Reading, key, named string) (*account.Person, bool) {
	if !k.People.Peopled() {
		return nil, false
	}
	switch {
	case joinedByLink(l.Kind):
		return k.People.Owner(l.Connection, l.Stream, key)
	case named == "":
		return nil, true
	case strings.Contains(named, "@"):
		return k.People.AtAddress(named)
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

// NamedIn returns whom a record names as its person; empty = nobody, also where the person follows from a link.
func NamedIn(of string, document []byte) string {
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

func (k *Kin) twinsOf(l verdict.Reading, stored host.Record) (any, bool) {
	facts, err := monitor.Facts(kind.Kind(l.Kind), stored.Data, false)
	if err != nil {
		return nil, false
	}
	id := Identity(facts)
	if id == "" {
		return nil, false
	}
	others := []any{}
	for _, one := range k.Twins[kind.Kind(l.Kind)][id] {
		if one.Connection != l.Connection {
			others = append(others, one.Facts)
		}
	}
	return others, true
}

// PersonFacts returns what expressions can read of a person.
func (k *Kin) PersonFacts(p account.Person) map[string]any { return facts.Person(p, k.Employment) }

// Account returns what expressions can read of an account.
func (k *Kin) Account(a account.Account) map[string]any {
	return facts.Account(a, k.Categories[a.Connection])
}

// Knows reports whether there is a list of what a variable names.
func (k *Kin) Knows(variable string) bool {
	if variable == monitor.VarAccounts {
		return k.Has[kind.KindAccount]
	}
	return k.Has[Addressed()[variable].Kind]
}

// LooksUp reports whether a variable names records that are read for it.
func LooksUp(variable string) bool {
	_, by := Addressed()[variable]
	return by || variable == monitor.VarTwins
}
