package calls

import (
	"context"
	"net/http"
	"strconv"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
	"github.com/plumbline-dev/plumbline/host/offer"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Status returns the host at a glance.
func (c *Client) Status(ctx context.Context) (app.Status, error) {
	return call[app.Status](ctx, c, http.MethodGet, route.Status, struct{}{})
}

// Attention returns what asks for a person, the gravest consequence first.
func (c *Client) Attention(ctx context.Context) ([]host.Attention, error) {
	return items[host.Attention](ctx, c, route.Attention, struct{}{})
}

// Storage says what is kept and how it is looked after.
func (c *Client) Storage(ctx context.Context) (app.Storage, error) {
	return call[app.Storage](ctx, c, http.MethodGet, route.Storage, struct{}{})
}

// Tasks returns the tasks under way and those that ended lately, of one kind or of all.
func (c *Client) Tasks(ctx context.Context, kind string) ([]host.Task, error) {
	return items[host.Task](ctx, c, route.Tasks, api.TasksParams{Kind: kind})
}

// Doctor returns what is right and wrong with the installation.
func (c *Client) Doctor(ctx context.Context) ([]host.Finding, error) {
	return items[host.Finding](ctx, c, route.Doctor, struct{}{})
}

// Configuration returns the configuration in force.
func (c *Client) Configuration(ctx context.Context) ([]host.Setting, error) {
	return items[host.Setting](ctx, c, route.Config, struct{}{})
}

// Categories returns the categories of connectors.
func (c *Client) Categories(ctx context.Context) ([]host.CategoryTitle, error) {
	return items[host.CategoryTitle](ctx, c, route.Categories, struct{}{})
}

// Connectors returns the connectors on the machine.
func (c *Client) Connectors(ctx context.Context) ([]host.Connector, error) {
	return items[host.Connector](ctx, c, route.Connectors, struct{}{})
}

// Connector returns one connector.
func (c *Client) Connector(ctx context.Context, id string) (host.Connector, error) {
	return call[host.Connector](ctx, c, http.MethodGet, route.Connector, operation.IDParam{ID: id})
}

// OfferRelease reads a release without installing it.
func (c *Client) OfferRelease(ctx context.Context, request app.ReleaseRequest) (offer.Offer, error) {
	return call[offer.Offer](ctx, c, http.MethodPost, route.Offers, operation.Body[app.ReleaseRequest]{Body: request})
}

// Updates returns releases that are newer than what is installed, of one connector or
// of all.
func (c *Client) Updates(ctx context.Context, connector string) ([]offer.Offer, error) {
	return items[offer.Offer](ctx, c, route.Updates, api.UpdatesInput{Connector: connector})
}

// InstallRelease begins to install or update a connector.
func (c *Client) InstallRelease(ctx context.Context, request app.ReleaseRequest) (host.Task, error) {
	return call[host.Task](ctx, c, http.MethodPost, route.Releases, operation.Body[app.ReleaseRequest]{Body: request})
}

// RemoveConnector removes an installed connector.
func (c *Client) RemoveConnector(ctx context.Context, id string) error {
	return remove(ctx, c, route.Connector, operation.IDParam{ID: id})
}

// RollBack brings back the version before the current one.
func (c *Client) RollBack(ctx context.Context, id string) (host.Connector, error) {
	return call[host.Connector](ctx, c, http.MethodPost, route.Rollback, operation.IDParam{ID: id})
}

// TrustConnector trusts exactly the program that a connector is now; a program of
// another hash than sha256 is refused, unless that is empty.
func (c *Client) TrustConnector(ctx context.Context, id, sha256 string) (host.Connector, error) {
	in := api.TrustInput{IDParam: operation.IDParam{ID: id}}
	in.Body.SHA256 = sha256
	return call[host.Connector](ctx, c, http.MethodPut, route.Trust, in)
}

// UntrustConnector takes back that programs of a connector are trusted.
func (c *Client) UntrustConnector(ctx context.Context, id string) (host.Connector, error) {
	return call[host.Connector](ctx, c, http.MethodDelete, route.Trust, operation.IDParam{ID: id})
}

// StartDevelopment uses a program as the connector it says it is.
func (c *Client) StartDevelopment(ctx context.Context, request app.DevelopmentRequest) (host.Development, error) {
	return call[host.Development](ctx, c, http.MethodPost, route.Developments, operation.Body[app.DevelopmentRequest]{Body: request})
}

// ReloadDevelopment uses another program from the next run on.
func (c *Client) ReloadDevelopment(ctx context.Context, id string, request app.DevelopmentRequest) (host.Development, error) {
	return call[host.Development](ctx, c, http.MethodPut, route.DevelopmentProgram,
		api.ReloadInput{IDParam: operation.IDParam{ID: id}, Body: request})
}

// RenewDevelopment renews the lease of a development.
func (c *Client) RenewDevelopment(ctx context.Context, id string) (host.Development, error) {
	return call[host.Development](ctx, c, http.MethodPost, route.DevelopmentRenew, operation.IDParam{ID: id})
}

// EndDevelopment uses the connector's own program again.
func (c *Client) EndDevelopment(ctx context.Context, id string) error {
	return remove(ctx, c, route.Development, operation.IDParam{ID: id})
}

// Connections returns a page of connections.
func (c *Client) Connections(ctx context.Context, p api.ConnectionsParams) (connections.ConnectionPage, error) {
	return call[connections.ConnectionPage](ctx, c, http.MethodGet, route.Connections, p)
}

// EachConnection calls fn for every connection that p asks for, page after page.
func (c *Client) EachConnection(ctx context.Context, p api.ConnectionsParams, fn func(host.ConnectionItem) error) error {
	for p.Limit = maxPage; ; {
		page, err := c.Connections(ctx, p)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := fn(item); err != nil {
				return err
			}
		}
		if p.Cursor = page.Next; p.Cursor == "" {
			return nil
		}
	}
}

