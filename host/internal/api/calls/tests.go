package calls

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/internal/assess/listing"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// FindTests returns tests with what they find now, without their findings.
func (c *Client) FindTests(ctx context.Context, query proof.TestsInput) (listing.TestList, error) {
	return call[listing.TestList](ctx, c, http.MethodGet, route.Tests, query)
}

// Tests returns every test with what it finds now, without its findings; only those in the given states if there are any.
func (c *Client) Tests(ctx context.Context, states ...verdict.State) ([]verdict.Judged, error) {
	found, err := c.FindTests(ctx, proof.TestsInput{State: states})
	return found.Items, err
}

// Test returns one test with what it finds now, and its findings.
func (c *Client) Test(ctx context.Context, id string) (verdict.Judged, error) {
	return call[verdict.Judged](ctx, c, http.MethodGet, route.Test, operation.IDParam{ID: id})
}

// TestFindings returns a page of the findings of a test.
func (c *Client) TestFindings(ctx context.Context, in proof.FindingsParams) (operation.Items[verdict.Item], error) {
	return call[operation.Items[verdict.Item]](ctx, c, http.MethodGet, route.TestFindings, in)
}

// TestHistory returns what a test found over time, the newest entries.
func (c *Client) TestHistory(ctx context.Context, id string, limit int) (assess.TestHistory, error) {
	in := proof.HistoryParams{IDParam: operation.IDParam{ID: id}, Limit: limit}
	return call[assess.TestHistory](ctx, c, http.MethodGet, route.TestHistory, in)
}

// RunTests starts a task that judges tests once more: those with these ids, or all.
func (c *Client) RunTests(ctx context.Context, ids ...string) (host.Task, error) {
	return call[host.Task](ctx, c, http.MethodPost, route.TestRuns, operation.Body[proof.TestRun]{Body: proof.TestRun{Tests: ids}})
}
