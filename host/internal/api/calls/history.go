package calls

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"

	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// Record returns everything that is known of one record; asOf may be empty.
func (c *Client) Record(ctx context.Context, ref string, p api.RecordParams, asOf string) (history.RecordDetail, error) {
	return call[history.RecordDetail](ctx, c, http.MethodGet, route.Record,
		api.RecordInput{RefParam: operation.RefParam{Ref: ref}, RecordParams: p, AsOf: asOf})
}

// RecordVersions returns versions of one record.
func (c *Client) RecordVersions(ctx context.Context, ref string, p api.RecordParams, at operation.PageParams) (lookup.VersionPage, error) {
	return call[lookup.VersionPage](ctx, c, http.MethodGet, route.RecordVersions,
		api.RecordVersionsInput{RefParam: operation.RefParam{Ref: ref}, RecordParams: p, PageParams: at})
}

// Changes returns what runs did to the records of a connection.
func (c *Client) Changes(
	ctx context.Context, ref string, p api.ChangeParams, diff bool, at operation.PageParams,
) (lookup.ChangePage, error) {
	in := api.ChangesInput{RefParam: operation.RefParam{Ref: ref}, PageParams: at, ChangeParams: p, DiffParam: api.DiffParam{Diff: diff}}
	return call[lookup.ChangePage](ctx, c, http.MethodGet, route.Changes, in)
}

// History returns what runs did to the records of all connections, or of some.
func (c *Client) History(
	ctx context.Context, of api.OfConnections, p api.ChangeParams, diff bool, at operation.PageParams,
) (lookup.ChangePage, error) {
	return call[lookup.ChangePage](ctx, c, http.MethodGet, route.History,
		api.HistoryInput{PageParams: at, OfConnections: of, ChangeParams: p, DiffParam: api.DiffParam{Diff: diff}})
}

// HistorySummary counts what runs did, by connection and stream.
func (c *Client) HistorySummary(ctx context.Context, of api.OfConnections, p api.ChangeParams) (lookup.ChangeSummary, error) {
	return call[lookup.ChangeSummary](ctx, c, http.MethodGet, route.HistorySummary, api.HistorySummaryInput{OfConnections: of,
		ChangeParams: p})
}

// Logs returns lines of a run's log.
func (c *Client) Logs(ctx context.Context, id string, p api.LogParams) (connections.LogPage, error) {
	return call[connections.LogPage](ctx, c, http.MethodGet, route.Logs, api.LogsInput{IDParam: operation.IDParam{ID: id}, LogParams: p})
}
