package kin

import (
	"maps"

	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// For returns what looks things up for some tests and knows of no record yet. Categories are those of connections, by id.
func For(programs []*monitor.Program, categories map[string]string) *Kin {
	k := New()
	k.Categories = categories
	for _, p := range programs {
		for _, variable := range p.Reads() {
			if _, is := Addressed()[variable]; is {
				k.OfAddress[variable] = Belongings{}
			} else if variable == monitor.VarTwins {
				k.Twins[kind.Kind(p.Test.Kind)] = map[string][]Twin{}
			}
		}
	}
	return k
}

// Take finds everything anew that is looked up in the records of a kind. Each calls its argument with the facts of every one.
func (k *Kin) Take(of kind.Kind, each func(func(l verdict.Reading, key string, facts map[string]any)) error) error {
	found := map[string]Belongings{}
	for variable := range k.OfAddress {
		if Addressed()[variable].Kind == of {
			found[variable] = Belongings{}
		}
	}
	twins := map[string][]Twin{}
	if of == kind.KindPerson {
		clear(k.Employment)
	}
	err := each(func(l verdict.Reading, key string, facts map[string]any) {
		if employment, known := facts["employment"]; known && of == kind.KindPerson {
			k.Employment[monitor.ItemID(l.Connection, l.Stream, key)] = employment
		}
		for variable, all := range found {
			if owner := Address(facts[Addressed()[variable].Field]); owner != "" {
				all[owner] = append(all[owner], facts)
			}
		}
		if id := Identity(facts); id != "" && k.Twins[of] != nil {
			twins[id] = append(twins[id], Twin{Connection: l.Connection, Facts: facts})
		}
	})
	if err != nil {
		return err
	}
	maps.Copy(k.OfAddress, found)
	if k.Twins[of] != nil {
		k.Twins[of] = twins
	}
	return nil
}

// Looked reports whether anything is looked up in records of a kind.
func (k *Kin) Looked(of kind.Kind) bool {
	for variable := range k.OfAddress {
		if Addressed()[variable].Kind == of {
			return true
		}
	}
	return of == kind.KindPerson || k.Twins[of] != nil
}
