package proof

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// addTests registers the operations on tests.
func (s *server) addTests(api huma.API) {
	operation.Add(api, http.MethodGet, route.Tests, "list-tests",
		"Tests with what they find now, without their findings, and how many tests are in each state", 200, s.tests)
	operation.Add(api, http.MethodGet, route.Test, "get-test", "One test with what it finds now, and its findings", 200, s.test)
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

func (s *server) tests(ctx context.Context, in *TestsInput) (*operation.Output[assess.TestList], error) {
	return operation.One(s.app.FindTests(ctx, assess.Query{
		Text: in.Query, States: in.State, Severities: in.Severity, Kinds: in.Kind, Categories: in.Category, Controls: in.Control,
		Lifecycles: in.Lifecycle, Sort: in.Sort, Limit: in.Limit, Offset: in.Offset,
	}))
}

func (s *server) test(ctx context.Context, in *operation.IDParam) (*operation.Output[assess.Judged], error) {
	test, err := s.app.Test(ctx, in.ID)
	test.AsOf = test.Oldest()
	return operation.One(test, err)
}
