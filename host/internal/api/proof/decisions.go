package proof

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// addDecisions registers the operations on what people decide about tests.
func (s *server) addDecisions(api huma.API) {
	operation.Add(api, http.MethodGet, route.TestSetting, "get-test-setting", "What is chosen for a test", 200, s.setting)
	operation.Add(api, http.MethodPut, route.TestSetting, "put-test-setting",
		"Replace what is chosen for a test: on or off, own parameters, severity, days allowed, owner", 200, s.putSetting)
	operation.Add(api, http.MethodGet, route.TestExclusions, "list-test-exclusions",
		"The items that were taken out of a test, those that stand first", 200, s.testExclusions)
	operation.Add(api, http.MethodPost, route.TestExclusions, "exclude-item",
		"Take one item out of a test, with a reason; the test goes on for the others", 201, s.exclude)
	operation.Add(api, http.MethodGet, route.Exclusions, "list-exclusions",
		"The items that were taken out of tests, those that stand first", 200, s.exclusions)
	operation.Add(api, http.MethodPost, route.ExclusionWithdrawn, "withdraw-exclusion", "Have an item judged again", 200, s.withdraw)
}

// MatchParam is the revision that a change is based on.
type MatchParam struct {
	IfMatch string `header:"If-Match" doc:"Revision that the change is based on; without it the change is made to whatever is stored"`
}

// revision returns the revision of the header; nil without one.
func (m MatchParam) revision() (*uint64, error) {
	if m.IfMatch == "" {
		return nil, nil
	}
	revision, err := strconv.ParseUint(strings.Trim(m.IfMatch, `"`), 10, 64)
	if err != nil {
		return nil, host.Invalid("If-Match", m.IfMatch, "must be the revision that the change is based on")
	}
	return &revision, nil
}

func (s *server) setting(_ context.Context, in *operation.IDParam) (*operation.Output[verdict.Setting], error) {
	return operation.One(s.app.TestSetting(in.ID))
}

// SettingInput is what put-test-setting takes.
type SettingInput struct {
	operation.IDParam
	MatchParam
	Body verdict.Choice
}

func (s *server) putSetting(ctx context.Context, in *SettingInput) (*operation.Output[verdict.Setting], error) {
	revision, err := in.revision()
	if err != nil {
		return nil, operation.Error(err)
	}
	return operation.One(s.app.SetTest(ctx, in.ID, revision, in.Body))
}

// ExclusionStates say which exclusions are wanted.
type ExclusionStates struct {
	State []verdict.ExclusionState `query:"state" enum:"stands,ended,withdrawn" doc:"Only in one of these states"`
}

// ExclusionsInput is what list-exclusions takes.
type ExclusionsInput struct {
	ExclusionStates
	Test       string `query:"test" doc:"Only of this test"`
	Connection string `query:"connection" doc:"Only of items of this connection, by id or alias"`
}

func (s *server) exclusions(_ context.Context, in *ExclusionsInput) (*operation.Output[operation.Items[verdict.ItemExclusion]], error) {
	all, err := s.app.Exclusions(rulebook.ExclusionQuery{Test: in.Test, Connection: in.Connection, States: in.State})
	return operation.List(all, "", err)
}

// TestExclusionsInput is what list-test-exclusions takes.
type TestExclusionsInput struct {
	operation.IDParam
	ExclusionStates
}

func (s *server) testExclusions(
	_ context.Context, in *TestExclusionsInput,
) (*operation.Output[operation.Items[verdict.ItemExclusion]], error) {
	all, err := s.app.Exclusions(rulebook.ExclusionQuery{Test: in.ID, States: in.State})
	return operation.List(all, "", err)
}

// ExcludeInput is what exclude-item takes.
type ExcludeInput struct {
	operation.IDParam
	Body verdict.NewExclusion
}

func (s *server) exclude(ctx context.Context, in *ExcludeInput) (*operation.Output[verdict.ItemExclusion], error) {
	return operation.One(s.app.Exclude(ctx, in.ID, in.Body))
}

// WithdrawInput is what withdraw-exclusion takes.
type WithdrawInput struct {
	operation.IDParam
	MatchParam
	Body Reasoned
}

// Reasoned is the body of a decision that needs a reason and nothing else.
type Reasoned struct {
	Reason string `json:"reason" maxLength:"2000" doc:"Compulsory"`
}

func (s *server) withdraw(ctx context.Context, in *WithdrawInput) (*operation.Output[verdict.ItemExclusion], error) {
	revision, err := in.revision()
	if err != nil {
		return nil, operation.Error(err)
	}
	return operation.One(s.app.WithdrawExclusion(ctx, in.ID, revision, in.Body.Reason))
}
