package app_test

import (
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
)

func TestADraftEndsWithItsConnection(t *testing.T) {
	t.Parallel()
	e := setup(t)
	put := func(id string, edit connections.DraftEdit) host.Draft {
		draft, err := e.PutDraft(as(t), id, 0, edit)
		if err != nil {
			t.Fatal(err)
		}
		return draft
	}
	left := func(connector, connection string) string {
		all, err := e.Drafts(as(t), connector, connection)
		if err != nil {
			t.Fatal(err)
		}
		ids := ""
		for _, d := range all {
			ids += d.ID[:3]
		}
		return ids
	}
	first := put("new00000", connections.DraftEdit{Connector: "fake", Alias: "corp", Settings: raw(`{"streams":"unfinished"}`)})
	if first.ConnectorName != "Fake" || first.UpdatedBy == nil || first.Revision != 1 {
		t.Errorf("it is %+v", first)
	}
	put("old00000", connections.DraftEdit{Connector: "fake"})
	if _, err := e.PutDraft(as(t), "bad00000", 0, connections.DraftEdit{Connector: "fake", Settings: raw(`{"token":"x"}`)}); err == nil {
		t.Error("a draft holds a secret")
	}
	_, err := e.AddConnection(as(t), connections.NewConnection{Connector: "fake", Alias: "corp", Draft: "new00000"})
	if err != nil {
		t.Fatal(err)
	}
	if got := left("", ""); got != "old" {
		t.Errorf("after the connection was saved the drafts are %s", got)
	}
	if edit := put("edi00000", connections.DraftEdit{Connection: "corp", Base: 1}); edit.Connector != "fake" || edit.Connection == "corp" {
		t.Errorf("the draft of an edit is %+v", edit)
	}
	if got := left("fake", "corp") + " " + left("other", ""); got != "edi " {
		t.Errorf("the drafts of corp are %s", got)
	}
	if err := e.RemoveConnection(as(t), "corp"); err != nil {
		t.Fatal(err)
	}
	if got := left("", ""); got != "old" {
		t.Errorf("after the connection was removed the drafts are %s", got)
	}
	_, err = e.Draft(as(t), "edi00000")
	if p := hosttest.Problem(t, err); p.Code != host.CodeNotFound {
		t.Error(p)
	}
}
