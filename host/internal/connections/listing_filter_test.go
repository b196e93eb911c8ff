package connections_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// fleet returns connections of every state.
func fleet() []host.ConnectionStatus {
	day := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	var list []host.ConnectionStatus
	add := func(alias string, health host.Health, reason host.Reason, owner string, records int, categories ...host.Category) {
		n := len(list)
		c := host.ConnectionStatus{
			Connection: host.Connection{ID: fmt.Sprint(n), Alias: alias, Connector: "okta", Owner: owner,
				CreatedAt: day.Add(time.Duration(n) * time.Minute)},
			Health: health, Reason: reason, ConnectorName: "Okta", Categories: categories, Streams: []host.StreamStats{{Records: records}},
		}
		if reason == host.ReasonOnTime {
			c.LastSuccessAt = &c.CreatedAt
		}
		list = append(list, c)
	}
	add("on-time", host.HealthHealthy, host.ReasonOnTime, "Anna Berg", 3, host.CategoryIdentity)
	add("late", host.HealthHealthy, host.ReasonLate, "", 20, host.CategoryIdentity, host.CategoryMDM)
	add("part", host.HealthUnhealthy, host.ReasonDegraded, "ben@example.com", 100, host.CategoryHRIS)
	add("key", host.HealthUnhealthy, host.ReasonActionRequired, "Anna Berg", 0, host.CategoryIdentity)
	add("broken", host.HealthUnhealthy, host.ReasonFailing, "", 5, host.CategoryMDM)
	add("fresh", host.HealthUnknown, host.ReasonDraft, "", 0)
	add("rested", host.HealthHealthy, host.ReasonPaused, "", 7, host.CategoryHRIS)
	add("stopped", host.HealthUnhealthy, host.ReasonPaused, "", 8, host.CategoryHRIS)
	list[6].Paused = &host.Pause{By: host.PausedByPerson}
	list[7].Paused = &host.Pause{By: host.PausedByHost}
	return list
}

func aliases(t *testing.T, q connections.ConnectionQuery) string {
	t.Helper()
	q.Limit = 100
	page, err := connections.PageOf(fleet(), q)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, item := range page.Items {
		found = append(found, item.Alias)
	}
	return strings.Join(found, " ")
}

func TestAQueryOfConnections(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"":                               "broken fresh key late on-time part rested stopped",
		"status:healthy":                 "late on-time",
		"status:unhealthy":               "broken key part",
		"status:paused":                  "rested stopped",
		"status:not-synced":              "fresh",
		"health:unknown":                 "fresh",
		"reason:action":                  "key",
		"reason:on-time":                 "on-time",
		"category:identity -reason:late": "key on-time",
		"category:\"mdm\"":               "broken late",
		"owner:anna status:unhealthy":    "key",
		"owner:\"anna berg\"":            "key on-time",
		"-owner:none":                    "key on-time part",
		"ben@":                           "part",
		"needs:you":                      "broken key stopped",
		"connector:okt LATE":             "late",
		"http://okta":                    "",
		"owner:":                         "broken fresh key late on-time part rested stopped",
	} {
		if got := aliases(t, connections.ConnectionQuery{Filter: connections.Filter{Query: query}, Order: "alias"}); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func TestOrdersOfConnections(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		query connections.ConnectionQuery
		want  string
	}{
		"worst first":      {connections.ConnectionQuery{Order: connections.OrderUrgent}, "key stopped broken part late fresh on-time rested"},
		"newest":           {connections.ConnectionQuery{Order: connections.OrderNewest}, "stopped rested fresh broken key part late on-time"},
		"no order":         {connections.ConnectionQuery{}, "stopped rested fresh broken key part late on-time"},
		"most records":     {connections.ConnectionQuery{Order: "-records"}, "part late stopped rested broken on-time fresh key"},
		"owner":            {connections.ConnectionQuery{Order: "owner"}, "key on-time part broken fresh late rested stopped"},
		"owner, other way": {connections.ConnectionQuery{Order: "-owner"}, "part key on-time broken fresh late rested stopped"},
		"by health":        {connections.ConnectionQuery{Order: "alias", Group: "health"}, "broken key part late on-time rested stopped fresh"},
		"by owner":         {connections.ConnectionQuery{Order: "-alias", Group: "owner"}, "on-time key part stopped rested late fresh broken"},
		"by category":      {connections.ConnectionQuery{Order: "alias", Group: "category"}, "part rested stopped key late on-time broken fresh"},
		"by reason":        {connections.ConnectionQuery{Order: "alias", Group: "reason"}, "key broken part late fresh on-time rested stopped"},
		"what was read":    {connections.ConnectionQuery{Order: "-last_success"}, "on-time broken fresh key late part rested stopped"},
		"an owner, or none": {connections.ConnectionQuery{Order: "alias", Filter: connections.Filter{Owner: []string{"none", "ben@example.com"}}},
			"broken fresh late part rested stopped"},
		"what needs you": {connections.ConnectionQuery{Order: "alias", Filter: connections.Filter{NeedsYou: true}}, "broken key stopped"},
	} {
		if got := aliases(t, test.query); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestFacetsCountWhatAnotherValueWouldShow(t *testing.T) {
	t.Parallel()
	page, err := connections.PageOf(fleet(), connections.ConnectionQuery{
		Filter: connections.Filter{Health: []host.Health{host.HealthUnhealthy},
			Category: []host.Category{host.CategoryIdentity}}, Facets: true, Limit: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []host.Facet{
		{Name: "health", Values: []host.FacetValue{{Value: "unhealthy", Count: 1}, {Value: "healthy", Count: 2}, {Value: "paused"},
			{Value: "unknown"}}},
		{Name: "reason", Values: []host.FacetValue{{Value: "action_required", Count: 1}}},
		{Name: "category", Values: []host.FacetValue{{Value: "hris", Count: 1}, {Value: "identity", Count: 1}, {Value: "mdm", Count: 1}}},
		{Name: "owner", Values: []host.FacetValue{{Value: "Anna Berg", Count: 1}}},
	}
	if diff := cmp.Diff(want, page.Facets); diff != "" {
		t.Error(diff)
	}
	if page.Total != 8 || page.NeedsYou != 3 || page.Matched != 1 {
		t.Errorf("%d in all, %d need you, %d match", page.Total, page.NeedsYou, page.Matched)
	}
}

func TestTheCountsOfAFacetAddUp(t *testing.T) {
	t.Parallel()
	page, err := connections.PageOf(fleet(), connections.ConnectionQuery{Facets: true, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(page.Facets, func(f host.Facet) bool { return f.Name == "health" })
	total := 0
	for _, v := range page.Facets[at].Values {
		total += v.Count
	}
	if total != page.Total {
		t.Errorf("%d are counted, there are %d", total, page.Total)
	}
}
