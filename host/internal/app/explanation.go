package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/diagnose"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

// What is gathered for an explanation at most.
const (
	explainedLines    = 20   // warnings and errors of the run's log
	explainedRequests = 3    // requests before the end of a failed step
	explainedRuns     = 1000 // earlier runs in which one is sought that worked
	explainedEdits    = 100  // edits of the connection
	explainedOthers   = 50   // other connections
	explainedAround   = time.Hour
)

// Explained is an explanation, with the facts that it was derived from when they were asked for.
type Explained struct {
	diagnosis.Explanation
	Facts *diagnose.Facts `json:"facts,omitempty" doc:"What the explanation was derived from; only when it was asked for"`
}

// ExplainConnection explains the latest finished run of a connection (id or alias) that counts
// for its health.
func (a *App) ExplainConnection(ctx context.Context, ref string, facts bool) (Explained, error) {
	connection, run, err := a.latestRun(ref)
	if err != nil {
		return Explained{}, err
	}
	return a.explained(ctx, connection, run, facts)
}

// latestRun returns a connection (id or alias) and its latest finished run that counts for its health; nil = there is none.
func (a *App) latestRun(ref string) (host.Connection, *host.Run, error) {
	connection, err := a.parts.Store.Connection(ref)
	if err != nil {
		return host.Connection{}, nil, err
	}
	runs, _, err := a.Runs(connection.ID, connections.HistoryKept, "")
	if err != nil {
		return host.Connection{}, nil, err
	}
	for i := range runs {
		if runs[i].Status.Final() && runs[i].Status != host.StatusCancelled && runs[i].StartedAt != nil {
			return connection, &runs[i], nil
		}
	}
	return connection, nil, nil
}

// ExplainRun explains a run. One that has not finished is refused.
func (a *App) ExplainRun(ctx context.Context, id string, facts bool) (Explained, error) {
	run, err := a.Run(id)
	if err != nil {
		return Explained{}, err
	}
	if !run.Status.Final() {
		return Explained{}, host.Refused(host.CodeConflict, "Wait until it has ended.", "run %s has not ended", id)
	}
	connection, err := a.parts.Store.Connection(run.Connection)
	if err != nil {
		return Explained{}, err
	}
	return a.explained(ctx, connection, &run, facts)
}

func (a *App) explained(ctx context.Context, connection host.Connection, run *host.Run, withFacts bool) (Explained, error) {
	facts, err := a.facts(ctx, connection, run)
	if err != nil {
		return Explained{}, err
	}
	e := Explained{Explanation: diagnose.Explain(facts)}
	if withFacts {
		e.Facts = &facts
	}
	return e, nil
}

// facts gathers what is known of a run of a connection.
func (a *App) facts(ctx context.Context, connection host.Connection, run *host.Run) (diagnose.Facts, error) {
	shared, err := a.statuses.Shared()
	if err != nil {
		return diagnose.Facts{}, err
	}
	var others []host.ConnectionStatus
	if run != nil {
		if others, err = a.statuses.Others(ctx, connection.ID, shared); err != nil {
			return diagnose.Facts{}, err
		}
	}
	return a.factsAmong(ctx, connection, run, shared, others)
}

// factsAmong is facts among other connections, of which it leaves out the connection itself.
func (a *App) factsAmong(
	ctx context.Context, connection host.Connection, run *host.Run, shared *connections.Shared, others []host.ConnectionStatus,
) (diagnose.Facts, error) {
	f := diagnose.Facts{
		Connection: connection.ID, Alias: connection.Alias, Run: run, Secrets: connection.Secrets,
		Connector: connectorFacts(connection, shared.Connector(ctx, connection.Connector)),
	}
	if run == nil {
		return f, nil
	}
	stored, err := a.statuses.StoredStreams(connection.ID)
	if err != nil {
		return f, err
	}
	f.Streams, f.Held = stored, connections.HeldOf(stored)
	if f.Worked, err = a.workedBefore(connection, *run); err != nil {
		return f, err
	}
	if f.Changes, err = a.changesSince(ctx, connection, f); err != nil {
		return f, err
	}
	if f.Lines, err = a.tellingLines(*run); err != nil {
		return f, err
	}
	f.Elsewhere = elsewhere(others, connection.ID, *run)
	return f, nil
}

