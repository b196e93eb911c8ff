package app_test

import (
	"slices"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/diagnose"
)

func TestExplanationKnowsWhatChangedAndByWhom(t *testing.T) {
	t.Parallel()
	e := setup(t)
	add(t, e, connections.NewConnection{
		Settings: raw(`{"streams":[{"name":"users","records":3}]}`), Secrets: map[string]string{"token": "first"},
	})
	worked := sync(t, e, "corp")
	edit := connections.Edit{
		Settings: raw(`{"streams":[{"name":"users","records":3}],"connect":{"error":"auth.invalid"}}`),
		Secrets:  map[string]string{"token": "second"},
	}
	if _, err := e.EditConnection(as(t), "corp", 0, edit); err != nil {
		t.Fatal(err)
	}
	failed := sync(t, e, "corp")

	got, err := e.ExplainConnection(as(t), "corp", true)
	if err != nil {
		t.Fatal(err)
	}
	if got.Run != failed.ID || got.State != diagnosis.ExplanationExplained || got.Cause.ID != diagnosis.CauseCredentialWrong {
		t.Fatalf("run %s is %s: %+v", got.Run, got.State, got.Cause)
	}
	if got.Worked == nil || got.Worked.Run != worked.ID {
		t.Errorf("it worked in %+v, want %s", got.Worked, worked.ID)
	}
	var kinds []string
	for _, c := range got.Facts.Changes {
		kinds = append(kinds, c.Kind)
		if c.Actor == nil || c.Actor.Kind != host.ActorPerson || c.Entry == 0 {
			t.Errorf("the change of %v is by %+v, entry %d", c.Names, c.Actor, c.Entry)
		}
	}
	if want := []string{diagnose.ChangedSetting, diagnose.ChangedCredential}; !slices.Equal(kinds, want) {
		t.Errorf("changes %v, want %v", kinds, want)
	}
	links := slices.ContainsFunc(got.Cause.Evidence, func(one diagnosis.Evidence) bool {
		return one.Kind == diagnosis.EvidenceChange &&
			one.Entry > 0
	})
	if !links {
		t.Errorf("no evidence links to the audit log: %+v", got.Cause.Evidence)
	}
}

func TestExplanationOfARun(t *testing.T) {
	t.Parallel()
	e := setup(t)
	add(t, e, connections.NewConnection{Settings: raw(`{"streams":[{"name":"users","records":3}]}`)})
	if got, err := e.ExplainConnection(as(t), "corp", false); err != nil || got.State != diagnosis.ExplanationNone || got.Run != "" {
		t.Errorf("before a run: %+v, %v", got, err)
	}
	run := sync(t, e, "corp")
	if got, err := e.ExplainRun(as(t), run.ID, false); err != nil || got.State != diagnosis.ExplanationNone || got.Facts != nil {
		t.Errorf("of a run that completed: %+v, %v", got, err)
	}
	partly := raw(`{"streams":[{"name":"users","records":3},{"name":"groups","records":3,"fail_at":1,"error":"upstream.5xx"}]}`)
	if _, err := e.EditConnection(as(t), "corp", 0, connections.Edit{Settings: partly}); err != nil {
		t.Fatal(err)
	}
	run = sync(t, e, "corp")
	got, err := e.ExplainRun(as(t), run.ID, false)
	if err != nil {
		t.Fatal(err)
	}
	if got.State != diagnosis.ExplanationInconclusive || got.Cause.ID != diagnosis.CauseVendorOutage || !got.Partial {
		t.Errorf("%s, %s, partial %t; want an inconclusive outage of a part", got.State, got.Cause.ID, got.Partial)
	}
	if len(got.Streams) != 1 || got.Streams[0].Name != "groups" || got.Streams[0].LastCompleteAt == nil {
		t.Errorf("not whole: %+v; want groups with its last success", got.Streams)
	}
}
