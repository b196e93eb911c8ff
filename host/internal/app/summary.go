package app

import (
	"context"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/summary"
	"github.com/plumbline-dev/plumbline/host/internal/summary/prompt"
)

// SummaryConfiguration returns what the AI Summary is set to.
func (a *App) SummaryConfiguration() (aisummary.Configuration, error) {
	return a.parts.Summaries.Configuration()
}

// ConfigureSummary stores which model is asked.
func (a *App) ConfigureSummary(ctx context.Context, edit aisummary.Edit) (aisummary.Configuration, error) {
	return actor.Act(ctx, func(host.Actor) (aisummary.Configuration, error) { return a.parts.Summaries.Configure(ctx, edit) })
}

// TurnOffSummary deletes the settings of the AI Summary and its key.
func (a *App) TurnOffSummary(ctx context.Context) error {
	return actor.Do(ctx, func(host.Actor) error { return a.parts.Summaries.TurnOff(ctx) })
}

// TestSummary asks the model of some settings for one word; nil = those that are stored.
func (a *App) TestSummary(ctx context.Context, edit *aisummary.Edit) (aisummary.Tested, error) {
	return actor.Act(ctx, func(host.Actor) (aisummary.Tested, error) { return a.parts.Summaries.Test(ctx, edit) })
}

// Summary returns what is known of the summary of a connection, once its version is another
// one than after or ctx ends; after 0 answers at once.
func (a *App) Summary(ctx context.Context, ref string, after uint64) (aisummary.Card, error) {
	connection, err := a.parts.Store.Connection(ref)
	if err != nil {
		return aisummary.Card{}, err
	}
	if after > 0 {
		a.parts.Summaries.Await(ctx, connection.ID, after)
	}
	subject, _, err := a.subject(context.WithoutCancel(ctx), connection)
	if err != nil {
		return aisummary.Card{}, err
	}
	return a.parts.Summaries.Card(subject)
}

// PreviewSummary returns exactly what would be sent about a connection.
func (a *App) PreviewSummary(ctx context.Context, ref string) (aisummary.Preview, error) {
	material, _, err := a.material(ctx, ref)
	if err != nil {
		return aisummary.Preview{}, err
	}
	return a.parts.Summaries.Preview(material)
}

// GenerateSummary begins to ask the model about the latest run of a connection.
func (a *App) GenerateSummary(ctx context.Context, ref string) (aisummary.Card, error) {
	return actor.Act(ctx, func(host.Actor) (aisummary.Card, error) {
		material, subject, err := a.material(ctx, ref)
		if err == nil {
			err = a.parts.Summaries.Generate(ctx, material)
		}
		if err != nil {
			return aisummary.Card{}, err
		}
		return a.parts.Summaries.Card(subject)
	})
}

// CancelSummary stops asking the model about a connection.
func (a *App) CancelSummary(ctx context.Context, ref string) (aisummary.Card, error) {
	return actor.Act(ctx, func(host.Actor) (aisummary.Card, error) {
		connection, err := a.parts.Store.Connection(ref)
		if err == nil {
			err = a.parts.Summaries.Cancel(ctx, connection.ID)
		}
		if err != nil {
			return aisummary.Card{}, err
		}
		return a.Summary(ctx, ref, 0)
	})
}

// RateSummary keeps what a person thinks of the summary of a connection; an empty verdict
// takes it back.
func (a *App) RateSummary(ctx context.Context, ref string, verdict aisummary.Verdict, reason string) (aisummary.Card, error) {
	return actor.Act(ctx, func(host.Actor) (aisummary.Card, error) {
		connection, err := a.parts.Store.Connection(ref)
		if err != nil {
			return aisummary.Card{}, err
		}
		subject, run, err := a.subject(ctx, connection)
		if err != nil {
			return aisummary.Card{}, err
		}
		if subject.Shown {
			explained, err := a.explained(ctx, connection, run, false)
			if err != nil {
				return aisummary.Card{}, err
			}
			subject.BuiltIn = causeID(explained.Explanation)
		}
		if err := a.parts.Summaries.Rate(ctx, subject, verdict, reason); err != nil {
			return aisummary.Card{}, err
		}
		return a.parts.Summaries.Card(subject)
	})
}

func causeID(e diagnosis.Explanation) diagnosis.CauseID {
	if e.Cause == nil {
		return ""
	}
	return e.Cause.ID
}

// SummaryFeedback returns every verdict on a summary, the oldest first.
func (a *App) SummaryFeedback() ([]aisummary.Feedback, error) { return a.parts.Summaries.Feedback() }

