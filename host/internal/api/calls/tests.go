package calls

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// FindTests returns tests with what they find now, without their findings.
func (c *Client) FindTests(ctx context.Context, query proof.TestsInput) (assess.TestList, error) {
	return call[assess.TestList](ctx, c, http.MethodGet, route.Tests, query)
}

// Tests returns every test with what it finds now, without its findings; only those in the given states if there are any.
func (c *Client) Tests(ctx context.Context, states ...verdict.State) ([]assess.Judged, error) {
	found, err := c.FindTests(ctx, proof.TestsInput{State: states})
	return found.Items, err
}

// Test returns one test with what it finds now, and its findings.
func (c *Client) Test(ctx context.Context, id string) (assess.Judged, error) {
	return call[assess.Judged](ctx, c, http.MethodGet, route.Test, operation.IDParam{ID: id})
}
