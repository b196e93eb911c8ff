package proof

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// addCustomTests registers the operations on the tests that the company writes.
func (s *server) addCustomTests(api huma.API) {
	operation.Add(api, http.MethodGet, route.CustomTests, "list-custom-tests", "The tests that the company wrote, with their drafts", 200,
		s.customTests)
	operation.Add(api, http.MethodPost, route.CustomTests, "create-custom-test",
		"Store the draft of a new test. One with a mistake is refused, with line and column", 201, operation.ByBody(s.app.NewCustomTest))
	operation.Add(api, http.MethodPost, route.CustomTestCheck, "check-custom-test", "Say what is wrong with a test, and store nothing", 200,
		s.checkCustomTest)
	operation.Add(api, http.MethodPost, route.CustomTestPreview, "preview-custom-test",
		"Judge a test over what is stored, now or as of a past day, and store nothing", 200, s.previewCustomTest)
	operation.Add(api, http.MethodGet, route.CustomTest, "get-custom-test", "One test that the company wrote", 200, s.customTest)
	operation.Add(api, http.MethodPut, route.CustomTest, "put-custom-test", "Replace the draft of a test", 200, s.putCustomTest)
	operation.Add(api, http.MethodDelete, route.CustomTest, "discard-custom-test",
		"Discard a draft; of a published test the latest version stays", 204, operation.Removes(s.app.DiscardCustomTest))
	operation.Add(api, http.MethodPost, route.CustomTestPublish, "publish-custom-test",
		"Make the draft the next version, which is judged from now on", 200, s.publishCustomTest)
	operation.Add(api, http.MethodPost, route.CustomTestRetire, "retire-custom-test", "End the use of a test; its versions are kept", 200,
		s.retireCustomTest)
	operation.Add(api, http.MethodGet, route.CustomTestVersions, "list-custom-test-versions",
		"The published versions of a test, the latest first, each with what it changed", 200, s.customVersions)
}

func (s *server) customTests(context.Context, *operation.None) (*operation.Output[operation.Items[verdict.Custom]], error) {
	all, err := s.app.CustomTests()
	return operation.List(all, "", err)
}

func (s *server) customTest(_ context.Context, in *operation.IDParam) (*operation.Output[verdict.Custom], error) {
	return operation.One(s.app.CustomTest(in.ID))
}

func (s *server) customVersions(
	_ context.Context, in *operation.IDParam,
) (*operation.Output[operation.Items[verdict.CustomVersion]], error) {
	all, err := s.app.CustomVersions(in.ID)
	return operation.List(all, "", err)
}

func (s *server) checkCustomTest(_ context.Context, in *operation.Body[verdict.Writing]) (*operation.Output[verdict.Checked], error) {
	return operation.One(s.app.CheckCustomTest(in.Body))
}

// PreviewRequest says which test is judged, and for which moment.
type PreviewRequest struct {
	verdict.Writing
	ID   string `json:"id,omitempty" doc:"In place of source and test: an own test, whose draft is judged"`
	AsOf string `json:"as_of,omitempty" doc:"A past day or time; absent = now"`
}

func (s *server) previewCustomTest(ctx context.Context, in *operation.Body[PreviewRequest]) (*operation.Output[verdict.Judged], error) {
	var at time.Time
	if in.Body.AsOf != "" {
		var err error
		if at, err = s.app.Moment(in.Body.AsOf); err != nil {
			return nil, operation.Error(err)
		}
	}
	return operation.One(s.app.PreviewTest(ctx, in.Body.ID, in.Body.Writing, at))
}

// CustomInput is what put-custom-test takes.
type CustomInput struct {
	operation.IDParam
	MatchParam
	Body verdict.Writing
}

func (s *server) putCustomTest(ctx context.Context, in *CustomInput) (*operation.Output[verdict.Custom], error) {
	revision, err := in.revision()
	if err != nil {
		return nil, operation.Error(err)
	}
	return operation.One(s.app.PutCustomTest(ctx, in.ID, revision, in.Body))
}

// PublishInput is what publish-custom-test takes.
type PublishInput struct {
	operation.IDParam
	MatchParam
	Body struct {
		Note string `json:"note,omitempty" maxLength:"2000" doc:"What changed"`
	}
}

func (s *server) publishCustomTest(ctx context.Context, in *PublishInput) (*operation.Output[verdict.Custom], error) {
	revision, err := in.revision()
	if err != nil {
		return nil, operation.Error(err)
	}
	return operation.One(s.app.PublishCustomTest(ctx, in.ID, revision, in.Body.Note))
}

func (s *server) retireCustomTest(ctx context.Context, in *WithdrawInput) (*operation.Output[verdict.Custom], error) {
	revision, err := in.revision()
	if err != nil {
		return nil, operation.Error(err)
	}
	return operation.One(s.app.RetireCustomTest(ctx, in.ID, revision, in.Body.Reason))
}