// connectorFacts returns what a connector says of itself; of one that is gone, its id.
func connectorFacts(connection host.Connection, c *host.Connector) diagnose.ConnectorFacts {
	if c == nil {
		return diagnose.ConnectorFacts{ID: connection.Connector, Name: connection.Connector, Gone: true}
	}
	known := diagnose.ConnectorFacts{
		ID: c.ID, Name: c.Name, Vendor: c.Vendor, Version: c.Version, Homepage: c.Homepage, Permissions: c.Permissions, Network: c.Network,
		Authority: c.AuthoritySetting(),
	}
	for _, step := range c.Guide.Steps {
		known.Guide = append(known.Guide, diagnose.GuideFact{ID: step.ID, Title: step.Title})
	}
	return known
}

// workedBefore returns the last run before another one in which every step completed, nil
// when the stored runs hold none.
func (a *App) workedBefore(connection host.Connection, run host.Run) (*diagnose.WorkedFacts, error) {
	query := journal.RunQuery{Connection: connection.ID, Limit: 100}
	for seen := 0; seen < explainedRuns; seen += query.Limit {
		runs, next, err := a.parts.Store.Runs(query)
		if err != nil {
			return nil, fmt.Errorf("read runs: %w", err)
		}
		for i := range runs {
			r := &runs[i]
			if r.Status == host.StatusSucceeded && r.FinishedAt != nil && r.ID != run.ID && r.FinishedAt.Before(run.QueuedAt) {
				return diagnose.WorkedIn(r), nil
			}
		}
		if next == "" {
			break
		}
		query.Before = next
	}
	return nil, nil
}

// changesSince returns what was changed between the run that worked and the run of the
// facts, newest first. Where none worked, edits count from when the connection was added.
func (a *App) changesSince(ctx context.Context, connection host.Connection, f diagnose.Facts) ([]diagnose.Since, error) {
	since := connection.CreatedAt
	if f.Worked != nil {
		since = f.Worked.At
	}
	query := journal.AuditQuery{Collection: "connection", Key: connection.ID, Since: since, Until: f.Run.QueuedAt, Limit: explainedEdits}
	entries, _, err := a.parts.Store.Audit(ctx, query)
	if err != nil {
		return nil, err
	}
	var all []diagnose.Since
	for _, e := range entries {
		all = append(all, diagnose.Edited(e)...)
	}
	if program, ok := diagnose.OtherProgram(f.Run, f.Worked); ok {
		all = append(all, program)
	}
	return all, nil
}

// tellingLines returns the lines of a run's log that can tell why it failed, in order: the
// latest warnings and errors, and the latest requests of each step that failed.
func (a *App) tellingLines(run host.Run) ([]host.Log, error) {
	asked := []connections.LogQuery{{Newest: true, Level: "warn", Limit: explainedLines}}
	for _, step := range run.Steps {
		if step.Failed() || len(step.Gaps) > 0 {
			asked = append(asked, connections.LogQuery{Newest: true, Step: step.Name, Limit: explainedRequests})
		}
	}
	var lines []host.Log
	for _, q := range asked {
		page, err := a.Logs(run.ID, q)
		if err != nil {
			return nil, err
		}
		lines = append(lines, page.Items...)
	}
	slices.SortFunc(lines, func(a, b host.Log) int { return cmp.Compare(a.Number, b.Number) })
	return slices.CompactFunc(lines, func(a, b host.Log) bool { return a.Number == b.Number }), nil
}

// elsewhere returns the latest finished runs of other connections near the end of a run,
// those that failed first.
func elsewhere(others []host.ConnectionStatus, connection string, run host.Run) (all []diagnose.OtherRun) {
	for _, c := range others {
		r := c.LastRun
		if c.ID == connection || r == nil || r.FinishedAt == nil || run.FinishedAt == nil {
			continue
		}
		if r.FinishedAt.Sub(*run.FinishedAt).Abs() > explainedAround {
			continue
		}
		o := diagnose.OtherRun{Alias: c.Alias, Connector: c.Connector, Run: r.ID, At: *r.FinishedAt, Status: r.Status}
		if p := causeOf(c); p != nil {
			o.Code, o.Fault = p.Code, p.Fault
		}
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b diagnose.OtherRun) int {
		return cmp.Or(strings.Compare(b.Code, a.Code), strings.Compare(a.Alias, b.Alias))
	})
	return all[:min(len(all), explainedOthers)]
}
