package proof

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/internal/assess/listing"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// addTests registers the operations on tests.
func (s *server) addTests(api huma.API) {
	operation.Add(api, http.MethodGet, route.Tests, "list-tests",
		"Tests with what they find now, without their findings, and how many tests are in each state", 200, s.tests)
	operation.Add(api, http.MethodGet, route.Test, "get-test", "One test with what it finds now, and its findings", 200, s.test)
	operation.Add(api, http.MethodGet, route.TestFindings, "list-test-findings",
		"The items of a test that do not pass, by page: fails first, then unknown, then excluded", 200, s.findings)
	operation.Add(api, http.MethodGet, route.TestHistory, "get-test-history",
		"What a test found over time: each change of its state or counts, and the last 30 days", 200, s.history)
	operation.Add(api, http.MethodPost, route.TestRuns, "run-tests",
		"Judge tests once more for every record, as a task", 202, operation.ByBody(s.run))
}

// TestsInput says which tests are wanted. Values of one parameter are alternatives, different parameters must all hold.
type TestsInput struct {
	State     []verdict.State     `query:"state,explode" doc:"Only tests in one of these states" enum:"unused,error,failing,stale,unproven,empty,passing"`
	Severity  []verdict.Severity  `query:"severity,explode" doc:"Only tests of one of these severities" enum:"critical,high,medium,low,info"`
	Kind      []string            `query:"kind,explode" doc:"Only tests that judge records of one of these kinds"`
	Category  []string            `query:"category,explode" doc:"Only tests that judge records of connections of one of these categories"`
	Control   []string            `query:"control,explode" doc:"Only tests that support one of these controls"`
	Lifecycle []verdict.Lifecycle `query:"lifecycle,explode" doc:"Only tests in one of these stages" enum:"draft,enabled,disabled,unused,retired"`
	Query     string              `query:"q" doc:"Only tests that have every word of it in the title, the id, the reason, the kind, a control or a source"`
	Sort      string              `query:"sort" doc:"state (the worst first; usual), severity, title, kind, in_scope, fail, unknown or as_of; after - in the opposite order"`
	Limit     int                 `query:"limit" minimum:"0" doc:"Most tests to list; 0 = all"`
	Offset    int                 `query:"offset" minimum:"0" doc:"How many of the matching tests are left out before the first"`
}

func (s *server) tests(ctx context.Context, in *TestsInput) (*operation.Output[listing.TestList], error) {
	return operation.One(s.app.FindTests(ctx, listing.Query{
		Text: in.Query, States: in.State, Severities: in.Severity, Kinds: in.Kind, Categories: in.Category, Controls: in.Control,
		Lifecycles: in.Lifecycle, Sort: in.Sort, Limit: in.Limit, Offset: in.Offset,
	}))
}

func (s *server) test(ctx context.Context, in *operation.IDParam) (*operation.Output[verdict.Judged], error) {
	test, err := s.app.Test(ctx, in.ID)
	test.AsOf = test.Oldest()
	return operation.One(test, err)
}

// FindingsParams say which findings of a test are wanted.
type FindingsParams struct {
	operation.IDParam
	operation.PageParams
	Outcome []verdict.Outcome `query:"outcome" doc:"Only items with one of these outcomes" enum:"fail,unknown,excluded"`
}

func (s *server) findings(ctx context.Context, in *FindingsParams) (*operation.Output[operation.Items[verdict.Item]], error) {
	page, err := s.app.TestFindings(ctx, in.ID, listing.FindingQuery{Outcomes: in.Outcome, Limit: in.Limit, Cursor: in.Cursor})
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
