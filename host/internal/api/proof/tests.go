package proof

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// addTests registers the operations on tests.
func (s *server) addTests(api huma.API) {
	operation.Add(api, http.MethodGet, route.Tests, "list-tests", "Every test with what it finds now, without its findings", 200, s.tests)
	operation.Add(api, http.MethodGet, route.Test, "get-test", "One test with what it finds now, and its findings", 200, s.test)
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
	for i := range all {
		all[i].Left += len(all[i].Findings)
		all[i].Findings = []verdict.Item{}
	}
	return operation.List(all, "", err)
}

func (s *server) test(ctx context.Context, in *operation.IDParam) (*operation.Output[assess.Judged], error) {
	return operation.One(s.app.Test(ctx, in.ID))
}
