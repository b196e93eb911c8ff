package assess_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host/verdict"
)

// joinTests are tests of which each reads something else that a record can depend on.
func joinTests() []verdict.Test {
	days := []verdict.Parameter{{Name: "days", Title: "Days", Default: 90}}
	tests := []verdict.Test{
		{ID: "login", Kind: "account", Scope: "r.status == 'active'", Expect: "r.last_login_at >= now - days(p.days)", Parameters: days},
		{ID: "mfa", Kind: "account", Scope: "r.type == 'human'", Expect: "r.mfa", Message: "r.email + ' of ' + connection.alias"},
		{ID: "mfa-identity", Kind: "account", Categories: nil, Expect: "r.mfa || connection.category != 'identity'"},
		{ID: "person", Kind: "account", Expect: "person == null || person.status == 'active'", Message: "person.status"},
		{ID: "employment", Kind: "account", Expect: "person != null && person.employment == 'employee'"},
		{ID: "decided", Kind: "account", Scope: "account.in_scope", Expect: "account.owner != null || account.kind == 'human'"},
		{ID: "others", Kind: "account", Expect: "accounts.all(a, a.mfa)"},
		{ID: "admins", Kind: "account", Expect: "count <= 1", Count: &verdict.Count{Of: "r.admin", By: verdict.CountByConnection}},
		{ID: "joined-admins", Kind: "account", Expect: "count == 0",
			Count: &verdict.Count{Of: "r.admin && person == null", By: verdict.CountByAll}},
		{ID: "leavers", Kind: "person", Scope: "person.status == 'left'", Expect: "accounts.all(a, !a.active)"},
		{ID: "has-device", Kind: "person", Expect: "devices.exists(d, d.disk_encryption)"},
		{ID: "trained", Kind: "person", Expect: "trainings.exists(t, t.status == 'complete')"},
		{ID: "trained-users", Kind: "account", Expect: "trainings.exists(t, t.status == 'complete')"},
		{ID: "signed", Kind: "person", Expect: "signatures.exists(s, s.status == 'signed')"},
		{ID: "checked", Kind: "person", Expect: "checks.exists(c, c.clear)"},
		{ID: "device-owner", Kind: "device", Expect: "person != null && person.status == 'active'"},
		{ID: "device-twin", Kind: "device", Expect: "twins.exists(t, t.category == 'edr' && t.disk_encryption)"},
		{ID: "training-person", Kind: "training", Expect: "person != null && accounts.exists(a, a.active)"},
		{ID: "check-person", Kind: "background_check", Expect: "person != null && person.status != 'left'"},
		{ID: "signer", Kind: "signature", Scope: "r.status == 'sent'", Expect: "person == null"},
	}
	for i := range tests {
		tests[i].Version, tests[i].Title, tests[i].Why, tests[i].Remedy = 1, "t", "w", "m"
		tests[i].Severity = verdict.SeverityHigh
	}
	return tests
}

// shown is what is compared of a test.
type shown struct {
	Decided  verdict.Decided
	State    verdict.State
	Reason   string
	Tally    verdict.Tally
	Findings []string
}

func show(j verdict.Judged) shown {
	s := shown{Decided: j.Decided, State: j.Result.State, Reason: j.Result.Reason, Tally: j.Result.Tally}
	if s.State == verdict.StateError {
		return shown{Decided: s.Decided, State: s.State}
	}
	for _, f := range j.Findings {
		s.Findings = append(s.Findings, strings.Join([]string{string(f.Outcome), f.Alias, f.Stream, f.Key, f.Name, f.Message, f.Hash}, "|"))
	}
	return s
}

// differs judges what has changed, and says where that is not what judging everything says.
func (w *world) differs() string {
	w.t.Helper()
	listed, err := w.assessor.Tests(w.t.Context())
	must(w.t, err)
	whole, err := w.assessor.Evaluate(w.t.Context())
	must(w.t, err)
	for _, one := range listed {
		kept, err := w.assessor.Test(w.t.Context(), one.ID)
		must(w.t, err)
		if diff := cmp.Diff(show(whole[one.ID]), show(kept)); diff != "" {
			return fmt.Sprintf("%s (-whole +kept):\n%s", one.ID, diff)
		}
	}
	return ""
}

// TestWhatIsKeptIsWhatJudgingEverythingSays follows random histories of a company. After each step the results that are brought up to
// date are those of an evaluation of everything.
func TestWhatIsKeptIsWhatJudgingEverythingSays(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, seed, "")
			var done []string
			for range 40 {
				done = append(done, w.step())
				w.now = w.now.Add(1e9)
				if diff := w.differs(); diff != "" {
					t.Fatalf("after %s: %s", strings.Join(done, ", "), diff)
				}
			}
		})
	}
}

// TestEachDependencyIsNoticed overlooks what one variable has, and finds that results differ then: the histories above do reach it.
func TestEachDependencyIsNoticed(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{"person", "accounts", "devices", "trainings", "signatures", "checks", "twins", "account"} {
		t.Run(variable, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(40) {
				w := newWorld(t, seed, variable)
				for range 60 {
					w.step()
					w.now = w.now.Add(1e9)
					if w.differs() != "" {
						return
					}
				}
			}
			t.Errorf("no history tells that %s is overlooked", variable)
		})
	}
}
