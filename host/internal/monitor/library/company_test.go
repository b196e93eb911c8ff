package library

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// meant are the tests that find a flaw of each kind in its own row: the first is meant to, the others see the same.
var meant = map[string][]string{
	"account-without-mfa": {"mfa-identity", "mfa-version-control", "mfa-infrastructure", "mfa-elsewhere"},
	"mfa-off-for-a-day":   {"mfa-identity", "mfa-version-control", "mfa-infrastructure", "mfa-elsewhere"},
	"admin-without-mfa":   {"mfa-administrators", "mfa-identity", "mfa-version-control", "mfa-infrastructure", "mfa-elsewhere"},
	"weak-mfa":            {"mfa-strong"},
	"leaver-account-active": {"leavers-have-no-access", "leavers-lose-access-in-time", "directory-accounts-are-personnel",
		"writers-work-here"},
	"dormant-account": {"no-dormant-accounts"}, "duplicate-account": {"one-account-per-person"},
	"unlinked-account":              {"accounts-have-a-person", "directory-accounts-are-personnel", "writers-work-here"},
	"shared-account":                {"no-shared-accounts", "accounts-have-a-person", "directory-accounts-are-personnel", "writers-work-here"},
	"service-account-without-owner": {"service-accounts-have-an-owner"}, "cloud-user-without-mfa": {"mfa-infrastructure"},
	"leaver-cloud-user": {"leavers-have-no-access", "leavers-lose-access-in-time"}, "stale-access-key": {"access-keys-replaced"},
	"mover-kept-admin": {"privileged-groups-fit-department"}, "contractor-past-end": {"contractors-end-on-time", "contractors-lose-access"},
	"antivirus-missing": {"malware-protection"}, "firewall-off": {"firewalls-on"}, "screen-lock-off": {"screens-lock"},
	"unencrypted-device": {"disks-encrypted"}, "updates-off": {"automatic-updates"}, "device-unseen": {"devices-seen"},
	"device-without-owner": {"devices-have-an-owner-here"}, "leaver-device-active": {"leavers-return-devices", "devices-have-an-owner-here"},
	"background-check-missing": {"people-screened"}, "background-check-pending": {"checks-complete"},
	"background-check-consider": {"checks-decided"}, "training-overdue": {"trainings-in-time"}, "policy-unsigned": {"signatures-in-time"},
	"policy-past-review": {"policies-in-date"}, "change-checks-failed": {"changes-tested"}, "change-without-review": {"changes-reviewed"},
	"change-without-ticket": {"changes-name-a-ticket"}, "self-merged-change": {"changes-merged-by-others"},
	"unprotected-branch": {"branches-protected"}, "review-not-required": {"reviews-required"}, "checks-not-required": {"checks-required"},
	"public-repository": {"repositories-private"}, "secret-scanning-off": {"secret-scanning"},
	"dependency-alerts-off": {"dependency-alerts"}, "database-without-backup": {"databases-backed-up"},
	"unencrypted-bucket": {"data-encrypted"}, "unencrypted-database": {"data-encrypted"}, "unencrypted-instance": {"data-encrypted"},
	"public-bucket": {"storage-not-public"}, "public-database": {"databases-not-public"},
	"public-instance": {"machines-without-public-address", "machines-not-reachable"}, "ssh-open-to-world": {"admin-ports-closed"},
	"key-not-rotated": {"keys-rotate"}, "trail-off": {"audit-trails-on"}, "unlogged-bucket": {"storage-access-logged"},
	"monitor-disabled": {"monitors-on"}, "monitor-silent": {"monitors-notify"},
	"overdue-critical-finding": {"critical-weaknesses-fixed"}, "overdue-high-finding": {"high-weaknesses-fixed"},
	"ticket-overdue": {"incidents-resolved-in-time"},
}

