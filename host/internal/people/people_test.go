package people_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// company is a journal with connections of several categories, and the index over it.
type company struct {
	t       *testing.T
	journal *journal.Journal
	now     time.Time
	ids     map[string]string // of connections, by alias
	people  *people.People
}

// categories of the connectors of the tests, which have the names of the connections.
var categories = map[string]host.Category{
	"hr": host.CategoryHRIS, "hr2": host.CategoryHRIS, "idp": host.CategoryIdentity, "cloud": host.CategoryInfrastructure,
	"code": host.CategoryVersionControl, "watch": host.CategoryObservability, "checks": host.CategoryBackgroundCheck,
	"apps": host.CategoryUserAccessReview,
}

var limits = directory.Limits{Dormant: 90 * 24 * time.Hour, New: 30 * 24 * time.Hour}

func open(t *testing.T) *company {
	t.Helper()
	c := &company{t: t, now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), ids: map[string]string{}}
	var err error
	clock := func() time.Time { return c.now }
	c.journal, err = journal.Open(journal.Options{Dir: t.TempDir(), Key: make([]byte, 32), MinFreeBytes: 1, Now: clock})
	must(t, err)
	t.Cleanup(func() { must(t, c.journal.Close()) })
	c.people = c.build()
	return c
}

// build opens another index over the journal, which has to read all of it.
func (c *company) build() *people.People {
	p := people.Open(people.Config{
		Journal: c.journal, Now: func() time.Time { return c.now }, Limits: limits,
		Connector: func(_ context.Context, id string) (host.Connector, error) {
			return host.Connector{ID: id, Name: strings.ToUpper(id), Categories: []host.Category{categories[id]}}, nil
		},
	})
	p.AtOnce(time.Minute)
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func as(name string) context.Context { return host.WithActor(context.Background(), actor(name)) }

func actor(name string) host.Actor {
	return host.Actor{Kind: host.ActorPerson, ID: name, Name: name, Auth: host.AuthLocal}
}

// connect makes sure that there is a connection.
func (c *company) connect(alias string) string {
	c.t.Helper()
	if c.ids[alias] == "" {
		made, err := c.journal.CreateConnection(as("tester"), host.Connection{Alias: alias, Connector: alias}, nil)
		must(c.t, err)
		c.ids[alias] = made.ID
	}
	return c.ids[alias]
}

// gone is the removal of a record.
type gone struct{}

// write is a run of a stream that sends these documents by key.
func (c *company) write(alias string, docs map[string]any) {
	c.t.Helper()
	connection := c.connect(alias)
	info := host.StreamInfo{Name: "all", Kind: string(kind.KindAccount), Deletes: "tombstone", Incremental: true}
	var writes []host.Write
	for key, doc := range docs {
		if of, ok := doc.(interface{ Kind() kind.Kind }); ok {
			info.Kind = string(of.Kind())
			info.Name = info.Kind
		}
		if _, ok := doc.(gone); ok {
			writes = append(writes, host.Write{Key: key, Removed: true})
			continue
		}
		raw, err := json.Marshal(doc)
		must(c.t, err)
		raw, err = kind.Canonical(raw)
		must(c.t, err)
		writes = append(writes, host.Write{Key: key, Doc: raw, Hash: sha256.Sum256(raw)})
	}
	if slices.ContainsFunc(writes, func(w host.Write) bool { return w.Removed }) && info.Name == "all" {
		info.Kind = map[string]string{"hr": "person", "hr2": "person", "checks": "background_check"}[alias]
		if info.Kind == "" {
			info.Kind = string(kind.KindAccount)
		}
		info.Name = info.Kind
	}
	run, err := c.journal.BeginRun(host.Run{Connection: connection, Alias: alias, Status: host.StatusRunning})
	must(c.t, err)
	w, err := c.journal.OpenStream(connection, info, run.ID, run.Epoch)
	must(c.t, err)
	_, err = w.Commit(host.Group{Writes: writes, Checkpoint: host.Checkpoint{Sequence: 1, Cursor: []byte("x")}})
	must(c.t, err)
	must(c.t, w.Close())
	run.Status = host.StatusSucceeded
	must(c.t, c.journal.SaveRun(run))
}

// later moves the clock.
func (c *company) later(d time.Duration) { c.now = c.now.Add(d) }

const days = 24 * time.Hour

// accounts returns all accounts of a page, also those that are gone, by key.
func (c *company) accounts(page account.Page, facets ...string) map[string]account.Account {
	c.t.Helper()
	if len(facets) == 0 {
		facets = []string{"state:present", "state:removed"}
	}
	found, err := c.people.Accounts(c.t.Context(), directory.Query{Page: page, Facets: facets, Limit: 1000})
	must(c.t, err)
	if found.Position.State != "following" || found.Matched != len(found.Accounts) {
		c.t.Fatalf("the index is %+v with %d accounts, %d on the page", found.Position, found.Matched, len(found.Accounts))
	}
	byKey := map[string]account.Account{}
	for _, a := range found.Accounts {
		key := a.Key
		if a.Row == "person" {
			key = a.Email
		}
		byKey[key] = a
	}
	return byKey
}

func (c *company) account(key string) account.Account {
	c.t.Helper()
	a, ok := c.accounts(account.PageAll)[key]
	if !ok {
		c.t.Fatalf("there is no account %s", key)
	}
	return a
}

// persons returns all persons by name.
func (c *company) persons() map[string]account.Person {
	c.t.Helper()
	found, err := c.people.People(c.t.Context(), directory.Query{Limit: 1000})
	must(c.t, err)
	byName := map[string]account.Person{}
	for _, p := range found.People {
		byName[p.Name] = p
	}
	if len(byName) != found.Matched {
		c.t.Fatalf("%d persons have %d names", found.Matched, len(byName))
	}
	return byName
}

func (c *company) decide(key string, d account.Decision) {
	c.t.Helper()
	must(c.t, c.people.Decide(as("ann"), actor("ann"), c.account(key).ID, d, nil))
}

// problem checks that err is a problem with this code.
func problem(t *testing.T, err error, code string) host.Problem {
	t.Helper()
	var p *host.Problem
	if !errors.As(err, &p) || p.Code != code {
		t.Fatalf("error %v, want a problem with the code %s", err, code)
	}
	return *p
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}

// line says what matters of an account.
func line(a account.Account) string {
	person := "-"
	if a.Link.Person != nil {
		person = a.Link.Person.Name
	}
	flags := make([]string, len(a.Flags))
	for i, f := range a.Flags {
		flags[i] = string(f)
	}
	return fmt.Sprintf("%s %s %s [%s]", a.Kind, a.Link.State, person, strings.Join(flags, " "))
}

func hr(name, email, status string, more ...func(*kind.Person)) kind.Person {
	p := kind.Person{ExternalID: name, Name: name, Email: email, Status: kind.Word(status), Employment: "employee"}
	for _, m := range more {
		m(&p)
	}
	return p
}

func acct(name, email string, more ...func(*kind.Account)) kind.Account {
	a := kind.Account{ExternalID: name, Name: name, Email: email, Status: "active", Type: "human"}
	for _, m := range more {
		m(&a)
	}
	return a
}

func ends(at time.Time) func(*kind.Person) { return func(p *kind.Person) { p.EndedAt = kind.At(at) } }
func starts(at time.Time) func(*kind.Person) {
	return func(p *kind.Person) { p.StartedAt = kind.At(at) }
}

func TestStatusOfAPerson(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	midnight := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		hr, idp any
		goneHR  bool
		goneIDP bool
		want    account.PersonStatus
		left    string
	}{
		"works":        {hr: hr("p", "p@x.io", "active"), want: account.PersonActive},
		"is on leave":  {hr: hr("p", "p@x.io", "on_leave"), want: account.PersonActive},
		"begins later": {hr: hr("p", "p@x.io", "active", starts(midnight.Add(5*days))), want: account.PersonJoining},
		"is to begin":  {hr: hr("p", "p@x.io", "future"), want: account.PersonJoining},
		"ends later":   {hr: hr("p", "p@x.io", "active", ends(midnight.Add(5*days))), want: account.PersonLeaving},
		"ends today":   {hr: hr("p", "p@x.io", "active", ends(midnight)), want: account.PersonLeaving},
		"ended yesterday": {
			hr: hr("p", "p@x.io", "active", ends(midnight.Add(-days))), want: account.PersonLeft, left: "2026-02-28",
		},
		"terminated as of later":         {hr: hr("p", "p@x.io", "terminated", ends(midnight.Add(days))), want: account.PersonLeaving},
		"terminated, on no known day":    {hr: hr("p", "p@x.io", "terminated"), want: account.PersonLeft},
		"told by no source":              {hr: hr("p", "p@x.io", "unknown"), want: account.PersonUnknown},
		"an active account tells":        {idp: acct("p", "p@x.io"), want: account.PersonActive},
		"a suspended account tells not":  {idp: acct("p", "p@x.io", status("suspended")), want: account.PersonUnknown},
		"a deprovisioned account tells":  {idp: acct("p", "p@x.io", status("deprovisioned")), want: account.PersonLeft},
		"HR goes before the account":     {hr: hr("p", "p@x.io", "terminated"), idp: acct("p", "P@x.io"), want: account.PersonLeft},
		"the account where HR is silent": {hr: hr("p", "p@x.io", "unknown"), idp: acct("p", "P@x.io"), want: account.PersonActive},
		"no longer in HR": {hr: hr("p", "p@x.io", "active"), idp: acct("p", "p@x.io"), goneHR: true,
			want: account.PersonLeft, left: "2026-03-01"},
		"no longer an account": {hr: hr("p", "p@x.io", "active"), idp: acct("p", "p@x.io"), goneIDP: true, want: account.PersonActive},
		"nowhere any more":     {idp: acct("p", "p@x.io"), goneIDP: true, want: account.PersonLeft, left: "2026-03-01"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t)
			c.now = now
			for alias, doc := range map[string]any{"hr": test.hr, "idp": test.idp} {
				if doc != nil {
					c.write(alias, map[string]any{"1": doc})
				}
			}
			if test.goneHR {
				c.write("hr", map[string]any{"1": gone{}})
			}
			if test.goneIDP {
				c.write("idp", map[string]any{"1": gone{}})
			}
			p, ok := c.persons()["p"]
			if !ok || p.Status != test.want || p.StatusReason == "" {
				t.Fatalf("the person is %q (%s), want %q", p.Status, p.StatusReason, test.want)
			}
			left := ""
			if p.Left != nil {
				left = p.Left.Format(time.DateOnly)
			}
			if left != test.left {
				t.Errorf("the person left on %q, want %q", left, test.left)
			}
		})
	}
}

