package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// registerTests lists the operations on tests.
func (s *Server) registerTests() {
	operation(s, http.MethodGet, route.Tests, "list-tests", "Every test with what it finds now, without its findings", 200, s.tests)
	operation(s, http.MethodGet, route.Test, "get-test", "One test with what it finds now, and its findings", 200, s.test)
}

// TestsInput says which tests are wanted.
type TestsInput struct {
	State []verdict.State `query:"state" doc:"Only tests in one of these states" enum:"unused,error,failing,stale,unproven,empty,passing"`
}

func (s *Server) tests(ctx context.Context, in *TestsInput) (*output[Items[assess.Judged]], error) {
	all, err := s.app.Tests(ctx)
	if len(in.State) > 0 {
		all = slices.DeleteFunc(all, func(j assess.Judged) bool { return !slices.Contains(in.State, j.Result.State) })
	}
	for i := range all {
		all[i].Left += len(all[i].Findings)
		all[i].Findings = []verdict.Item{}
	}
	return list(all, "", err)
}

func (s *Server) test(ctx context.Context, in *IDParam) (*output[assess.Judged], error) {
	return one(s.app.Test(ctx, in.ID))
}
