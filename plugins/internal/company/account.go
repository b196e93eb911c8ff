package company

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company/names"
)

// Account is an account of a system: of a person, of a program, or one that belongs to nobody.
type Account struct {
	ID                                                                  string // that of the person; s…, x… or d… for the others
	N                                                                   int    // a number that no other account of the system has
	PersonID                                                            string `null:"yes"`
	Username, Email, First, Last, Name, Status, Type                    string
	MFA                                                                 bool
	MFAKind                                                             string `null:"yes"`
	Admin                                                               bool
	Roles, Groups                                                       []string
	LastLogin, Created, PasswordChanged                                 time.Time
	Engineer                                                            bool
	Department, Team, Title, Location, Employment, Number, ManagerEmail string `null:"yes"`
	ManagerN                                                            int
	OwnerEmail                                                          string `null:"yes"` // of an account of a program
}

// Who has an account in a system.
func everybody(post) bool    { return true }
func engineers(p post) bool  { return p.engineer() }
func commercial(p post) bool { return p.name() == "Sales" || p.name() == "Legal" }

// systems are those whose accounts have flaws. In others everybody has an account, and none has one.
var systems = map[string]func(post) bool{
	"okta": everybody, "google-workspace": everybody, "entra-id": everybody, "slack": everybody, "zoom": everybody, "jira": everybody,
	"confluence": everybody, "github": engineers, "gitlab": engineers, "aws": engineers, "datadog": engineers, "sentry": engineers,
	"pagerduty": engineers, "snyk": engineers, "docusign": commercial, "salesforce": commercial, "hubspot": commercial,
}

var systemNames = slices.Sorted(maps.Keys(systems))

// staffOf returns who has an account in a system.
func staffOf(system string) func(post) bool {
	if staff := systems[system]; staff != nil {
		return staff
	}
	return everybody
}

// administers reports whether people of a post may be administrators of a system.
func administers(system string, p post) bool {
	if staffOf(system)(post{department: salesDepartment}) && !staffOf(system)(post{department: 0}) {
		return p.department == salesDepartment
	}
	return p.department == 1 || p.department == 2 // IT and Security
}

// administrator reports whether a person is an administrator of a system while in a post that may be.
func (c *Company) administrator(system string, l *life) bool {
	return l.n == 3 || l.n > heads && c.dice("administrator "+system, l.n).IntN(12) == 0
}

// salesDepartment is the index of Sales.
const salesDepartment = 3

// accountPlans are the flaws of accounts, in every one of the systems.
var accountPlans = struct{ left, admin, dormant, none, day, weak, twice, alone, shared, service plan }{
	plan{"leaver-account-active", "accounts", "status", 14, 400, "The account of a former employee is active.", "offboarding"},
	plan{"admin-without-mfa", "accounts", "mfa", 20, 500, "An administrator has no second factor.", "multi-factor authentication"},
	plan{"dormant-account", "accounts", "last_login", 60, 500, "An account was not used for 90 days.", "access review"},
	plan{"account-without-mfa", "accounts", "mfa", 100, 500, "An account has no second factor.", "multi-factor authentication"},
	plan{"mfa-off-for-a-day", "accounts", "mfa", 140, 500, "The second factor of an account was switched off for one day.",
		"multi-factor authentication"},
	plan{"weak-mfa", "accounts", "mfa_kind", 180, 500, "The second factor of an account is a text message.", "multi-factor authentication"},
	plan{"duplicate-account", "accounts", "email", 220, 500, "A person has two accounts.", "access review"},
	plan{"unlinked-account", "accounts", "email", 1, 1500, "An account belongs to nobody whom the company knows.", "access review"},
	plan{"shared-account", "accounts", "username", 1, 3000, "Several people use an account.", "access review"},
	plan{"service-account-without-owner", "accounts", "owner_email", 3, 12, "An account of a program has no owner.", "access review"},
}

func (c *Company) plantAccounts(system string) {
	table, taken, plans := "accounts("+system+")", map[int]bool{}, accountPlans
	staff := staffOf(system)
	fits := func(l *life) bool { return l.steady() && staff(l.posts[0]) && !c.administrator(system, l) }
	of := func(p plan) plan { p.table = table; return p }
	c.scan(of(plans.left), taken, func(l *life) bool {
		_, until, needed := l.needs(staff)
		return needed && l.leaves() && until == l.ended
	}, func(l *life, number int, r *rand.Rand) {
		from, until := afterwards(l, number, r)
		c.add(plans.left, table, l.id(), "", from, until)
	})
	c.scan(of(plans.admin), taken, func(l *life) bool { return l.steady() && administers(system, l.posts[0]) }, func(l *life, number int,
		r *rand.Rand) {
		from, until := span(r, number)
		c.add(plans.admin, table, l.id(), "", from, until)
	})
	c.scan(of(plans.day), taken, fits, func(l *life, _ int, r *rand.Rand) {
		from := 5 + r.IntN(LastDay-10)
		c.add(plans.day, table, l.id(), "", from, from+1)
	})
	for _, p := range []plan{plans.dormant, plans.none, plans.weak, plans.twice} {
		c.scan(of(p), taken, func(l *life) bool { return fits(l) && l.started < -130 }, func(l *life, number int, r *rand.Rand) {
			from, until := span(r, number)
			key := l.id()
			if p.kind == plans.twice.kind {
				key = "d" + key[1:]
			}
			c.add(p, table, key, "", from, until)
		})
	}
	for _, p := range []plan{plans.alone, plans.shared, plans.service} {
		counts := map[string]int{plans.alone.kind: len(c.lives), plans.shared.kind: len(c.lives), plans.service.kind: c.services()}
		for n, number := p.first, 0; n <= counts[p.kind]; n, number = n+p.every, number+1 {
			from, until := span(c.dice("flaw "+p.kind+table, n), number)
			key := map[string]string{plans.alone.kind: "x%04d", plans.shared.kind: "y%04d", plans.service.kind: "s%04d"}[p.kind]
			c.add(p, table, fmt.Sprintf(key, n), "", from, until)
		}
	}
}

