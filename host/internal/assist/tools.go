package assist

import (
	"context"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// Tools returns every tool, in the order in which they are offered.
func Tools() []Tool { return tools }

var tools = []Tool{
	define("overview", "Overview",
		"The state of Plumbline at a glance: connections by health, and what asks for a person, the gravest first.", overview),
	define("list_connections", "List connections",
		"Connections with their health, why, since when and when they run next; those that need a person first.", listConnections),
	define("get_connection", "One connection",
		"One connection: health, why, since when, who can act, next run, its streams with their last complete read, and what depends on it.",
		getConnection),
	define("explain_failure", "Explain a failure",
		"Why a run, or the latest run of a connection, was not complete: cause, confidence, evidence with step and log line, what to do in "+
			"order, and who can. Derived from rules, without a model.", explainFailure),
	define("list_runs", "List runs", "Runs of one connection or of all, newest first, with their outcome and what they changed.", listRuns),
	define("get_run", "One run", "One run with each of its steps: outcome, counts, errors and what could not be read.", getRun),
	define("search_records", "Search records",
		"Records of one kind as they are, or were at a moment, that meet conditions. Conditions on withheld fields are refused.", searchRecords),
	define("record_history", "History of a record", "Versions of one record, newest first, and what differs between them.", recordHistory),
	define("diff", "What changed",
		"What runs added, changed and removed in a span of time, of one connection or of all, newest first.", diff),
	define("person_access", "Access of a person",
		"The accounts of one person in all systems: roles, second factor, whether active, flags. As of a past moment: accounts by address.",
		personAccess),
	define("list_gaps", "What could not be read",
		"What was not read in the latest run of each connection, and why: failed steps, named gaps, held removals.", listGaps),
	define("coverage", "Coverage",
		"For each stream of each connection: whether it was read whole within the last days, when, and how many runs succeeded.", coverage),
	define("list_tests", "List tests",
		"Tests of what must hold for records, each with what it finds now. What is not known, too old or read in part never passes.", listTests),
	define("test_result", "Result of a test",
		"What one test finds now: the records that fail or cannot be judged, why it matters, and what to do.", testResult),
	define("setup_guide", "Setup guide", "How a connector is set up, step by step, each with its expected outcome.", setupGuide),
	define("permissions", "Permissions",
		"What a connector asks for and why; of a connection also whether the vendor has granted it.", permissions),
	define("doctor", "Doctor", "What is right and wrong with the installation, and how to correct it.", doctor),
}

// none is the arguments of a tool that takes none.
type none struct{}

// limited returns how many items are wanted.
func limited(limit int) (int, error) {
	switch {
	case limit == 0:
		return fewItems, nil
	case limit < 0 || limit > mostItems:
		return 0, host.Invalid("limit", limit, "must be from 1 to 200")
	}
	return limit, nil
}

func required(name, value string) error {
	if value == "" {
		return host.Invalid(name, value, "is missing")
	}
	return nil
}

func overview(ctx context.Context, q *asking, _ none) error {
	status, err := q.app.Status(ctx)
	if err != nil {
		return err
	}
	all, err := q.app.Connections(ctx, connections.Filter{})
	if err != nil {
		return err
	}
	records := map[string]int{}
	for _, c := range all {
		q.connection(c)
		for _, s := range c.Streams {
			records[s.Kind] += s.Records
		}
	}
	attention, err := q.app.Attention(ctx)
	if err != nil {
		return err
	}
	q.answer.Data.Summary = map[string]any{
		"version": status.Version, "connections": len(all), "counts": status.Counts, "records_by_kind": records, "attention": len(attention),
	}
	if len(attention) > fewItems {
		attention, q.answer.Truncated = attention[:fewItems], true
	}
	for _, a := range attention {
		q.add(map[string]any{
			"severity": a.Severity, "kind": a.Kind, "title": a.Title, "why": a.Why, "remedy": a.Remedy, "since": a.Since, "connection": a.Alias,
			"fault": a.Fault,
		})
	}
	return nil
}

// ListConnections are the arguments of list_connections.
type ListConnections struct {
	Health   []string `json:"health,omitempty" jsonschema:"healthy, unhealthy, unknown or paused; all without it"`
	Category []string `json:"category,omitempty" jsonschema:"categories such as identity, hris or version_control; all without it"`
	Limit    int      `json:"limit,omitempty" jsonschema:"most items, from 1 to 200; 50 without it"`
	Cursor   string   `json:"cursor,omitempty" jsonschema:"next_cursor of the answer before"`
}

func listConnections(ctx context.Context, q *asking, in ListConnections) error {
	limit, err := limited(in.Limit)
	if err != nil {
		return err
	}
	query := connections.ConnectionQuery{Order: "urgent", Limit: limit, Cursor: in.Cursor}
	for _, h := range in.Health {
		if !slices.Contains([]string{"healthy", "unhealthy", "unknown", "paused"}, h) {
			return host.Invalid("health", h, "must be healthy, unhealthy, unknown or paused")
		}
		query.Health = append(query.Health, host.Health(h))
	}
	for _, c := range in.Category {
		query.Category = append(query.Category, host.Category(c))
	}
	page, err := q.app.ListConnections(ctx, query)
	if err != nil {
		return err
	}
	q.answer.Data.Summary = map[string]any{
		"matched": page.Matched, "total": page.Total, "need_a_person": page.NeedsYou, "disconnected": page.Disconnected,
	}
	for _, c := range page.Items {
		item := map[string]any{
			"connection": c.Alias, "connector": c.Connector, "connector_name": c.ConnectorName, "categories": c.Categories, "health": c.Health,
			"reason": c.Reason, "explanation": c.Explanation, "since": c.Since, "needs_a_person": c.NeedsYou, "records": c.Records,
			"last_success_at": c.LastSuccessAt, "next_run_at": c.NextRunAt, "activity": c.Activity,
		}
		if c.Trouble != nil {
			item["trouble"] = map[string]any{"step": c.Trouble.Step, "message": c.Trouble.Message, "remedy": c.Trouble.Remedy}
		}
		if q.policy.Personal {
			item["owner"] = c.Owner
		}
		if c.LastRun != nil {
			item["last_run"] = c.LastRun.ID
			q.run(c.LastRun.ID)
		}
		if c.Health != host.HealthHealthy || c.Reason != host.ReasonOnTime {
			q.gap(c.Alias, string(c.Reason)+": "+c.Explanation)
		}
		q.add(item)
	}
	q.next(page.Next)
	return nil
}

// OneConnection names a connection.
type OneConnection struct {
	Connection string `json:"connection" jsonschema:"alias or id of the connection"`
}

func getConnection(ctx context.Context, q *asking, in OneConnection) error {
	if err := required("connection", in.Connection); err != nil {
		return err
	}
	c, err := q.app.Connection(ctx, in.Connection)
	if err != nil {
		return err
	}
	q.connection(c)
	explained, err := q.app.ExplainConnection(ctx, c.ID, false)
	if err != nil {
		return err
	}
	impact, err := q.app.Impact(ctx, c.ID)
	if err != nil {
		return err
	}
	summary := map[string]any{
		"connection": c.Alias, "connector": c.Connector, "connector_name": c.ConnectorName, "connector_trust": c.ConnectorTrust,
		"categories": c.Categories, "health": c.Health, "reason": c.Reason, "explanation": c.Explanation, "remedy": c.Remedy,
		"since": c.Since, "needs_a_person": c.NeedsYou(), "failing_steps": c.FailingSteps, "schedule": c.Schedule,
		"last_success_at": c.LastSuccessAt, "next_run_at": c.NextRunAt, "activity": c.Activity, "impact": impactOf(impact),
	}
	if c.Paused != nil {
		summary["paused"] = map[string]any{"since": c.Paused.Since, "by": c.Paused.By, "reason": c.Paused.Reason, "remedy": c.Paused.Remedy}
	}
	if cause := explained.Cause; cause != nil {
		summary["cause"] = map[string]any{"id": cause.ID, "sentence": cause.Sentence, "confidence": cause.Confidence, "who_can_act": cause.Who}
	}
	if q.policy.Personal {
		summary["owner"], summary["identity"] = c.Owner, impact.Credential.Identity
	}
	q.answer.Data.Summary = summary
	for _, s := range c.Streams {
		q.add(map[string]any{
			"stream": s.Name, "title": s.Title, "kind": s.Kind, "records": s.Records, "last_complete_at": s.LastCompleteAt,
			"first_read_at": s.FirstReadAt, "removal_held": s.Held != nil,
		})
	}
	return nil
}

// impactOf says what depends on a connection.
func impactOf(impact host.Impact) map[string]any {
	lists := make([]map[string]any, 0, len(impact.Lists))
	for _, l := range impact.Lists {
		lists = append(lists, map[string]any{"kind": l.Kind, "records": l.Records, "only_source": len(l.Others) == 0})
	}
	shared := make([]string, 0, len(impact.Shared))
	for _, s := range impact.Shared {
		shared = append(shared, s.Alias)
	}
	return map[string]any{"lists": lists, "shares_rate_limit_with": shared, "holds": len(impact.Holds)}
}

// ExplainFailure are the arguments of explain_failure.
type ExplainFailure struct {
	Run        string `json:"run,omitempty" jsonschema:"id of the run; or give connection"`
	Connection string `json:"connection,omitempty" jsonschema:"alias or id of a connection, for its latest finished run"`
}

func explainFailure(ctx context.Context, q *asking, in ExplainFailure) error {
	if (in.Run == "") == (in.Connection == "") {
		return host.Invalid("run", in.Run, "or connection must be given, and not both")
	}
	explain, of := q.app.ExplainRun, in.Run
	if in.Run == "" {
		explain, of = q.app.ExplainConnection, in.Connection
	}
	e, err := explain(ctx, of, false)
	if err != nil {
		return err
	}
	q.run(e.Run)
	summary := map[string]any{"connection": e.Alias, "run": e.Run, "ended": e.RunAt, "state": e.State, "partial": e.Partial}
	if e.Worked != nil {
		summary["last_complete_run"] = map[string]any{"run": e.Worked.Run, "at": e.Worked.At, "connector_version": e.Worked.Version}
	}
	q.answer.Data.Summary = summary
	if e.Run == "" {
		q.gap(e.Alias, "no run has finished, so there is nothing to explain")
	}
	if e.State == diagnosis.ExplanationUnknown {
		q.gap(e.Alias, "the cause is not known; tells_more says what would tell it")
	}
	for _, s := range e.Streams {
		q.gap(e.Alias+"/"+s.Name, "was not read whole in this run")
	}
	if e.Cause != nil {
		q.add(causeOf(*e.Cause))
	}
	for _, c := range e.Also {
		q.add(causeOf(c))
	}
	return nil
}

func causeOf(c diagnosis.Cause) map[string]any {
	evidence := make([]map[string]any, 0, len(c.Evidence))
	for _, e := range c.Evidence {
		one := map[string]any{"kind": e.Kind, "text": e.Text, "run": e.Run, "step": e.Step, "other_connection": e.Alias}
		if e.Line > 0 {
			one["log_line"] = e.Line
		}
		if e.Entry > 0 {
			one["audit_entry"] = e.Entry
		}
		evidence = append(evidence, one)
	}
	remedies := make([]map[string]any, 0, len(c.Remedies))
	for _, r := range c.Remedies {
		remedies = append(remedies, map[string]any{"text": r.Text, "who": r.Who, "guide_step": r.Guide})
	}
	return map[string]any{
		"cause": c.ID, "title": c.Title, "sentence": c.Sentence, "confidence": c.Confidence, "who_can_act": c.Who,
		"inconclusive": c.Inconclusive, "steps": c.Steps, "evidence": evidence, "remedies": remedies, "tells_more": c.TellsMore,
	}
}
