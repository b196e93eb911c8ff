package timeline_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/timeline"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// mfaTest is a test that reads nothing but the account.
func mfaTest() verdict.Test {
	return verdict.Test{
		ID: "mfa", Version: 1, Title: "Accounts have a second factor", Kind: "account", Scope: "r.status == 'active'", Expect: "r.mfa",
		Message: "'It has no second factor.'", Severity: verdict.SeverityHigh,
	}
}

// held returns what a test says of the last 90 days, and its items by key.
func (p *past) held(id string, outcomes ...verdict.HeldOutcome) (verdict.Held, map[string]verdict.HeldItem) {
	p.t.Helper()
	held, err := p.timeline.TestHeld(p.t.Context(), id, timeline.HeldQuery{
		From: p.now.AddDate(0, 0, -90), Outcomes: outcomes,
	})
	must(p.t, err)
	items := map[string]verdict.HeldItem{}
	for _, item := range held.Items {
		items[item.Key] = item
	}
	return held, items
}

// TestHeldOverNinetyDays: one account kept its second factor, one lost it for a day and got it back, one is across a gap.
func TestHeldOverNinetyDays(t *testing.T) {
	t.Parallel()
	p := openPast(t, mfaTest())
	for day := range 101 {
		p.at(day, 6)
		docs := map[string]any{"keeps": accountOf("keeps@acme.example", "yes"), "loses": accountOf("loses@acme.example", "yes")}
		if day == 40 {
			docs["loses"] = accountOf("loses@acme.example", "no")
		}
		p.read("idp", kind.KindAccount, host.StatusSucceeded, docs)
		if day < 60 || day >= 65 { // the other connection was not read for five days
			p.read("code", kind.KindAccount, host.StatusSucceeded, map[string]any{"across": accountOf("across@acme.example", "yes")})
		}
	}
	p.at(100, 12)
	whole, items := p.held("mfa")
	if whole.Outcome != verdict.HeldNo || whole.Tally != (verdict.HeldTally{Yes: 1, No: 1, CannotSay: 1}) {
		t.Errorf("as a whole %s: %s, %+v", whole.Outcome, whole.Reason, whole.Tally)
	}
	if got := items["keeps"]; got.Outcome != verdict.HeldYes || len(got.Spans) != 0 {
		t.Errorf("the account that kept it: %+v", got)
	}
	lost := items["loses"]
	if lost.Outcome != verdict.HeldNo || len(lost.Spans) != 1 {
		t.Fatalf("the account that lost it: %+v", lost)
	}
	span := lost.Spans[0]
	from, to := span.From.Format("2006-01-02 15:04"), span.To.Format("2006-01-02 15:04")
	if from != "2026-10-11 06:00" || to != "2026-10-12 06:00" || span.Cause != verdict.HeldCauseFail || span.Days != 2 {
		t.Errorf("it did not hold from %s to %s: %+v", from, to, span)
	}
	if span.Begun == nil || span.Ended == nil {
		t.Fatalf("no versions show it: %+v", span)
	}
	if span.Begun.Hash == "" || span.Begun.Hash == span.Ended.Hash || !span.Ended.ObservedAt.Equal(span.To) {
		t.Errorf("the versions that show it: %+v, %+v", span.Begun, span.Ended)
	}
	if span.Message != "It has no second factor." {
		t.Errorf("the reason is %q", span.Message)
	}
	across := items["across"]
	if across.Outcome != verdict.HeldCannotSay || len(across.Spans) != 1 || across.Spans[0].Cause != verdict.HeldCauseGap {
		t.Fatalf("the account across a gap: %+v", across)
	}
	from, to = across.Spans[0].From.Format("2006-01-02 15:04"), across.Spans[0].To.Format("2006-01-02 15:04")
	if from != "2026-11-01 06:02" || to != "2026-11-05 06:02" { // two days after the last read before the gap, to the end of the next
		t.Errorf("the gap is from %s to %s", from, to)
	}
	if whole.Days != (verdict.DayCount{Proven: 87, Part: 4}) {
		t.Errorf("the days of its lists: %+v", whole.Days)
	}
}

