// Package listing says which tests and which of their findings a list has, and in which order. It is pure.
package listing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Query says which tests a list has, and in which order. The empty query is every test, the worst first.
type Query struct {
	Text       string // every word of it is in the title, the id, the reason, the kind, a control or the alias of a source
	States     []verdict.State
	Severities []verdict.Severity
	Kinds      []string
	Categories []string // of the connections whose records are judged
	Controls   []string
	Lifecycles []verdict.Lifecycle
	Sort       string // one of Sorts, after - in the opposite order
	Limit      int    // 0 = all
	Offset     int
}

// TestList is a part of the tests that a query matches.
type TestList struct {
	Items   []verdict.Judged `json:"items"`
	Matched int              `json:"matched" doc:"Tests that the query matches, on all pages"`
	Facets  []host.Facet     `json:"facets" doc:"How many tests have each value, among those that the other filters leave"`
	Totals  TestTotals       `json:"totals"`
	Demo    bool             `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
}

// TestTotals counts all tests by state, whatever a query asks for. Only passing is a pass.
type TestTotals struct {
	Tests    int `json:"tests" doc:"All states together"`
	Passing  int `json:"passing"`
	Failing  int `json:"failing"`
	Error    int `json:"error"`
	Stale    int `json:"stale"`
	Unproven int `json:"unproven"`
	Empty    int `json:"empty"`
	Unused   int `json:"unused" doc:"No connection supplies what they judge"`
	Disabled int `json:"disabled" doc:"A person turned them off; they are counted in no other number but tests"`
}

// Find returns what the query matches of all tests.
func (q Query) Find(all []verdict.Judged) (TestList, error) {
	order, err := orderOf(q.Sort)
	if err != nil {
		return TestList{}, err
	}
	found := TestList{Items: []verdict.Judged{}, Totals: total(all), Facets: q.facets(all)}
	for _, j := range all {
		if q.matches(j, "") {
			j.AsOf = j.Oldest()
			found.Items = append(found.Items, j)
		}
	}
	found.Matched = len(found.Items)
	slices.SortStableFunc(found.Items, order)
	found.Items = found.Items[min(q.Offset, len(found.Items)):]
	if q.Limit > 0 {
		found.Items = found.Items[:min(q.Limit, len(found.Items))]
	}
	for i := range found.Items {
		found.Items[i].Left += len(found.Items[i].Findings)
		found.Items[i].Findings = []verdict.Item{}
	}
	return found, nil
}

func total(all []verdict.Judged) TestTotals {
	t := TestTotals{Tests: len(all)}
	by := map[verdict.State]*int{
		verdict.StatePassing: &t.Passing, verdict.StateFailing: &t.Failing, verdict.StateError: &t.Error, verdict.StateStale: &t.Stale,
		verdict.StateUnproven: &t.Unproven, verdict.StateEmpty: &t.Empty, verdict.StateUnused: &t.Unused,
	}
	for _, j := range all {
		if j.Lifecycle == verdict.LifecycleDisabled {
			t.Disabled++
			continue
		}
		*by[j.Result.State]++
	}
	return t
}

// facet is a property by which a list of tests is filtered.
type facet struct {
	name   string
	of     func(verdict.Judged) []string
	wanted []string
}

func (q Query) filters() []facet {
	return []facet{
		{"state", func(j verdict.Judged) []string { return []string{string(j.Result.State)} }, texts(q.States)},
		{"severity", func(j verdict.Judged) []string { return []string{string(j.Severity)} }, texts(q.Severities)},
		{"kind", func(j verdict.Judged) []string { return []string{j.Kind} }, q.Kinds},
		{"category", categoriesOf, q.Categories},
		{"control", func(j verdict.Judged) []string { return j.Controls }, q.Controls},
		{"lifecycle", func(j verdict.Judged) []string { return []string{string(j.Lifecycle)} }, texts(q.Lifecycles)},
	}
}

// texts returns words of a closed set as texts.
func texts[T ~string](words []T) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}

// categoriesOf returns the categories of the connections whose records a test judges; those that it asks for while there are none.
func categoriesOf(j verdict.Judged) []string {
	all := []string{}
	for _, s := range j.Result.Sources {
		if s.Direct {
			all = append(all, texts(s.Categories)...)
		}
	}
	if len(all) == 0 {
		all = texts(j.Categories)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// matches reports whether a test is in the list; the filter called except is left out.
func (q Query) matches(j verdict.Judged, except string) bool {
	for _, f := range q.filters() {
		if len(f.wanted) == 0 || f.name == except {
			continue
		}
		if !slices.ContainsFunc(f.of(j), func(value string) bool { return slices.Contains(f.wanted, value) }) {
			return false
		}
	}
	text := words(j)
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(q.Text)), func(word string) bool { return !strings.Contains(text, word) })
}

// words returns what a search for a test reads.
func words(j verdict.Judged) string {
	all := append([]string{j.Title, j.ID, j.Result.Reason, j.Kind, strings.ReplaceAll(j.Kind, "_", " ")}, j.Controls...)
	for _, s := range j.Result.Sources {
		all = append(all, s.Alias)
	}
	return strings.ToLower(strings.Join(all, "\n"))
}

// facets counts the values of each filter. States and severities come in their own order, the others by name.
func (q Query) facets(all []verdict.Judged) []host.Facet {
	facets := []host.Facet{}
	for _, f := range q.filters() {
		counts := map[string]int{}
		for _, j := range all {
			if !q.matches(j, f.name) {
				continue
			}
			for _, value := range f.of(j) {
				counts[value]++
			}
		}
		values := []host.FacetValue{}
		for value, count := range counts {
			values = append(values, host.FacetValue{Value: value, Count: count})
		}
		slices.SortFunc(values, func(one, two host.FacetValue) int {
			return cmp.Or(cmp.Compare(rank(one.Value), rank(two.Value)), strings.Compare(one.Value, two.Value))
		})
		facets = append(facets, host.Facet{Name: f.name, Values: values})
	}
	return facets
}

// ranked has the states and the severities, those that need a person first.
func ranked() []string {
	states := []verdict.State{
		verdict.StateFailing, verdict.StateError, verdict.StateStale, verdict.StateUnproven, verdict.StateEmpty, verdict.StatePassing,
		verdict.StateUnused,
	}
	severities := []verdict.Severity{
		verdict.SeverityCritical, verdict.SeverityHigh, verdict.SeverityMedium, verdict.SeverityLow, verdict.SeverityInfo,
	}
	return append(texts(states), texts(severities)...)
}

func rank[T ~string](value T) int { return slices.Index(ranked(), string(value)) }

// Sorts are the orders of a list of tests. Tests that are equal in it come by state, severity and title.
func Sorts() []string {
	return []string{"state", "severity", "title", "kind", "in_scope", "fail", "unknown", "as_of"}
}

// orderOf returns how two tests are compared; the empty sort is by state.
func orderOf(sort string) (func(one, two verdict.Judged) int, error) {
	name, down := strings.CutPrefix(sort, "-")
	keys := map[string]func(one, two verdict.Judged) int{
		"state":    func(one, two verdict.Judged) int { return cmp.Compare(rank(one.Result.State), rank(two.Result.State)) },
		"severity": func(one, two verdict.Judged) int { return cmp.Compare(rank(one.Severity), rank(two.Severity)) },
		"title":    func(one, two verdict.Judged) int { return strings.Compare(one.Title, two.Title) },
		"kind":     func(one, two verdict.Judged) int { return strings.Compare(one.Kind, two.Kind) },
		"in_scope": func(one, two verdict.Judged) int {
			return cmp.Compare(one.Result.Tally.InScope, two.Result.Tally.InScope)
		},
		"fail": func(one, two verdict.Judged) int { return cmp.Compare(one.Result.Tally.Fail, two.Result.Tally.Fail) },
		"unknown": func(one, two verdict.Judged) int {
			return cmp.Compare(one.Result.Tally.Unknown, two.Result.Tally.Unknown)
		},
		"as_of": func(one, two verdict.Judged) int { return moment(one.AsOf).Compare(moment(two.AsOf)) },
	}
	by, known := keys[cmp.Or(name, "state")]
	if !known || sort == "-" {
		return nil, host.Invalid("sort", sort, fmt.Sprintf("must be one of %s, or one of them after -", strings.Join(Sorts(), ", ")))
	}
	return func(one, two verdict.Judged) int {
		first := by(one, two)
		if down {
			first = -first
		}
		return cmp.Or(first, keys["state"](one, two), keys["severity"](one, two), keys["title"](one, two), strings.Compare(one.ID, two.ID))
	}, nil
}

func moment(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}
