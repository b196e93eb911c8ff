package listing_test

import (
	"slices"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/assess/listing"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// some are tests in every state.
func some() []verdict.Judged {
	one := func(id string, state verdict.State, severity verdict.Severity, kind string, fail int, categories ...host.Category) verdict.Judged {
		j := verdict.Judged{
			Test:     verdict.Test{ID: id, Title: "Title of " + id, Severity: severity, Kind: kind, Controls: []string{"control-" + kind}},
			Result:   verdict.Result{Test: id, State: state, Tally: verdict.Tally{Fail: fail, InScope: fail}},
			Findings: make([]verdict.Item, fail),
		}
		if len(categories) > 0 {
			j.Result.Sources = []verdict.Reading{{Alias: "from-" + id, Direct: true, Categories: categories}, {Categories: []host.Category{"hris"}}}
		}
		return j
	}
	unused := one("g", verdict.StateUnused, verdict.SeverityLow, "training", 0)
	unused.Categories = []host.Category{"security_training"}
	disabled := one("i", verdict.StateUnused, verdict.SeverityCritical, "policy", 0)
	disabled.Lifecycle = verdict.LifecycleDisabled
	return []verdict.Judged{
		one("a", verdict.StatePassing, verdict.SeverityHigh, "account", 0, "identity"),
		one("b", verdict.StateFailing, verdict.SeverityMedium, "account", 3, "identity", "enterprise_sso"),
		one("c", verdict.StateFailing, verdict.SeverityCritical, "device", 1, "mdm"),
		one("d", verdict.StateError, verdict.SeverityHigh, "device", 0, "mdm"),
		one("e", verdict.StateStale, verdict.SeverityHigh, "device", 0, "mdm"),
		one("f", verdict.StateUnproven, verdict.SeverityLow, "account", 0, "identity"),
		unused,
		disabled,
		one("h", verdict.StateEmpty, verdict.SeverityInfo, "background_check", 0, "hris"),
	}
}

func TestAListOfTestsHasWhatItsQueryMatches(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query listing.Query
		want  []string
	}{
		"all, the worst first":      {listing.Query{}, []string{"c", "b", "d", "e", "f", "h", "a", "i", "g"}},
		"by lifecycle":              {listing.Query{Lifecycles: []verdict.Lifecycle{"disabled"}}, []string{"i"}},
		"one state or another":      {listing.Query{States: []verdict.State{"failing", "error"}}, []string{"c", "b", "d"}},
		"two filters together":      {listing.Query{States: []verdict.State{"failing"}, Kinds: []string{"account"}}, []string{"b"}},
		"by severity":               {listing.Query{Severities: []verdict.Severity{"critical", "low"}}, []string{"c", "f", "i", "g"}},
		"by category, direct only":  {listing.Query{Categories: []string{"enterprise_sso", "hris"}}, []string{"b", "h"}},
		"by the category asked for": {listing.Query{Categories: []string{"security_training"}}, []string{"g"}},
		"by control":                {listing.Query{Controls: []string{"control-training"}}, []string{"g"}},
		"every word":                {listing.Query{Text: "TITLE from-b"}, []string{"b"}},
		"a kind in words":           {listing.Query{Text: "background check"}, []string{"h"}},
		"no such word":              {listing.Query{Text: "nothing"}, []string{}},
		"by fails, most first":      {listing.Query{Sort: "-fail", Limit: 2}, []string{"b", "c"}},
		"by title from the second":  {listing.Query{Sort: "title", Offset: 1, Limit: 2}, []string{"b", "c"}},
		"past the end":              {listing.Query{Offset: 20}, []string{}},
	} {
		found, err := c.query.Find(some())
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, j := range found.Items {
			got = append(got, j.ID)
			if len(j.Findings) > 0 {
				t.Errorf("%s: test %s is listed with its findings", name, j.ID)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if _, err := (listing.Query{Sort: "-colour"}).Find(some()); err == nil {
		t.Error("an order that there is none of was taken")
	}
}

// TestCountsOfTestsAddUp: the states of the facet sum to the matches without their own filter, and the totals are of all tests.
func TestCountsOfTestsAddUp(t *testing.T) {
	t.Parallel()
	found, err := listing.Query{States: []verdict.State{"failing"}, Kinds: []string{"account", "device"}}.Find(some())
	if err != nil {
		t.Fatal(err)
	}
	without, err := listing.Query{Kinds: []string{"account", "device"}}.Find(some())
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(found.Facets, func(f host.Facet) bool { return f.Name == "state" })
	sum, states := 0, []string{}
	for _, v := range found.Facets[at].Values {
		sum += v.Count
		states = append(states, v.Value)
	}
	if sum != without.Matched || found.Matched != 2 {
		t.Errorf("states sum to %d of %d; %d match", sum, without.Matched, found.Matched)
	}
	if want := []string{"failing", "error", "stale", "unproven", "passing"}; !slices.Equal(states, want) {
		t.Errorf("states %v, want %v", states, want)
	}
	want := listing.TestTotals{Tests: 9, Passing: 1, Failing: 2, Error: 1, Stale: 1, Unproven: 1, Empty: 1, Unused: 1, Disabled: 1}
	if found.Totals != want {
		t.Errorf("totals %+v, want %+v", found.Totals, want)
	}
}

// TestAResultIsAsOldAsItsOldestSource: a list that was never read makes it unknown.
func TestAResultIsAsOldAsItsOldestSource(t *testing.T) {
	t.Parallel()
	early, late := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC)
	of := func(sources ...verdict.Reading) verdict.Judged {
		return verdict.Judged{Result: verdict.Result{Sources: sources}}
	}
	if at := of(verdict.Reading{AsOf: &late}, verdict.Reading{AsOf: &early}).Oldest(); at == nil || !at.Equal(early) {
		t.Errorf("as of %v, want %v", at, early)
	}
	if at := of(verdict.Reading{AsOf: &late}, verdict.Reading{}).Oldest(); at != nil {
		t.Errorf("as of %v, though a list was never read", at)
	}
}
