package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/fleet"
	"github.com/plumbline-dev/plumbline/host/internal/insight"
)

// registerInsights lists the operations on the runs of all connections together.
func (s *Server) registerInsights() {
	operation.Add(s.api, http.MethodGet, route.Runs, "list-runs",
		"Runs of one connection or of all, newest first. With any parameter but connection, limit and cursor only those that have finished",
		200, s.runs)
	operation.Add(s.api, http.MethodGet, route.Insights, "get-insights",
		"How reliably connections were read in a span of time, what kept them from it, what is due to expire and as of when the records are",
		200, s.insights)
}

// FleetParams narrow a question to some connections and to a span of time.
type FleetParams struct {
	Connections []string `query:"connection,explode" doc:"Ids or aliases; none for all"`
	Connector   string   `query:"connector" doc:"Only connections of this connector"`
	Category    string   `query:"category" doc:"Only connections of this category"`
	Owner       string   `query:"owner" doc:"Only connections of this owner; none: those without one"`
	Since       string   `query:"since" doc:"Runs queued from then on: an RFC 3339 time, or the beginning of a date"`
	Until       string   `query:"until" doc:"Runs queued before then: an RFC 3339 time, or the end of a date"`
	Zone        string   `query:"zone" doc:"Time zone of dates and days, such as Europe/Oslo; that of schedules without it"`
}

func (p *FleetParams) of() fleet.Of {
	return fleet.Of{Connections: p.Connections, Connector: p.Connector, Category: host.Category(p.Category), Owner: p.Owner}
}

// RunFilter says which finished runs are wanted.
type RunFilter struct {
	FleetParams
	Outcomes []string `query:"outcome,explode" doc:"How they ended, as insights count it: completed, partial, failed, inconclusive or cancelled"`
	Causes   []string `query:"cause,explode" doc:"What kept them from completing: credential, permission, setting, network, decision, machine, rate_limit, vendor_outage, connector_bug, our_side or unknown"`
	Late     bool     `query:"late" doc:"Only runs that began a minute or more after their schedule wanted them"`
}

// RunsInput is what list-runs takes.
type RunsInput struct {
	operation.PageParams
	RunFilter
}

// RunList is a page of runs.
type RunList struct {
	Items   []host.Run `json:"items"`
	Next    string     `json:"next_cursor,omitempty" doc:"Send as cursor for the following page; absent on the last"`
	Matched *int       `json:"matched,omitempty" doc:"Runs of the whole list, on all pages; absent where nothing but a connection was asked for"`
	Demo    bool       `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
}

func (s *Server) runs(ctx context.Context, in *RunsInput) (*operation.Output[RunList], error) {
	query := fleet.RunQuery{
		Of: in.of(), Since: in.Since, Until: in.Until, Zone: in.Zone, Outcomes: named[insight.Outcome](in.Outcomes),
		Causes: named[insight.Group](in.Causes), Late: in.Late, Limit: in.Limit, Cursor: in.Cursor,
	}
	if query.Narrowed() {
		page, err := s.app.FindRuns(ctx, query)
		return operation.One(RunList{Items: page.Items, Next: page.Next, Matched: &page.Matched}, err)
	}
	connection := ""
	if len(in.Connections) == 1 {
		connection = in.Connections[0]
	}
	runs, next, err := s.app.Runs(connection, in.Limit, in.Cursor)
	if runs == nil {
		runs = []host.Run{}
	}
	return operation.One(RunList{Items: runs, Next: next}, err)
}

// InsightsParams say what insights are wanted of.
type InsightsParams struct {
	FleetParams
	Group      string `query:"group" enum:"connection,connector,category,owner" default:"connection" doc:"What the rows are. With category a connection counts in each of its rows"`
	ExpiryDays int    `query:"expiry_days" minimum:"1" maximum:"400" default:"30" doc:"Credentials count as expiring within so many days"`
}

// InsightsAnswer is the answer of get-insights.
type InsightsAnswer struct {
	fleet.Insights
	Demo bool `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
}

func (s *Server) insights(ctx context.Context, in *InsightsParams) (*operation.Output[InsightsAnswer], error) {
	answer, err := s.app.Insights(ctx, fleet.Query{
		Of: in.of(), Since: in.Since, Until: in.Until, Zone: in.Zone, Group: in.Group, ExpiryDays: in.ExpiryDays,
	})
	return operation.One(InsightsAnswer{Insights: answer}, err)
}
