package company_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

// TestOnlyWhatIsPlantedIsWrong looks for flaws in the rows alone, on several days.
func TestOnlyWhatIsPlantedIsWrong(t *testing.T) {
	t.Parallel()
	for people, days := range map[int][]int{50: {0, 31, 60}, 300: {0, 9, 24, 31, 45, 60}, 10_000: {31}} {
		c := company.New(company.Size{People: people})
		kinds := map[string]bool{}
		for _, f := range c.Flaws() {
			kinds[f.Kind] = true
		}
		if people == 300 {
			for _, want := range allKinds {
				if !kinds[want] {
					t.Errorf("%d people: no flaw is of the kind %s", people, want)
				}
			}
		}
		for _, n := range days {
			planted := map[string]bool{}
			for _, f := range c.Flaws() {
				if f.On(n) && f.Kind != "mfa-off-for-a-day" {
					planted[strings.TrimSuffix(f.Kind+" "+f.Table+" "+f.Key+" "+f.Person, " ")] = true
				} else if f.On(n) { // on that day it is an account without one
					planted["account-without-mfa "+f.Table+" "+f.Key] = true
				}
			}
			found := search(day(c, n), n)
			for what := range planted {
				if !found[what] {
					t.Errorf("%d people, day %d: %s is planted, and does not show", people, n, what)
				}
			}
			for what := range found {
				if !planted[what] {
					t.Errorf("%d people, day %d: %s is not planted", people, n, what)
				}
			}
		}
	}
}

// TestAFlawIsOnlyOnItsDays also holds for one of one day.
func TestAFlawIsOnlyOnItsDays(t *testing.T) {
	t.Parallel()
	c := company.New(company.Size{People: 300})
	for _, f := range c.Flaws() {
		if f.Kind != "mfa-off-for-a-day" {
			continue
		}
		for n := f.From - 1; n <= f.Until; n++ {
			if off := byKey(t, day(c, n), f.Table)[f.Key]["mfa"] == false; off != (n == f.From) {
				t.Errorf("%s on day %d: off is %v", f.ID, n, off)
			}
		}
	}
}

var allKinds = strings.Fields(`leaver-account-active admin-without-mfa unlinked-account service-account-without-owner dormant-account
	stale-access-key public-bucket unencrypted-bucket unlogged-bucket unencrypted-database public-database database-without-backup
	unprotected-branch review-not-required checks-not-required public-repository secret-scanning-off dependency-alerts-off
	self-merged-change change-without-review change-checks-failed change-without-ticket unencrypted-device device-unseen firewall-off
	screen-lock-off antivirus-missing updates-off device-without-owner leaver-device-active overdue-critical-finding
	overdue-high-finding training-overdue background-check-missing background-check-pending background-check-consider
	policy-past-review policy-unsigned monitor-disabled monitor-silent trail-off ssh-open-to-world contractor-past-end
	duplicate-account shared-account mover-kept-admin mfa-off-for-a-day account-without-mfa weak-mfa leaver-cloud-user
	cloud-user-without-mfa unencrypted-instance public-instance key-not-rotated ticket-overdue`)

// finder is what a test of the rows of a table would find, by kind.
type finder map[string]func(w *world, row map[string]any) bool

// world is what a test knows of the company on a day.
type world struct {
	now      time.Time
	people   map[any]map[string]any // by id and by address
	accounts map[any]int            // active accounts by person, in the system that is searched
}