func status(word string) func(*kind.Account) {
	return func(a *kind.Account) { a.Status = kind.Word(word) }
}
func typed(word string) func(*kind.Account) {
	return func(a *kind.Account) { a.Type = kind.Word(word) }
}

func TestWhoIsAPerson(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.write("hr", map[string]any{
		"1": hr("Ann Lee", "Ann@x.io", "active"), "2": hr("Bo", "", "active"), "3": hr("Twin One", "twin@x.io", "active"),
		"4": hr("Twin Two", "TWIN@x.io", "active"), "5": hr("Rehired", "re@x.io", "terminated"), "6": hr("Rehired", "re@x.io", "active"),
	})
	c.write("idp", map[string]any{
		"a": acct("ann", "ann@X.io"), "b": acct("Bo", "bo@x.io"), "c": acct("Robot", "robot@x.io", typed("service")),
		"d": acct("A group", "all@x.io", typed("group")), "e": acct("No address", ""), "f": acct("Guest", "guest@y.io", typed("external")),
		"t": acct("Twin account", "twin@x.io"),
	})
	c.write("code", map[string]any{"x": acct("Stranger", "stranger@z.io"), "y": acct("ann-code", "ANN@x.IO")})
	got := map[string]string{}
	for name, p := range c.personsByID() {
		var sources []string
		for _, s := range p.Sources {
			sources = append(sources, s.Alias+"/"+s.Key)
		}
		got[name] = strings.Join(sources, " ")
	}
	same(t, "persons and their sources", got, map[string]string{
		"Ann Lee Ann@x.io": "hr/1 idp/a", "Bo ": "hr/2", "Bo bo@x.io": "idp/b", "Twin One twin@x.io": "hr/3", "Twin Two TWIN@x.io": "hr/4",
		"Rehired re@x.io": "hr/6 hr/5", "Guest guest@y.io": "idp/f",
	})
	if a := c.account("t"); a.Link.State != account.LinkAmbiguous || len(a.Link.Candidates) != 2 {
		t.Errorf("the account of two persons is %+v", a.Link)
	}
	if a := c.account("y"); a.Link.State != account.LinkLinked || a.Link.By != account.LinkByEmail || a.Link.Person.Name != "Ann Lee" {
		t.Errorf("the account with the same address in other letters is %+v", a.Link)
	}
	// A service account by decision is no person any more, and one again after an undo.
	c.decide("b", account.Decision{Kind: account.Service})
	if _, ok := c.personsByID()["Bo bo@x.io"]; ok {
		t.Error("an account that is decided to be a service is a person")
	}
	must(t, c.people.Undo(as("ann"), actor("ann"), c.account("b").ID, nil))
	if _, ok := c.personsByID()["Bo bo@x.io"]; !ok {
		t.Error("after the undo it is no person")
	}
}

