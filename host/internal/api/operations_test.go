package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/assistant"
	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/auditpack"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
	"github.com/plumbline-dev/plumbline/host/internal/packing"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/notification"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/schema"
)

// programs holds this test binary as the connector "fake".
var programs string

func TestMain(m *testing.M) { os.Exit(hosttest.Run(m, &programs, nil)) }

// document is the description that the server serves.
type document struct {
	Paths map[string]map[string]struct {
		ID        string `json:"operationId"`
		Responses map[string]struct {
			Content map[string]struct {
				Schema json.RawMessage `json:"schema"`
			} `json:"content"`
		} `json:"responses"`
	} `json:"paths"`
	Components json.RawMessage `json:"components"`
}

// comparing carries requests to the API and compares each answer with its schema.
type comparing struct {
	t        *testing.T
	next     http.RoundTripper
	document document
	seen     map[string]string // operation to the last answer's status
}

// RoundTrip implements http.RoundTripper.
func (c *comparing) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(raw))
	id, complaint := c.compare(r, response, raw)
	if c.seen[id] = response.Status; complaint != "" {
		c.t.Errorf("%s answered %s: %s\n%s", id, response.Status, complaint, raw)
	}
	return response, nil
}

// compare returns the operation that a request was for, and what is wrong with its answer.
func (c *comparing) compare(r *http.Request, response *http.Response, raw []byte) (id, complaint string) {
	for template, methods := range c.document.Paths {
		operation, ok := methods[strings.ToLower(r.Method)]
		if !ok || !fits(template, r.URL.EscapedPath()) || c.closer(template, r) {
			continue
		}
		described, ok := operation.Responses[fmt.Sprint(response.StatusCode)]
		if !ok {
			if described, ok = operation.Responses["default"]; !ok || response.StatusCode < 400 {
				return operation.ID, "a status that its description does not have"
			}
		}
		if response.StatusCode == http.StatusNoContent {
			return operation.ID, ""
		}
		kind := response.Header.Get("Content-Type")
		if !strings.HasPrefix(kind, "application/") || kind == "application/x-ndjson" ||
			kind == "application/octet-stream" || response.StatusCode == http.StatusPartialContent {
			if _, ok := described.Content[response.Header.Get("Content-Type")]; !ok {
				return operation.ID, "a file of a type that its description does not have"
			}
			return operation.ID, ""
		}
		content, ok := described.Content[response.Header.Get("Content-Type")]
		if !ok {
			return operation.ID, "a content type that its description does not have: " + response.Header.Get("Content-Type")
		}
		whole := fmt.Sprintf(`{"allOf":[%s],"components":%s}`, content.Schema, c.document.Components)
		compiled, err := schema.Compile([]byte(whole))
		if err != nil {
			return operation.ID, err.Error()
		}
		if err := compiled.Validate(raw); err != nil {
			return operation.ID, err.Error()
		}
		return operation.ID, ""
	}
	return r.Method + " " + r.URL.Path, "an operation that is not described"
}

// closer reports whether the request is one of a path without a parameter in the place of one of the template's.
func (c *comparing) closer(template string, r *http.Request) bool {
	_, literal := c.document.Paths[r.URL.EscapedPath()][strings.ToLower(r.Method)]
	return literal && template != r.URL.EscapedPath()
}

func fits(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if !strings.HasPrefix(want[i], "{") && want[i] != got[i] {
			return false
		}
	}
	return true
}

