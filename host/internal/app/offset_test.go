package app_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

func TestAListIsReadFromAnyPlaceOn(t *testing.T) {
	t.Parallel()
	e := setup(t)
	add(t, e, connections.NewConnection{Connector: "fake", Alias: "trial", Settings: raw(`{"streams":[{"name":"users","records":5}]}`)})
	sync(t, e, "trial")
	keys := func(q lookup.RecordQuery) (keys []string) {
		t.Helper()
		q.Connections, q.Stream = []string{"trial"}, "users"
		page, err := e.Records(as(t), q)
		if err != nil {
			t.Fatal(err)
		}
		if page.Matched == nil || *page.Matched != 5 {
			t.Errorf("%+v: matched %v, want 5", q, page.Matched)
		}
		for _, r := range page.Items {
			keys = append(keys, r.Key)
		}
		return keys
	}
	all := keys(lookup.RecordQuery{Limit: 5})
	if diff := cmp.Diff(all[3:5], keys(lookup.RecordQuery{Limit: 2, Offset: 3})); diff != "" {
		t.Errorf("two from the fourth on:\n%s", diff)
	}
	if diff := cmp.Diff(all[4:], keys(lookup.RecordQuery{Limit: 2, Offset: 4})); diff != "" {
		t.Errorf("the last:\n%s", diff)
	}
	if behind := keys(lookup.RecordQuery{Limit: 2, Offset: 9}); len(behind) != 0 {
		t.Errorf("behind the end there are %v", behind)
	}
}
