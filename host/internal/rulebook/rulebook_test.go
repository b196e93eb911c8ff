package rulebook_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// office is a rulebook over a journal, on a day that the test chooses.
type office struct {
	t    *testing.T
	now  time.Time
	book *rulebook.Rulebook
	laps string // id of a connection
}

func library() ([]verdict.Test, error) {
	return []verdict.Test{
		{ID: "disks", Version: 1, Title: "Disks are encrypted", Kind: "device", Expect: "r.disk_encryption", Severity: verdict.SeverityHigh,
			Parameters: []verdict.Parameter{
				{Name: "days", Default: int64(90)}, {Name: "share", Default: 0.5}, {Name: "word", Default: "x"}, {Name: "on", Default: true},
				{Name: "names", Default: []any{"a"}},
			}},
		{ID: "few", Version: 1, Title: "Devices are few", Kind: "device", Expect: "count < 5", Severity: verdict.SeverityLow,
			Count: &verdict.Count{By: verdict.CountByConnection}},
		{ID: "whole", Version: 1, Title: "There is a device", Kind: "device", Expect: "count > 0", Severity: verdict.SeverityLow,
			Count: &verdict.Count{By: verdict.CountByAll}},
	}, nil
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return o.now }
	store, err := journal.Open(journal.Options{Dir: t.TempDir(), Key: make([]byte, 32), MinFreeBytes: 1, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := store.CreateConnection(as("anna"), host.Connection{ID: "c1", Alias: "laptops", Connector: "csv"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	o.laps = c.ID
	o.book = rulebook.New(rulebook.Parts{Library: library, Store: store, Events: event.New(100), Now: clock, Location: time.UTC})
	return o
}

func as(name string) context.Context {
	return host.WithActor(context.Background(), host.Actor{Kind: host.ActorPerson, ID: name, Name: name, Auth: host.AuthLocal})
}

// day goes on to the morning of a day of March.
func (o *office) day(n int) time.Time {
	o.now = time.Date(2026, 3, n, 9, 0, 0, 0, time.UTC)
	return o.now
}

// rule returns a test as it is at a moment; the zero time is now.
func (o *office) rule(id string, at time.Time) rulebook.Rule {
	o.t.Helper()
	rules, err := o.book.Rules(o.t.Context(), at)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, r := range rules {
		if r.Program.Test.ID == id {
			return r
		}
	}
	return rulebook.Rule{}
}

func (o *office) set(id string, c verdict.Choice) verdict.Setting {
	o.t.Helper()
	s, err := o.book.SetTest(as("anna"), id, nil, c)
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

// TestThePastHasTheDecisionsOfThen: what is judged as of a past day is judged by what was decided on that day.
func TestThePastHasTheDecisionsOfThen(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.day(2)
	o.set("disks", verdict.Choice{Disabled: true, Reason: "not ours"})
	o.day(4)
	o.set("disks", verdict.Choice{Parameters: map[string]any{"days": 45.0}, Severity: new(verdict.SeverityLow), Days: new(3), Owner: " anna "})
	o.day(6)
	made, err := o.book.Exclude(as("anna"), "few", verdict.NewExclusion{
		ItemRef: verdict.ItemRef{Connection: "laptops"}, Reason: "a school", Until: "2026-03-09",
	})
	if err != nil {
		t.Fatal(err)
	}
	if made.Until.Format(time.RFC3339) != "2026-03-10T00:00:00Z" || made.Name != "laptops" || made.Connection != o.laps {
		t.Errorf("the exclusion is %+v", made)
	}
	noon := func(day int) time.Time { return time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC) }
	o.day(12)
	for _, c := range []struct {
		day      int
		disabled bool
		days     any
		severity verdict.Severity
		excluded int
	}{
		{1, false, nil, verdict.SeverityHigh, 0}, {2, true, nil, verdict.SeverityHigh, 0}, {3, true, nil, verdict.SeverityHigh, 0},
		{4, false, int64(45), verdict.SeverityLow, 0}, {6, false, int64(45), verdict.SeverityLow, 1},
		{9, false, int64(45), verdict.SeverityLow, 1}, {10, false, int64(45), verdict.SeverityLow, 0},
	} {
		r := o.rule("disks", noon(c.day))
		if r.Setting.Disabled != c.disabled || r.Parameters["days"] != c.days || r.Program.Test.Severity != c.severity {
			t.Errorf("on day %d it is %+v, parameters %v, severity %s", c.day, r.Setting, r.Parameters, r.Program.Test.Severity)
		}
		if n := len(o.rule("few", noon(c.day)).Exclusions); n != c.excluded {
			t.Errorf("on day %d there are %d exclusions, want %d", c.day, n, c.excluded)
		}
	}
	if r := o.rule("disks", time.Time{}); r.Program.Test.Days != 3 || r.Setting.Owner != "anna" || r.Setting.Revision != 2 || r.Setting.By.Name != "anna" {
		t.Errorf("now it is %+v", r.Setting)
	}
	all, err := o.book.Exclusions(rulebook.ExclusionQuery{States: []verdict.ExclusionState{verdict.ExclusionEnded}})
	if err != nil || len(all) != 1 || all[0].ID != made.ID || all[0].Reason != "a school" {
		t.Errorf("what has ended is listed as %+v, %v", all, err)
	}
}

// TestAnExclusionIsWithdrawnOnce: it is kept with the reason, counts in the past, and the item can be excluded anew.
func TestAnExclusionIsWithdrawnOnce(t *testing.T) {
	t.Parallel()
	o := open(t)
	exclude := func() (verdict.ItemExclusion, error) {
		return o.book.Exclude(as("anna"), "whole", verdict.NewExclusion{Reason: "no office"})
	}
	first, err := exclude()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exclude(); !is(err, host.CodeConflict) {
		t.Errorf("the second at a time: %v", err)
	}
	day := o.day(5)
	if _, err := o.book.WithdrawExclusion(as("ben"), first.ID, new(uint64(7)), "moved"); !is(err, host.CodeConflict) {
		t.Errorf("of another revision: %v", err)
	}
	gone, err := o.book.WithdrawExclusion(as("ben"), first.ID, &first.Revision, "moved")
	if err != nil || gone.State != verdict.ExclusionWithdrawn || gone.Withdrawn.By.Name != "ben" || gone.By.Name != "anna" {
		t.Errorf("it is withdrawn as %+v, %v", gone, err)
	}
	if _, err := o.book.WithdrawExclusion(as("ben"), first.ID, nil, "again"); !is(err, host.CodeConflict) {
		t.Errorf("withdrawn twice: %v", err)
	}
	o.day(8)
	second, err := exclude()
	if err != nil || second.ID == first.ID {
		t.Errorf("anew: %+v, %v", second, err)
	}
	if then, since := len(o.rule("whole", day.Add(-time.Hour)).Exclusions), len(o.rule("whole", day.Add(time.Hour)).Exclusions); then != 1 || since != 0 {
		t.Errorf("%d exclusions before the withdrawal, %d after it", then, since)
	}
}

func is(err error, code string) bool {
	var p *host.Problem
	return errors.As(err, &p) && p.Code == code
}

// TestWhatIsRefused: nothing is stored of a decision that is refused.
func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.set("disks", verdict.Choice{Owner: "anna"})
	for want, c := range map[string]verdict.Choice{
		"reason: say why the test is disabled: its state and the packs repeat it":                     {Disabled: true, Reason: " "},
		"reason: an enabled test has no reason: leave it out, or disable the test":                    {Reason: "why not"},
		"owner: this is one line of at most 200 bytes":                                                {Owner: "a\nb"},
		"parameters.days: this is a whole number":                                                     {Parameters: map[string]any{"days": 1.5}},
		"parameters.names: this is a list of texts":                                                   {Parameters: map[string]any{"names": []any{1.0}}},
		"parameters.none: the test has no parameter none":                                             {Parameters: map[string]any{"none": 1.0}},
		"parameters.on: this is yes or no: true or false":                                             {Parameters: map[string]any{"on": "yes"}},
		"parameters.share: this is a number, and 1 more":                                              {Parameters: map[string]any{"share": "a", "word": 1.0}},
		"the test has a mistake (days_allowed: this is a number of days from 0 to 3650)":              {Days: new(-1)},
		`the test has a mistake (severity: "deadly" is none of critical, high, medium, low and info)`: {Severity: new(verdict.Severity("deadly"))},
	} {
		_, err := o.book.SetTest(as("anna"), "disks", nil, c)
		if !is(err, host.CodeInvalid) {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if got := said(err); got != want {
			t.Errorf("%+v is refused with %q, want %q", c, got, want)
		}
	}
	for want, n := range map[string]verdict.NewExclusion{
		"key is of one record, but the test judges counts: name the connection alone": {ItemRef: verdict.ItemRef{Connection: "laptops", Key: "1"}, Reason: "x"},
		"connection is missing":                                                              {Reason: "x"},
		"until is over: give a day to come, or leave it out":                                 {ItemRef: verdict.ItemRef{Connection: "laptops"}, Reason: "x", Until: "2026-02-28"},
		"reason is missing: say why the item is taken out: the test and the packs repeat it": {ItemRef: verdict.ItemRef{Connection: "laptops"}},
	} {
		if _, err := o.book.Exclude(as("anna"), "few", n); err == nil || said(err) != want {
			t.Errorf("%+v is refused with %v, want %q", n, err, want)
		}
	}
	if s, err := o.book.TestSetting("disks"); err != nil || s.Revision != 1 || s.Owner != "anna" {
		t.Errorf("stored is %+v, %v", s, err)
	}
	if _, err := o.book.SetTest(as("ben"), "disks", new(uint64(0)), verdict.Choice{}); !is(err, host.CodeConflict) {
		t.Errorf("of another revision: %v", err)
	}
}

// said returns the message of a problem; of one that only lists fields, the first too.
func said(err error) string {
	p := host.AsProblem(err)
	if p.Message == "the test has a mistake" {
		return p.Message + " (" + p.Fields[0].Field + ": " + p.Fields[0].Message + ")"
	}
	return p.Message
}
