package proof

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// addTests registers the operations on tests.
func (s *server) addTests(api huma.API) {
	operation.Add(api, http.MethodGet, route.Tests, "list-tests", "Every test with what it finds now, without its findings", 200, s.tests)
	operation.Add(api, http.MethodGet, route.Test, "get-test", "One test with what it finds now, and its findings", 200, s.test)
	operation.Add(api, http.MethodGet, route.TestFindings, "list-test-findings",
		"The items of a test that do not pass, by page: fails first, then unknown, then excluded", 200, s.findings)
	operation.Add(api, http.MethodGet, route.TestHistory, "get-test-history",
		"What a test found over time: each change of its state or counts, and the last 30 days", 200, s.history)
	operation.Add(api, http.MethodPost, route.TestRuns, "run-tests",
		"Judge tests once more for every record, as a task", 202, operation.ByBody(s.run))
}

// TestsInput says which tests are wanted.
type TestsInput struct {
	State []verdict.State `query:"state" doc:"Only tests in one of these states" enum:"unused,error,failing,stale,unproven,empty,passing"`
}

func (s *server) tests(ctx context.Context, in *TestsInput) (*operation.Output[operation.Items[assess.Judged]], error) {
	all, err := s.app.Tests(ctx)
	if len(in.State) > 0 {
		all = slices.DeleteFunc(all, func(j assess.Judged) bool { return !slices.Contains(in.State, j.Result.State) })
	}
	return operation.List(all, "", err)
}

func (s *server) test(ctx context.Context, in *operation.IDParam) (*operation.Output[assess.Judged], error) {
	return operation.One(s.app.Test(ctx, in.ID))
}

// FindingsParams say which findings of a test are wanted.
type FindingsParams struct {
	operation.IDParam
	operation.PageParams
	Outcome []verdict.Outcome `query:"outcome" doc:"Only items with one of these outcomes" enum:"fail,unknown,excluded"`
}

func (s *server) findings(ctx context.Context, in *FindingsParams) (*operation.Output[operation.Items[verdict.Item]], error) {
	page, err := s.app.TestFindings(ctx, in.ID, assess.FindingQuery{Outcomes: in.Outcome, Limit: in.Limit, Cursor: in.Cursor})
	return operation.List(page.Items, page.Next, err)
}

// HistoryParams say how much of the history of a test is wanted.
type HistoryParams struct {
	operation.IDParam
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

func (s *server) history(ctx context.Context, in *HistoryParams) (*operation.Output[assess.TestHistory], error) {
	return operation.One(s.app.TestHistory(ctx, in.ID, in.Limit))
}

// TestRun says which tests are judged.
type TestRun struct {
	Tests []string `json:"tests,omitempty" doc:"Ids; absent = all"`
}

func (s *server) run(ctx context.Context, in TestRun) (host.Task, error) {
	return s.app.RunTests(ctx, in.Tests)
}
