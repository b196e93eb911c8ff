package main

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

// days is how many days of history the demo has.
const days = 60

// tale is what happens to one connection in the demo.
type tale struct {
	connector string
	name      string   // of the connection; "" = the connector's
	hosts     []string // of the vendor; none = it reads files
	connection
	troubles []trouble

	// files writes what the connection reads into a directory, as it was on a day, and returns its settings.
	files func(day int, company *company.Day, dir string) (settings map[string]any, err error)
}

// trouble is what a vendor answers on some days instead of the truth.
type trouble struct {
	from, to int // both included
	refuse   bool
	without  string // a permission
	status   int
	body     string
}

func (t *tale) alias() string { return cmp.Or(t.name, t.connector) }

// trouble returns the trouble of a day, or nil.
func (t *tale) trouble(day int) *trouble {
	for i, one := range t.troubles {
		if one.from <= day && day <= one.to {
			return &t.troubles[i]
		}
	}
	return nil
}

// tales returns the story of the demo, as it is told at a moment. Its connections end in every state
// of health. Schedules come an hour before the moment, so that the next time is far away and the states
// stay while the demo is shown.
func tales(now time.Time) []*tale {
	last := now.Add(-time.Hour)
	daily := func(added, every int) connection {
		return connection{Schedule: fmt.Sprintf("0 %d * * *", last.Hour()), Added: added, Every: every}
	}
	weekly := func(added, every, until int) connection {
		return connection{Schedule: fmt.Sprintf("0 %d * * %d", last.Hour(), last.Weekday()), Added: added, Every: every, Until: until}
	}
	paused, never := daily(4, 6), daily(days-1, 0)
	paused.Until, paused.Paused = days-3, "The contract ends this quarter"
	never.Schedule = "" // only when asked
	late, stale := weekly(4, 6, days-9), weekly(2, 6, days-16)
	partial := []trouble{{from: days - 3, to: days, without: "users:read.email"}}
	down := []trouble{{from: days, to: days, status: http.StatusServiceUnavailable, body: "down for maintenance"}}
	refused := []trouble{{from: days - 1, to: days, refuse: true}}
	failed := []trouble{{from: 20, to: 27, status: http.StatusInternalServerError}}
	return []*tale{
		{connector: "bamboohr", hosts: []string{"*.bamboohr.com"}, connection: daily(0, 3)},
		{connector: "okta", hosts: []string{"*.okta.com"}, connection: daily(0, 6)},
		{connector: "google-workspace", hosts: []string{"admin.googleapis.com", "oauth2.googleapis.com"}, connection: daily(1, 6)},
		{connector: "jira", hosts: []string{"api.atlassian.com", "*.atlassian.net"}, connection: stale},
		{connector: "github", hosts: []string{"api.github.com"}, connection: daily(4, 12), troubles: failed},
		{connector: "aws", hosts: []string{"*.amazonaws.com"}, connection: daily(4, 12)},
		{connector: "slack", hosts: []string{"slack.com"}, connection: daily(2, 3), troubles: partial},
		{connector: "kandji", hosts: []string{"*.kandji.io"}, connection: late},
		{connector: "checkr", hosts: []string{"api.checkr.com"}, connection: daily(6, 12), troubles: down},
		{connector: "datadog", hosts: []string{"api.datadoghq.*"}, connection: daily(6, 6), troubles: refused},
		{connector: "docusign", hosts: []string{"*.docusign.com", "*.docusign.net"}, connection: paused},
		{connector: "crowdstrike", hosts: []string{"api.*.crowdstrike.com"}, connection: never},
		{connector: "folder", name: "policies", files: writePolicies, connection: daily(1, 6)},
		{connector: "csv", name: "contractors", files: writeContractors, connection: daily(5, 6)},
	}
}