// services is the number of programs that have an account in each system.
func (c *Company) services() int { return 4 + len(c.lives)/500 }

// Accounts returns the accounts of a system: those of programs, those of people, and those that
// should not be.
func (d *Day) Accounts(system string) []Account {
	d.mu.Lock()
	known := d.accounts[system]
	if known == nil {
		known = &kept[[]Account]{}
		d.accounts[system] = known
	}
	d.mu.Unlock()
	return known.get(func() []Account {
		o := &office{d: d, system: system, table: "accounts(" + system + ")"}
		for n := 1; n <= d.c.services(); n++ {
			o.service(n)
		}
		o.strangers()
		for _, l := range d.c.lives {
			o.person(l)
		}
		return o.all
	})
}

// office is where the accounts of a system are made, on one day.
type office struct {
	d             *Day
	system, table string
	all           []Account
}

var programs = []string{"backup", "ci-deploy", "reporting", "sync", "monitoring", "scim", "exports", "scanner", "chat-bot", "billing",
	"archive", "alerts"}

func (o *office) service(n int) {
	r := o.d.c.dice("service "+o.system, n)
	name := programs[(n-1)%len(programs)]
	if n > len(programs) {
		name += fmt.Sprint("-", (n-1)/len(programs)+1)
	}
	a := Account{
		ID: fmt.Sprintf("s%04d", n), N: 900_000 + n, Username: "svc-" + name, Email: "svc-" + name + "@" + domain, First: "Service", Last: name,
		Name: "Service " + name, Status: "active", Type: "service", MFA: true, MFAKind: "totp", Roles: []string{"Service"}, Groups: []string{},
		Created: at(r, -400-r.IntN(400)), LastLogin: at(r, o.d.n-r.IntN(2)),
	}
	a.PasswordChanged = a.Created.AddDate(0, 10, 0)
	if !o.d.flawed(accountPlans.service.kind, o.table, a.ID) {
		a.OwnerEmail = o.d.c.colleague(r, 8*n, o.d.n).email()
	}
	o.all = append(o.all, a)
}

// strangers adds the accounts that belong to nobody. A shared one belongs to nobody either.
func (o *office) strangers() {
	for n := accountPlans.alone.first; n <= len(o.d.c.lives); n += accountPlans.alone.every {
		r := o.d.c.dice("stranger "+o.system, n)
		first, last := names.Of(r)
		user := names.Slug(first) + "." + names.Slug(last)
		o.stranger(accountPlans.alone, Account{ID: fmt.Sprintf("x%04d", n), N: 910_000 + n, Username: user, Email: user + "@mail.example",
			First: first, Last: last, Name: first + " " + last})
	}
	for n := accountPlans.shared.first; n <= len(o.d.c.lives); n += accountPlans.shared.every {
		user := sharedNames[n/accountPlans.shared.every%len(sharedNames)]
		o.stranger(accountPlans.shared, Account{ID: fmt.Sprintf("y%04d", n), N: 930_000 + n, Username: user, Email: user + "@" + domain,
			First: "Team", Last: user, Name: "Team " + user})
	}
}

var sharedNames = []string{"reception", "office", "helpdesk", "marketing"}

func (o *office) stranger(p plan, a Account) {
	f, found := o.d.flaw(p.kind, o.table, a.ID)
	if !found {
		return
	}
	r := o.d.c.dice("stranger login "+o.system, a.N+o.d.n)
	a.Status, a.Type, a.MFA, a.MFAKind, a.Roles, a.Groups = "active", "human", true, "totp", []string{"Member"}, []string{}
	a.Created, a.LastLogin = date(f.From, 36_000), date(max(f.From, o.d.n-r.IntN(5)), 40_000)
	a.PasswordChanged = a.Created
	o.all = append(o.all, a)
}

