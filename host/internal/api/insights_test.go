package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/fleet/fleettest"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/insight"
)

// counting counts what insights say from lists of runs alone.
type counting struct {
	t      *testing.T
	client *calls.Client
}

// runs lists every run that passes a filter, oldest first, and checks the count that the list gives.
func (c counting) runs(of api.FleetParams, outcomes, causes []string, late bool) (all []host.Run) {
	c.t.Helper()
	p := operation.PageParams{Limit: 37}
	for {
		page, err := c.client.FindRuns(c.t.Context(), api.RunFilter{FleetParams: of, Outcomes: outcomes, Causes: causes, Late: late}, p)
		if err != nil {
			c.t.Fatal(err)
		}
		all = append(all, page.Items...)
		if p.Cursor = page.Next; p.Cursor == "" {
			if *page.Matched != len(all) {
				c.t.Errorf("the list says that it has %d runs, and has %d", *page.Matched, len(all))
			}
			slices.Reverse(all)
			return all
		}
	}
}

// figures counts figures of one connection, or of several one after the other.
func (c counting) figures(of api.FleetParams, connections []string) (f insight.Figures) {
	c.t.Helper()
	of.Connections = connections
	count := func(outcome string) int { return len(c.runs(of, []string{outcome}, nil, false)) }
	f = insight.Figures{
		Completed: count("completed"), Partial: count("partial"), Failed: count("failed"), Inconclusive: count("inconclusive"),
		Cancelled: count("cancelled"),
	}
	f.Runs = len(c.runs(of, []string{"completed", "partial", "failed", "inconclusive"}, nil, false))
	if f.Runs > 0 {
		f.Success = new(float64(f.Completed) / float64(f.Runs))
	}
	var took []float64
	for _, run := range c.runs(of, []string{"completed"}, nil, false) {
		took = append(took, run.FinishedAt.Sub(*run.StartedAt).Seconds())
	}
	if slices.Sort(took); len(took) > 0 {
		f.Median = new(took[(len(took)+1)/2-1])
		f.P95 = new(took[(len(took)*95+99)/100-1])
	}
	for _, run := range c.runs(of, nil, nil, true) {
		f.LateRuns++
		f.LateMinutes += run.StartedAt.Sub(*run.DueAt).Minutes()
	}
	for _, run := range c.runs(of, nil, nil, false) {
		if run.DueAt != nil && run.StartedAt != nil {
			f.Due++
		}
	}
	c.repairs(of, connections, &f)
	return f
}

func (c counting) repairs(of api.FleetParams, connections []string, f *insight.Figures) {
	c.t.Helper()
	total := 0.0
	for _, one := range connections {
		of.Connections = []string{one}
		var down *time.Time
		for _, run := range c.runs(of, []string{"completed", "partial", "failed", "inconclusive"}, nil, false) {
			switch {
			case run.Status != host.StatusSucceeded && down == nil:
				down = run.FinishedAt
			case run.Status == host.StatusSucceeded && down != nil:
				f.Repairs++
				total += run.FinishedAt.Sub(*down).Seconds()
				down = nil
			}
		}
		if down != nil {
			f.Broken++
		}
	}
	if f.Repairs > 0 {
		f.Repair = new(total / float64(f.Repairs))
	}
}

// TestNoFigureDiffersFromItsList counts every figure again from the list of runs that a reader of the figure is led to.
func TestNoFigureDiffersFromItsList(t *testing.T) {
	t.Parallel()
	dir := hosttest.Dir(t)
	until := time.Date(2026, 3, 31, 9, 30, 0, 0, time.UTC) // the clocks of Oslo went forward two days before
	plan := fleettest.Plan{Connections: 4, Runs: 90, Until: until, Every: 7 * time.Hour, Seed: uint64(time.Now().UnixNano())}
	t.Logf("seed %d", plan.Seed)
	if err := fleettest.Seed(t.Context(), dir, plan); err != nil {
		t.Fatal(err)
	}
	h := hosttest.Open(t, hosttest.Options(t, dir, nil))
	server, err := api.New(h.App, "test", fstest.MapFS{"index.html": {Data: []byte("the screens")}})
	if err != nil {
		t.Fatal(err)
	}
	c := counting{t, calls.Over(calls.Carrier(server.Handler()))}
	span := api.FleetParams{Since: "2026-03-12", Until: until.Add(-5 * time.Hour).Format(time.RFC3339), Zone: "Europe/Oslo"}
	near := cmpopts.EquateApprox(1e-9, 1e-9)
	for group, of := range map[string]func(row string) []string{
		"connection": func(row string) []string { return []string{row} },
		"owner": func(row string) []string {
			return map[string][]string{"none": {"c000", "c003"}, "anna": {"c001"}, "ben": {"c002"}}[row]
		},
	} {
		answer, err := c.client.Insights(t.Context(), api.InsightsParams{FleetParams: span, Group: group})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.figures(span, []string{"c000", "c001", "c002", "c003"}), answer.Total, near); diff != "" {
			t.Errorf("by %s: the total differs from the lists (-lists +insights):\n%s", group, diff)
		}
		for _, row := range answer.Rows {
			if diff := cmp.Diff(c.figures(span, of(row.Key)), row.Figures, near); diff != "" {
				t.Errorf("by %s: row %s differs from the lists (-lists +insights):\n%s", group, row.Title, diff)
			}
			c.strip(answer, row, of(row.Key))
		}
		c.days(answer)
		c.causes(span, answer)
	}
}