// Views returns the saved views of a list.
func (c *Client) Views(ctx context.Context, page string) ([]host.SavedView, error) {
	return items[host.SavedView](ctx, c, route.Views, api.ViewsParam{Page: page})
}

// SaveView keeps a list with its filter and order under a name.
func (c *Client) SaveView(ctx context.Context, v host.SavedView) (host.SavedView, error) {
	in := api.SaveViewInput{ViewParams: api.ViewParams{ViewsParam: api.ViewsParam{Page: v.Page}, Name: v.Name}}
	in.Body.Query = v.Query
	return call[host.SavedView](ctx, c, http.MethodPut, route.View, in)
}

// RemoveView deletes a saved view.
func (c *Client) RemoveView(ctx context.Context, page, name string) error {
	return remove(ctx, c, route.View, api.ViewParams{ViewsParam: api.ViewsParam{Page: page}, Name: name})
}

// AddConnection adds a connection.
func (c *Client) AddConnection(ctx context.Context, n connections.NewConnection) (host.ConnectionStatus, error) {
	return call[host.ConnectionStatus](ctx, c, http.MethodPost, route.Connections, operation.Body[connections.NewConnection]{Body: n})
}

// Connection returns the connection with this id or alias.
func (c *Client) Connection(ctx context.Context, ref string) (host.ConnectionStatus, error) {
	return call[host.ConnectionStatus](ctx, c, http.MethodGet, route.Connection, operation.RefParam{Ref: ref})
}

// EditConnection changes a connection, unless its revision is another one by now.
func (c *Client) EditConnection(ctx context.Context, ref string, revision uint64, edit connections.Edit) (host.ConnectionStatus, error) {
	in := api.EditInput{RefParam: operation.RefParam{Ref: ref}, IfMatch: strconv.FormatUint(revision, 10), Body: edit}
	return call[host.ConnectionStatus](ctx, c, http.MethodPatch, route.Connection, in)
}

// Disconnect disconnects a connection and keeps its history.
func (c *Client) Disconnect(ctx context.Context, ref string) error {
	return remove(ctx, c, route.Connection,
		api.DisconnectInput{RefParam: operation.RefParam{Ref: ref}, HistoryParam: api.HistoryParam{History: api.HistoryKeep}})
}

// RemoveConnection removes a connection with its secrets, records and history.
func (c *Client) RemoveConnection(ctx context.Context, ref string) error {
	return remove(ctx, c, route.Connection,
		api.DisconnectInput{RefParam: operation.RefParam{Ref: ref}, HistoryParam: api.HistoryParam{History: api.HistoryDelete}})
}

// Reconnect takes up a disconnected connection again.
func (c *Client) Reconnect(ctx context.Context, ref string, given connections.Reconnection) (host.ConnectionStatus, error) {
	return call[host.ConnectionStatus](ctx, c, http.MethodPost, route.Reconnect,
		api.ReconnectInput{RefParam: operation.RefParam{Ref: ref}, Body: given})
}

