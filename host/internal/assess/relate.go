package assess

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/assess/kin"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// kinOf knows which lists there are, and looks nothing up yet.
func kinOf(lists []list) *kin.Kin {
	k := kin.New()
	for _, l := range lists {
		k.Categories[l.Connection] = l.connection.Category
		k.Has[kind.Kind(l.Kind)] = k.Has[kind.Kind(l.Kind)] || l.AsOf != nil
	}
	return k
}

// relations reads what the tests look up.
func (r *round) relations(ctx context.Context, programs []*monitor.Program) (*kin.Kin, error) {
	k := kinOf(r.lists)
	asked := map[string]bool{}
	for _, p := range programs {
		for _, variable := range p.Reads() {
			asked[variable] = true
			if variable == monitor.VarTwins {
				k.Twins[kind.Kind(p.Test.Kind)] = map[string][]kin.Twin{}
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
	k.People = then
	err = r.eachOf(ctx, kind.KindPerson, func(l list, key string, facts map[string]any) {
		if employment, known := facts["employment"]; known {
			k.Employment[monitor.ItemID(l.Connection, l.Stream, key)] = employment
		}
	})
	if err != nil {
		return nil, err
	}
	for variable, by := range kin.Addressed() {
		if !asked[variable] {
			continue
		}
		of := kin.Belongings{}
		err := r.eachOf(ctx, by.Kind, func(_ list, _ string, facts map[string]any) {
			if owner := kin.Address(facts[by.Field]); owner != "" {
				of[owner] = append(of[owner], facts)
			}
		})
		if err != nil {
			return nil, err
		}
		k.OfAddress[variable] = of
	}
	for of, all := range k.Twins {
		err := r.eachOf(ctx, of, func(l list, _ string, facts map[string]any) {
			if id := kin.Identity(facts); id != "" {
				all[id] = append(all[id], kin.Twin{Connection: l.Connection, Facts: facts})
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