// person adds the account of a person who has needed one, and a second one if that is a flaw.
func (o *office) person(l *life) {
	from, until, needed := l.needs(staffOf(o.system))
	if !needed || o.d.n < from {
		return
	}
	c, day := o.d.c, o.d.n
	p := o.d.person(l)
	r := c.dice("account "+o.system, l.n)
	a := Account{
		ID: p.ID, N: l.n, PersonID: p.ID, Username: l.username, Email: p.Email, First: l.first, Last: l.last, Name: p.Name, Status: "active",
		Type: "human", MFA: true, MFAKind: "webauthn", Engineer: p.Engineer, Department: p.Department, Team: p.Team, Title: p.Title,
		Location: l.location, Employment: l.employment, Number: l.number, ManagerEmail: p.ManagerEmail, ManagerN: p.ManagerN,
		Created: at(r, from), Groups: o.d.groupsOf(l),
	}
	if r.IntN(5) < 3 {
		a.MFAKind = "totp"
	}
	if l.employment == "contractor" {
		a.Type = "external"
	}
	a.PasswordChanged = later(a.Created, date(day-(day+r.IntN(120))%120, 39_600))
	a.Admin = administers(o.system, l.post(day)) && (c.administrator(o.system, l) || c.ever(o.table, p.ID, accountPlans.admin.kind))
	a.Roles = []string{"Member"}
	if a.Admin {
		a.Roles = []string{"Administrator"}
	}
	o.use(&a, l, from, until)
	o.all = append(o.all, a)
	if f, found := o.d.flaw(accountPlans.twice.kind, o.table, "d"+a.ID[1:]); found {
		a.ID, a.N, a.Username, a.Created = "d"+a.ID[1:], 950_000+l.n, l.username+"-old", date(f.From, 30_000)
		a.LastLogin, a.PasswordChanged = later(a.Created.Add(time.Hour), a.LastLogin), a.Created
		a.Admin, a.Roles = false, []string{"Member"}
		o.all = append(o.all, a)
	}
}

// use says when an account was used last, whether it still is, and what is wrong with it.
func (o *office) use(a *Account, l *life, from, until int) {
	d := o.d
	r := d.c.dice("login "+o.system, l.n*(LastDay+1)+d.n)
	last := max(d.n-r.IntN(6), from)
	if l.status(d.n) == "on_leave" {
		last = max(l.leave[0]-1, from)
	}
	if d.n >= until {
		last = max(until-1-r.IntN(4), from)
		if !d.flawed(accountPlans.left.kind, o.table, a.ID) {
			a.Status, a.Groups, a.Admin = "deprovisioned", []string{}, false
			if l.n%3 == 0 {
				a.Status = "suspended"
			}
		}
	}
	if f, found := d.flaw(accountPlans.dormant.kind, o.table, a.ID); found {
		last = f.From - 91
	}
	a.LastLogin = at(r, last)
	if last == from { // the first one is after the account was made
		a.LastLogin = a.Created.Add(time.Hour)
	}
	switch {
	case d.flawed(accountPlans.none.kind, o.table, a.ID), d.flawed(accountPlans.admin.kind, o.table, a.ID),
		d.flawed(accountPlans.day.kind, o.table, a.ID):
		a.MFA, a.MFAKind = false, ""
	case d.flawed(accountPlans.weak.kind, o.table, a.ID):
		a.MFAKind = "sms"
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Group is a group of people, in all systems.
type Group struct {
	ID                string
	N                 int
	Name, Description string
	Members           []string // their addresses
	MemberNs          []int    // the numbers of their accounts, in the same order
	Admin             bool
}

// productionAdmins is the group of those who may change production.
const productionAdmins = "production-admins"

// groupsOf returns the groups of a person.
func (d *Day) groupsOf(l *life) []string {
	now := l.post(d.n)
	all := []string{"everyone", "department-" + names.Slug(now.name()), "team-" + names.Slug(now.team)}
	if l.employment == "contractor" {
		all = append(all, "contractors")
	}
	_, kept := d.flaw(movedWithRights.kind, "groups", productionAdmins+"/"+l.id())
	chosen := d.c.dice(productionAdmins, l.n).IntN(12) == 0 && l.n > heads || d.c.ever("groups", productionAdmins+"/"+l.id(),
		movedWithRights.kind)
	if kept || chosen && now.engineer() {
		all = append(all, productionAdmins)
	}
	return all
}

// Groups returns the groups with those who work for the company.
func (d *Day) Groups() []Group {
	return d.groups.get(func() (all []Group) {
		members := map[string][]string{"everyone": nil, "contractors": nil, productionAdmins: nil}
		numbers := map[string][]int{}
		order := []string{"everyone", "contractors", productionAdmins}
		for _, l := range d.c.lives {
			if status := d.person(l).Status; status == "future" || status == "terminated" {
				continue
			}
			for _, group := range d.groupsOf(l) {
				if _, known := members[group]; !known {
					order = append(order, group)
				}
				members[group], numbers[group] = append(members[group], l.email()), append(numbers[group], l.n)
			}
		}
		for i, id := range order {
			words := strings.ReplaceAll(id, "-", " ")
			all = append(all, Group{ID: id, N: i + 1, Name: strings.ToUpper(words[:1]) + words[1:], Description: "The people of " + id,
				Members: members[id], MemberNs: numbers[id], Admin: id == productionAdmins})
		}
		return all
	})
}