// RemoveConnection removes a connection with its summaries.
func (a *App) RemoveConnection(ctx context.Context, ref string) error {
	return actor.Do(ctx, func(host.Actor) error {
		connection, err := a.parts.Store.Connection(ref)
		if err == nil {
			err = a.Keeper.RemoveConnection(ctx, ref)
		}
		if err != nil {
			return err
		}
		return a.parts.Summaries.Forget(ctx, connection.ID)
	})
}

// subject returns what a summary of a connection would be about, and the run.
func (a *App) subject(ctx context.Context, connection host.Connection) (summary.Subject, *host.Run, error) {
	status, err := a.statuses.Of(ctx, connection)
	if err != nil {
		return summary.Subject{}, nil, err
	}
	runs, _, err := a.Runs(connection.ID, connections.HistoryKept, "")
	if err != nil {
		return summary.Subject{}, nil, err
	}
	subject := summary.Subject{Connection: connection.ID, Alias: connection.Alias}
	var latest *host.Run
	for i := range runs {
		r := &runs[i]
		if !r.Status.Final() || r.StartedAt == nil || r.FinishedAt == nil {
			continue
		}
		if latest == nil && r.Status != host.StatusCancelled {
			latest = r
		}
		if recorded(r) && r.FinishedAt.After(subject.Recorded) {
			subject.Recorded = *r.FinishedAt
		}
	}
	if latest != nil && status.Health == host.HealthUnhealthy {
		subject.Shown, subject.Run = true, latest.ID
	}
	return subject, latest, nil
}

// recorded reports whether a run that has ended recorded sync data. One that a person cancelled
// did if it had read something.
func recorded(r *host.Run) bool {
	if r.Status != host.StatusCancelled {
		return true
	}
	for _, step := range r.Steps {
		if step.Read > 0 {
			return true
		}
	}
	return false
}

// material gathers what a model may be told of the latest run of a connection, and what of it
// must not leave the machine.
func (a *App) material(ctx context.Context, ref string) (prompt.Material, summary.Subject, error) {
	var m prompt.Material
	connection, err := a.parts.Store.Connection(ref)
	if err != nil {
		return m, summary.Subject{}, err
	}
	subject, run, err := a.subject(ctx, connection)
	if err != nil {
		return m, subject, err
	}
	if !subject.Shown {
		return m, subject, host.Refused(aisummary.CodeNothing, "Only an unhealthy connection has a summary.",
			"every step of %s completed, or none has run yet", connection.Alias)
	}
	explained, err := a.explained(ctx, connection, run, true)
	if err != nil {
		return m, subject, err
	}
	m = prompt.Material{Connection: connection, Run: *run, Explanation: explained.Explanation, Lines: explained.Facts.Lines}
	shared, err := a.statuses.Shared()
	if err != nil {
		return m, subject, err
	}
	if c := shared.Connector(ctx, connection.Connector); c != nil {
		m.Connector = *c
	}
	subject.BuiltIn = causeID(explained.Explanation)
	m.Private, err = a.private(ctx, m, explained)
	return m, subject, err
}

// private returns the names in a run that must not leave the machine.
func (a *App) private(ctx context.Context, m prompt.Material, explained Explained) (p prompt.Private, err error) {
	all, err := a.parts.Store.Connections()
	if err != nil {
		return p, err
	}
	for _, c := range all {
		p.Aliases = append(p.Aliases, c.Alias)
	}
	p.Settings = prompt.SettingValues(m.Connection.Settings)
	for _, c := range m.Run.Network {
		p.Hosts = append(p.Hosts, c.Host, c.Address)
	}
	texts, err := prompt.Texts(m)
	if err != nil {
		return p, err
	}
	// The index of people follows the journal: what it has not read yet it cannot name.
	waiting, stop := context.WithTimeout(ctx, peopleWait)
	defer stop()
	if p.People, err = a.parts.People.Mentioned(waiting, texts); err != nil {
		return p, err
	}
	p.People = append(p.People, m.Run.Identity)
	for _, actor := range actors(m, explained) {
		p.People = append(p.People, actor.Name, actor.ID)
	}
	return p, nil
}

// peopleWait is how long the index of people may take.
const peopleWait = 10 * time.Second

// actors returns who is named in a run and in what was changed before it.
func actors(m prompt.Material, explained Explained) (all []host.Actor) {
	if m.Run.Actor != nil {
		all = append(all, *m.Run.Actor)
	}
	for _, change := range explained.Facts.Changes {
		if change.Actor != nil {
			all = append(all, *change.Actor)
		}
	}
	return all
}
