package monitor_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

func day(n int) time.Time { return time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

// mfa is a test that has everything which most of these tests need.
func mfa() verdict.Test {
	return verdict.Test{
		ID: "mfa", Version: 1, Title: "Active people use a second factor", Kind: "account", Severity: verdict.SeverityHigh,
		Scope: "r.status == 'active' && r.type == 'human'", Expect: "r.mfa", Message: "r.email + ' has no second factor'",
	}
}

func compiled(t *testing.T, test verdict.Test) *monitor.Program {
	t.Helper()
	p, err := monitor.Compile(test)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func subject(t *testing.T, fields map[string]any) monitor.Subject {
	t.Helper()
	data, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return monitor.Subject{
		Connection: monitor.Connection{ID: "c1", Alias: "okta", Category: "identity"}, Stream: "users", Key: "k", Data: data,
		Related: func(string) (any, bool) { return nil, false },
	}
}

// TestOutcomes is the table in the documentation: each fact may be yes, no or not known.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status, kind, mfa string
		want              verdict.Outcome
	}{
		{"active", "human", "yes", verdict.OutcomePass},
		{"active", "human", "no", verdict.OutcomeFail},
		{"active", "human", "unknown", verdict.OutcomeUnknown},
		{"suspended", "human", "yes", verdict.OutcomeNotApplicable},
		{"suspended", "human", "no", verdict.OutcomeNotApplicable},
		{"suspended", "human", "unknown", verdict.OutcomeNotApplicable},
		{"unknown", "human", "yes", verdict.OutcomePass},
		{"unknown", "human", "no", verdict.OutcomeUnknown},
		{"unknown", "human", "unknown", verdict.OutcomeUnknown},
		{"unknown", "service", "no", verdict.OutcomeNotApplicable},
		{"suspended", "unknown", "no", verdict.OutcomeNotApplicable},
		{"active", "unknown", "no", verdict.OutcomeUnknown},
		{"active", "unknown", "yes", verdict.OutcomePass},
	} {
		round := compiled(t, mfa()).Begin(day(0), nil, nil)
		item, err := round.Take(t.Context(), subject(t, map[string]any{
			"external_id": "1", "email": "a@example.com", "status": c.status, "type": c.kind, "mfa": c.mfa,
		}))
		if err != nil {
			t.Fatal(err)
		}
		if item.Outcome != c.want {
			t.Errorf("status %s, type %s, mfa %s: %s, want %s", c.status, c.kind, c.mfa, item.Outcome, c.want)
		}
		result, _, err := round.End(t.Context(), []verdict.Reading{{Alias: "okta", Stream: "users", Complete: true, Direct: true}})
		if want := alone(c.want); err != nil || result.State != want {
			t.Errorf("a test with one item that is %s is %s, want %s, %v", c.want, result.State, want, err)
		}
		switch {
		case item.Outcome == verdict.OutcomeFail && item.Message != "a@example.com has no second factor":
			t.Errorf("message of a fail: %q", item.Message)
		case item.Outcome == verdict.OutcomeUnknown && !strings.HasPrefix(item.Message, "Not known: "):
			t.Errorf("message of an unknown: %q", item.Message)
		}
	}
}

// alone is the state of a test with one item.
func alone(o verdict.Outcome) verdict.State {
	switch o {
	case verdict.OutcomePass:
		return verdict.StatePassing
	case verdict.OutcomeFail:
		return verdict.StateFailing
	case verdict.OutcomeUnknown:
		return verdict.StateUnproven
	}
	return verdict.StateEmpty
}

func TestExclusions(t *testing.T) {
	t.Parallel()
	until := day(10)
	exclusions := map[string]verdict.Exclusion{
		monitor.ItemID("c1", "users", "k"): {Reason: "a test account", Until: &until},
	}
	for _, c := range []struct {
		name string
		at   time.Time
		mfa  string
		want verdict.Outcome
	}{
		{"fails", day(9), "no", verdict.OutcomeExcluded},
		{"not known", day(9), "unknown", verdict.OutcomeExcluded},
		{"passes anyway", day(9), "yes", verdict.OutcomePass},
		{"the exclusion ends at this moment", day(10), "no", verdict.OutcomeFail},
	} {
		item, err := compiled(t, mfa()).Begin(c.at, nil, exclusions).Take(t.Context(), subject(t, map[string]any{
			"status": "active", "type": "human", "mfa": c.mfa, "email": "a@example.com",
		}))
		if err != nil {
			t.Fatal(err)
		}
		if item.Outcome != c.want {
			t.Errorf("%s: %s, want %s", c.name, item.Outcome, c.want)
		}
	}
}

