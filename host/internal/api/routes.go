package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/event"
)

// registerChecks lists the operations on checks of settings.
func (s *Server) registerChecks() {
	operation.Add(s.api, http.MethodPost, route.Checks, "start-check",
		"Test settings and secrets without storing them", 202, operation.ByBody(s.app.StartCheck))
	operation.Add(s.api, http.MethodGet, route.Check, "get-check", "A check with the probes known so far; waits for news", 200, s.check)
}

// registerRuns lists the operations on one run.
func (s *Server) registerRuns() {
	operation.Add(s.api, http.MethodGet, route.Run, "get-run", "One run with its steps, live while it is active", 200, s.run)
	operation.Add(s.api, http.MethodGet, route.Logs, "list-run-logs", "Log of a run, oldest or newest line first", 200, s.logs)
	operation.Add(s.api, http.MethodPost, route.Cancel, "cancel-run",
		"Ask a run to stop; it stays resumable", 202, operation.ByID(s.app.Cancel))
}

// registerHost lists the operations on the host and its connectors.
func (s *Server) registerHost() {
	operation.Add(s.api, http.MethodGet, route.Status, "get-status", "The host at a glance", 200, operation.Value(s.app.Status))
	operation.Add(s.api, http.MethodGet, route.Doctor, "get-doctor", "What is right and wrong with this installation", 200, s.doctor)
	operation.Add(s.api, http.MethodGet, route.Config, "list-config", "The configuration in force and where each value came from", 200,
		s.configuration)
	operation.Add(s.api, http.MethodGet, route.Categories, "list-categories", "The categories of connectors", 200, s.categories)
	operation.Add(s.api, http.MethodGet, route.Connectors, "list-connectors", "The connectors on this machine", 200, s.connectors)
	operation.Add(s.api, http.MethodGet, route.Connector, "get-connector", "One connector with its settings and setup guide", 200,
		operation.ByID(s.app.Connector))
}

// register lists every operation of the API.
func (s *Server) register() {
	s.registerHost()
	s.registerAttention()
	s.registerReleases()
	s.registerDevelopment()

	s.registerConnectionLists()
	s.registerViews()
	operation.Add(s.api, http.MethodPost, route.Connections, "add-connection", "Add a connection", 201, operation.ByBody(s.app.AddConnection))
	operation.Add(s.api, http.MethodGet, route.Connection, "get-connection",
		"One connection with its health", 200, operation.ByRef(s.app.Connection))
	operation.Add(s.api, http.MethodPatch, route.Connection, "edit-connection", "Change a connection", 200, s.editConnection)
	s.registerDisconnect()
	operation.Add(s.api, http.MethodPost, route.Sync, "sync-connection", "Start a run now", 202, s.sync)
	operation.Add(s.api, http.MethodPost, route.DryRuns, "start-dry-run",
		"Read a connection and say what a run would change, storing nothing", 202, operation.ByRef(s.app.StartDryRun))
	operation.Add(s.api, http.MethodPost, route.Pause, "pause-connection", "Keep a connection from running by itself", 200, s.pause)
	operation.Add(s.api, http.MethodPost, route.Resume, "resume-connection",
		"Let a connection run by itself again", 200, operation.ByRef(s.app.Resume))
	s.registerHeld()
	s.registerExplanations()
	s.registerSummaries()
	proof.Add(s.api, s.app)
	s.registerAudit()
	s.registerAccounts()
	s.registerAssistants()
	s.registerExports()
	s.registerDrafts()
	s.registerSamples()
	s.registerFiles()
	s.registerNotifications()
	operation.Add(s.api, http.MethodGet, route.Records, "list-records",
		"Records of a connection as they are, or were at a moment", 200, s.records)
	s.registerHistory()
	operation.Add(s.api, http.MethodGet, route.AllRecords, "list-all-records",
		"Records of all connections, or of some, as they are or were at a moment", 200, s.allRecords)
	operation.Add(s.api, http.MethodGet, route.Fields, "list-fields", "What records of a kind can be filtered and sorted by", 200, s.fields)

	operation.Add(s.api, http.MethodGet, route.Feed, "follow-changes",
		"Changes of all connections in the order they were made; waits for one", 200, s.feed)

	s.registerInsights()
	s.registerRuns()

	s.registerChecks()
	operation.Add(s.api, http.MethodPost, route.Preview, "preview-schedule", "What a schedule means: its next five runs", 200, s.preview)
	operation.Add(s.api, http.MethodPost, route.Verifications, "start-verification",
		"Begin to check everything that is stored", 202, operation.Value(s.app.StartVerify))
	operation.Add(s.api, http.MethodPost, route.Backups, "start-backup",
		"Begin to back everything up into a sealed file", 202, operation.ByBody(s.app.StartBackup))
	operation.Add(s.api, http.MethodGet, route.Backups, "list-backups", "The backups in the data directory, newest first", 200, s.backups)
	operation.Add(s.api, http.MethodGet, route.Task, "get-task", "A task and how far it is; waits for news", 200, s.task)
	operation.Add(s.api, http.MethodPost, route.TaskCancel, "cancel-task",
		"Ask a task to stop; it leaves nothing half done", 202, operation.ByID(s.app.CancelTask))
	operation.Add(s.api, http.MethodGet, route.Events, "list-events", "Hints of what changed after a number; waits for one", 200, s.events)
	operation.Add(s.api, http.MethodPost, route.Links, "create-link", "Make a one-time link that opens the web UI", 201, s.createLink)
	operation.Add(s.api, http.MethodGet, route.Session, "get-session", "Whether the caller may use the API", 200, s.session)
}

