package calls

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// ConnectionCoverage returns how far the lists of a connection were read on each day of a period.
func (c *Client) ConnectionCoverage(ctx context.Context, ref string, p proof.PeriodParams) (verdict.PeriodCoverage, error) {
	in := proof.ConnectionPeriod{RefParam: operation.RefParam{Ref: ref}, PeriodParams: p}
	return call[verdict.PeriodCoverage](ctx, c, http.MethodGet, route.ConnectionCoverage, in)
}

// TestCoverage returns how far the lists that a test reads were read on each day of a period.
func (c *Client) TestCoverage(ctx context.Context, id string, p proof.PeriodParams) (verdict.PeriodCoverage, error) {
	in := proof.TestPeriod{IDParam: operation.IDParam{ID: id}, PeriodParams: p}
	return call[verdict.PeriodCoverage](ctx, c, http.MethodGet, route.TestCoverage, in)
}