// Impact returns what depends on a connection.
func (c *Client) Impact(ctx context.Context, ref string) (host.Impact, error) {
	return call[host.Impact](ctx, c, http.MethodGet, route.Impact, operation.RefParam{Ref: ref})
}

// Sync starts a run.
func (c *Client) Sync(ctx context.Context, ref string, request connections.SyncRequest) (host.Run, error) {
	return call[host.Run](ctx, c, http.MethodPost, route.Sync, api.SyncInput{RefParam: operation.RefParam{Ref: ref}, Body: request})
}

// StartDryRun begins to say what a run would change.
func (c *Client) StartDryRun(ctx context.Context, ref string) (host.Task, error) {
	return call[host.Task](ctx, c, http.MethodPost, route.DryRuns, operation.RefParam{Ref: ref})
}

// Pause keeps a connection from running by itself.
func (c *Client) Pause(ctx context.Context, ref, reason string) (host.ConnectionStatus, error) {
	in := api.PauseInput{RefParam: operation.RefParam{Ref: ref}}
	in.Body.Reason = reason
	return call[host.ConnectionStatus](ctx, c, http.MethodPost, route.Pause, in)
}

// Resume lets a connection run by itself again.
func (c *Client) Resume(ctx context.Context, ref string) (host.ConnectionStatus, error) {
	return call[host.ConnectionStatus](ctx, c, http.MethodPost, route.Resume, operation.RefParam{Ref: ref})
}

// Held returns the removals of a connection that wait for a person.
func (c *Client) Held(ctx context.Context, ref string) ([]host.HeldRemoval, error) {
	return items[host.HeldRemoval](ctx, c, route.Held, operation.RefParam{Ref: ref})
}

// HeldRecords returns records that a held removal would remove.
func (c *Client) HeldRecords(ctx context.Context, ref, stream string, p operation.PageParams) (operation.Items[host.HeldRecord], error) {
	return call[operation.Items[host.HeldRecord]](ctx, c, http.MethodGet, route.HeldRecords,
		api.HeldRecordsInput{RefParam: operation.RefParam{Ref: ref}, StreamParam: api.StreamParam{Stream: stream}, PageParams: p})
}

// RejectRemoval says that the records of a held removal still exist.
func (c *Client) RejectRemoval(ctx context.Context, ref, stream, id string) (host.ConnectionStatus, error) {
	in := api.RejectInput{RefParam: operation.RefParam{Ref: ref}, StreamParam: api.StreamParam{Stream: stream}}
	in.Body.ID = id
	return call[host.ConnectionStatus](ctx, c, http.MethodPost, route.Reject, in)
}

// Records returns records of a connection.
func (c *Client) Records(ctx context.Context, ref string, p api.ListParams) (lookup.RecordPage, error) {
	return call[lookup.RecordPage](ctx, c, http.MethodGet, route.Records,
		api.RecordsInput{RefParam: operation.RefParam{Ref: ref}, ListParams: p})
}

// AllRecords returns records of all connections, or of some.
func (c *Client) AllRecords(ctx context.Context, kind string, connections []string, p api.ListParams) (lookup.RecordPage, error) {
	return call[lookup.RecordPage](ctx, c, http.MethodGet, route.AllRecords,
		api.AllRecordsInput{ListParams: p, Kind: kind, Connections: connections})
}

// Fields returns what records of a kind can be filtered and sorted by.
func (c *Client) Fields(ctx context.Context, name string) ([]kind.Field, error) {
	return items[kind.Field](ctx, c, route.Fields, api.FieldsInput{Kind: name})
}

// Feed returns changes of all connections in the order they were made.
func (c *Client) Feed(ctx context.Context, p api.FeedParams) (api.Feed, error) {
	return call[api.Feed](ctx, c, http.MethodGet, route.Feed, p)
}

// Run returns one run.
func (c *Client) Run(ctx context.Context, id string) (host.Run, error) {
	return call[host.Run](ctx, c, http.MethodGet, route.Run, operation.IDParam{ID: id})
}

// CancelRun asks a run to stop.
func (c *Client) CancelRun(ctx context.Context, id string) (host.Run, error) {
	return call[host.Run](ctx, c, http.MethodPost, route.Cancel, operation.IDParam{ID: id})
}

