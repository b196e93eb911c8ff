package assist

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// ListRuns are the arguments of list_runs.
type ListRuns struct {
	Connection string `json:"connection,omitempty" jsonschema:"alias or id of a connection; all without it"`
	Limit      int    `json:"limit,omitempty" jsonschema:"most items, from 1 to 200; 50 without it"`
	Cursor     string `json:"cursor,omitempty" jsonschema:"next_cursor of the answer before"`
}

func listRuns(_ context.Context, q *asking, in ListRuns) error {
	limit, err := limited(in.Limit)
	if err != nil {
		return err
	}
	runs, next, err := q.app.Runs(in.Connection, limit, in.Cursor)
	if err != nil {
		return err
	}
	for i := range runs {
		q.add(q.runOf(&runs[i]))
		q.run(runs[i].ID)
	}
	q.next(next)
	return nil
}

// runOf returns a run without its steps.
func (q *asking) runOf(r *host.Run) map[string]any {
	var total host.Counts
	failing := []string{}
	for _, s := range r.Steps {
		total.Read, total.Added = total.Read+s.Read, total.Added+s.Added
		total.Changed, total.Removed = total.Changed+s.Changed, total.Removed+s.Removed
		if s.Failed() {
			failing = append(failing, s.Name)
		}
	}
	item := map[string]any{
		"run": r.ID, "connection": r.Alias, "connector": r.Connector, "connector_version": r.ConnectorVersion,
		"connector_trust": r.ConnectorTrust, "status": r.Status, "trigger": r.Trigger, "queued_at": r.QueuedAt, "started_at": r.StartedAt,
		"finished_at": r.FinishedAt, "counts": total, "failing_steps": failing, "error": errorOf(r.Error),
	}
	if r.StartedAt != nil && r.FinishedAt != nil {
		item["seconds"] = r.FinishedAt.Sub(*r.StartedAt).Seconds()
	}
	if q.policy.Personal && r.Actor != nil {
		item["started_by"] = r.Actor.String()
	}
	return item
}

// errorOf returns what is told of a problem.
func errorOf(p *host.Problem) any {
	if p == nil {
		return nil
	}
	told := map[string]any{
		"code": p.Code, "message": p.Message, "remedy": p.Remedy, "fault": p.Fault, "retry": p.Retry, "permissions": p.Permissions,
	}
	if p.UpstreamStatus != 0 {
		told["upstream_status"] = p.UpstreamStatus
	}
	return told
}

// OneRun names a run.
type OneRun struct {
	Run string `json:"run" jsonschema:"id of the run"`
}

func getRun(_ context.Context, q *asking, in OneRun) error {
	if err := required("run", in.Run); err != nil {
		return err
	}
	r, err := q.app.Run(in.Run)
	if err != nil {
		return err
	}
	q.run(r.ID)
	q.answer.Data.Summary = q.runOf(&r)
	if !r.Status.Final() {
		q.gap(r.Alias, "the run has not ended")
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		q.stepGaps(r.Alias, s)
		gaps := make([]map[string]any, 0, len(s.Gaps))
		for _, g := range s.Gaps {
			gaps = append(gaps, map[string]any{"scope": g.Scope, "error": errorOf(&g.Error)})
		}
		q.add(map[string]any{
			"step": s.Name, "title": s.Title, "stream": s.Stream, "status": s.Status, "started_at": s.StartedAt, "finished_at": s.FinishedAt,
			"counts": s.Counts, "requests": s.Requests, "waited_seconds": s.Waited, "error": errorOf(s.Error), "gaps": gaps, "note": s.Note,
			"removals_held": s.Held,
		})
	}
	return nil
}

// stepGaps says what a step did not read.
func (q *asking) stepGaps(alias string, s *host.Step) {
	if s.Failed() {
		why := "the step " + s.Name + " " + string(s.Status)
		if s.Error != nil {
			why += ": " + s.Error.Message
		}
		q.gap(alias, why)
	}
	for _, g := range s.Gaps {
		q.gap(alias+"/"+s.Stream, g.Scope+": "+g.Error.Message)
	}
	if s.Held > 0 {
		q.gap(alias+"/"+s.Stream, "a removal of records waits for a person")
	}
}

// SomeConnection names a connection, or all.
type SomeConnection struct {
	Connection string `json:"connection,omitempty" jsonschema:"alias or id of a connection; all without it"`
}