// before reports whether a date lies so many days back.
func (w *world) before(date any, days int) bool {
	text, given := date.(string)
	if !given {
		return false
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return w.now.Sub(at) > time.Duration(days)*24*time.Hour
}

func (w *world) left(person any) bool {
	return person != nil && w.people[person]["status"] == "terminated"
}

func is(column string, value any) func(*world, map[string]any) bool {
	return func(_ *world, row map[string]any) bool { return row[column] == value }
}

func empty(column string) func(*world, map[string]any) bool {
	return func(_ *world, row map[string]any) bool { return len(row[column].([]any)) == 0 }
}

// inUse adds to a test that the device or account is active.
func inUse(test func(*world, map[string]any) bool) func(*world, map[string]any) bool {
	return func(w *world, row map[string]any) bool { return row["status"] == "active" && test(w, row) }
}

var shared = []any{"reception", "office", "helpdesk", "marketing"}

var accountFinder = finder{
	"leaver-account-active": inUse(func(w *world, row map[string]any) bool { return w.left(row["person_id"]) }),
	"admin-without-mfa":     inUse(func(_ *world, row map[string]any) bool { return row["admin"] == true && row["mfa"] == false }),
	"account-without-mfa":   inUse(func(_ *world, row map[string]any) bool { return row["admin"] == false && row["mfa"] == false }),
	"weak-mfa":              inUse(is("mfa_kind", "sms")),
	"dormant-account": inUse(func(w *world, row map[string]any) bool {
		return row["last_login"] == nil || w.before(row["last_login"], 90)
	}),
	"duplicate-account": inUse(func(w *world, row map[string]any) bool {
		return row["person_id"] != nil && row["person_id"] != row["id"] && w.accounts[row["person_id"]] > 1
	}),
	"unlinked-account": inUse(func(_ *world, row map[string]any) bool {
		return row["type"] != "service" && row["person_id"] == nil && !slices.Contains(shared, row["username"])
	}),
	"shared-account": inUse(func(_ *world, row map[string]any) bool {
		return row["person_id"] == nil && slices.Contains(shared, row["username"])
	}),
	"service-account-without-owner": inUse(func(_ *world,
		row map[string]any) bool {
		return row["type"] == "service" && row["owner_email"] == nil
	}),
	"account without need": inUse(func(w *world, row map[string]any) bool {
		return row["person_id"] != nil && w.people[row["person_id"]]["status"] == "future"
	}),
	"service account of a leaver": func(w *world, row map[string]any) bool { return w.left(row["owner_email"]) },
}

var finders = map[string]finder{
	"repositories": {
		"unprotected-branch": is("protected", false), "review-not-required": is("reviews_required", false),
		"checks-not-required": is("checks_required", false),
		"public-repository":   is("visibility", "public"), "secret-scanning-off": is("secret_scanning", false),
		"dependency-alerts-off":  is("dependency_alerts", false),
		"repository of a leaver": func(w *world, row map[string]any) bool { return w.left(row["owner_email"]) },
	},
	"changes": {
		"self-merged-change": func(_ *world, row map[string]any) bool { return row["merged_by"] == row["author"] },
		"change-without-review": func(_ *world, row map[string]any) bool {
			return row["merged"] != nil && len(row["approvers"].([]any)) == 0
		},
		"change-checks-failed":  func(_ *world, row map[string]any) bool { return row["merged"] != nil && row["checks_passed"] == false },
		"change-without-ticket": func(_ *world, row map[string]any) bool { return row["merged"] != nil && row["ticket"] == nil },
		"change that the author approved": func(_ *world, row map[string]any) bool {
			return slices.Contains(row["approvers"].([]any), row["author"])
		},
	},
	"buckets": {
		"public-bucket": func(_ *world, row map[string]any) bool {
			return row["public"] == true || row["block_public_access"] == false
		},
		"unencrypted-bucket": is("encrypted", false), "unlogged-bucket": is("logged", false), "unversioned bucket": is("versioned", false),
	},
	"instances": {
		"unencrypted-instance": is("encrypted", false),
		"public-instance":      func(_ *world, row map[string]any) bool { return row["public_ip"] != nil },
	},
	"databases": {
		"unencrypted-database": is("encrypted", false), "public-database": is("public", true), "database-without-backup": is("backup_days",
			int64(0)),
	},
	"keys":   {"key-not-rotated": is("rotated", false)},
	"trails": {"trail-off": is("logging", false)},
	"security_groups": {"ssh-open-to-world": func(_ *world, row map[string]any) bool {
		return slices.ContainsFunc(row["open_ports"].([]any), func(port any) bool { return port != int64(443) })
	}},
	"cloud_users": {
		"leaver-cloud-user":      func(w *world, row map[string]any) bool { return w.left(row["person_id"]) },
		"cloud-user-without-mfa": func(_ *world, row map[string]any) bool { return row["password"] == true && row["mfa"] == false },
		"stale-access-key": func(w *world, row map[string]any) bool {
			return slices.ContainsFunc(row["access_keys"].([]any), func(one any) bool {
				key := one.(map[string]any)
				return key["active"] == true && w.before(key["created"], 90)
			})
		},
	},
	"devices": {
		"unencrypted-device": inUse(is("encrypted", false)), "firewall-off": inUse(is("firewall", false)),
		"screen-lock-off":   inUse(is("screen_lock", false)),
		"antivirus-missing": inUse(is("antivirus", false)), "updates-off": inUse(is("automatic_updates", false)),
		"device-without-owner": is("owner_email", nil),
		"device-unseen":        inUse(func(w *world, row map[string]any) bool { return w.before(row["last_seen"], 90) }),
		"leaver-device-active": inUse(func(w *world, row map[string]any) bool { return w.left(row["owner_email"]) }),
	},
	"tickets": {"ticket-overdue": func(w *world, row map[string]any) bool {
		return row["resolved"] == nil && w.before(row["due"], 0)
	}},
	"findings": {
		"overdue-critical-finding": func(w *world, row map[string]any) bool {
			return row["status"] == "open" && row["severity"] == "critical" && w.before(row["due"], 0)
		},
		"overdue-high-finding": func(w *world, row map[string]any) bool {
			return row["status"] == "open" && row["severity"] == "high" && w.before(row["due"], 0)
		},
		"overdue finding": func(w *world, row map[string]any) bool {
			return row["status"] == "open" && (row["severity"] == "medium" || row["severity"] == "low") && w.before(row["due"], 0)
		},
	},
	"trainings": {"training-overdue": func(w *world, row map[string]any) bool {
		return row["status"] == "overdue" || row["completed"] == nil && w.before(row["due"], 0)
	}},
	"background_checks": {
		"background-check-consider": is("result", "consider"),
		"background-check-pending": func(w *world, row map[string]any) bool {
			return row["status"] == "pending" && w.people[row["person_id"]]["status"] != "future"
		},
	},
	"documents": {"policy-past-review": func(w *world, row map[string]any) bool { return w.before(row["review_due"], 0) }},
	"signatures": {"policy-unsigned": func(w *world, row map[string]any) bool {
		return row["signed"] == nil && w.before(row["sent"], 30)
	}},
	"monitors": {"monitor-disabled": is("enabled", false), "monitor-silent": empty("notifies")},
	"people": {"contractor-past-end": func(w *world, row map[string]any) bool {
		return row["status"] != "terminated" && w.before(row["ended"], 0)
	}},
}

// search returns what is wrong on a day: the kind, the table and the key.
func search(d *company.Day, n int) map[string]bool {
	w := &world{now: company.Date(n + 1).Add(-time.Second), people: map[any]map[string]any{}}
	for _, p := range d.Table("people") {
		w.people[p["id"]], w.people[p["email"]] = p, p
	}
	found := map[string]bool{}
	for _, table := range company.Tables() {
		tests, rows := finders[table], d.Table(table)
		if strings.HasPrefix(table, "accounts(") {
			tests, w.accounts = accountFinder, map[any]int{}
			for _, row := range rows {
				if row["status"] == "active" {
					w.accounts[row["person_id"]]++
				}
			}
		}
		for _, row := range rows {
			for kind, test := range tests {
				if test(w, row) {
					found[kind+" "+table+" "+keyOf(row)] = true
				}
			}
		}
	}
	w.missing(d, found)
	return found
}

// missing finds what is wrong because there is no row, or in several of them.
func (w *world) missing(d *company.Day, found map[string]bool) {
	checked := map[any]bool{}
	for _, row := range d.Table("background_checks") {
		checked[row["person_id"]] = true
	}
	for _, p := range d.Table("people") {
		if !checked[p["id"]] && p["status"] != "future" {
			found[fmt.Sprint("background-check-missing background_checks b", strings.TrimPrefix(fmt.Sprint(p["id"]), "p"))] = true
		}
	}
	for _, group := range d.Table("groups") {
		for _, member := range group["members"].([]any) {
			if group["admin"] == true && w.people[member]["engineer"] == false {
				found[fmt.Sprint("mover-kept-admin groups ", group["id"], " ", w.people[member]["id"])] = true
			}
			if w.left(member) {
				found[fmt.Sprint("member who left ", group["id"], " ", member)] = true
			}
		}
	}
}
