package dryrun_test

import (
	"fmt"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/dryrun"
)

var limits = host.RemovalLimits{Share: 0.1, Count: 20}

// compare compares the documents of keys; what was sent as "" was removed by the source.
func compare(deletes string, outcome host.Outcome, stored, sent map[string]string) host.DryRunStream {
	c := dryrun.NewComparison(host.StreamInfo{Name: "users", Kind: "account", Deletes: deletes})
	for key, doc := range stored {
		c.Stored(key, []byte(doc))
	}
	for key, doc := range sent {
		if doc == "" {
			c.Gone(key)
			continue
		}
		c.Sent(key, []byte(`{"early":true}`)) // the last one of a key holds
		c.Sent(key, []byte(doc))
	}
	for key, doc := range stored {
		c.Show(key, []byte(doc))
	}
	return c.Result(host.StreamResult{Stream: "users", Outcome: outcome, Read: len(sent)}, limits)
}

func TestComparison(t *testing.T) {
	t.Parallel()
	stored := map[string]string{"a": `{"n":1}`, "b": `{"n":2}`, "c": `{"n":3}`, "d": `{"n":4}`}
	sent := map[string]string{"a": `{"n":1}`, "b": `{"n":9}`, "e": `{"n":5}`, "d": ""}
	for name, test := range map[string]struct {
		deletes string
		outcome host.Outcome
		removed int
		held    string
	}{
		"a whole snapshot":    {"snapshot", host.OutcomeComplete, 2, ""},
		"one with gaps":       {"snapshot", host.OutcomeGaps, 1, ""},
		"removals by name":    {"tombstone", host.OutcomeComplete, 1, ""},
		"one that broke off":  {"snapshot", host.OutcomePartial, 1, ""},
		"a list that is kept": {"never", host.OutcomeComplete, 1, ""},
	} {
		s := compare(test.deletes, test.outcome, stored, sent)
		if s.Added != 1 || s.Changed != 1 || s.Unchanged != 1 || s.Removed != test.removed || s.Held != test.held {
			t.Errorf("%s: %+v", name, s)
		}
		kinds := map[host.ChangeKind]int{}
		for _, change := range s.Changes {
			kinds[change.Kind]++
		}
		if kinds[host.ChangeAdded] != 1 || kinds[host.ChangeChanged] != 1 || kinds[host.ChangeRemoved] != test.removed {
			t.Errorf("%s: shows %+v", name, s.Changes)
		}
	}
}

func TestWhatARunWouldHold(t *testing.T) {
	t.Parallel()
	stored := map[string]string{}
	for n := range 100 {
		stored[fmt.Sprint(n)] = "{}"
	}
	s := compare("snapshot", host.OutcomeComplete, stored, nil)
	if s.Removed != 100 || s.Held != string(host.RemovalOfAll) || len(s.Changes) != 20 {
		t.Errorf("%d removed, held as %q, %d shown", s.Removed, s.Held, len(s.Changes))
	}
}

func TestFieldsOfAChange(t *testing.T) {
	t.Parallel()
	s := compare("snapshot", host.OutcomeComplete,
		map[string]string{"a": `{"gone":1,"list":[1],"same":{"x":1},"vendor":{"id":1,"name":"Ann"}}`},
		map[string]string{"a": `{"list":[2],"new":true,"same":{"x":1},"vendor":{"id":1,"name":"Ada"}}`})
	got := ""
	for _, f := range s.Changes[0].Fields {
		got += fmt.Sprintf("%s %s %s; ", f.Field, f.Before, f.After)
	}
	if want := `gone 1 ; list [1] [2]; new  true; vendor.name "Ann" "Ada"; `; got != want {
		t.Errorf("the fields are %s, want %s", got, want)
	}
}
