package assist

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
)

// OneConnector names a connector.
type OneConnector struct {
	Connector string `json:"connector" jsonschema:"id of the connector, such as okta"`
}

func setupGuide(ctx context.Context, q *asking, in OneConnector) error {
	if err := required("connector", in.Connector); err != nil {
		return err
	}
	c, err := q.app.Connector(ctx, in.Connector)
	if err != nil {
		return err
	}
	if c.Problem != nil {
		q.gap(c.ID, c.Problem.Message)
	}
	hosts := make([]map[string]any, 0, len(c.Network))
	for _, n := range c.Network {
		hosts = append(hosts, map[string]any{"host": n.Host, "purpose": n.Purpose})
	}
	q.answer.Data.Summary = map[string]any{
		"connector": c.ID, "name": c.Name, "summary": c.Summary, "version": c.Version, "trust": c.Trust, "minutes": c.Guide.Minutes,
		"introduction": c.Guide.Introduction, "prerequisites": c.Guide.Prerequisites, "notes": c.Guide.Notes, "network": hosts,
	}
	for _, s := range c.Guide.Steps {
		q.add(map[string]any{"step": s.ID, "title": s.Title, "body": s.Body, "expected_outcome": s.ExpectedOutcome})
	}
	return nil
}

// Permissions are the arguments of permissions.
type Permissions struct {
	Connector  string `json:"connector,omitempty" jsonschema:"id of a connector; or give connection"`
	Connection string `json:"connection,omitempty" jsonschema:"alias or id of a connection, to see what is granted"`
}

func permissions(ctx context.Context, q *asking, in Permissions) error {
	if (in.Connector == "") == (in.Connection == "") {
		return host.Invalid("connector", in.Connector, "or connection must be given, and not both")
	}
	if in.Connector != "" {
		c, err := q.app.Connector(ctx, in.Connector)
		if err != nil {
			return err
		}
		for _, p := range c.Permissions {
			q.add(map[string]any{"permission": p.ID, "reason": p.Reason, "streams": p.Streams, "optional": p.Optional})
		}
		q.answer.Data.Summary = map[string]any{"connector": c.ID}
		return nil
	}
	status, err := q.app.Connection(ctx, in.Connection)
	if err != nil {
		return err
	}
	impact, err := q.app.Impact(ctx, status.ID)
	if err != nil {
		return err
	}
	if status.LastRun != nil {
		q.run(status.LastRun.ID)
	}
	for _, p := range impact.Credential.Permissions {
		if p.State == "unknown" {
			q.gap("permission "+p.ID, "no run shows whether it is granted")
		}
		q.add(map[string]any{"permission": p.ID, "reason": p.Reason, "streams": p.Streams, "optional": p.Optional, "state": p.State})
	}
	q.answer.Data.Summary = map[string]any{"connection": status.Alias, "connector": status.Connector}
	return nil
}

func doctor(ctx context.Context, q *asking, _ none) error {
	findings, err := q.app.Doctor(ctx)
	if err != nil {
		return err
	}
	counts := map[string]int{"ok": 0, "warn": 0, "fail": 0}
	for _, f := range findings {
		counts[f.Status]++
		q.add(map[string]any{"id": f.ID, "title": f.Title, "status": f.Status, "message": f.Message, "fix": f.Fix})
	}
	q.answer.Data.Summary = map[string]any{"findings": counts}
	return nil
}
