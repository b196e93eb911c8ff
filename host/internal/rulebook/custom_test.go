package rulebook_test

import (
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

const source = `id: own-locks
title: Screens lock
kind: device
expect: r.screen_lock
severity: low
`

// TestEachDayHasItsVersion: a past day is judged by the version that was in use then, and by none before the first or after the end.
func TestEachDayHasItsVersion(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.day(2)
	c, err := o.book.NewCustomTest(as("anna"), verdict.Writing{Source: source})
	if err != nil || c.State != verdict.CustomDraft || !c.Unsettled || c.Source != source {
		t.Fatalf("a draft is %+v, %v", c, err)
	}
	o.day(3)
	if c, err = o.book.PublishCustomTest(as("anna"), c.ID, &c.Revision, "first"); err != nil || c.Version != 1 || c.Unsettled {
		t.Fatalf("published: %+v, %v", c, err)
	}
	o.day(5)
	next := verdict.Writing{Source: strings.Replace(source, "low", "high", 1)}
	if _, err := o.book.PutCustomTest(as("ben"), c.ID, new(uint64(1)), next); !is(err, host.CodeConflict) {
		t.Errorf("of another revision: %v", err)
	}
	if c, err = o.book.PutCustomTest(as("ben"), c.ID, &c.Revision, next); err != nil || c.State != verdict.CustomPublished || !c.Unsettled {
		t.Fatalf("a draft beside: %+v, %v", c, err)
	}
	if _, err := o.book.PublishCustomTest(as("ben"), c.ID, new(uint64(1)), ""); !is(err, host.CodeConflict) {
		t.Errorf("published of another revision: %v", err)
	}
	o.day(6)
	if c, err = o.book.PublishCustomTest(as("ben"), c.ID, nil, "graver"); err != nil || c.Version != 2 {
		t.Fatalf("published again: %+v, %v", c, err)
	}
	o.day(9)
	if c, err = o.book.RetireCustomTest(as("ben"), c.ID, nil, "no screens"); err != nil || c.State != verdict.CustomRetired {
		t.Fatalf("retired: %+v, %v", c, err)
	}
	for day, want := range map[int]verdict.Severity{2: "", 3: "low", 5: "low", 6: "high", 8: "high", 9: "", 10: ""} {
		r := o.rule(c.ID, time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC))
		var got verdict.Severity
		if r.Program != nil {
			got = r.Program.Test.Severity
		}
		if got != want {
			t.Errorf("on day %d it is judged as %q, want %q", day, got, want)
		}
	}
	all, err := o.book.CustomVersions(c.ID)
	if err != nil || len(all) != 2 || all[0].Version != 2 || len(all[0].Changes) != 1 || all[0].Changes[0] != (verdict.FieldChange{
		Field: "severity", Before: "low", After: "high",
	}) || all[0].Retired == nil || all[1].By.Name != "anna" {
		t.Errorf("the versions are %+v, %v", all, err)
	}
	o.day(11)
	if _, err := o.book.PutCustomTest(as("ben"), c.ID, nil, next); err != nil {
		t.Fatal(err)
	}
	if c, err = o.book.PublishCustomTest(as("ben"), c.ID, nil, ""); err != nil || c.Version != 3 || c.Retired != nil {
		t.Errorf("in use again: %+v, %v", c, err)
	}
}

// TestADraftIsDiscarded: of a test that was never published nothing is left, of another its latest version.
func TestADraftIsDiscarded(t *testing.T) {
	t.Parallel()
	o := open(t)
	made, err := o.book.NewCustomTest(as("anna"), verdict.Writing{Copy: "disks"})
	if err != nil || made.ID != "own-disks" || made.CopiedFrom != "disks" {
		t.Fatalf("a copy is %+v, %v", made, err)
	}
	if _, err := o.book.NewCustomTest(as("anna"), verdict.Writing{Test: &made.Test}); !is(err, host.CodeConflict) {
		t.Errorf("twice: %v", err)
	}
	if err := o.book.DiscardCustomTest(as("anna"), made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := o.book.CustomTest(made.ID); !is(err, host.CodeNotFound) {
		t.Errorf("what is left: %v", err)
	}
	kept, err := o.book.NewCustomTest(as("anna"), verdict.Writing{Source: source})
	if err == nil {
		_, err = o.book.PublishCustomTest(as("anna"), kept.ID, nil, "")
	}
	if err == nil {
		_, err = o.book.PutCustomTest(as("anna"), kept.ID, nil, verdict.Writing{Source: strings.Replace(source, "low", "high", 1)})
	}
	if err == nil {
		err = o.book.DiscardCustomTest(as("anna"), kept.ID)
	}
	kept, getErr := o.book.CustomTest(kept.ID)
	if err != nil || getErr != nil || kept.Unsettled || kept.Test.Severity != verdict.SeverityLow || kept.Source != source {
		t.Errorf("what is left: %+v, %v", kept, err)
	}
}

// TestNothingIsStoredOfAMistake: the problem has a line and a column for each mistake.
func TestNothingIsStoredOfAMistake(t *testing.T) {
	t.Parallel()
	o := open(t)
	wrong := strings.Replace(source, "r.screen_lock", "r.screen_lock &&\n  r.nothing", 1)
	_, err := o.book.NewCustomTest(as("anna"), verdict.Writing{Source: wrong})
	p := host.AsProblem(err)
	if p.Code != host.CodeInvalid || len(p.Fields) != 1 || p.Fields[0].Line != 5 || p.Fields[0].Column != 3 || p.Fields[0].Field != "expect" {
		t.Errorf("refused with %+v", p)
	}
	foreign := strings.Replace(source, "own-", "", 1)
	for _, w := range []verdict.Writing{{}, {Source: source, Copy: "disks"}, {Source: foreign}, {Copy: "nothing"}} {
		if _, err := o.book.NewCustomTest(as("anna"), w); err == nil {
			t.Errorf("%+v is stored", w)
		}
	}
	if all, err := o.book.CustomTests(); err != nil || len(all) != 0 {
		t.Errorf("stored are %+v, %v", all, err)
	}
}

// TestOneThatNoLongerCompilesIsInErrorAlone: an update of the product may take away what a published test uses.
func TestOneThatNoLongerCompilesIsInErrorAlone(t *testing.T) {
	t.Parallel()
	o := open(t)
	old := verdict.Test{ID: "own-old", Version: 1, Title: "Old", Kind: "device", Expect: "r.no_such_field == 1", Severity: verdict.SeverityLow}
	if err := o.book.PutVersion(as("anna"), verdict.CustomVersion{Version: 1, Test: old, At: o.now}); err != nil {
		t.Fatal(err)
	}
	rules, err := o.book.Rules(t.Context(), time.Time{})
	if err != nil || len(rules) != 4 {
		t.Fatalf("%d tests are in use, %v", len(rules), err)
	}
	for _, r := range rules {
		round := r.Program.Begin(o.now, nil, nil)
		subject := monitor.Subject{
			Connection: monitor.Connection{ID: "c1", Alias: "laptops"}, Key: "a", Data: []byte(`{"name":"a","disk_encryption":true}`),
		}
		_, judging := round.Take(t.Context(), subject)
		direct := []verdict.Reading{{Direct: true, Complete: true}}
		result, _, err := round.End(t.Context(), direct)
		if err != nil {
			t.Fatal(err)
		}
		broken := r.Program.Test.ID == "own-old"
		if (judging != nil) != broken || (result.State == verdict.StateError) != broken {
			t.Errorf("%s is %s: %s, %v", r.Program.Test.ID, result.State, result.Reason, judging)
		}
	}
}