func (s *Server) doctor(ctx context.Context, _ *operation.None) (*operation.Output[operation.Items[host.Finding]], error) {
	findings, err := s.app.Doctor(ctx)
	return operation.List(findings, "", err)
}

func (s *Server) configuration(context.Context, *operation.None) (*operation.Output[operation.Items[host.Setting]], error) {
	return operation.List(s.app.Settings(), "", nil)
}

func (s *Server) categories(context.Context, *operation.None) (*operation.Output[operation.Items[host.CategoryTitle]], error) {
	return operation.List(host.Categories(), "", nil)
}

// EditInput is what edit-connection takes.
type EditInput struct {
	operation.RefParam
	IfMatch string `header:"If-Match" doc:"Revision the edit is based on"`
	Body    connections.Edit
}

func (s *Server) editConnection(ctx context.Context, in *EditInput) (*operation.Output[host.ConnectionStatus], error) {
	revision, err := revisionOf(in.IfMatch)
	if err != nil {
		return nil, operation.Error(err)
	}
	return operation.One(s.app.EditConnection(ctx, in.Ref, revision, in.Body))
}

// revisionOf returns the revision in a header If-Match; 0 without one.
func revisionOf(ifMatch string) (uint64, error) {
	if ifMatch == "" {
		return 0, nil
	}
	revision, err := strconv.ParseUint(strings.Trim(ifMatch, `"`), 10, 64)
	if err != nil {
		return 0, host.Invalid("If-Match", ifMatch, "must be the revision that the change is based on")
	}
	return revision, nil
}

// SyncInput is what sync-connection takes.
type SyncInput struct {
	operation.RefParam
	Body connections.SyncRequest `required:"false"`
}

func (s *Server) sync(ctx context.Context, in *SyncInput) (*operation.Output[host.Run], error) {
	return operation.One(s.app.Sync(ctx, in.Ref, in.Body))
}

// PauseInput is what pause-connection takes.
type PauseInput struct {
	operation.RefParam
	Body struct {
		Reason string `json:"reason,omitempty"`
	} `required:"false"`
}

func (s *Server) pause(ctx context.Context, in *PauseInput) (*operation.Output[host.ConnectionStatus], error) {
	return operation.One(s.app.Pause(ctx, in.Ref, in.Body.Reason))
}

func (s *Server) run(_ context.Context, in *operation.IDParam) (*operation.Output[host.Run], error) {
	return operation.One(s.app.Run(in.ID))
}

// CheckInput is what get-check and get-task takes.
type CheckInput struct {
	operation.IDParam
	operation.WaitParam
	After int `query:"after" minimum:"0" doc:"Version already known"`
}

func (s *Server) check(ctx context.Context, in *CheckInput) (*operation.Output[host.Check], error) {
	ctx, cancel, err := in.Context(ctx)
	if err != nil {
		return nil, operation.Error(err)
	}
	defer cancel()
	return operation.One(s.app.Check(ctx, in.ID, in.After))
}

// PreviewInput is what preview-schedule takes.
type PreviewInput struct {
	Body struct {
		Schedule string `json:"schedule"`
	}
}

func (s *Server) preview(_ context.Context, in *PreviewInput) (*operation.Output[app.SchedulePreview], error) {
	return operation.One(s.app.PreviewSchedule(in.Body.Schedule))
}

// Events are hints of what changed.
type Events struct {
	Items []event.Event `json:"items"`
	Last  uint64        `json:"last" doc:"Send as after next time"`
	Reset bool          `json:"reset" doc:"Hints were missed: fetch everything again"`
	Demo  bool          `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
}

// EventsInput is what list-events takes.
type EventsInput struct {
	operation.WaitParam
	After uint64 `query:"after" doc:"Number of the last hint known; 0 answers at once with the newest number"`
	Pace  string `query:"pace" default:"0s" doc:"How long hints of runs that go on are collected before they are an answer, such as 2s; any other hint, also of a run that has finished, is an answer at once"`
}

func (s *Server) events(ctx context.Context, in *EventsInput) (*operation.Output[Events], error) {
	if in.After == 0 {
		return operation.One(Events{Items: []event.Event{}, Last: s.app.LastEvent()}, nil)
	}
	pace, err := operation.Duration("pace", in.Pace)
	if err != nil {
		return nil, operation.Error(err)
	}
	ctx, cancel, err := in.Context(ctx)
	if err != nil {
		return nil, operation.Error(err)
	}
	defer cancel()
	items, last, reset := s.app.Events(ctx, in.After, pace)
	if items == nil {
		items = []event.Event{}
	}
	return operation.One(Events{Items: items, Last: last, Reset: reset}, nil)
}
