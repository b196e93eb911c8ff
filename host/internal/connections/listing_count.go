package connections

import (
	"cmp"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
)

// counting counts connections by the values of each facet.
type counting struct {
	parsed
	counts []map[string]int
}

func (p parsed) counting() *counting {
	c := &counting{parsed: p}
	for range p.facets {
		c.counts = append(c.counts, map[string]int{})
	}
	return c
}

// selects counts a connection and reports whether it is selected. One that fails a single
// facet is counted there: it is what another value of that facet would add.
func (n *counting) selects(c host.ConnectionStatus) bool {
	if !n.outside(c) {
		return false
	}
	failing := n.failing(c)
	for i, f := range n.facets {
		if len(failing) == 0 || len(failing) == 1 && failing[0] == i {
			for _, value := range f.of(c) {
				n.counts[i][value]++
			}
		}
	}
	return len(failing) == 0
}

// facets returns the counts: every health, and of the other facets the values that are
// there or asked for, most frequent first.
func (n *counting) list() []host.Facet {
	facets := make([]host.Facet, len(n.facets))
	for i, f := range n.facets {
		for _, value := range f.wanted {
			n.counts[i][value] += 0
		}
		if f.name == facetHealth {
			facets[i] = host.Facet{Name: f.name, Values: healthCounts(n.counts[i])}
			continue
		}
		values := make([]host.FacetValue, 0, len(n.counts[i]))
		for value, count := range n.counts[i] {
			values = append(values, host.FacetValue{Value: value, Count: count})
		}
		slices.SortFunc(values, func(a, b host.FacetValue) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
		})
		facets[i] = host.Facet{Name: f.name, Values: values}
	}
	return facets
}

func healthCounts(counts map[string]int) []host.FacetValue {
	values := make([]host.FacetValue, 0, len(states))
	for _, state := range states {
		values = append(values, host.FacetValue{Value: string(state), Count: counts[string(state)]})
	}
	return values
}
