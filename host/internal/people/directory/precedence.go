package directory

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Prefer sets the order of the sources of persons, and its revision.
func (ix *Index) Prefer(precedence account.PersonPrecedence, revision uint64) {
	ix.precedence, ix.revision = precedence, revision
	ix.changes++
	ix.rank()
}

// Precedence returns the order of the connections that persons are known from, as it was set.
func (ix *Index) Precedence() account.PersonPrecedence { return ix.precedence }

// Revision returns the revision of the order of the sources of persons; 0 = none is set.
func (ix *Index) Revision() uint64 { return ix.revision }

// Valid returns what is wrong with an order of sources, or nil.
func (ix *Index) Valid(precedence account.PersonPrecedence) error {
	var faults []host.FieldError
	check := func(field string, ids []string) {
		for i, id := range ids {
			switch {
			case ix.connections[id] == nil:
				faults = append(faults, host.FieldError{Field: field, Message: "names a connection that there is not", Value: id})
			case slices.Contains(ids[:i], id):
				faults = append(faults, host.FieldError{Field: field, Message: "names a connection twice", Value: id})
			}
		}
	}
	check("order", precedence.Order)
	for field, ids := range precedence.Fields {
		if !slices.Contains(account.PersonFields(), field) {
			faults = append(faults, host.FieldError{Field: "fields." + field, Message: "is no field of a person"})
		}
		check("fields."+field, ids)
	}
	if len(faults) > 0 {
		return host.InvalidFields(faults[0].Field+" "+faults[0].Message, faults)
	}
	return nil
}

// Sources returns the connections that persons are known from, in the order in force.
func (ix *Index) Sources() account.PersonSources {
	found := map[string]*account.PersonSourceInfo{}
	for _, st := range ix.streams {
		of := st.of
		if st.mark.Kind != string(kind.KindPerson) && (st.mark.Kind != string(kind.KindAccount) || !of.identity) {
			continue
		}
		info := found[of.ID]
		if info == nil {
			info = &account.PersonSourceInfo{Connection: of.ID, Alias: of.Alias, ConnectorName: of.Name, Kind: string(kind.KindAccount)}
			info.Set = slices.Contains(ix.precedence.Order, of.ID)
			found[of.ID] = info
		}
		if st.mark.Kind == string(kind.KindPerson) {
			info.Kind = st.mark.Kind
		}
		st.each(func(r *Row) {
			if r.removed == 0 && r.source != nil && ix.tells(r) {
				info.Records++
			}
		})
	}
	answer := account.PersonSources{Sources: []account.PersonSourceInfo{}, Revision: ix.revision}
	answer.Order = []string{}
	for _, info := range found {
		answer.Sources = append(answer.Sources, *info)
	}
	slices.SortFunc(answer.Sources, func(a, b account.PersonSourceInfo) int {
		return cmp.Or(cmp.Compare(ix.place("", a.Connection), ix.place("", b.Connection)), cmp.Compare(a.Alias, b.Alias))
	})
	for _, info := range answer.Sources {
		answer.Order = append(answer.Order, info.Connection)
	}
	answer.Fields = ix.precedence.Fields
	return answer
}

// Connect takes over what is known of connections, and drops those that are gone. It reports whether persons are known from others
// than before, so that streams have to be read again, and whether anything differs.
func (ix *Index) Connect(all []*Connection) (again, differ bool) {
	known := map[string]bool{}
	for _, c := range all {
		c.identity = c.is(host.CategoryIdentity) || c.is(host.CategoryEnterpriseSSO)
		known[c.ID] = true
		before := ix.connections[c.ID]
		if before == nil {
			ix.connections[c.ID], differ = c, true
			continue
		}
		again = again || before.identity != c.identity
		differ = differ || before.Alias != c.Alias || before.Name != c.Name || !slices.Equal(before.Categories, c.Categories)
		*before = *c
	}
	for id := range ix.connections {
		if known[id] {
			continue
		}
		for key, st := range ix.streams {
			if st.mark.Connection == id {
				ix.drop(key)
			}
		}
		delete(ix.connections, id)
		differ = true
	}
	if again || differ {
		ix.changes++
	}
	ix.rank()
	return again, differ
}

// rank works out the order of sources by field, and finds all persons again when it differs from before.
func (ix *Index) rank() {
	usual := make([]*Connection, 0, len(ix.connections))
	for _, c := range ix.connections {
		usual = append(usual, c)
	}
	slices.SortFunc(usual, func(a, b *Connection) int {
		return cmp.Or(cmp.Compare(usualRank(a), usualRank(b)), strings.Compare(a.Alias, b.Alias))
	})
	order := func(first ...[]string) map[string]int {
		places := map[string]int{}
		for _, ids := range first {
			for _, id := range ids {
				if _, placed := places[id]; !placed && ix.connections[id] != nil {
					places[id] = len(places)
				}
			}
		}
		for _, c := range usual {
			if _, placed := places[c.ID]; !placed {
				places[c.ID] = len(places)
			}
		}
		return places
	}
	ranks := map[string]map[string]int{"": order(ix.precedence.Order)}
	for field, ids := range ix.precedence.Fields {
		ranks[field] = order(ids, ix.precedence.Order)
	}
	if equalRanks(ranks, ix.ranks) {
		return
	}
	ix.ranks = ranks
	for _, a := range ix.addresses {
		if len(a.sources) > 0 {
			ix.dirty[a] = true
		}
	}
	for _, p := range ix.persons {
		if p.address == nil {
			p.fill(ix)
		}
	}
	ix.settle()
}

func usualRank(c *Connection) int {
	for i, category := range []host.Category{host.CategoryHRIS, host.CategoryIdentity, host.CategoryEnterpriseSSO} {
		if c.is(category) {
			return i
		}
	}
	return 3
}

func equalRanks(a, b map[string]map[string]int) bool {
	if len(a) != len(b) {
		return false
	}
	for field, places := range a {
		others := b[field]
		if len(places) != len(others) {
			return false
		}
		for id, place := range places {
			if other, placed := others[id]; !placed || other != place {
				return false
			}
		}
	}
	return true
}

// place returns the place of a connection in the order of a field.
func (ix *Index) place(field, connection string) int {
	places := ix.ranks[field]
	if places == nil {
		places = ix.ranks[""]
	}
	if place, placed := places[connection]; placed {
		return place
	}
	return len(places)
}
