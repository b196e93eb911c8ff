package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

// Record returns everything that is known of one record; asOf may be empty.
func (c *Client) Record(ctx context.Context, ref string, p RecordParams, asOf string) (history.RecordDetail, error) {
	return call[history.RecordDetail](ctx, c, http.MethodGet, route.Record, recordInput{RefParam{ref}, p, asOf})
}

// RecordVersions returns versions of one record.
func (c *Client) RecordVersions(ctx context.Context, ref string, p RecordParams, at PageParams) (lookup.VersionPage, error) {
	return call[lookup.VersionPage](ctx, c, http.MethodGet, route.RecordVersions, recordVersionsInput{RefParam{ref}, p, at})
}

// Changes returns what runs did to the records of a connection.
func (c *Client) Changes(ctx context.Context, ref string, p ChangeParams, diff bool, at PageParams) (lookup.ChangePage, error) {
	in := changesInput{RefParam{ref}, at, p, DiffParam{diff}}
	return call[lookup.ChangePage](ctx, c, http.MethodGet, route.Changes, in)
}

// History returns what runs did to the records of all connections, or of some.
func (c *Client) History(ctx context.Context, of OfConnections, p ChangeParams, diff bool, at PageParams) (lookup.ChangePage, error) {
	return call[lookup.ChangePage](ctx, c, http.MethodGet, route.History, historyInput{at, of, p, DiffParam{diff}})
}

// HistorySummary counts what runs did, by connection and stream.
func (c *Client) HistorySummary(ctx context.Context, of OfConnections, p ChangeParams) (lookup.ChangeSummary, error) {
	return call[lookup.ChangeSummary](ctx, c, http.MethodGet, route.HistorySummary, historySummaryInput{of, p})
}

// Logs returns lines of a run's log.
func (c *Client) Logs(ctx context.Context, id string, p LogParams) (connections.LogPage, error) {
	return call[connections.LogPage](ctx, c, http.MethodGet, route.Logs, logsInput{IDParam{id}, p})
}