// those returns the connections that are asked about.
func (q *asking) those(ctx context.Context, ref string) ([]host.ConnectionStatus, error) {
	if ref == "" {
		return q.app.Connections(ctx, connections.Filter{})
	}
	c, err := q.app.Connection(ctx, ref)
	return []host.ConnectionStatus{c}, err
}

func listGaps(ctx context.Context, q *asking, in SomeConnection) error {
	all, err := q.those(ctx, in.Connection)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.LastRun != nil {
			q.run(c.LastRun.ID)
		}
		q.gapsOf(c)
	}
	q.answer.Data.Summary = map[string]any{"connections": len(all), "gaps": len(q.answer.Data.Items)}
	if len(q.answer.Data.Items) > mostItems {
		q.answer.Data.Items, q.answer.Truncated = q.answer.Data.Items[:mostItems], true
	}
	return nil
}

// gapsOf adds what is not known of a connection. The answer is complete: its items are the gaps.
func (q *asking) gapsOf(c host.ConnectionStatus) {
	item := func(stream, scope, code, why string, since any) {
		q.add(map[string]any{
			"connection": c.Alias, "stream": stream, "scope": scope, "code": code, "why": why, "last_complete_at": since,
		})
	}
	complete := func(stream string) any {
		for _, s := range c.Streams {
			if s.Name == stream && s.LastCompleteAt != nil {
				return *s.LastCompleteAt
			}
		}
		return nil
	}
	if c.LastRun == nil {
		item("", "", "never_read", c.Explanation, nil)
		return
	}
	if c.LastRun.Error != nil {
		item("", "", c.LastRun.Error.Code, c.LastRun.Error.Message, nil)
	}
	for _, s := range c.LastRun.Steps {
		if s.Error != nil && s.Failed() {
			item(s.Stream, "", s.Error.Code, s.Error.Message, complete(s.Stream))
		}
		for _, g := range s.Gaps {
			item(s.Stream, g.Scope, g.Error.Code, g.Error.Message, complete(s.Stream))
		}
	}
	for _, s := range c.Streams {
		if s.Held != nil {
			item(s.Name, "", host.CodeRemovalHeld, "a removal of records waits for a person", s.LastCompleteAt)
		}
	}
	if c.Reason == host.ReasonLate || c.Reason == host.ReasonPaused {
		item("", "", string(c.Reason), c.Explanation, nil)
	}
}

// Coverage are the arguments of coverage.
type Coverage struct {
	Days       int    `json:"days,omitempty" jsonschema:"how many days back, from 1 to 366; 30 without it"`
	Connection string `json:"connection,omitempty" jsonschema:"alias or id of a connection; all without it"`
}

func coverage(ctx context.Context, q *asking, in Coverage) error {
	if in.Days == 0 {
		in.Days = 30
	}
	if in.Days < 1 || in.Days > 366 {
		return host.Invalid("days", in.Days, "must be from 1 to 366")
	}
	all, err := q.those(ctx, in.Connection)
	if err != nil {
		return err
	}
	since := q.now.AddDate(0, 0, -in.Days)
	streams, whole := 0, 0
	for _, c := range all {
		q.connection(c)
		runs, good := 0, 0
		for _, o := range c.History {
			if o.FinishedAt.Before(since) {
				continue
			}
			if runs++; o.Status == host.StatusSucceeded {
				good++
			}
		}
		for _, s := range c.Streams {
			read := s.LastCompleteAt != nil && !s.LastCompleteAt.Before(since)
			if streams++; read {
				whole++
			} else {
				q.gap(c.Alias+"/"+s.Name, "was not read whole in the last days that were asked for")
			}
			q.add(map[string]any{
				"connection": c.Alias, "stream": s.Name, "kind": s.Kind, "records": s.Records, "read_whole": read,
				"last_complete_at": s.LastCompleteAt, "first_read_at": s.FirstReadAt, "health": c.Health, "runs": runs, "runs_succeeded": good,
			})
		}
	}
	q.answer.Data.Summary = map[string]any{
		"since": since.UTC(), "connections": len(all), "streams": streams, "streams_read_whole": whole,
		"runs_counted": "of each connection the latest 30 at most",
	}
	if len(q.answer.Data.Items) > mostItems {
		q.answer.Data.Items, q.answer.Truncated = q.answer.Data.Items[:mostItems], true
	}
	return nil
}