// follows are the tests that see a flaw in other records of the same person.
var follows = map[string][]string{
	"background-check-missing": {"people-screened"}, "background-check-pending": {"people-screened"},
	"training-overdue": {"people-trained", "new-people-trained"}, "policy-unsigned": {"people-signed"},
	"device-without-owner": {"people-have-a-device"}, "duplicate-account": {"one-account-per-person"},
	"contractor-past-end": {"leavers-have-no-access", "leavers-lose-access-in-time", "external-accounts-end", "leavers-return-devices",
		"devices-have-an-owner-here", "directory-accounts-are-personnel", "writers-work-here", "service-account-owners-work-here"},
}

// flaw is something wrong that is planted in the invented company.
type flaw struct {
	ID, Kind, Table, Key, Person string
	who                          any // the id of the person whom its row belongs to; nil = nobody
}

// untold says why no test can find a flaw; empty when one must.
func (f flaw) untold() string {
	if f.Kind == "weak-mfa" && f.system() != "okta" {
		return "Okta alone tells which second factors are enrolled"
	}
	return ""
}

func (f flaw) system() string {
	system, found := strings.CutPrefix(f.Table, "accounts(")
	if !found {
		return ""
	}
	return strings.TrimSuffix(system, ")")
}

// at reports whether a record is the row of a flaw.
func (f flaw) at(r *record) bool {
	switch {
	case f.system() != "":
		return r.kind == kind.KindAccount && r.connection.Alias == f.system() && r.key == f.Key
	case f.Kind == "mover-kept-admin":
		return r.kind == kind.KindAccount && r.key == f.Person
	case f.Kind == "background-check-missing": // there is no row
		return r.kind == kind.KindPerson && r.key == "p"+f.Key[1:]
	}
	for _, s := range sources {
		if s.table == f.Table && s.kind == r.kind && s.alias == r.connection.Alias && r.key == f.Key {
			return true
		}
	}
	return false
}

// settle notes whom each flaw is about.
func (w *world) settle(flaws []flaw) {
	for i := range flaws {
		f := &flaws[i]
		for _, list := range w.records {
			for _, r := range list {
				if f.at(r) && r.person != nil {
					f.who = r.person["id"]
				}
			}
		}
		if f.Kind == "device-without-owner" { // its row names no person any more; its number does
			f.who = "p" + f.Key[2:]
		}
	}
}

// about reports whether a record belongs to the person of a flaw, or is owned by that person.
func (f flaw) about(r *record) bool {
	owner, _ := r.decided["owner"].(map[string]any)
	return f.who != nil && (r.person["id"] == f.who || owner["id"] == f.who)
}

// build builds the program that writes the rows of the invented company.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "rows")
	c := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/plumbline-dev/plumbline/plugins/internal/company/rows")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build the company: %v\n%s", err, out)
	}
	return program
}

// companyOn returns the company at the end of a day, and its flaws on it.
func companyOn(t *testing.T, program string, day int) (*world, []flaw) {
	t.Helper()
	c := exec.CommandContext(t.Context(), program, "-people", "300", "-day", fmt.Sprint(day))
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		End    time.Time
		Tables map[string][]row
		Flaws  []flaw
	}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	w := open(t, read.End, read.Tables)
	w.settle(read.Flaws)
	return w, read.Flaws
}

// failed is an item that failed.
type failed struct {
	test   string
	record *record
}

// judgeAll judges every test for every record, and returns what failed. A count that fails is an error of the test.
func (w *world) judgeAll(t *testing.T, programs []*monitor.Program) []failed {
	t.Helper()
	var all []failed
	for _, p := range programs {
		round := p.Begin(w.now, nil, nil)
		for _, r := range w.records[kind.Kind(p.Test.Kind)] {
			if of := p.Test.Categories; len(of) > 0 && !slices.Contains(of, host.Category(r.connection.Category)) {
				continue
			}
			item, err := round.Take(t.Context(), monitor.Subject{
				Connection: r.connection, Stream: string(r.kind), Key: r.key, Data: r.data, Related: w.related(r),
			})
			if err != nil {
				t.Fatalf("%s: %v", p.Test.ID, err)
			}
			if item.Outcome == verdict.OutcomeFail {
				all = append(all, failed{p.Test.ID, r})
			}
		}
		result, items, err := round.End(t.Context(), []verdict.Reading{{Direct: true, Complete: true}})
		if err != nil || result.State == verdict.StateError {
			t.Fatalf("%s: %v %s", p.Test.ID, err, result.Reason)
		}
		for _, item := range items {
			if item.Outcome == verdict.OutcomeFail {
				t.Errorf("%s fails for %s: %s", p.Test.ID, item.Alias, item.Message)
			}
		}
	}
	return all
}

