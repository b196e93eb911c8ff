package assess

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/assess/past"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Progress says how far a task is.
type Progress = journal.Progress

// lastRecorded returns the latest entry of every test, by id.
func (a *Assessor) lastRecorded() (map[string]verdict.Recorded, error) {
	documents, err := a.parts.Store.Verdicts()
	if err != nil {
		return nil, err
	}
	latest := map[string]verdict.Recorded{}
	for _, d := range documents {
		latest[d.Key] = d.Value
	}
	return latest, nil
}

// record adds what changed to the history, once the results are exactly of their position, or were not for long.
func (a *Assessor) record(ctx context.Context, exact bool) error {
	now := a.parts.Now()
	if a.recorded.IsZero() {
		a.recorded = now
	}
	if !exact && now.Sub(a.recorded) < heldFor {
		return nil
	}
	a.recorded = now
	return a.recordNow(ctx, exact)
}

// recordNow adds to the history the tests whose state or counts are others than it says. The caller has the token.
func (a *Assessor) recordNow(ctx context.Context, exact bool) error {
	now := a.parts.Now()
	lists, err := a.listed(ctx, now)
	if err != nil {
		return err
	}
	latest, err := a.lastRecorded()
	if err != nil {
		return err
	}
	c := concluding{state: a.stored().State(), lists: lists, now: now}
	var changed []verdict.Recorded
	for _, j := range a.by.all {
		one, _, err := c.conclude(ctx, j)
		if err != nil {
			return err
		}
		before, known := latest[j.id()]
		if r, differs := past.Entry(one.Result, before, known, now); differs {
			r.Exact = exact
			changed = append(changed, r)
		}
	}
	for id, before := range latest {
		if _, err := a.by.of(id); err == nil || before.State == verdict.StateUnused {
			continue
		}
		result := verdict.Result{
			Test: id, Version: before.Version, State: verdict.StateUnused, Reason: "It is no longer in use.", At: now, Position: c.state.Position,
		}
		r, _ := past.Entry(result, before, true, now)
		r.Exact = exact
		changed = append(changed, r)
	}
	if len(changed) == 0 {
		return nil
	}
	return a.parts.Store.PutVerdicts(ctx, changed)
}

// TestHistory is what a test found over time.
type TestHistory = past.TestHistory

// TestHistory returns what a test found over time.
func (a *Assessor) TestHistory(ctx context.Context, id string, limit int) (TestHistory, error) {
	if _, err := a.named(ctx, id); err != nil {
		if _, retired := a.parts.Rules.CustomTest(id); !host.IsNotFound(err) || retired != nil {
			return TestHistory{}, err
		}
	}
	return past.Read(a.parts.Store, id, limit, a.parts.Now())
}
