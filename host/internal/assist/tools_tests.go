package assist

import (
	"context"

	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// ListTests are the arguments of list_tests.
type ListTests struct {
	State string `json:"state,omitempty" jsonschema:"only tests in this state: passing, failing, stale, unproven, empty, unused or error"`
}

func listTests(ctx context.Context, q *asking, in ListTests) error {
	tests, err := q.app.Tests(ctx)
	if err != nil {
		return err
	}
	for _, t := range tests {
		if in.State != "" && string(t.Result.State) != in.State {
			continue
		}
		q.readings(t.Result)
		q.add(map[string]any{
			"test": t.ID, "title": t.Title, "state": t.Result.State, "reason": t.Result.Reason, "severity": t.Severity, "kind": t.Kind,
			"in_scope": t.Result.Tally.InScope, "fail": t.Result.Tally.Fail, "unknown": t.Result.Tally.Unknown,
		})
	}
	return nil
}

// TestResult are the arguments of test_result.
type TestResult struct {
	Test  string `json:"test" jsonschema:"id of the test, as list_tests has it"`
	Limit int    `json:"limit,omitempty" jsonschema:"findings in the answer, 1 to 200; 50 without it"`
}

func testResult(ctx context.Context, q *asking, in TestResult) error {
	if err := required("test", in.Test); err != nil {
		return err
	}
	limit, err := limited(in.Limit)
	if err != nil {
		return err
	}
	t, err := q.app.Test(ctx, in.Test)
	if err != nil {
		return err
	}
	if err := q.mayRead(t.Kind); err != nil {
		return err
	}
	q.readings(t.Result)
	q.answer.Data.Summary = map[string]any{
		"test": t.ID, "title": t.Title, "why": t.Why, "remedy": t.Remedy, "state": t.Result.State, "reason": t.Result.Reason,
		"severity": t.Severity, "kind": t.Kind, "scope": t.Scope, "expect": t.Expect, "tally": t.Result.Tally,
	}
	for i, f := range t.Findings {
		if i == limit {
			q.answer.Truncated = true
			break
		}
		item := map[string]any{
			"outcome": f.Outcome, "connection": f.Alias, "stream": f.Stream, "key": q.keyOf(t.Kind, f.Key), "name": f.Name, "message": f.Message,
		}
		if q.withholds(t.Kind, "name") {
			item["name"] = display.Mask(f.Name)
		}
		q.add(item)
	}
	if t.Left > 0 {
		q.answer.Truncated = true
	}
	return nil
}

// readings says how far the lists that a test read can be relied on.
func (q *asking) readings(result verdict.Result) {
	for _, r := range result.Sources {
		q.run(r.Run)
		for _, gap := range r.Gaps {
			q.gap(r.Alias+"/"+r.Stream, gap)
		}
		if r.Stale {
			q.gap(r.Alias+"/"+r.Stream, "was last read whole too long ago")
		}
	}
}
