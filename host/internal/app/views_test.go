package app_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

func TestSavedViews(t *testing.T) {
	t.Parallel()
	e := setup(t)
	save := func(name, query string) {
		t.Helper()
		if _, err := e.SaveView(as(t), host.SavedView{Page: "connections", Name: name, Query: query}); err != nil {
			t.Fatal(err)
		}
	}
	save("Mine", "owner=anna")
	save("Broken", "health=unhealthy&order=-records")
	save("mine", "owner=ben")
	save("mine", "owner=ben") // nothing changes, so nothing is in the audit log
	views, err := e.Views("connections")
	want := []host.SavedView{
		{Page: "connections", Name: "Broken", Query: "health=unhealthy&order=-records"}, {Page: "connections", Name: "mine", Query: "owner=ben"},
	}
	if diff := cmp.Diff(want, views); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if others, err := e.Views("accounts"); err != nil || len(others) != 0 {
		t.Errorf("of another page: %v, %v", others, err)
	}
	log, _, err := e.Audit(as(t), lookup.AuditQuery{Collection: "view"})
	if err != nil || len(log) != 3 || log[0].Actor.Name != "anna" || log[0].Title != "mine" || log[0].Action != host.ActionChanged {
		t.Errorf("audit: %+v, %v", log, err)
	}
	if err := e.RemoveView(as(t), "connections", "MINE"); err != nil {
		t.Error(err)
	}
	if err := e.RemoveView(as(t), "connections", "mine"); host.AsProblem(err).Code != host.CodeNotFound {
		t.Errorf("removed twice: %v", err)
	}
	for name, v := range map[string]host.SavedView{
		"no name":                {Page: "connections", Query: "q=x"},
		"a slash":                {Page: "connections", Name: "a/b"},
		"another page":           {Page: "shoes", Name: "a"},
		"no query of an address": {Page: "connections", Name: "a", Query: "%zz"},
	} {
		if _, err := e.SaveView(as(t), v); host.AsProblem(err).Code != host.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