// personsByID returns all persons by name and address.
func (c *company) personsByID() map[string]account.Person {
	c.t.Helper()
	found, err := c.people.People(c.t.Context(), directory.Query{Limit: 1000})
	must(c.t, err)
	all := map[string]account.Person{}
	for _, p := range found.People {
		all[p.Name+" "+p.Email] = p
	}
	return all
}

func TestPrecedenceByField(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.write("hr", map[string]any{"1": hr("Ann HR", "ann@x.io", "active", func(p *kind.Person) { p.Department = "Sales" })})
	c.write("idp", map[string]any{"a": acct("Ann IDP", "Ann@x.io", func(a *kind.Account) { a.Title = "Seller"; a.Department = "Ops" })})
	detail := func() string {
		found, err := c.people.Person(c.t.Context(), c.onePerson().ID)
		must(t, err)
		var parts []string
		for _, f := range found.Person.Fields {
			from := "nobody"
			if f.Source != nil {
				from = f.Source.Alias
			}
			if f.Field == "name" || f.Field == "title" || f.Field == "department" {
				parts = append(parts, fmt.Sprintf("%s=%s of %s, else %v", f.Field, f.Value, from, f.Others))
			}
		}
		return strings.Join(parts, "; ")
	}
	same(t, "usual order", detail(),
		"name=Ann HR of hr, else [{Ann IDP idp}]; title=Seller of idp, else []; department=Sales of hr, else [{Ops idp}]")
	set, err := c.people.SetSources(as("ann"), account.PersonPrecedence{
		Order: []string{c.ids["hr"]}, Fields: map[string][]string{"name": {c.ids["idp"]}},
	}, new(uint64))
	must(t, err)
	same(t, "order for names", detail(),
		"name=Ann IDP of idp, else [{Ann HR hr}]; title=Seller of idp, else []; department=Sales of hr, else [{Ops idp}]")
	if set.Revision != 1 || len(set.Sources) != 2 || set.Sources[0].Alias != "hr" || !set.Sources[0].Set || set.Sources[1].Set {
		t.Errorf("the order in force is %+v", set)
	}
	c.people = c.build()
	if name := c.onePerson().Name; name != "Ann IDP" {
		t.Errorf("built again the name is %s", name)
	}
	_, err = c.people.SetSources(as("ann"), account.PersonPrecedence{Order: []string{"nope"}}, nil)
	problem(t, err, host.CodeInvalid)
	_, err = c.people.SetSources(as("ann"), account.PersonPrecedence{Fields: map[string][]string{"shoes": {c.ids["hr"]}}}, nil)
	problem(t, err, host.CodeInvalid)
	_, err = c.people.SetSources(as("ann"), account.PersonPrecedence{}, new(uint64))
	problem(t, err, host.CodeConflict)
}

