package calls

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// Runs returns runs, newest first; connection may be empty.
func (c *Client) Runs(ctx context.Context, connection string, p operation.PageParams) (operation.Items[host.Run], error) {
	filter := api.RunFilter{}
	if connection != "" {
		filter.Connections = []string{connection}
	}
	page, err := c.FindRuns(ctx, filter, p)
	return operation.Items[host.Run]{Items: page.Items, Next: page.Next, Demo: page.Demo}, err
}

// FindRuns returns the runs that pass a filter, newest first.
func (c *Client) FindRuns(ctx context.Context, filter api.RunFilter, p operation.PageParams) (api.RunList, error) {
	return call[api.RunList](ctx, c, http.MethodGet, route.Runs, api.RunsInput{PageParams: p, RunFilter: filter})
}

// Insights returns how reliably connections were read.
func (c *Client) Insights(ctx context.Context, p api.InsightsParams) (api.InsightsAnswer, error) {
	return call[api.InsightsAnswer](ctx, c, http.MethodGet, route.Insights, p)
}