// TestHeldOfASmallHistory has the rules that a history of some days shows.
func TestHeldOfASmallHistory(t *testing.T) {
	t.Parallel()
	yes, no, unknown := accountOf("a@acme.example", "yes"), accountOf("a@acme.example", "no"), accountOf("a@acme.example", "unknown")
	daily := func(p *past, from, to int, docs ...any) {
		for day := from; day < to; day++ {
			p.at(day, 6)
			p.read("idp", kind.KindAccount, host.StatusSucceeded, map[string]any{"a": docs[min(day-from, len(docs)-1)]})
		}
	}
	type want struct {
		item    verdict.HeldOutcome // empty = it is not listed
		whole   verdict.HeldOutcome
		causes  []verdict.HeldCause
		history func(p *past)
	}
	both := []verdict.HeldCause{verdict.HeldCauseExcluded, verdict.HeldCauseFail}
	tests := map[string]want{
		"a fact that is not known is no yes": {verdict.HeldCannotSay, verdict.HeldCannotSay, []verdict.HeldCause{verdict.HeldCauseUnknown},
			func(p *past) {
				daily(p, 0, 50, yes)
				daily(p, 50, 120, unknown, yes)
			}},
		"partial reads prove nothing": {verdict.HeldCannotSay, verdict.HeldCannotSay, []verdict.HeldCause{verdict.HeldCauseGap}, func(p *past) {
			daily(p, 0, 100, yes)
			for day := 100; day < 110; day++ {
				p.at(day, 6)
				p.read("idp", kind.KindAccount, host.StatusPartial, map[string]any{"a": yes})
			}
			daily(p, 110, 120, yes)
		}},
		"one that came counts from then on": {verdict.HeldYes, verdict.HeldYes, nil, func(p *past) {
			for day := range 100 {
				p.at(day, 6)
				p.read("idp", kind.KindAccount, host.StatusSucceeded, nil)
			}
			daily(p, 100, 120, yes)
		}},
		"one that went counts until then": {verdict.HeldYes, verdict.HeldYes, nil, func(p *past) {
			daily(p, 0, 50, yes)
			daily(p, 50, 120, gone{})
		}},
		"one that came after a gap may have been there before": {verdict.HeldCannotSay, verdict.HeldCannotSay,
			[]verdict.HeldCause{verdict.HeldCauseGap}, func(p *past) { daily(p, 100, 120, yes) }},
		"what is out of scope is nothing": {"", verdict.HeldNothing, nil, func(p *past) {
			off := accountOf("a@acme.example", "no")
			off["status"] = "suspended"
			daily(p, 0, 120, off)
		}},
		"a fail counts though nothing was read since": {verdict.HeldNo, verdict.HeldNo,
			[]verdict.HeldCause{verdict.HeldCauseFail, verdict.HeldCauseGap}, func(p *past) { daily(p, 0, 100, yes, no) }},
		"excluded while it fails": {verdict.HeldYes, verdict.HeldYes, []verdict.HeldCause{verdict.HeldCauseExcluded}, func(p *past) {
			daily(p, 0, 40, yes)
			p.exclude("mfa", "idp", "a", start.AddDate(0, 0, 60).Format(time.RFC3339))
			daily(p, 40, 50, yes)
			daily(p, 50, 55, no)
			daily(p, 55, 120, yes)
		}},
		"an exclusion that ends too early": {verdict.HeldNo, verdict.HeldNo, both, func(p *past) {
			daily(p, 0, 40, yes)
			p.exclude("mfa", "idp", "a", start.AddDate(0, 0, 52).Format(time.RFC3339))
			daily(p, 40, 50, yes)
			daily(p, 50, 55, no)
			daily(p, 55, 120, yes)
		}},
		"an exclusion that was withdrawn when it was mended": {verdict.HeldYes, verdict.HeldYes,
			[]verdict.HeldCause{verdict.HeldCauseExcluded}, func(p *past) {
				daily(p, 0, 50, yes)
				e := p.exclude("mfa", "idp", "a", "")
				daily(p, 50, 55, no)
				daily(p, 55, 56, yes)
				p.withdraw(e)
				daily(p, 56, 120, yes)
			}},
		"an exclusion that was withdrawn too early": {verdict.HeldNo, verdict.HeldNo, both, func(p *past) {
			daily(p, 0, 50, yes)
			e := p.exclude("mfa", "idp", "a", "")
			daily(p, 50, 53, no)
			p.withdraw(e)
			daily(p, 53, 55, no)
			daily(p, 55, 120, yes)
		}},
		"an exclusion that was made too late": {verdict.HeldNo, verdict.HeldNo,
			[]verdict.HeldCause{verdict.HeldCauseFail, verdict.HeldCauseExcluded}, func(p *past) {
				daily(p, 0, 50, yes)
				daily(p, 50, 53, no)
				p.exclude("mfa", "idp", "a", "")
				daily(p, 53, 120, no)
			}},
		"no connection": {"", verdict.HeldCannotSay, nil, func(*past) {}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := openPast(t, mfaTest())
			test.history(p)
			p.now = start.AddDate(0, 0, 119).Add(12 * time.Hour)
			whole, items := p.held("mfa")
			if whole.Outcome != test.whole || whole.Reason == "" {
				t.Errorf("as a whole %s: %s", whole.Outcome, whole.Reason)
			}
			var causes []verdict.HeldCause
			for _, s := range items["a"].Spans {
				causes = append(causes, s.Cause)
			}
			if diff := cmp.Diff(test.causes, causes); items["a"].Outcome != test.item || diff != "" {
				t.Errorf("the account: %+v\n%s", items["a"], diff)
			}
		})
	}
}