func (c *company) onePerson() account.Person {
	c.t.Helper()
	all := c.persons()
	if len(all) != 1 {
		c.t.Fatalf("there are %d persons, want one", len(all))
	}
	for _, p := range all {
		return p
	}
	return account.Person{}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	admin := func(mfa kind.Tri) func(*kind.Account) {
		return func(a *kind.Account) { a.Admin, a.MFA = kind.Yes, mfa }
	}
	seen := func(ago time.Duration) func(*kind.Account) {
		return func(a *kind.Account) { a.LastLoginAt = kind.At(time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC).Add(-ago)) }
	}
	c := open(t)
	c.write("hr", map[string]any{
		"1": hr("Ann", "ann@x.io", "active"), "2": hr("Lou", "lou@x.io", "terminated", ends(time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC))),
		"3": hr("T1", "twin@x.io", "active"), "4": hr("T2", "twin@x.io", "active"),
	})
	c.write("cloud", map[string]any{
		"mfa-no": acct("", "ann@x.io", admin(kind.No)), "mfa-unknown": acct("", "ann@x.io", admin(kind.Unknown)),
		"mfa-yes": acct("", "ann@x.io", admin(kind.Yes)), "mfa-no-suspended": acct("", "ann@x.io", admin(kind.No), status("suspended")),
		"not-privileged": acct("", "ann@x.io", func(a *kind.Account) { a.MFA = kind.No }),
		"leaver":         acct("", "lou@x.io"), "leaver-suspended": acct("", "lou@x.io", status("suspended")),
		"leaver-unknown": acct("", "lou@x.io", status("unknown")),
		"dormant":        acct("", "ann@x.io", seen(91*days)), "awake": acct("", "ann@x.io", seen(89*days)),
		"stranger": acct("", "who@z.io"), "twin": acct("", "twin@x.io"),
		"service": acct("", "", typed("service")), "bot": acct("", "", typed("bot")), "group": acct("", "", typed("group")),
	})
	c.later(61 * days) // what the first read found is not new
	c.write("cloud", map[string]any{"late": acct("", "ann@x.io")})
	got := map[string]string{}
	for key := range c.accounts(account.PageAll) {
		got[key] = line(c.account(key))
	}
	same(t, "flags", got, map[string]string{
		"mfa-no":           "human linked Ann [privileged_no_mfa]",
		"mfa-unknown":      "human linked Ann [privileged_mfa_unknown]",
		"mfa-yes":          "human linked Ann []",
		"mfa-no-suspended": "human linked Ann []",
		"not-privileged":   "human linked Ann []",
		"leaver":           "human linked Lou [leaver_active]",
		"leaver-suspended": "human linked Lou []",
		"leaver-unknown":   "human linked Lou []",
		"dormant":          "human linked Ann [dormant]",
		"awake":            "human linked Ann []",
		"stranger":         "human unlinked - [unlinked]",
		"twin":             "human ambiguous - [ambiguous]",
		"service":          "service unlinked - [service_no_owner]",
		"bot":              "bot unlinked - [service_no_owner]",
		"group":            "group unlinked - []",
		"late":             "human linked Ann [new]",
	})
	if since := c.account("leaver").LeaverSince; since == nil || since.Format(time.DateOnly) != "2026-02-20" {
		t.Errorf("the leaver left on %v", since)
	}
	ann := c.persons()["Ann"]
	lou := c.persons()["Lou"]
	c.decide("service", account.Decision{Owner: &lou.ID})
	if got := line(c.account("service")); got != "service unlinked - [owner_left]" {
		t.Errorf("a service whose owner left is %s", got)
	}
	c.decide("service", account.Decision{Owner: &ann.ID})
	if got := c.account("service"); line(got) != "service unlinked - []" || got.Owner.Name != "Ann" {
		t.Errorf("a service with an owner is %s", line(got))
	}
	c.decide("stranger", account.Decision{InScope: new(false), Rationale: "a partner's"})
	if got := c.account("stranger"); line(got) != "human unlinked - []" || got.InScope || got.Rationale != "a partner's" {
		t.Errorf("out of scope it is %s, %+v", line(got), got)
	}
	c.write("cloud", map[string]any{"mfa-no": gone{}})
	if got := c.account("mfa-no"); line(got) != "human linked Ann []" || got.RemovedAt == nil || got.Active != "no" {
		t.Errorf("once gone it is %s, %+v", line(got), got)
	}
	c.later(30*days + time.Hour)
	if got := line(c.account("late")); got != "human linked Ann []" {
		t.Errorf("after a month it is %s", got)
	}
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.write("hr", map[string]any{"1": hr("Ann", "ann@x.io", "active"), "2": hr("Bob", "bob@x.io", "active")})
	c.write("code", map[string]any{"x": acct("octo", "home@z.io"), "y": acct("bob", "bob@x.io")})
	id, ann, bob := c.account("x").ID, c.persons()["Ann"].ID, c.persons()["Bob"].ID
	zero := uint64(0)
	must(t, c.people.Decide(as("ann"), actor("ann"), id, account.Decision{Person: &ann, Note: "asked"}, &zero))
	a := c.account("x")
	if line(a) != "human linked Ann []" || a.Link.By != account.LinkByDecision || a.Revision != 1 || a.DecidedBy.Name != "ann" ||
		a.Note != "asked" {
		t.Fatalf("the account is %s, %+v", line(a), a)
	}
	// Another person who saw nothing is told who decided.
	err := c.people.Decide(as("ben"), actor("ben"), id, account.Decision{Person: &bob}, &zero)
	if p := problem(t, err, host.CodeConflict); !strings.Contains(p.Message, "by ann") || p.Fields[0].Field != "revision" {
		t.Errorf("the conflict says %q", p.Message)
	}
	// Saying the same once more is no decision.
	must(t, c.people.Decide(as("ben"), actor("ben"), id, account.Decision{Person: &ann, Note: "asked"}, nil))
	if a := c.account("x"); a.Revision != 1 {
		t.Errorf("the same decision made revision %d", a.Revision)
	}
	must(t, c.people.Decide(as("ben"), actor("ben"), id, account.Decision{Link: account.LinkNone}, nil))
	must(t, c.people.Decide(as("ben"), actor("ben"), id, account.Decision{Person: &bob, Kind: account.Bot, Owner: &ann}, nil))
	undo := func(want string) {
		t.Helper()
		must(t, c.people.Undo(as("ann"), actor("ann"), id, nil))
		if got := line(c.account("x")); got != want {
			t.Errorf("after the undo it is %s, want %s", got, want)
		}
	}
	undo("human unlinked - [unlinked]")
	undo("human linked Ann []")
	c.people = c.build() // a decision is stored
	undo("human unlinked - [unlinked]")
	problem(t, c.people.Undo(as("ann"), actor("ann"), id, nil), host.CodeConflict)
	history, err := c.people.History(id)
	must(t, err)
	var told []string
	for _, h := range history {
		words := []string{h.Actor.Name, h.Action}
		for _, p := range h.Changes {
			words = append(words, fmt.Sprintf("%s %q→%q", p.Part, p.Before, p.After))
		}
		told = append(told, strings.Join(words, " "))
	}
	same(t, "history", told, []string{
		`ann undone link "Ann <ann@x.io>"→"" note "asked"→""`,
		`ann undone link "no person"→"Ann <ann@x.io>" note ""→"asked"`,
		`ann undone link "Bob <bob@x.io>"→"no person" kind "bot"→"" owner "Ann <ann@x.io>"→""`,
		`ben decided link "no person"→"Bob <bob@x.io>" kind ""→"bot" owner ""→"Ann <ann@x.io>"`,
		`ben decided link "Ann <ann@x.io>"→"no person" note "asked"→""`,
		`ann decided link ""→"Ann <ann@x.io>" note ""→"asked"`,
	})
	// Several decisions that another index made are taken up together, and the latest holds.
	other := c.build()
	for _, note := range []string{"one", "two", "three"} {
		must(t, other.Decide(as("ben"), actor("ben"), id, account.Decision{Note: note}, nil))
	}
	if a := c.account("x"); a.Note != "three" || a.Revision != 9 {
		t.Errorf("of three decisions it has %q, revision %d", a.Note, a.Revision)
	}
	problem(t, c.people.Decide(as("ann"), actor("ann"), id, account.Decision{InScope: new(false)}, nil), host.CodeInvalid)
	problem(t, c.people.Decide(as("ann"), actor("ann"), id, account.Decision{Person: new("nobody")}, nil), host.CodeInvalid)
	problem(t, c.people.Decide(as("ann"), actor("ann"), "nope", account.Decision{}, nil), host.CodeNotFound)
}

