package assess

import (
	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Kin looks up what belongs to a record, for a caller who knows which records there are at a moment.
type Kin struct{ kin kin }

// NewKin returns a Kin for some tests that knows of no record yet. Categories are those of connections, by id.
func NewKin(programs []*monitor.Program, categories map[string]string) *Kin {
	k := &Kin{kin{
		ofAddress: map[string]belongings{}, twins: map[kind.Kind]map[string][]twin{}, has: map[kind.Kind]bool{},
		employment: map[string]any{}, categories: categories,
	}}
	for _, p := range programs {
		for _, variable := range p.Reads() {
			if _, is := addressed()[variable]; is {
				k.kin.ofAddress[variable] = belongings{}
			} else if variable == monitor.VarTwins {
				k.kin.twins[kind.Kind(p.Test.Kind)] = map[string][]twin{}
			}
		}
	}
	return k
}

// AddressedKind returns the kind of the records that a variable finds by a person's address; false for another variable.
func AddressedKind(variable string) (of kind.Kind, is bool) {
	by, is := addressed()[variable]
	return by.kind, is
}

// People sets who belongs to whom.
func (k *Kin) People(people *directory.Kin) { k.kin.people = people }

// Has sets of which kinds there is a list that was read.
func (k *Kin) Has(kinds map[kind.Kind]bool) { k.kin.has = kinds }

// Take finds everything anew that is looked up in the records of a kind. Each calls its argument with the facts of every one.
func (k *Kin) Take(of kind.Kind, each func(func(l verdict.Reading, key string, facts map[string]any)) error) error {
	found := map[string]belongings{}
	for variable := range k.kin.ofAddress {
		if addressed()[variable].kind == of {
			found[variable] = belongings{}
		}
	}
	twins := map[string][]twin{}
	if of == kind.KindPerson {
		clear(k.kin.employment)
	}
	err := each(func(l verdict.Reading, key string, facts map[string]any) {
		if employment, known := facts["employment"]; known && of == kind.KindPerson {
			k.kin.employment[monitor.ItemID(l.Connection, l.Stream, key)] = employment
		}
		for variable, all := range found {
			if owner := address(facts[addressed()[variable].field]); owner != "" {
				all[owner] = append(all[owner], facts)
			}
		}
		if id := identity(facts); id != "" && k.kin.twins[of] != nil {
			twins[id] = append(twins[id], twin{l.Connection, facts})
		}
	})
	if err != nil {
		return err
	}
	for variable, all := range found {
		k.kin.ofAddress[variable] = all
	}
	if k.kin.twins[of] != nil {
		k.kin.twins[of] = twins
	}
	return nil
}

// Looked reports whether anything is looked up in records of a kind.
func (k *Kin) Looked(of kind.Kind) bool {
	for variable := range k.kin.ofAddress {
		if addressed()[variable].kind == of {
			return true
		}
	}
	return of == kind.KindPerson || k.kin.twins[of] != nil
}

// Related is monitor.Subject.Related for a record of a list.
func (k *Kin) Related(of verdict.Reading, record host.Record, variable string) (any, bool) {
	return k.kin.related(list{Reading: of}, record, variable)
}
