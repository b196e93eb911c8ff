package assess

import (
	"context"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// PreviewTest judges a test that somebody writes over what is stored, and stores nothing. The zero time is now; for a past moment it judges
// the records, the persons and the exclusions of then. Of what is given, id names an own test whose draft is judged; else w is.
func (a *Assessor) PreviewTest(ctx context.Context, id string, w verdict.Writing, at time.Time) (Judged, error) {
	if id != "" {
		c, err := a.parts.Rules.CustomTest(id)
		if err != nil {
			return Judged{}, err
		}
		w = verdict.Writing{Test: &c.Test}
	}
	program, err := a.parts.Rules.ReadCustomTest(w)
	if err != nil {
		return Judged{}, err
	}
	rules, err := a.parts.Rules.Rules(ctx, at)
	if err != nil {
		return Judged{}, err
	}
	rule := rulebook.Rule{Program: program, Origin: verdict.OriginCustom}
	for _, one := range rules {
		if one.Program.Test.ID == program.Test.ID { // what is decided about its published version
			rule.Exclusions = one.Exclusions
		}
	}
	past := !at.IsZero()
	if !past {
		at = a.parts.Now()
	}
	judged, err := a.evaluateThen(ctx, rule, at, past)
	if err != nil {
		return Judged{}, err
	}
	judged.Lifecycle = verdict.LifecycleDraft
	return judged, nil
}

// evaluateThen judges one test. For a past moment it relies on each list as far as it could be relied on then.
func (a *Assessor) evaluateThen(ctx context.Context, rule rulebook.Rule, at time.Time, past bool) (Judged, error) {
	r := &round{assessor: a, at: at, rules: map[string]rulebook.Rule{}}
	judged := map[string]Judged{}
	programs := r.take([]rulebook.Rule{rule}, judged)
	var err error
	if r.lists, err = a.lists(ctx, at); err != nil {
		return Judged{}, err
	}
	if past {
		if err := r.then(); err != nil {
			return Judged{}, err
		}
	}
	if r.kin, err = r.relations(ctx, programs); err != nil {
		return Judged{}, err
	}
	for k, group := range byKind(programs) {
		if err := r.kind(ctx, k, group, judged); err != nil {
			return Judged{}, err
		}
	}
	return judged[rule.Program.Test.ID], nil
}

// mostRuns is how many runs before a moment are looked through for a complete read. One that is further back is too old to rely on.
const mostRuns = 200

// then makes what is said of each list that of the moment: by the runs of its connection that had ended by then.
func (r *round) then() error {
	runs := map[string][]host.Run{}
	for i := range r.lists {
		l := &r.lists[i]
		if _, read := runs[l.Connection]; !read {
			found, _, err := r.assessor.parts.Store.Runs(journal.RunQuery{Connection: l.Connection, Until: r.at, Limit: mostRuns})
			if err != nil {
				return fmt.Errorf("read the runs of %s: %w", l.Alias, err)
			}
			runs[l.Connection] = found
		}
		c, err := r.assessor.parts.Store.Connection(l.Connection)
		if err != nil {
			return err
		}
		l.Reading = readingThen(l.Reading, runs[l.Connection], r.at)
		if l.AsOf != nil {
			l.Stale = r.at.Sub(*l.AsOf) > max(freshFor, 2*r.assessor.parts.Statuses.Period(c.Schedule, r.at))
		}
	}
	return nil
}

// readingThen says how far a stream could be relied on at a moment. Runs are the newest first.
func readingThen(now verdict.Reading, runs []host.Run, at time.Time) verdict.Reading {
	then := verdict.Reading{Connection: now.Connection, Alias: now.Alias, Stream: now.Stream, Kind: now.Kind}
	latest := true
	for _, run := range runs {
		if run.FinishedAt == nil || run.FinishedAt.After(at) {
			continue
		}
		if then.Run == "" {
			then.Run = run.ID
		}
		for _, step := range run.Steps {
			if step.Stream != now.Stream {
				continue
			}
			whole := step.Status == host.StatusSucceeded && len(step.Gaps) == 0 && step.Held == 0
			if whole {
				then.AsOf = run.FinishedAt
				then.Complete = latest
				return then
			}
			if latest {
				then.Gaps = []string{"The latest run by then did not read it whole."}
			}
			latest = false
		}
	}
	if len(then.Gaps) == 0 {
		then.Gaps = []string{"It was not read whole by then."}
	}
	return then
}