// TestADecisionOutlivesItsRecord makes sure that decisions survive the removal and return of an account and of a person, and that a
// person is followed to another address.
func TestADecisionOutlivesItsRecord(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.write("hr", map[string]any{"1": hr("Ann", "ann@x.io", "active")})
	c.write("code", map[string]any{"x": acct("octo", "home@z.io")})
	ann := c.onePerson().ID
	c.decide("x", account.Decision{Person: &ann, Note: "hers"})
	check := func(when, want string) {
		t.Helper()
		for range 2 {
			a := c.account("x")
			if line(a) != want || a.Note != "hers" || a.Revision != 1 {
				t.Errorf("%s it is %s, %+v", when, line(a), a)
			}
			c.people = c.build()
		}
	}
	c.write("code", map[string]any{"x": gone{}})
	check("once gone", "human linked Ann []")
	c.write("code", map[string]any{"x": acct("octo", "other@z.io")})
	check("once back", "human linked Ann []")
	c.write("hr", map[string]any{"1": hr("Ann", "ann.lee@x.io", "active")})
	check("with another address of the person", "human linked Ann []")
	if c.onePerson().ID == ann {
		t.Error("a person with another address has the same id")
	}
	must(t, c.journal.DeleteConnection(as("tester"), c.ids["hr"]))
	a := c.account("x")
	if a.Link.State != account.LinkLinked || !a.Link.Person.Gone || a.Link.Person.Name != "Ann" {
		t.Errorf("with the source of the person gone it is %+v", a.Link)
	}
	// The person who is gone can stay in a decision that is edited.
	must(t, c.people.Decide(as("ann"), actor("ann"), a.ID, account.Decision{Person: &ann, Note: "still hers"}, nil))
	if _, err := c.journal.AccountDecision(a.ID); err != nil {
		t.Error(err)
	}
	must(t, c.journal.DeleteConnection(as("tester"), c.ids["code"]))
	if left := c.accounts(account.PageAll); len(left) != 0 {
		t.Errorf("of a connection that is gone there are %v", left)
	}
}

// TestOneOfSeveralWithAnAddressMoves: a person who shared an address with others stays known when the record has another one, or none.
func TestOneOfSeveralWithAnAddressMoves(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"", "bob@x.io"} {
		c := open(t)
		c.write("hr", map[string]any{
			"1": kind.Person{Name: "Ann", Email: "both@x.io", Status: "active"}, "2": kind.Person{Name: "Bob", Email: "both@x.io", Status: "active"},
		})
		if known := c.persons(); len(known) != 2 {
			t.Fatalf("two records with one address are %d persons", len(known))
		}
		c.write("hr", map[string]any{"2": kind.Person{Name: "Bob", Email: to, Status: "active"}})
		if known := c.persons(); len(known) != 2 || known["Bob"].Email != to {
			t.Errorf("with the address %q Bob is %+v", to, known["Bob"])
		}
	}
}