// TestStates: nothing but a whole, fresh, non-empty list of passes is a pass.
func TestStates(t *testing.T) {
	t.Parallel()
	whole := verdict.Reading{Alias: "okta", Stream: "users", Complete: true, Direct: true}
	with := func(change func(*verdict.Reading)) []verdict.Reading {
		s := whole
		change(&s)
		return []verdict.Reading{s}
	}
	for _, c := range []struct {
		name    string
		tally   verdict.Tally
		sources []verdict.Reading
		err     error
		want    verdict.State
	}{
		{"all pass", verdict.Tally{InScope: 2, Pass: 2}, []verdict.Reading{whole}, nil, verdict.StatePassing},
		{"one is excluded", verdict.Tally{InScope: 2, Pass: 1, Excluded: 1}, []verdict.Reading{whole}, nil, verdict.StatePassing},
		{"one fails", verdict.Tally{InScope: 2, Pass: 1, Fail: 1}, []verdict.Reading{whole}, nil, verdict.StateFailing},
		{"one fails in an old list", verdict.Tally{InScope: 1, Fail: 1}, with(func(s *verdict.Reading) { s.Stale = true }),
			nil, verdict.StateFailing},
		{"one is unknown", verdict.Tally{InScope: 2, Pass: 1, Unknown: 1}, []verdict.Reading{whole}, nil, verdict.StateUnproven},
		{"nothing", verdict.Tally{}, []verdict.Reading{whole}, nil, verdict.StateEmpty},
		{"everything is excluded", verdict.Tally{InScope: 1, Excluded: 1}, []verdict.Reading{whole}, nil, verdict.StateEmpty},
		{"an old list", verdict.Tally{InScope: 1, Pass: 1}, with(func(s *verdict.Reading) { s.Stale = true }), nil, verdict.StateStale},
		{"a partial list", verdict.Tally{InScope: 1, Pass: 1}, with(func(s *verdict.Reading) { s.Complete = false }), nil, verdict.StateUnproven},
		{"a gap", verdict.Tally{InScope: 1, Pass: 1}, with(func(s *verdict.Reading) { s.Gaps = []string{"groups"} }), nil, verdict.StateUnproven},
		{"a partial list with nothing", verdict.Tally{}, with(func(s *verdict.Reading) { s.Complete = false }), nil, verdict.StateUnproven},
		{"no list", verdict.Tally{}, nil, nil, verdict.StateUnused},
		{"only a list to look things up in", verdict.Tally{}, with(func(s *verdict.Reading) { s.Direct = false }), nil, verdict.StateUnused},
		{"a look-up list that is old", verdict.Tally{InScope: 1, Pass: 1}, []verdict.Reading{whole, {Stale: true, Complete: true}},
			nil, verdict.StateStale},
		{"an error", verdict.Tally{InScope: 1, Pass: 1}, []verdict.Reading{whole}, errors.New("too costly"), verdict.StateError},
	} {
		if got, reason := monitor.Conclude(c.tally, c.sources, c.err); got != c.want || reason == "" {
			t.Errorf("%s: %s (%s), want %s", c.name, got, reason, c.want)
		}
	}
	if _, reason := monitor.Conclude(verdict.Tally{}, []verdict.Reading{whole}, nil); reason != "Nothing is in scope." {
		t.Errorf("an empty test says %q", reason)
	}
}

