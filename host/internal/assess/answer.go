package assess

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/assess/listing"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/results"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Tests returns every test with what it finds, without its findings.
func (a *Assessor) Tests(ctx context.Context) ([]verdict.Judged, error) {
	if err := a.fresh(ctx); err != nil {
		return nil, err
	}
	return undisturbed(ctx, a, func() ([]verdict.Judged, error) { return a.answer(ctx, "") })
}

// FindTests returns the tests that a query matches with what they find now, without their findings.
func (a *Assessor) FindTests(ctx context.Context, q listing.Query) (listing.TestList, error) {
	all, err := a.Tests(ctx)
	if err != nil {
		return listing.TestList{}, err
	}
	return q.Find(all)
}

// Test returns one test with what it finds, and its first findings.
func (a *Assessor) Test(ctx context.Context, id string) (verdict.Judged, error) {
	if err := a.fresh(ctx); err != nil {
		return verdict.Judged{}, err
	}
	found, err := undisturbed(ctx, a, func() ([]verdict.Judged, error) { return a.answer(ctx, id) })
	if err != nil {
		return verdict.Judged{}, err
	}
	if len(found) == 0 {
		return verdict.Judged{}, host.NotFound("test", id, "`plumbline test list` names every test.")
	}
	one := found[0]
	page, err := a.findings(ctx, id, listing.FindingQuery{Limit: listing.MostFindings})
	if err != nil {
		return verdict.Judged{}, err
	}
	one.Left = max(0, one.Left-len(page.Items))
	one.Findings = page.Items
	return one, nil
}

// answer concludes from the stored results: of one test, or of all when id is empty. What gets old is judged at this moment.
func (a *Assessor) answer(ctx context.Context, id string) ([]verdict.Judged, error) {
	rules, err := a.current(ctx)
	if err != nil {
		return nil, err
	}
	now := a.parts.Now()
	lists, err := a.listed(ctx, now)
	if err != nil {
		return nil, err
	}
	recorded, err := a.lastRecorded()
	if err != nil {
		return nil, err
	}
	judging, err := a.judging(ctx)
	if err != nil {
		return nil, err
	}
	c := concluding{state: a.stored().State(), lists: lists, now: now}
	all := make([]verdict.Judged, 0, len(rules.all))
	for _, j := range rules.all {
		if id != "" && id != j.id() {
			continue
		}
		one, _, err := c.conclude(ctx, j)
		if err != nil {
			return nil, err
		}
		if r, found := recorded[j.id()]; found && r.State == one.Result.State {
			one.Result.Since = &r.Since
			if one.Result.FirstFailedAt == nil && r.State.Fails() && r.FirstFailedAt != nil { // a count has no rows
				one.Result.FirstFailedAt, one.Result.Overdue = r.FirstFailedAt, j.overdue(*r.FirstFailedAt, now)
			}
		}
		if !j.Setting.Disabled {
			one.Result.Judging = judging
		}
		all = append(all, one)
	}
	return all, nil
}

// judging says what waits to be judged; nil = nothing.
func (a *Assessor) judging(ctx context.Context) (*verdict.Judging, error) {
	behind, err := a.behind(ctx)
	if err != nil || !behind {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	progress := a.progress
	return &progress, nil
}

// concluding makes results of what is stored.
type concluding struct {
	state   results.State
	lists   []list
	now     time.Time
	columns map[string]map[string]int // by sheet and test; made as they are needed
}

// conclude returns what a test finds, and for a test that counts its items.
func (c *concluding) conclude(ctx context.Context, j *judgement) (verdict.Judged, []verdict.Item, error) {
	if j.Setting.Disabled {
		result := j.Disabled(c.now)
		result.Position = c.state.Position
		return judgedBy(&j.Rule, result, []verdict.Item{}), nil, nil
	}
	r := j.begin(c.now)
	missing, failed := map[string]bool{}, int64(0)
	for _, l := range c.lists {
		if !j.wants(l) {
			continue
		}
		r.Expect(l.connection)
		name := results.SheetName(l.Connection, l.Stream)
		column, found := c.column(j, name)
		if !found {
			missing[name] = l.AsOf != nil
			continue
		}
		for mark, n := range column.Counts {
			r.Add(l.connection, monitor.Mark(mark), n)
		}
		if column.Counts[byte(monitor.MarkError)] > 0 {
			r.Fail(column.Error)
		}
		if column.Failed != 0 && (failed == 0 || column.Failed < failed) {
			failed = column.Failed
		}
	}
	sources := (&round{lists: c.lists}).sources(j.Program)
	for i := range sources {
		if s := &sources[i]; missing[results.SheetName(s.Connection, s.Stream)] {
			s.Complete, s.Gaps = false, append(slices.Clone(s.Gaps), "Its records are not judged yet.")
		}
	}
	result, items, err := r.End(ctx, sources)
	if err != nil {
		return verdict.Judged{}, nil, err
	}
	if !c.state.At.IsZero() {
		result.At = c.state.At
	}
	result.Position = c.state.Position
	if result.State.Fails() && failed != 0 {
		at := time.Unix(failed, 0).UTC()
		result.FirstFailedAt, result.Overdue = &at, j.overdue(at, c.now)
	}
	return judgedBy(&j.Rule, result, []verdict.Item{}), items, nil
}

// overdue reports whether what fails since a moment has failed for too long.
func (j *judgement) overdue(since, now time.Time) bool {
	return now.After(since.AddDate(0, 0, j.Program.Test.Days))
}

// column returns what is stored of a test in a sheet; false for one that is not judged as the test is now.
func (c *concluding) column(j *judgement, sheet string) (results.Column, bool) {
	columns, known := c.columns[sheet]
	stored := c.state.Sheets[sheet].Tests
	if !known {
		columns = make(map[string]int, len(stored))
		for i, one := range stored {
			columns[one.Test] = i
		}
		if c.columns == nil {
			c.columns = map[string]map[string]int{}
		}
		c.columns[sheet] = columns
	}
	at, found := columns[j.id()]
	if !found || stored[at].Signature != j.signature {
		return results.Column{}, false
	}
	return stored[at], true
}

// RunTests judges tests once more for every record, as a task: those with these ids, or all.
func (a *Assessor) RunTests(ctx context.Context, ids []string) (host.Task, error) {
	if _, err := host.Acting(ctx); err != nil {
		return host.Task{}, err
	}
	for _, id := range ids {
		j, err := a.named(ctx, id)
		if err != nil {
			return host.Task{}, err
		}
		if j.Setting.Disabled {
			return host.Task{}, host.Refused(host.CodeConflict, "Enable it first.", "the test %s is disabled: %s", id, j.Setting.Reason)
		}
	}
	again := func(id string) bool { return len(ids) == 0 || slices.Contains(ids, id) }
	return a.parts.Tasks.Start(ctx, "tests", func(ctx context.Context, report func(Progress)) (func(*host.Task), error) {
		d := demand{again: again, report: func(done, total int) {
			report(Progress{Phase: "judge", Done: int64(done), Total: int64(total)})
		}}
		if _, err := a.bringUp(ctx, d); err != nil {
			return nil, fmt.Errorf("judge tests: %w", err)
		}
		return func(*host.Task) {}, nil
	})
}