// TestEveryOperationAnswersAsDescribed calls every operation that the server
// describes, on a host with a connection that was synced.
func TestEveryOperationAnswersAsDescribed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	answers := &comparing{t: t, next: calls.Carrier(b.server.Handler()), seen: map[string]string{}}
	answers.document = described(t, answers.next)
	c := calls.Over(answers)
	ctx := t.Context()
	wait := operation.WaitParam{Wait: "1s"}
	page := operation.PageParams{Limit: 10}
	settings := json.RawMessage(`{"streams":[{"name":"users","records":5}]}`)

	added, err := c.AddConnection(ctx, connections.NewConnection{Connector: "fake", Alias: "corp", Settings: settings, Schedule: "@daily"})
	if err != nil {
		t.Fatal(err)
	}
	run, err := c.Sync(ctx, "corp", connections.SyncRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for hints := (api.Events{}); !run.Status.Final(); {
		if hints, err = c.Events(ctx, hints.Last, wait); err != nil {
			t.Fatal(err)
		}
		if run, err = c.Run(ctx, run.ID); err != nil {
			t.Fatal(err)
		}
	}
	if run.Status != host.StatusSucceeded {
		t.Fatalf("the run ended as %s: %v", run.Status, run.Error)
	}
	finished := func(task host.Task, err error) {
		for err == nil && task.Status == "running" {
			task, err = c.Task(ctx, task.ID, task.Version, wait)
		}
		if err != nil || task.Error != nil {
			t.Errorf("a task ended with %v, %v", err, task.Error)
		}
	}
	finished(c.StartVerify(ctx))
	finished(c.StartDryRun(ctx, "corp"))
	finished(c.StartDryRunSample(ctx, connections.CheckRequest{Connection: "corp"}))
	finished(c.StartBackup(ctx, app.BackupRequest{Passphrase: "correct horse battery staple"}))

	listed, err := c.Accounts(ctx, api.AccountsParams{})
	if err != nil || len(listed.Items) != 5 || *listed.Matched != 5 {
		t.Fatalf("accounts are listed as %+v, %v", listed, err)
	}
	first := listed.Items[0]
	model := aisummary.Edit{Provider: aisummary.ProviderOpenAI, Address: "http://127.0.0.1:1", Model: "m", Key: new("key")}
	calls := []struct {
		name   string
		call   func() error
		status string // of a refusal; empty for an answer
	}{
		{"status", func() error { return second(c.Status(ctx)) }, ""},
		{"attention", func() error { return second(c.Attention(ctx)) }, ""},
		{"storage", func() error { return second(c.Storage(ctx)) }, ""},
		{"tasks", func() error { return second(c.Tasks(ctx, "backup")) }, ""},
		{"doctor", func() error { return second(c.Doctor(ctx)) }, ""},
		{"configuration", func() error { return second(c.Configuration(ctx)) }, ""},
		{"categories", func() error { return second(c.Categories(ctx)) }, ""},
		{"connectors", func() error { return second(c.Connectors(ctx)) }, ""},
		{"connector", func() error { return second(c.Connector(ctx, "fake")) }, ""},
		{"connections", func() error { return second(c.Connections(ctx, api.ConnectionsParams{Order: "urgent", Query: "co"})) }, ""},
		{"connections with everything", func() error {
			return second(c.Connections(ctx, api.ConnectionsParams{
				Health: []string{"healthy", "paused"}, Reason: []string{"on_time", "late"}, Category: []string{"custom"}, Owner: []string{"none"},
				Needs: "you", Order: "-records", Group: "owner", Facets: true,
			}))
		}, ""},
		{"connections in no order", func() error { return second(c.Connections(ctx, api.ConnectionsParams{Order: "shoe size"})) }, "422"},
		{"connections of no health", func() error {
			return second(c.Connections(ctx, api.ConnectionsParams{Health: []string{"ill"}}))
		}, "422"},
		{"view", func() error {
			view := host.SavedView{Page: "connections", Name: "What I look after", Query: "owner=anna&health=unhealthy"}
			return errors.Join(second(c.SaveView(ctx, view)), second(c.Views(ctx, "connections")),
				c.RemoveView(ctx, "connections", "what i look after"))
		}, ""},
		{"view of no list", func() error { return second(c.Views(ctx, "shoes")) }, "422"},
		{"removal of no view", func() error { return c.RemoveView(ctx, "connections", "nope") }, "404"},
		{"connections behind no cursor", func() error { return second(c.Connections(ctx, api.ConnectionsParams{Cursor: "?"})) }, "422"},
		{"connection", func() error { return second(c.Connection(ctx, "corp")) }, ""},
		{"no connection", func() error { return second(c.Connection(ctx, "nope")) }, "404"},
		{"edit", func() error {
			return second(c.EditConnection(ctx, "corp", added.Revision, connections.Edit{Schedule: new(string)}))
		}, ""},
		{"edit of an earlier revision", func() error {
			return second(c.EditConnection(ctx, "corp", added.Revision, connections.Edit{Schedule: new(string)}))
		}, "412"},
		{"pause", func() error { return second(c.Pause(ctx, "corp", "being moved")) }, ""},
		{"resume", func() error { return second(c.Resume(ctx, "corp")) }, ""},
		{"draft", func() error {
			draft, err := c.PutDraft(ctx, "01JDRAFT", "", connections.DraftEdit{Connection: "corp", Steps: []string{"step-1"}})
			if err != nil {
				return err
			}
			return errors.Join(second(c.Drafts(ctx, api.DraftsParams{Connection: "corp"})), second(c.Draft(ctx, draft.ID)))
		}, ""},
		{"draft of another revision", func() error {
			return second(c.PutDraft(ctx, "01JDRAFT", "9", connections.DraftEdit{Connector: "fake"}))
		}, "412"},
		{"end of a draft", func() error { return c.DeleteDraft(ctx, "01JDRAFT") }, ""},
		{"files outside the roots", func() error { return second(c.Files(ctx, api.FilesParams{Path: "/"})) }, "4"},
		{"held", func() error { return second(c.Held(ctx, "corp")) }, ""},
		{"explanation", func() error { return second(c.ExplainConnection(ctx, "corp", true)) }, ""},
		{"explanation of no connection", func() error { return second(c.ExplainConnection(ctx, "nope", false)) }, "404"},
		{"explanation of a run", func() error { return second(c.ExplainRun(ctx, run.ID, false)) }, ""},
		{"tests", func() error { return second(c.Tests(ctx, verdict.StateUnused)) }, ""},
		{"tests by every filter", func() error {
			return second(c.FindTests(ctx, proof.TestsInput{
				State: []verdict.State{verdict.StateUnused, verdict.StateFailing}, Severity: []verdict.Severity{verdict.SeverityHigh},
				Kind: []string{"account"}, Category: []string{"identity"}, Control: []string{"access-mfa"},
				Query: "factor", Sort: "-fail", Limit: 5, Offset: 1,
			}))
		}, ""},
		{"tests in no order", func() error { return second(c.FindTests(ctx, proof.TestsInput{Sort: "colour"})) }, "422"},
		{"tests of no state", func() error { return second(c.Tests(ctx, "broken")) }, "422"},
		{"test", func() error { return second(c.Test(ctx, "mfa-identity")) }, ""},
		{"findings", func() error {
			in := proof.FindingsParams{IDParam: operation.IDParam{ID: "mfa-identity"}, Outcome: []verdict.Outcome{verdict.OutcomeFail}}
			return second(c.TestFindings(ctx, in))
		}, ""},
		{"findings from nowhere", func() error {
			in := proof.FindingsParams{IDParam: operation.IDParam{ID: "mfa-identity"}, PageParams: operation.PageParams{Cursor: "x"}}
			return second(c.TestFindings(ctx, in))
		}, "422"},
		{"history of a test", func() error { return second(c.TestHistory(ctx, "mfa-identity", 10)) }, ""},
		{"history of no test", func() error { return second(c.TestHistory(ctx, "nope", 10)) }, "404"},
		{"judge a test", func() error { return second(c.RunTests(ctx, "mfa-identity")) }, ""},
		{"judge no test", func() error { return second(c.RunTests(ctx, "nope")) }, "404"},
		{"coverage of a connection", func() error { return second(c.ConnectionCoverage(ctx, "corp", proof.PeriodParams{})) }, ""},
		{"coverage of no connection", func() error { return second(c.ConnectionCoverage(ctx, "nope", proof.PeriodParams{})) }, "404"},
		{"coverage to come", func() error {
			return second(c.ConnectionCoverage(ctx, "corp", proof.PeriodParams{From: "2199-01-01"}))
		}, "422"},
		{"coverage of a test", func() error {
			return second(c.TestCoverage(ctx, "mfa-identity", proof.PeriodParams{From: "2026-01-01"}))
		}, ""},
		{"what held", func() error {
			p := proof.PeriodParams{To: time.Now().Format(time.RFC3339Nano)}
			started, err := c.StartHeld(ctx, "mfa-identity", p)
			if err != nil {
				return err
			}
			for started.Status == "running" {
				if started, err = c.Task(ctx, started.ID, started.Version, operation.WaitParam{Wait: "10s"}); err != nil {
					return err
				}
			}
			return second(c.TestHeld(ctx, "mfa-identity", p, proof.HeldParams{Outcome: []verdict.HeldOutcome{verdict.HeldNo}}, page))
		}, ""},
		{"what held of no test", func() error { return second(c.StartHeld(ctx, "nope", proof.PeriodParams{})) }, "404"},
		{"what held with no such outcome", func() error {
			return second(c.TestHeld(ctx, "mfa-identity", proof.PeriodParams{}, proof.HeldParams{Outcome: []verdict.HeldOutcome{"perhaps"}}, page))
		}, "422"},
		{"coverage of no test", func() error { return second(c.TestCoverage(ctx, "nope", proof.PeriodParams{})) }, "404"},
		{"no test", func() error { return second(c.Test(ctx, "nope")) }, "404"},
		{"controls", func() error {
			return second(c.Controls(ctx, proof.ControlsInput{State: []assurance.State{assurance.StateUnproven}, Framework: "soc2", Owner: "none"}))
		}, ""},
		{"controls of no state", func() error {
			return second(c.Controls(ctx, proof.ControlsInput{State: []assurance.State{"fine"}}))
		}, "422"},
		{"control", func() error { return second(c.Control(ctx, "access-mfa")) }, ""},
		{"no control", func() error { return second(c.Control(ctx, "nope")) }, "404"},
		{"control of the company's own", func() error {
			_, err := c.AddControl(ctx, assurance.NewControl{ID: "own", Title: "Own", Requirements: map[string][]string{"soc2": {"CC6.1"}}})
			return errors.Join(err, c.RemoveControl(ctx, "own"))
		}, ""},
		{"removal of a control of the product", func() error { return c.RemoveControl(ctx, "access-mfa") }, "409"},
		{"edit of a control", func() error {
			return second(c.EditControl(ctx, "access-mfa", new(uint64), assurance.ControlEdit{Applies: new(bool), Reason: "Nobody signs in."}))
		}, ""},
		{"edit of an earlier revision of a control", func() error {
			return second(c.EditControl(ctx, "access-mfa", new(uint64), assurance.ControlEdit{Applies: new(bool), Reason: "Nobody signs in."}))
		}, "412"},
		{"frameworks", func() error { return second(c.Frameworks(ctx)) }, ""},
		{"framework", func() error { return second(c.Framework(ctx, "soc2")) }, ""},
		{"no framework", func() error { return second(c.Framework(ctx, "nope")) }, "404"},
		{"text of a framework", func() error {
			in := proof.TextInput{IDParam: operation.IDParam{ID: "own-rules"}, Name: "a.csv", Title: "Own rules"}
			return errors.Join(second(c.ImportText(ctx, in, strings.NewReader("id,text\n1,One\n"))), c.RemoveText(ctx, "own-rules"))
		}, ""},
		{"broken text of a framework", func() error {
			in := proof.TextInput{IDParam: operation.IDParam{ID: "soc2"}, Name: "a.json"}
			return second(c.ImportText(ctx, in, strings.NewReader("{")))
		}, "422"},
		{"impact on controls", func() error { return second(c.ImpactOnControls(ctx, "corp")) }, ""},
		{"impact of no connection", func() error { return second(c.ImpactOnControls(ctx, "nope")) }, "404"},
		{"evidence", func() error { return lifeOfEvidence(ctx, c) }, ""},
		{"no evidence", func() error { return second(c.Evidence(ctx, "nope")) }, "404"},
		{"list of evidence", func() error { return second(c.EvidenceItems(ctx, proof.EvidenceInput{Automated: "yes"})) }, ""},
		{"upload of another type", func() error { return second(c.UploadEvidence(ctx, "a.pdf", strings.NewReader("<html>"))) }, "422"},
		{"setting of a test", func() error {
			choice := verdict.Choice{
				Disabled: true, Reason: "not ours", Parameters: map[string]any{"days": 45.0}, Severity: new(verdict.SeverityLow),
			}
			return errors.Join(second(c.SetTest(ctx, "no-dormant-accounts", "0", choice)), second(c.TestSetting(ctx, "no-dormant-accounts")))
		}, ""},
		{"setting of another revision", func() error {
			return second(c.SetTest(ctx, "no-dormant-accounts", "9", verdict.Choice{}))
		}, "412"},
		{"setting without a reason", func() error {
			return second(c.SetTest(ctx, "no-dormant-accounts", "", verdict.Choice{Disabled: true}))
		}, "422"},
		{"setting of no test", func() error { return second(c.TestSetting(ctx, "nope")) }, "404"},
		{"exclusion", func() error {
			item := verdict.ItemRef{Connection: "corp", Stream: "users", Key: "users-1"}
			made, err := c.Exclude(ctx, "mfa-identity", verdict.NewExclusion{ItemRef: item, Reason: "a robot", Until: "2199-01-31"})
			return errors.Join(err, second(c.TestExclusions(ctx, "mfa-identity", verdict.ExclusionStands)),
				second(c.Exclusions(ctx, proof.ExclusionsInput{Test: "mfa-identity", Connection: "corp"})),
				second(c.WithdrawExclusion(ctx, made.ID, fmt.Sprint(made.Revision), "it is a person")))
		}, ""},
		{"exclusion of no record", func() error {
			item := verdict.ItemRef{Connection: "corp", Stream: "users", Key: "nope"}
			return second(c.Exclude(ctx, "mfa-identity", verdict.NewExclusion{ItemRef: item, Reason: "a robot"}))
		}, "404"},
		{"exclusion that is over", func() error {
			item := verdict.ItemRef{Connection: "corp", Stream: "users", Key: "users-2"}
			return second(c.Exclude(ctx, "mfa-identity", verdict.NewExclusion{ItemRef: item, Reason: "a robot", Until: "2001-01-31"}))
		}, "422"},
		{"custom test", func() error {
			made, err := c.NewCustomTest(ctx, verdict.Writing{Source: "id: own-names\ntitle: Accounts have names\nkind: account\n" +
				"severity: low\nexpect: has(r.name)\n"})
			if err != nil {
				return err
			}
			made, err = c.PutCustomTest(ctx, made.ID, fmt.Sprint(made.Revision), verdict.Writing{Test: &made.Test})
			err = errors.Join(err, second(c.PreviewTest(ctx, proof.PreviewRequest{ID: made.ID})), second(c.CustomTests(ctx)))
			made, publishErr := c.PublishCustomTest(ctx, made.ID, fmt.Sprint(made.Revision), "the first")
			retired, retireErr := c.RetireCustomTest(ctx, made.ID, "", "not needed")
			return errors.Join(err, publishErr, retireErr, second(c.CustomTest(ctx, retired.ID)), second(c.CustomVersions(ctx, made.ID)))
		}, ""},
		{"custom test of another revision", func() error {
			return second(c.PublishCustomTest(ctx, "own-names", "99", ""))
		}, "409"},
		{"custom test with a mistake", func() error {
			return second(c.NewCustomTest(ctx, verdict.Writing{Source: "id: own-names\nexpect: r."}))
		}, "422"},
		{"check of a custom test", func() error {
			return errors.Join(second(c.CheckCustomTest(ctx, verdict.Writing{Source: "id: x"})),
				second(c.CheckCustomTest(ctx, verdict.Writing{Copy: "mfa-identity"})))
		}, ""},
		{"discarded custom test", func() error {
			made, err := c.NewCustomTest(ctx, verdict.Writing{Copy: "mfa-identity"})
			return errors.Join(err, c.DiscardCustomTest(ctx, made.ID))
		}, ""},
		{"preview of no custom test", func() error { return second(c.PreviewTest(ctx, proof.PreviewRequest{ID: "own-nope"})) }, "404"},
		{"withdrawal of no exclusion", func() error { return second(c.WithdrawExclusion(ctx, "nope", "", "x")) }, "404"},
		{"explanation of no run", func() error { return second(c.ExplainRun(ctx, "nope", false)) }, "404"},
		{"summary settings", func() error { return second(c.SummaryConfiguration(ctx)) }, ""},
		{"summary without a model", func() error { return second(c.GenerateSummary(ctx, "corp")) }, "409"},
		{"configure a summary", func() error { return second(c.ConfigureSummary(ctx, model)) }, ""},
		{"configure a summary elsewhere without the key", func() error {
			edit := model
			edit.Address, edit.Key = "https://example.com", nil
			return second(c.ConfigureSummary(ctx, edit))
		}, "422"},
		{"test a summary", func() error { return second(c.TestSummary(ctx, nil)) }, ""},
		{"summary", func() error { return second(c.Summary(ctx, "corp", 0, wait)) }, ""},
		{"summary of no connection", func() error { return second(c.Summary(ctx, "nope", 0, wait)) }, "404"},
		{"preview of the summary of what is healthy", func() error { return second(c.PreviewSummary(ctx, "corp")) }, "409"},
		{"cancel of no summary", func() error { return second(c.CancelSummary(ctx, "corp")) }, "409"},
		{"verdict on no summary", func() error { return second(c.RateSummary(ctx, "corp", aisummary.VerdictUp, "")) }, "409"},
		{"feedback", func() error { return c.SummaryFeedback(ctx, io.Discard) }, ""},
		{"turn the summary off", func() error { return c.TurnOffSummary(ctx) }, ""},
		{"held records", func() error { return second(c.HeldRecords(ctx, "corp", "users", page)) }, "404"},
		{"reject", func() error { return second(c.RejectRemoval(ctx, "corp", "users", "x")) }, "404"},
		{"records", func() error { return second(c.Records(ctx, "corp", api.ListParams{Stream: "users", Sort: "-name"})) }, ""},
		{"all records", func() error {
			return second(c.AllRecords(ctx, "account", []string{"corp"}, api.ListParams{Where: []string{"status:active"}}))
		}, ""},
		{"changes", func() error {
			return second(c.Changes(ctx, "corp", api.ChangeParams{Run: run.ID, Change: "added", Query: "users"}, true, page))
		}, ""},
		{"record", func() error { return second(c.Record(ctx, "corp", api.RecordParams{Key: "users-1"}, "")) }, ""},
		{"no record", func() error { return second(c.Record(ctx, "corp", api.RecordParams{Stream: "users", Key: "nope"}, "")) }, "404"},
		{"record to come", func() error { return second(c.Record(ctx, "corp", api.RecordParams{Key: "users-1"}, "2199-01-01")) }, "422"},
		{"record before the first read", func() error {
			return second(c.Record(ctx, "corp", api.RecordParams{Stream: "users", Key: "users-1"}, "2001-01-01"))
		}, ""},
		{"versions", func() error {
			return second(c.RecordVersions(ctx, "corp", api.RecordParams{Stream: "users", Key: "users-1"}, page))
		}, ""},
		{"history", func() error {
			return second(c.History(ctx, api.OfConnections{Kind: "account"}, api.ChangeParams{Since: "2026-01-01"}, true, page))
		}, ""},
		{"history of no period", func() error {
			return second(c.History(ctx, api.OfConnections{}, api.ChangeParams{Since: "2026-02-01", Until: "2026-01-01"}, false, page))
		}, "422"},
		{"history to come", func() error {
			return second(c.History(ctx, api.OfConnections{}, api.ChangeParams{Since: "2199-02-01"}, false, page))
		}, "422"},
		{"export", func() error {
			task, err := c.StartExport(ctx, lookup.ExportRequest{What: "records", Format: "csv", ExportFilter: lookup.ExportFilter{Kind: "account"}})
			if err != nil {
				return err
			}
			finished(task, nil)
			all, err := c.Exports(ctx)
			if err != nil || len(all) != 1 || all[0].Status != "done" || all[0].Rows == 0 {
				return fmt.Errorf("the exports are %+v, %w", all, err)
			}
			var file strings.Builder
			if err := c.ExportFile(ctx, all[0], &file); err != nil || !strings.HasPrefix(file.String(), "# Plumbline ") {
				return fmt.Errorf("the file is %.100q, %w", file.String(), err)
			}
			return nil
		}, ""},
		{"export by a filter of another list", func() error {
			return second(c.StartExport(ctx, lookup.ExportRequest{What: "audit", Format: "csv", ExportFilter: lookup.ExportFilter{Kind: "account"}}))
		}, "422"},
		{"evidence pack", func() error { return packs(ctx, c, finished) }, ""},
		{"evidence pack of no framework", func() error { return second(c.StartPack(ctx, packing.Request{Framework: "none"})) }, "422"},
		{"no evidence pack", func() error { return second(c.Pack(ctx, "nope")) }, "404"},
		{"file of no evidence pack", func() error { return c.PackFile(ctx, auditpack.Pack{ID: "nope", Bytes: 1}, io.Discard) }, "404"},
		{"key of evidence packs", func() error { return second(c.PackKey(ctx)) }, ""},
		{"new key of evidence packs", func() error { return second(c.NewPackKey(ctx)) }, ""},
		{"file of no export", func() error { return c.ExportFile(ctx, host.Export{ID: "nope", Bytes: 1}, io.Discard) }, "404"},
		{"history summary", func() error {
			return second(c.HistorySummary(ctx, api.OfConnections{Connections: []string{"corp"}}, api.ChangeParams{Run: run.ID}))
		}, ""},
		{"fields", func() error { return second(c.Fields(ctx, "account")) }, ""},
		{"feed", func() error { return second(c.Feed(ctx, api.FeedParams{Limit: 10})) }, ""},
		{"runs", func() error { return second(c.Runs(ctx, "corp", page)) }, ""},
		{"runs by a filter", func() error {
			return second(c.FindRuns(ctx, api.RunFilter{Outcomes: []string{"completed", "failed"}, Late: true}, page))
		}, ""},
		{"runs of no time", func() error {
			return second(c.FindRuns(ctx, api.RunFilter{FleetParams: api.FleetParams{Since: "yesterday"}}, page))
		}, "422"},
		{"insights", func() error { return second(c.Insights(ctx, api.InsightsParams{Group: "category", ExpiryDays: 7})) }, ""},
		{"insights of no time zone", func() error {
			return second(c.Insights(ctx, api.InsightsParams{FleetParams: api.FleetParams{Zone: "Europe/Nowhere"}}))
		}, "422"},
		{"logs", func() error { return second(c.Logs(ctx, run.ID, api.LogParams{Order: "newest", Level: "info"})) }, ""},
		{"cancel of a run that has ended", func() error { return second(c.CancelRun(ctx, run.ID)) }, "409"},
		{"check", func() error {
			check, err := c.StartCheck(ctx, connections.CheckRequest{Connection: "corp"})
			if err != nil {
				return err
			}
			return second(c.Check(ctx, check.ID, check.Version, wait))
		}, ""},
		{"preview", func() error { return second(c.PreviewSchedule(ctx, "0 * * * *")) }, ""},
		{"backups", func() error { return second(c.Backups(ctx)) }, ""},
		{"cancel of no task", func() error { return second(c.CancelTask(ctx, "nope")) }, "404"},
		{"offer of no release", func() error { return second(c.OfferRelease(ctx, app.ReleaseRequest{Source: b.dir + "/none"})) }, "4"},
		{"updates", func() error { return second(c.Updates(ctx, "")) }, ""},
		{"install of no release, which its task tells", func() error { return second(c.InstallRelease(ctx, app.ReleaseRequest{})) }, ""},
		{"roll back", func() error { return second(c.RollBack(ctx, "fake")) }, "4"},
		{"trust", func() error { return second(c.TrustConnector(ctx, "fake", "")) }, ""},
		{"untrust", func() error { return second(c.UntrustConnector(ctx, "fake")) }, ""},
		{"development of no program", func() error {
			return second(c.StartDevelopment(ctx, app.DevelopmentRequest{Program: "/bin/true"}))
		}, "422"},
		{"reload of none", func() error { return second(c.ReloadDevelopment(ctx, "nope", app.DevelopmentRequest{})) }, "4"},
		{"renew of none", func() error { return second(c.RenewDevelopment(ctx, "nope")) }, "404"},
		{"end of none", func() error { return c.EndDevelopment(ctx, "nope") }, "404"},
		{"accounts", func() error {
			return second(c.Accounts(ctx, api.AccountsParams{FacetParams: api.FacetParams{Facets: []string{"flag:unlinked"},
				Sort: "-last_active_at"}}))
		}, ""},
		{"accounts of no facet", func() error {
			return second(c.Accounts(ctx, api.AccountsParams{FacetParams: api.FacetParams{Facets: []string{"colour:red"}}}))
		}, "422"},
		{"account", func() error { return second(c.Account(ctx, first.ID)) }, ""},
		{"no account", func() error { return second(c.Account(ctx, "nope")) }, "404"},
		{"decide", func() error {
			return second(c.DecideAccount(ctx, first.ID, 0, account.Decision{Kind: account.Service, Note: "a build"}))
		}, ""},
		{"decide on an earlier revision", func() error { return second(c.DecideAccount(ctx, first.ID, 0, account.Decision{})) }, "412"},
		{"decide to leave the scope without a reason", func() error {
			return second(c.DecideAccount(ctx, first.ID, 1, account.Decision{InScope: new(false)}))
		}, "422"},
		{"account history", func() error { return second(c.AccountHistory(ctx, first.ID)) }, ""},
		{"undo", func() error { return second(c.UndoAccount(ctx, first.ID)) }, ""},
		{"undo of nothing", func() error { return second(c.UndoAccount(ctx, first.ID)) }, "409"},
		{"decide on several", func() error {
			return second(c.DecideAccounts(ctx, api.BulkDecision{
				Query: &api.BulkQuery{Page: "all"}, Change: people.DecisionEdit{Note: new("seen")}, Preview: true,
			}))
		}, ""},
		{"compare accounts", func() error { return second(c.CompareAccounts(ctx, api.CompareParams{From: "2020-01-01"})) }, ""},
		{"compare accounts from no moment", func() error { return second(c.CompareAccounts(ctx, api.CompareParams{From: "then"})) }, "422"},
		{"suggestions", func() error { return second(c.Suggestions(ctx, api.SuggestionsParams{Confidence: 0.5})) }, ""},
		{"accept", func() error {
			return second(c.AcceptSuggestions(ctx, api.Acceptance{IDs: []string{"nope"}, Preview: true}))
		}, ""},
		{"assistant's question", func() error {
			return second(c.CallAssistantTool(ctx, assistant.Question{Client: "claude", Tool: "search_records",
				Arguments: json.RawMessage(`{"kind":"account"}`)}))
		}, ""},
		{"question with an argument that the tool does not have", func() error {
			q := assistant.Question{Client: "claude", Tool: "overview", Arguments: json.RawMessage(`{"url":"x"}`)}
			return second(c.CallAssistantTool(ctx, q))
		}, "422"},
		{"set assistant", func() error {
			return second(c.SetAssistant(ctx, assistant.Policy{Client: "claude", Reading: assistant.Reading{WithheldKinds: []string{"person"}}}))
		}, ""},
		{"set assistant to withhold no kind", func() error {
			return second(c.SetAssistant(ctx, assistant.Policy{Client: "claude", Reading: assistant.Reading{WithheldKinds: []string{"shoe"}}}))
		}, "422"},
		{"assistants", func() error { return second(c.Assistants(ctx)) }, ""},
		{"remove assistant", func() error { return c.RemoveAssistant(ctx, "claude") }, ""},
		{"remove no assistant", func() error { return c.RemoveAssistant(ctx, "nope") }, "404"},
		{"people", func() error { return second(c.People(ctx, api.FacetParams{Query: "a"})) }, ""},
		{"no person", func() error { return second(c.Person(ctx, "nope")) }, "404"},
		{"person sources", func() error { return second(c.PersonSources(ctx)) }, ""},
		{"set person sources", func() error {
			return second(c.SetPersonSources(ctx, 0, account.PersonPrecedence{Order: []string{added.ID}}))
		}, ""},
		{"audit", func() error {
			return second(c.Audit(ctx, api.AuditParams{PageParams: page, Collection: "connection", Key: "corp", Since: "2026-01-01"}))
		}, ""},
		{"audit of no day", func() error { return second(c.Audit(ctx, api.AuditParams{Until: "never"})) }, "422"},
		{"hold", func() error {
			held, err := c.AddHold(ctx, api.NewHold{Connection: "corp", From: "2026-01-01", To: "2126-01-01", Reason: "audit"})
			if err != nil {
				return err
			}
			return errors.Join(second(c.Holds(ctx)), c.ReleaseHold(ctx, held.ID))
		}, ""},
		{"release of no hold", func() error { return c.ReleaseHold(ctx, "nope") }, "404"},
		{"notifications", func() error { return second(c.Notifications(ctx, 10)) }, ""},
		{"notification rules", func() error {
			rules, err := c.NotificationRules(ctx)
			if err != nil {
				return err
			}
			return second(c.SetNotificationRules(ctx, rules.Revision, api.RulesBody{
				Window: 60, FlapChanges: 4, Quiet: &notification.Quiet{From: "22:00", Until: "07:00", Zone: "Europe/Berlin"},
			}))
		}, ""},
		{"notification rules of no zone", func() error {
			return second(c.SetNotificationRules(ctx, 0, api.RulesBody{
				Window: 60, FlapChanges: 4, Quiet: &notification.Quiet{From: "22:00", Until: "07:00", Zone: "Nowhere"},
			}))
		}, "422"},
		{"notification channel", func() error {
			body := api.ChannelBody{Name: "Hook", Type: notification.ChannelWebhook, Secrets: map[string]string{"url": "http://127.0.0.1:1/x"}}
			added, err := c.AddNotificationChannel(ctx, body)
			if err != nil || added.Signing == "" {
				return fmt.Errorf("it was added as %+v, %w", added, err)
			}
			body.Secrets, body.Name = nil, "Receiver"
			if err := second(c.EditNotificationChannel(ctx, "hook", added.Revision, body)); err != nil {
				return err
			}
			tested, err := c.TestNotificationChannel(ctx, added.ID)
			if err != nil || tested.OK || tested.Said == "" {
				return fmt.Errorf("its test says %+v, %w", tested, err)
			}
			return errors.Join(second(c.NotificationChannels(ctx)), c.RemoveNotificationChannel(ctx, "receiver"))
		}, ""},
		{"notification channel of an earlier revision", func() error {
			body := api.ChannelBody{Name: "Desktop", Type: notification.ChannelDesktop, Off: true}
			return second(c.EditNotificationChannel(ctx, "desktop", 7, body))
		}, "412"},
		{"notification channel to an open address", func() error {
			return second(c.AddNotificationChannel(ctx, api.ChannelBody{
				Name: "Hook", Type: notification.ChannelSlack, Secrets: map[string]string{"url": "http://hooks.example.com/x"},
			}))
		}, "422"},
		{"test of no channel", func() error { return second(c.TestNotificationChannel(ctx, "nope")) }, "404"},
		{"link", func() error { return second(c.CreateLink(ctx)) }, ""},
		{"session", func() error { return second(c.Session(ctx)) }, ""},
		{"impact", func() error { return second(c.Impact(ctx, "corp")) }, ""},
		{"reconnect of what is connected", func() error { return second(c.Reconnect(ctx, "corp", connections.Reconnection{})) }, "409"},
		{"disconnect", func() error { return c.Disconnect(ctx, "corp") }, ""},
		{"sync of what is disconnected", func() error { return second(c.Sync(ctx, "corp", connections.SyncRequest{})) }, "409"},
		{"the disconnected", func() error { return second(c.Connections(ctx, api.ConnectionsParams{Disconnected: true})) }, ""},
		{"reconnect", func() error { return second(c.Reconnect(ctx, "corp", connections.Reconnection{})) }, ""},
		{"remove a connection", func() error { return c.RemoveConnection(ctx, "corp") }, ""},
		{"remove a connector", func() error { return c.RemoveConnector(ctx, "fake") }, "4"},
	}
	for _, test := range calls {
		err := test.call()
		var refused *problemjson.Refusal
		errors.As(err, &refused)
		switch {
		case test.status == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.status != "" && (refused == nil || !strings.HasPrefix(fmt.Sprint(refused.Status), test.status)):
			t.Errorf("%s: %v, want a refusal with %s", test.name, err, test.status)
		}
	}
	for path, methods := range answers.document.Paths {
		for method, operation := range methods {
			if answers.seen[operation.ID] == "" {
				t.Errorf("%s (%s %s) is called by no line of this table", operation.ID, strings.ToUpper(method), path)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

// described fetches the description of the API.
func described(t *testing.T, carrier http.RoundTripper) (d document) {
	t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, "http://plumbline/api/v1/openapi.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := carrier.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&d); err != nil || len(d.Paths) < 30 {
		t.Fatalf("the description has %d paths, %v", len(d.Paths), err)
	}
	return d
}

// lifeOfEvidence adds a file as evidence, reads it, changes and renews it, and removes it.
func lifeOfEvidence(ctx context.Context, c *calls.Client) error {
	const content = "It is so."
	file, err := c.UploadEvidence(ctx, "../note.txt", strings.NewReader(content))
	if err != nil {
		return err
	}
	e, err := c.AddEvidence(ctx, assurance.NewEvidence{
		Title: "Note", Controls: []string{"incident-plan"}, Artifact: &assurance.NewArtifact{Kind: assurance.EvidenceFile, File: &file},
	})
	if err != nil {
		return err
	}
	var got strings.Builder
	if err := c.EvidenceFile(ctx, e.ID, 1, &got); err != nil {
		return err
	}
	if got.String() != content {
		return fmt.Errorf("the file is %q", got.String())
	}
	if e, err = c.EditEvidence(ctx, e.ID, &e.Revision, assurance.EvidenceEdit{Owner: new(string)}); err != nil {
		return err
	}
	renewal := assurance.NewArtifact{Kind: assurance.EvidenceLink, Link: "https://example.com"}
	if e, err = c.RenewEvidence(ctx, e.ID, &e.Revision, renewal); err != nil {
		return err
	}
	return errors.Join(second(c.Evidence(ctx, e.ID)), second(c.RemoveEvidence(ctx, e.ID, "Wrong.")))
}

// TestScriptsAreSentCompressedOnceAndForAll reads a script as it is sent, twice, and as a
// client that takes no compression gets it.
func TestScriptsAreSentCompressedOnceAndForAll(t *testing.T) {
	t.Parallel()
	script := strings.Repeat("const answer = 42\n", 1000)
	screens := fstest.MapFS{
		"index.html": {Data: []byte("the screens")}, "assets/app-1.js": {Data: []byte(script)}, "assets/tiny-1.js": {Data: []byte("1")},
	}
	e := hosttest.Open(t, hosttest.Options(t, t.TempDir(), nil))
	server, err := api.New(e.App, "test", screens)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.BrowserHandler())
	t.Cleanup(web.Close)
	plain := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	for _, test := range []struct{ path, accept, encoding string }{
		{"/assets/app-1.js", "gzip, deflate, br", "gzip"}, {"/assets/app-1.js", "gzip", "gzip"}, {"/assets/app-1.js", "", ""},
		{"/assets/app-1.js", "br;q=1.0, gzip;q=0", ""}, {"/assets/tiny-1.js", "gzip", ""},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, web.URL+test.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", test.accept)
		response, err := plain.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(response.Body)
		response.Body.Close()
		h := response.Header
		if err != nil || h.Get("Content-Encoding") != test.encoding || !strings.HasPrefix(h.Get("Content-Type"), "text/javascript") ||
			!strings.Contains(h.Get("Cache-Control"), "immutable") {
			t.Errorf("%s with %q: %v, %v", test.path, test.accept, h, err)
		}
		if test.encoding == "" {
			continue
		}
		unpacked, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if whole, err := io.ReadAll(unpacked); err != nil || string(whole) != script || len(raw) > len(script)/10 {
			t.Errorf("%s is sent as %d bytes: %v", test.path, len(raw), err)
		}
	}
}

// TestAnswersToBrowsersAreCompressed asks as a browser does.
func TestAnswersToBrowsersAreCompressed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.login(t)
	for path, want := range map[string]string{"/api/v1/openapi.json": "gzip", "/api/v1/session": "", "/api/v1/events": ""} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.web.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", "gzip")
		response, err := b.client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.Header.Get("Content-Encoding"); got != want || response.StatusCode != http.StatusOK {
			t.Errorf("%s: %d with the encoding %q, want %q", path, response.StatusCode, got, want)
		}
	}
}

// packs makes, reads and deletes an evidence pack.
func packs(ctx context.Context, c *calls.Client, finished func(host.Task, error)) error {
	task, err := c.StartPack(ctx, packing.Request{Framework: "soc2", From: "2026-01-01", To: "2026-01-31"})
	if err != nil {
		return err
	}
	finished(task, nil)
	all, err := c.Packs(ctx)
	if err != nil || len(all) != 1 || all[0].Status != "done" || !all[0].Kept {
		return fmt.Errorf("the packs are %+v, %w", all, err)
	}
	var file strings.Builder
	if err := c.PackFile(ctx, all[0], &file); err != nil || !strings.HasPrefix(file.String(), "PK") {
		return fmt.Errorf("the file is %.100q, %w", file.String(), err)
	}
	if one, err := c.Pack(ctx, all[0].ID); err != nil || one.Downloaded == nil {
		return fmt.Errorf("the pack that was read is %+v, %w", one, err)
	}
	return c.DeletePack(ctx, all[0].ID)
}