// TestCounts: records of which it is not known whether they count make the answer unknown only when it depends on them.
func TestCounts(t *testing.T) {
	t.Parallel()
	test := verdict.Test{
		ID: "few-admins", Title: "Administrators are few", Kind: "account", Severity: verdict.SeverityMedium, Scope: "r.status == 'active'",
		Count:      &verdict.Count{By: verdict.CountByConnection, Of: "r.admin"},
		Expect:     "count >= p.least && count <= p.most",
		Parameters: []verdict.Parameter{{Name: "least", Default: int64(2)}, {Name: "most", Default: int64(4)}},
	}
	for _, c := range []struct {
		admins string // of each account: y, n, ? not known; capital letters are suspended, an x is of an unknown state and an admin
		want   verdict.Outcome
	}{
		{"yynnn", verdict.OutcomePass},
		{"ynnnn", verdict.OutcomeFail},
		{"yyyyy", verdict.OutcomeFail},
		{"yyyyY", verdict.OutcomePass},
		{"yy?", verdict.OutcomePass},
		{"y?", verdict.OutcomeUnknown},
		{"yyyy?", verdict.OutcomeUnknown},
		{"yyyyy?", verdict.OutcomeFail},
		{"nn", verdict.OutcomeFail},
		{"", verdict.OutcomeFail},
		{"yx", verdict.OutcomeUnknown},
		{"yyx", verdict.OutcomePass},
	} {
		round := compiled(t, test).Begin(day(0), nil, nil)
		round.Expect(monitor.Connection{ID: "c1", Alias: "okta"})
		for _, one := range c.admins {
			admin := map[rune]string{'y': "yes", 'Y': "yes", 'x': "yes", 'n': "no", '?': "unknown"}[one]
			fields := map[string]any{"status": "active", "admin": admin}
			switch one {
			case 'Y':
				fields["status"] = "suspended"
			case 'x':
				fields["status"] = "unknown"
			}
			if _, err := round.Take(t.Context(), subject(t, fields)); err != nil {
				t.Fatal(err)
			}
		}
		_, items, err := round.End(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(items) != 1 || items[0].Outcome != c.want {
			t.Errorf("%q: %+v, want %s", c.admins, items, c.want)
		}
	}
}

// TestACountOfAConnectionThatIsOutOfScope: a connection has no count if none of its records can be in scope; otherwise none is a count
// of 0.
func TestACountOfAConnectionThatIsOutOfScope(t *testing.T) {
	t.Parallel()
	test := verdict.Test{
		ID: "trails", Title: "There is a trail", Kind: "resource", Severity: verdict.SeverityMedium,
		Scope: "connection.connector == 'aws' && r.type == 'trail'", Count: &verdict.Count{By: verdict.CountByConnection}, Expect: "count > 0",
	}
	round := compiled(t, test).Begin(day(0), nil, nil)
	round.Expect(monitor.Connection{ID: "c1", Alias: "cloud", Connector: "aws"})
	round.Expect(monitor.Connection{ID: "c2", Alias: "other", Connector: "gcp"})
	_, items, err := round.End(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != 1 || items[0].Alias != "cloud" || items[0].Outcome != verdict.OutcomeFail {
		t.Errorf("%+v, want a fail of cloud alone", items)
	}
}

// TestWhatIsDecidedAboutAnAccount: nothing decided is a fact, and not to know is none.
func TestWhatIsDecidedAboutAnAccount(t *testing.T) {
	t.Parallel()
	test := verdict.Test{
		ID: "owners", Title: "Service accounts have an owner", Kind: "account", Severity: verdict.SeverityLow,
		Expect: "account != null && account.owner != null",
	}
	program := compiled(t, test)
	if diff := cmp.Diff([]kind.Kind{kind.KindAccount}, program.Kinds()); diff != "" {
		t.Errorf("kinds that it reads (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		name    string
		account any
		known   bool
		want    verdict.Outcome
	}{
		{"an owner", map[string]any{"owner": map[string]any{"name": "Ada"}}, true, verdict.OutcomePass},
		{"decided, without an owner", map[string]any{"owner": nil}, true, verdict.OutcomeFail},
		{"nothing is decided", nil, true, verdict.OutcomeFail},
		{"it is not known", nil, false, verdict.OutcomeUnknown},
	} {
		s := subject(t, map[string]any{"type": "service"})
		s.Related = func(string) (any, bool) { return c.account, c.known }
		item, err := program.Begin(day(0), nil, nil).Take(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if item.Outcome != c.want {
			t.Errorf("%s: %s, want %s", c.name, item.Outcome, c.want)
		}
	}
}

// TestWhatBelongsToARecord: nobody is a fact, and not to know is none.
func TestWhatBelongsToARecord(t *testing.T) {
	t.Parallel()
	left := map[string]any{"status": "left"}
	test := verdict.Test{
		ID: "leavers", Title: "Leavers have no active account", Kind: "account", Severity: verdict.SeverityHigh,
		Scope: "person != null && person.status == 'left'", Expect: "r.status in ['suspended', 'deprovisioned']",
	}
	for _, c := range []struct {
		name   string
		person any
		known  bool
		status string
		want   verdict.Outcome
	}{
		{"a leaver", left, true, "active", verdict.OutcomeFail},
		{"a leaver without access", left, true, "suspended", verdict.OutcomePass},
		{"nobody", nil, true, "active", verdict.OutcomeNotApplicable},
		{"it is not known who", nil, false, "active", verdict.OutcomeUnknown},
		{"it is not known who, without access", nil, false, "deprovisioned", verdict.OutcomePass},
		{"somebody of whom it is not known", map[string]any{}, true, "active", verdict.OutcomeUnknown},
	} {
		s := subject(t, map[string]any{"status": c.status})
		s.Related = func(name string) (any, bool) {
			if name != monitor.VarPerson {
				t.Errorf("asked for %s", name)
			}
			return c.person, c.known
		}
		item, err := compiled(t, test).Begin(day(0), nil, nil).Take(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if item.Outcome != c.want {
			t.Errorf("%s: %s, want %s", c.name, item.Outcome, c.want)
		}
	}
}

// TestTimes: a moment is compared as one, and a moment that is absent is not known.
func TestTimes(t *testing.T) {
	t.Parallel()
	test := verdict.Test{
		ID: "dormant", Title: "Accounts are used", Kind: "account", Severity: verdict.SeverityLow,
		Expect: "r.last_login_at >= now - days(p.days)", Parameters: []verdict.Parameter{{Name: "days", Default: int64(90)}},
	}
	for at, want := range map[string]verdict.Outcome{
		day(-1).Format(time.RFC3339): verdict.OutcomePass, day(-91).Format(time.RFC3339): verdict.OutcomeFail, "": verdict.OutcomeUnknown,
	} {
		fields := map[string]any{"external_id": "1"}
		if at != "" {
			fields["last_login_at"] = at
		}
		item, err := compiled(t, test).Begin(day(0), nil, nil).Take(t.Context(), subject(t, fields))
		if err != nil {
			t.Fatal(err)
		}
		if item.Outcome != want {
			t.Errorf("last login %q: %s, want %s", at, item.Outcome, want)
		}
	}
}

// TestAnExpressionThatCostsTooMuch: the test says error, and never pass.
func TestAnExpressionThatCostsTooMuch(t *testing.T) {
	t.Parallel()
	test := mfa()
	nine := "[1,2,3,4,5,6,7,8,9]"
	test.Expect = strings.ReplaceAll("N.all(a, N.all(b, N.all(c, N.all(d, N.all(e, a+b+c+d+e > 0)))))", "N", nine)
	round := compiled(t, test).Begin(day(0), nil, nil)
	if _, err := round.Take(t.Context(), subject(t, map[string]any{"status": "active", "type": "human"})); err == nil {
		t.Error("it was judged")
	}
	result, _, err := round.End(t.Context(), []verdict.Reading{{Direct: true, Complete: true}})
	if err != nil {
		t.Fatal(err)
	}
	if result.State != verdict.StateError {
		t.Errorf("%s (%s), want error", result.State, result.Reason)
	}
}

// TestMistakes: each is named by field, those in expressions with line and column.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*verdict.Test)
		want   map[string]string // field → part of the message
	}{
		"a syntax error":      {func(t *verdict.Test) { t.Expect = "r.mfa &&\n  (true" }, map[string]string{"expect": "line 2, column 8"}},
		"an unknown variable": {func(t *verdict.Test) { t.Scope = "x.status == 'active'" }, map[string]string{"scope": "line 1, column 1"}},
		"an unknown field": {
			func(t *verdict.Test) { t.Expect = "true &&\n r.mfaa" },
			map[string]string{"expect": "line 2, column 2: records of the kind account have no field mfaa"},
		},
		"an unknown parameter": {
			func(t *verdict.Test) { t.Expect = "r.mfa || p.days > 1" },
			map[string]string{"expect": "column 10: the test has no parameter days"},
		},
		"an unknown kind":     {func(t *verdict.Test) { t.Kind = "acount" }, map[string]string{"kind": "no kind"}},
		"the clock":           {func(t *verdict.Test) { t.Expect = "r.last_login_at > now()" }, map[string]string{"expect": "now"}},
		"an unknown severity": {func(t *verdict.Test) { t.Severity = "bad" }, map[string]string{"severity": "bad"}},
		"an id with a space":  {func(t *verdict.Test) { t.ID = "a b" }, map[string]string{"id": "letters"}},
		"no expectation":      {func(t *verdict.Test) { t.Expect = " " }, map[string]string{"expect": "compulsory"}},
		"a parameter twice": {
			func(t *verdict.Test) { t.Parameters = []verdict.Parameter{{Name: "a"}, {Name: "a"}} },
			map[string]string{"parameters[1].name": "twice"},
		},
		"an unknown category": {
			func(t *verdict.Test) { t.Categories = []host.Category{"x"} },
			map[string]string{"categories[0]": "no category"},
		},
		"two mistakes": {
			func(t *verdict.Test) { t.Scope, t.Expect = "r.a", "r.b" },
			map[string]string{"scope": "no field a", "expect": "no field b"},
		},
		"a record where one counts": {
			func(t *verdict.Test) { t.Count = &verdict.Count{By: verdict.CountByAll} },
			map[string]string{"expect": "undeclared"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test := mfa()
			c.change(&test)
			_, err := monitor.Compile(test)
			var problem *host.Problem
			if !errors.As(err, &problem) {
				t.Fatalf("%v, want a problem", err)
			}
			got := map[string]string{}
			for _, f := range problem.Fields {
				got[f.Field] = f.Message
			}
			for field, part := range c.want {
				if !strings.Contains(got[field], part) {
					t.Errorf("%s: %q has no %q", field, got[field], part)
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("fields: %s", cmp.Diff(c.want, got))
			}
		})
	}
}
