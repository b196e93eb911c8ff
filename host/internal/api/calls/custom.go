package calls

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// CustomTests returns the tests that the company wrote.
func (c *Client) CustomTests(ctx context.Context) ([]verdict.Custom, error) {
	return items[verdict.Custom](ctx, c, route.CustomTests, operation.None{})
}

// CustomTest returns one test that the company wrote.
func (c *Client) CustomTest(ctx context.Context, id string) (verdict.Custom, error) {
	return call[verdict.Custom](ctx, c, http.MethodGet, route.CustomTest, operation.IDParam{ID: id})
}

// NewCustomTest stores the draft of a new test.
func (c *Client) NewCustomTest(ctx context.Context, w verdict.Writing) (verdict.Custom, error) {
	return call[verdict.Custom](ctx, c, http.MethodPost, route.CustomTests, operation.Body[verdict.Writing]{Body: w})
}

// PutCustomTest replaces the draft of a test; ifMatch is the revision that it is based on, empty for any.
func (c *Client) PutCustomTest(ctx context.Context, id, ifMatch string, w verdict.Writing) (verdict.Custom, error) {
	return call[verdict.Custom](ctx, c, http.MethodPut, route.CustomTest,
		proof.CustomInput{IDParam: operation.IDParam{ID: id}, MatchParam: proof.MatchParam{IfMatch: ifMatch}, Body: w})
}

// DiscardCustomTest discards a draft.
func (c *Client) DiscardCustomTest(ctx context.Context, id string) error {
	return remove(ctx, c, route.CustomTest, operation.IDParam{ID: id})
}

// CheckCustomTest says what is wrong with a test.
func (c *Client) CheckCustomTest(ctx context.Context, w verdict.Writing) (verdict.Checked, error) {
	return call[verdict.Checked](ctx, c, http.MethodPost, route.CustomTestCheck, operation.Body[verdict.Writing]{Body: w})
}

// PreviewTest judges a test over what is stored, and stores nothing.
func (c *Client) PreviewTest(ctx context.Context, p proof.PreviewRequest) (verdict.Judged, error) {
	return call[verdict.Judged](ctx, c, http.MethodPost, route.CustomTestPreview, operation.Body[proof.PreviewRequest]{Body: p})
}

// PublishCustomTest makes the draft the next version; ifMatch is the revision that it is based on, empty for any.
func (c *Client) PublishCustomTest(ctx context.Context, id, ifMatch, note string) (verdict.Custom, error) {
	in := proof.PublishInput{IDParam: operation.IDParam{ID: id}, MatchParam: proof.MatchParam{IfMatch: ifMatch}}
	in.Body.Note = note
	return call[verdict.Custom](ctx, c, http.MethodPost, route.CustomTestPublish, in)
}

// RetireCustomTest ends the use of a test; ifMatch is the revision that it is based on, empty for any.
func (c *Client) RetireCustomTest(ctx context.Context, id, ifMatch, reason string) (verdict.Custom, error) {
	return call[verdict.Custom](ctx, c, http.MethodPost, route.CustomTestRetire, proof.WithdrawInput{
		IDParam: operation.IDParam{ID: id}, MatchParam: proof.MatchParam{IfMatch: ifMatch}, Body: proof.Reasoned{Reason: reason},
	})
}

// CustomVersions returns the published versions of a test, the latest first.
func (c *Client) CustomVersions(ctx context.Context, id string) ([]verdict.CustomVersion, error) {
	return items[verdict.CustomVersion](ctx, c, route.CustomTestVersions, operation.IDParam{ID: id})
}