// StartCheck tests settings and secrets without storing them.
func (c *Client) StartCheck(ctx context.Context, request connections.CheckRequest) (host.Check, error) {
	return call[host.Check](ctx, c, http.MethodPost, route.Checks, operation.Body[connections.CheckRequest]{Body: request})
}

// Check returns a check, waiting for a newer version than after.
func (c *Client) Check(ctx context.Context, id string, after int, wait operation.WaitParam) (host.Check, error) {
	return call[host.Check](ctx, c, http.MethodGet, route.Check,
		api.CheckInput{IDParam: operation.IDParam{ID: id}, WaitParam: wait, After: after})
}

// PreviewSchedule says what a schedule means.
func (c *Client) PreviewSchedule(ctx context.Context, schedule string) (app.SchedulePreview, error) {
	var in api.PreviewInput
	in.Body.Schedule = schedule
	return call[app.SchedulePreview](ctx, c, http.MethodPost, route.Preview, in)
}

// StartVerify begins to check everything that is stored.
func (c *Client) StartVerify(ctx context.Context) (host.Task, error) {
	return call[host.Task](ctx, c, http.MethodPost, route.Verifications, struct{}{})
}

// StartBackup begins to back everything up into a sealed file.
func (c *Client) StartBackup(ctx context.Context, request app.BackupRequest) (host.Task, error) {
	return call[host.Task](ctx, c, http.MethodPost, route.Backups, operation.Body[app.BackupRequest]{Body: request})
}

// Backups returns the backups in the data directory, newest first.
func (c *Client) Backups(ctx context.Context) ([]host.Backup, error) {
	return items[host.Backup](ctx, c, route.Backups, struct{}{})
}

// Task returns a task, waiting for a newer version than after.
func (c *Client) Task(ctx context.Context, id string, after int, wait operation.WaitParam) (host.Task, error) {
	return call[host.Task](ctx, c, http.MethodGet, route.Task,
		api.CheckInput{IDParam: operation.IDParam{ID: id}, WaitParam: wait, After: after})
}

// CancelTask asks a task to stop.
func (c *Client) CancelTask(ctx context.Context, id string) (host.Task, error) {
	return call[host.Task](ctx, c, http.MethodPost, route.TaskCancel, operation.IDParam{ID: id})
}

// Audit returns who changed what, newest first.
func (c *Client) Audit(ctx context.Context, p api.AuditParams) (operation.Items[host.Entry], error) {
	return call[operation.Items[host.Entry]](ctx, c, http.MethodGet, route.Audit, p)
}

// Holds returns the spans of history that are held.
func (c *Client) Holds(ctx context.Context) ([]host.Hold, error) {
	return items[host.Hold](ctx, c, route.Holds, struct{}{})
}

// AddHold keeps a span of history until it is released.
func (c *Client) AddHold(ctx context.Context, h api.NewHold) (host.Hold, error) {
	return call[host.Hold](ctx, c, http.MethodPost, route.Holds, operation.Body[api.NewHold]{Body: h})
}

// ReleaseHold lets a span of history be pruned again.
func (c *Client) ReleaseHold(ctx context.Context, id string) error {
	return remove(ctx, c, route.Hold, operation.IDParam{ID: id})
}

// Events returns hints of what changed after a number, waiting for one. After 0 it
// answers at once with the newest number.
func (c *Client) Events(ctx context.Context, after uint64, wait operation.WaitParam) (api.Events, error) {
	return call[api.Events](ctx, c, http.MethodGet, route.Events, api.EventsInput{WaitParam: wait, After: after})
}

// CreateLink makes a one-time link that opens the web UI.
func (c *Client) CreateLink(ctx context.Context) (access.Link, error) {
	return call[access.Link](ctx, c, http.MethodPost, route.Links, struct{}{})
}

// Session reports whether the caller may use the API.
func (c *Client) Session(ctx context.Context) (api.Session, error) {
	return call[api.Session](ctx, c, http.MethodGet, route.Session, struct{}{})
}

// StartDryRunSample begins to read the first page of each stream.
func (c *Client) StartDryRunSample(ctx context.Context, request connections.CheckRequest) (host.Task, error) {
	return call[host.Task](ctx, c, http.MethodPost, route.Samples, operation.Body[connections.CheckRequest]{Body: request})
}

// Files lists a directory from which a person may choose a file.
func (c *Client) Files(ctx context.Context, p api.FilesParams) (host.FileListing, error) {
	return call[host.FileListing](ctx, c, http.MethodGet, route.Files, p)
}
