package app

import (
	"cmp"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
)

// Facet is one property of the connections of a list, with how many have each value. Its
// counts are of what the rest of the filter selects, so that they say what choosing
// another value would show.
type Facet struct {
	Name   string       `json:"name" doc:"Of the parameter that filters by it"`
	Values []FacetCount `json:"values"`
}

// FacetCount is one value of a facet.
type FacetCount struct {
	Value string `json:"value" doc:"none stands for no owner"`
	Count int    `json:"count"`
}

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
func (n *counting) list() []Facet {
	facets := make([]Facet, len(n.facets))
	for i, f := range n.facets {
		for _, value := range f.wanted {
			n.counts[i][value] += 0
		}
		if f.name == facetHealth {
			facets[i] = Facet{Name: f.name, Values: healthCounts(n.counts[i])}
			continue
		}
		values := make([]FacetCount, 0, len(n.counts[i]))
		for value, count := range n.counts[i] {
			values = append(values, FacetCount{value, count})
		}
		slices.SortFunc(values, func(a, b FacetCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
		})
		facets[i] = Facet{Name: f.name, Values: values}
	}
	return facets
}

func healthCounts(counts map[string]int) []FacetCount {
	values := make([]FacetCount, 0, len(states))
	for _, state := range states {
		values = append(values, FacetCount{string(state), counts[string(state)]})
	}
	return values
}
