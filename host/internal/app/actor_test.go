package app_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// TestNoChangeWithoutAnActor calls every method of the use cases. One that is not listed
// as reading, as the host's own or as a test's has to refuse a context without an actor,
// so a new use case cannot be forgotten.
func TestNoChangeWithoutAnActor(t *testing.T) {
	t.Parallel()
	reading := []string{
		"Account", "AccountHistory", "Accounts", "AllHeld", "AssistantPolicy", "Assistants", "Attention", "Audit", "Backups",
		"Changes", "Check", "CheckCustomTest", "CompareAccounts", "Connection", "ConnectionCoverage", "Connections", "Connector",
		"Connectors", "Control", "Controls", "CustomTest", "CustomTests", "CustomVersions", "Demo", "Doctor", "Draft", "Drafts",
		"Events", "Evidence", "EvidenceAt", "EvidenceDue", "EvidenceFile", "EvidenceItems", "Exclusions", "ExplainConnection", "ExplainRun",
		"ExportFile", "Exports", "Feed", "Fields", "FindRuns", "FindTests", "Framework", "Frameworks", "Held", "HeldRecords",
		"History", "HistorySummary", "Holds", "Impact", "ImpactOnControls", "Insights", "IsConnector", "KnownAttention",
		"KnownConnectors", "LastBackup", "LastEvent", "ListConnections", "Logger", "Logs", "Moment", "NotificationChannels",
		"NotificationRules", "NotificationSource", "Notifications", "OfferRelease", "Pack", "PackKey", "Packs", "Past",
		"PastExclusions", "People", "Person", "PersonSources", "PreviewSchedule", "PreviewSummary", "PreviewTest",
		"ReadCustomTest", "Readers", "RecordDetail", "RecordVersions", "Records", "Rules", "Run", "Runs", "SessionKey", "Settings",
		"Status", "Storage", "Suggestions", "Summary", "SummaryConfiguration", "SummaryFeedback", "Task", "Tasks", "Test",
		"TestCoverage", "TestFindings", "TestHeld", "TestHistory", "TestSetting", "Tests", "Updates", "VerifyFiles", "Views",
		"WaitRun", "When",
	}
	// These name the host and the schedule themselves.
	hosts := []string{"CloseExports", "ClosePacks", "ExamineStore", "FollowTests", "KeepInsights", "StartDue", "SweepFiles"}
	tests := []string{"BackupAttention", "CheckDisk", "LimitChecks", "Maintain", "MakeDue", "PauseAfter"}
	use := reflect.ValueOf(app.New(app.Parts{})) // a refusal touches no part
	refused := 0
	for i := range use.NumMethod() {
		name := use.Type().Method(i).Name
		if slices.Contains(reading, name) || slices.Contains(hosts, name) || slices.Contains(tests, name) {
			continue
		}
		refused++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := refusal(t, use.Method(i))
			var p *host.Problem
			if !errors.As(err, &p) || p.Code != host.CodeNoActor {
				t.Errorf("without an actor it answers %v", err)
			}
		})
	}
	if refused < 20 {
		t.Errorf("only %d use cases change something", refused)
	}
}

// refusal calls a method with a context without an actor and with zero values, and
// returns its error.
func refusal(t *testing.T, method reflect.Value) error {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("it went to work without an actor: %v", p)
		}
	}()
	in := make([]reflect.Value, method.Type().NumIn())
	for i := range in {
		in[i] = reflect.Zero(method.Type().In(i))
		if in[i].Type() == reflect.TypeFor[context.Context]() {
			in[i] = reflect.ValueOf(t.Context())
		}
	}
	out := method.Call(in)
	err, _ := out[len(out)-1].Interface().(error)
	return err
}

func TestARunRecordsWhoStartedIt(t *testing.T) {
	t.Parallel()
	o := options(t, dataDir(t), nil)
	o.Unattended = true
	e := open(t, o)
	c := add(t, e, connections.NewConnection{Schedule: "@daily"})
	if run := sync(t, e, "corp"); run.Actor == nil || run.Actor.String() != "anna (this machine)" || run.Trigger != host.TriggerManual {
		t.Errorf("a person's run is by %v, %s", run.Actor, run.Trigger)
	}
	if err := e.MakeDue(c.ID); err != nil {
		t.Fatal(err)
	}
	await(t, "the run that is due", func() bool {
		runs, _, err := e.Runs("corp", 10, "")
		return err == nil && len(runs) == 2 && runs[0].Status.Final()
	})
	runs, _, err := e.Runs("corp", 10, "")
	if err != nil || runs[0].Actor == nil || *runs[0].Actor != host.ScheduleActor() {
		t.Errorf("the scheduled run is by %+v, %v", runs[0].Actor, err)
	}
}