// TestTheCompany judges every test for a company of 300 people on several days. Each planted flaw is found by the test that is meant to
// find it, and nothing else fails.
func TestTheCompany(t *testing.T) {
	t.Parallel()
	tests, err := Tests()
	if err != nil {
		t.Fatal(err)
	}
	var programs []*monitor.Program
	for _, test := range tests {
		p, err := monitor.Compile(test)
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, p)
	}
	program := build(t)
	for _, day := range []int{60, 52} {
		t.Run(fmt.Sprint("day ", day), func(t *testing.T) {
			t.Parallel()
			w, flaws := companyOn(t, program, day)
			fails := w.judgeAll(t, programs)
			found, kinds := 0, map[string]bool{}
			for _, f := range flaws {
				if f.untold() != "" {
					continue
				}
				if !slices.ContainsFunc(fails, func(x failed) bool { return f.at(x.record) && slices.Contains(wanted(f), x.test) }) {
					t.Errorf("%s is found by none of %v", f.ID, wanted(f))
				}
				found, kinds[f.Kind] = found+1, true
			}
			for _, x := range fails {
				if !slices.ContainsFunc(flaws, func(f flaw) bool { return f.explains(x) }) {
					t.Errorf("%s fails for %s of %s, where no flaw was planted: %s", x.test, x.record.key, x.record.connection.Alias, x.record.data)
				}
			}
			t.Logf("%d items fail; they show %d flaws of %d kinds, of %d that are there", len(fails), found, len(kinds), len(flaws))
		})
	}
}

// wanted returns the tests of which one must find a flaw: the first, except for accounts, where the category of the system chooses it.
func wanted(f flaw) []string {
	byCategory := map[string]string{"identity": "directory-accounts-are-personnel"}
	mfa := map[string]string{
		"identity": "mfa-identity", "version_control": "mfa-version-control", "infrastructure": "mfa-infrastructure",
	}[categories[f.system()]]
	switch {
	case f.Kind == "account-without-mfa" || f.Kind == "mfa-off-for-a-day":
		return []string{cmp.Or(mfa, "mfa-elsewhere")}
	case f.Kind == "unlinked-account" && byCategory[categories[f.system()]] != "":
		return []string{byCategory[categories[f.system()]]}
	case f.Kind == "leaver-device-active": // the test of offboarding gives two weeks
		return meant[f.Kind]
	}
	return meant[f.Kind][:1]
}

// explains reports whether an item fails because of a flaw.
func (f flaw) explains(x failed) bool {
	if slices.Contains(meant[f.Kind], x.test) && f.at(x.record) {
		return true
	}
	return slices.Contains(follows[f.Kind], x.test) && f.about(x.record)
}

// TestEachKindOfFlawHasATest: the list of flaws and the tests that are meant to find them agree.
func TestEachKindOfFlawHasATest(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "plugins", "internal", "company", "flaws.md"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, e := range all(t) {
		known[e.ID] = true
	}
	kinds := 0
	for line := range strings.Lines(string(raw)) {
		name, heading := strings.CutPrefix(strings.TrimSpace(line), "## ")
		if !heading {
			continue
		}
		kinds++
		if len(meant[name]) == 0 {
			t.Errorf("no test is meant to find flaws of the kind %s", name)
		}
	}
	if kinds != len(meant) {
		t.Errorf("flaws.md has %d kinds, and tests are meant to find %d", kinds, len(meant))
	}
	for name, tests := range meant {
		for _, id := range append(slices.Clone(tests), follows[name]...) {
			if !known[id] {
				t.Errorf("%s: there is no test %s", name, id)
			}
		}
	}
}