// TestHeldByTheTestAsItIsNow: what is decided about a test counts for the whole period, and at once.
func TestHeldByTheTestAsItIsNow(t *testing.T) {
	t.Parallel()
	lenient := mfaTest()
	lenient.Expect, lenient.Parameters = "r.mfa || p.lenient", []verdict.Parameter{{Name: "lenient", Default: false}}
	other := mfaTest()
	other.ID = "other"
	p := openPast(t, lenient, other)
	for day := range 5 {
		p.at(day, 6)
		p.read("idp", kind.KindAccount, host.StatusSucceeded, map[string]any{"a": accountOf("a@acme.example", "no")})
	}
	q := timeline.HeldQuery{From: start.AddDate(0, 0, 2), To: start.AddDate(0, 0, 4)} // it is over: what is said of it is kept
	expect := func(when string, want verdict.HeldOutcome) verdict.Held {
		t.Helper()
		held, err := p.timeline.TestHeld(t.Context(), "mfa", q)
		if err != nil || held.Outcome != want {
			t.Errorf("%s it is %s: %s, %v", when, held.Outcome, held.Reason, err)
		}
		return held
	}
	expect("at first", verdict.HeldNo)
	set := func(c verdict.Choice) {
		t.Helper()
		_, err := p.rules.SetTest(hosttest.As(t), "mfa", nil, c)
		must(t, err)
	}
	set(verdict.Choice{Parameters: map[string]any{"lenient": true}})
	expect("with another parameter", verdict.HeldYes)
	set(verdict.Choice{Disabled: true, Reason: "not ours"})
	held := expect("disabled", verdict.HeldNothing)
	if !held.Disabled || held.Reason != "It is disabled: not ours" || held.Judged != 0 {
		t.Errorf("of a disabled test is said: %+v", held)
	}
	all, err := p.timeline.AllHeld(t.Context(), q.From, q.To)
	if err != nil || len(all) != 2 || !all[0].Disabled || all[1].Disabled || all[1].Outcome != verdict.HeldNo {
		t.Errorf("of all is said: %+v, %v", all, err)
	}
	read, err := p.timeline.TestCoverage(t.Context(), "mfa", q.From, q.To)
	if err != nil || len(read.Lists) != 1 || !read.Lists[0].Direct || read.Days.Proven != 2 {
		t.Errorf("the lists that it reads are covered so: %+v, %v", read, err)
	}
}

// TestPagesOfWhatHeld: the items come in pages of one answer, those for which it did not hold first.
func TestPagesOfWhatHeld(t *testing.T) {
	t.Parallel()
	p := openPast(t, mfaTest())
	for day := range 5 {
		p.at(day, 6)
		p.read("idp", kind.KindAccount, host.StatusSucceeded, map[string]any{
			"a": accountOf("a@acme.example", "yes"), "b": accountOf("b@acme.example", "no"), "c": accountOf("c@acme.example", "yes"),
		})
	}
	q := timeline.HeldQuery{From: start.AddDate(0, 0, 2), Limit: 2}
	var keys []string
	for pages := 0; ; pages++ {
		held, err := p.timeline.TestHeld(t.Context(), "mfa", q)
		must(t, err)
		for _, item := range held.Items {
			keys = append(keys, item.Key)
		}
		if q.Cursor = held.Next; held.Next == "" || pages > 5 {
			break
		}
	}
	if diff := cmp.Diff([]string{"b", "a", "c"}, keys); diff != "" {
		t.Errorf("the items (-want +got):\n%s", diff)
	}
	held, err := p.timeline.TestHeld(t.Context(), "mfa", timeline.HeldQuery{Outcomes: []verdict.HeldOutcome{verdict.HeldNo}})
	if err != nil || len(held.Items) != 1 || held.Tally.Yes+held.Tally.CannotSay != 2 {
		t.Errorf("%v: %+v", err, held)
	}
	if _, err := p.timeline.TestHeld(t.Context(), "mfa", timeline.HeldQuery{Cursor: "nothing"}); code(err) != host.CodeInvalid {
		t.Errorf("a cursor of nothing: %v", err)
	}
	if _, err := p.timeline.TestHeld(t.Context(), "mfa", timeline.HeldQuery{From: p.now.Add(time.Hour)}); code(err) != host.CodeInvalid {
		t.Errorf("a period to come: %v", err)
	}
	if _, err := p.timeline.TestHeld(t.Context(), "nope", timeline.HeldQuery{}); code(err) != host.CodeNotFound {
		t.Errorf("a test that there is not: %v", err)
	}
}

// code returns the code of a problem.
func code(err error) string {
	var p *host.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}