// strip counts the cells of a calendar.
func (c counting) strip(answer api.InsightsAnswer, row insight.RowFigures, connections []string) {
	c.t.Helper()
	for i, day := range answer.Days {
		of := dayOf(day)
		of.Connections = connections
		count := func(outcomes ...string) int { return len(c.runs(of, outcomes, nil, false)) }
		all, bad := count("completed", "partial", "failed", "inconclusive"), count("partial", "failed", "inconclusive")
		want := "-"
		for _, worst := range []string{"completed", "partial", "inconclusive", "failed"} {
			if count(worst) > 0 {
				want = worst[:1]
			}
		}
		if got := row.Strip.States[i : i+1]; got != want || row.Strip.Runs[i] != all || row.Strip.Incomplete[i] != bad {
			c.t.Errorf("%s on %s: %s with %d of %d incomplete, and the lists have %s with %d of %d",
				row.Title, day.Day, got, row.Strip.Incomplete[i], row.Strip.Runs[i], want, bad, all)
		}
	}
}

func dayOf(day insight.DayCount) api.FleetParams {
	return api.FleetParams{Since: day.Since.Format(time.RFC3339Nano), Until: day.Until.Format(time.RFC3339Nano)}
}

func (c counting) days(answer api.InsightsAnswer) {
	c.t.Helper()
	first, last := answer.Days[0].Day, answer.Days[len(answer.Days)-1].Day
	if len(answer.Days) != 20 || first != "2026-03-12" || last != "2026-03-31" {
		c.t.Errorf("the days are %s to %s, %d of them", first, last, len(answer.Days))
	}
	for _, day := range answer.Days {
		count := func(outcome string) int { return len(c.runs(dayOf(day), []string{outcome}, nil, false)) }
		want := day
		want.Completed, want.Partial, want.Failed = count("completed"), count("partial"), count("failed")
		want.Inconclusive, want.Cancelled = count("inconclusive"), count("cancelled")
		if diff := cmp.Diff(want, day); diff != "" {
			c.t.Errorf("%s differs from the lists (-lists +insights):\n%s", day.Day, diff)
		}
	}
}

func (c counting) causes(span api.FleetParams, answer api.InsightsAnswer) {
	c.t.Helper()
	incomplete := 0
	for _, cause := range answer.Cause {
		runs := c.runs(span, nil, []string{string(cause.Group)}, false)
		if len(runs) != cause.Runs || len(c.runs(span, []string{"partial"}, []string{string(cause.Group)}, false)) != cause.Partial {
			c.t.Errorf("%s has %d runs, and its list %d", cause.Group, cause.Runs, len(runs))
		}
		incomplete += cause.Runs
		for _, at := range cause.Affected {
			of := span
			of.Connections = []string{at.Connection}
			if n := len(c.runs(of, nil, []string{string(cause.Group)}, false)); n != at.Runs {
				c.t.Errorf("%s at %s has %d runs, and its list %d", cause.Group, at.Alias, at.Runs, n)
			}
		}
		if cause.Inconclusive && len(c.runs(span, []string{"failed"}, []string{string(cause.Group)}, false)) > 0 {
			c.t.Errorf("%s is inconclusive, and runs count as failed for it", cause.Group)
		}
	}
	if t := answer.Total; incomplete != t.Partial+t.Failed+t.Inconclusive {
		c.t.Errorf("%d runs have a cause, and %d did not complete", incomplete, t.Partial+t.Failed+t.Inconclusive)
	}
}

// TestARunThatEndsCountsAtOnce asks before and after a run.
func TestARunThatEndsCountsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client := calls.Over(calls.Carrier(b.server.Handler()))
	ask := func(ctx context.Context) string {
		answer, err := client.Insights(ctx, api.InsightsParams{})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(answer.Connections, answer.Total.Runs, answer.Total.Completed, answer.Enough, len(answer.Days))
	}
	before := ask(t.Context())
	settings := json.RawMessage(`{"streams":[{"name":"users","records":5}]}`)
	added := connections.NewConnection{Connector: "fake", Alias: "corp", Settings: settings}
	if _, err := client.AddConnection(t.Context(), added); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		run, err := client.Sync(t.Context(), "corp", connections.SyncRequest{})
		for hints := (api.Events{}); err == nil && !run.Status.Final(); {
			if hints, err = client.Events(t.Context(), hints.Last, operation.WaitParam{Wait: "1s"}); err == nil {
				run, err = client.Run(t.Context(), run.ID)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if after := ask(t.Context()); before != "0 0 0 false 30" || after != "1 2 2 true 30" {
		t.Errorf("before the runs %s, after them %s", before, after)
	}
}
