package calls

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
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

// TestHeld returns whether a test held over a period, with a page of its items.
func (c *Client) TestHeld(
	ctx context.Context, id string, p proof.PeriodParams, of proof.HeldParams, page operation.PageParams,
) (verdict.Held, error) {
	in := proof.HeldInput{IDParam: operation.IDParam{ID: id}, PeriodParams: p, HeldParams: of, PageParams: page}
	return call[verdict.Held](ctx, c, http.MethodGet, route.TestHeld, in)
}

// StartHeld begins to work out whether a test held over a period.
func (c *Client) StartHeld(ctx context.Context, id string, p proof.PeriodParams) (host.Task, error) {
	in := proof.TestPeriod{IDParam: operation.IDParam{ID: id}, PeriodParams: p}
	return call[host.Task](ctx, c, http.MethodPost, route.TestHeld, in)
}
