package people_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
	"github.com/plumbline-dev/plumbline/host/internal/people/record"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

func vendor(doc string) func(*kind.Account) {
	return func(a *kind.Account) { a.Vendor = json.RawMessage(doc) }
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.write("hr", map[string]any{
		"1": hr("Ann Lee", "ann.lee@x.io", "active", func(p *kind.Person) { p.ExternalID = "1001" }), "2": hr("Bob Ray",
			"bob@x.io", "active"),
		"3": hr("Same Name", "same1@x.io", "active"), "4": hr("Same Name", "same2@x.io", "active"), "5": hr("Eve", "eve@y.io", "active"),
	})
	c.write("idp", map[string]any{"b": acct("Bob Ray", "bob@x.io", vendor(`{"profile":{"secondEmail":"bobby@home.io"}}`))})
	admin := func(a *kind.Account) { a.Admin = kind.Yes }
	c.write("code", map[string]any{
		"alias-of-person":  acct("bobby", "bobby@home.io"),
		"alias-of-account": acct("who", "old@z.io", vendor(`{"proxyAddresses":["SMTP:old@z.io","smtp:Ann.Lee@x.io"]}`)),
		"employee":         acct("", "alee@z.io", vendor(`{"employeeNumber":1001}`)),
		"user-name":        acct("", "", func(a *kind.Account) { a.Username = "bob@x.io" }),
		"local-part":       acct("", "bob@y.io"),
		"local-elsewhere":  acct("", "bob@z.io"),
		"name":             acct("ann  LEE", "al@x.io"), "name-elsewhere": acct("Ann Lee", "al@z.io"),
		"name-of-two": acct("Same Name", "s@x.io"),
		"linked":      acct("Ann Lee", "bob@x.io"),
		"both":        acct("Eve", "", func(a *kind.Account) { a.Username = "Eve" }), "name-only": acct("eve", "",
			func(a *kind.Account) { a.Username = "root" }),
		"nameless": acct("", "", func(a *kind.Account) { a.Username = "eve" }),
		"service":  acct("", "bob@y.io", typed("service")), "admin": acct("", "eve@x.io", admin),
	})
	found, err := c.people.Suggestions(t.Context(), directory.SuggestionQuery{Page: account.PageAll, Limit: 100})
	must(t, err)
	got := map[string]string{}
	ids := map[string]string{}
	for _, s := range found.Suggestions {
		for key, a := range c.accounts(account.PageAll) {
			if a.ID == s.Account {
				got[key] = fmt.Sprintf("%s %s %.2f", s.Person.Name, s.Reason, s.Confidence)
				ids[key] = s.ID
			}
		}
		if s.Explanation == "" {
			t.Errorf("%s explains nothing", s.ID)
		}
	}
	same(t, "suggestions", got, map[string]string{
		"alias-of-person": "Bob Ray alias_address 0.95", "alias-of-account": "Ann Lee alias_address 0.95",
		"employee":  "Ann Lee employee_number 0.90",
		"user-name": "Bob Ray user_name 0.85", "local-part": "Bob Ray local_part 0.80", "name": "Ann Lee name_and_domain 0.60",
		"admin": "Eve local_part 0.80", "both": "Eve user_name 0.75", "name-only": "Eve name 0.50",
	})
	// None is applied by itself, a preview changes nothing, and a privileged account is accepted by itself alone.
	all := []string{ids["alias-of-person"], ids["admin"], ids["employee"], "nope.nope"}
	preview, err := c.people.Accept(as("ann"), actor("ann"), all, true)
	must(t, err)
	if preview.Changed != 2 || preview.Refused != 2 || preview.Items[0].Before.Link != "unlinked" ||
		preview.Items[0].After.Person.Name != "Bob Ray" {
		t.Errorf("the preview is %+v", preview)
	}
	if a := c.account("alias-of-person"); a.Link.State != account.LinkUnlinked || a.Suggestions != 1 {
		t.Errorf("a preview linked %+v", a)
	}
	done, err := c.people.Accept(as("ann"), actor("ann"), all, false)
	must(t, err)
	var outcomes []string
	for _, one := range done.Items {
		why := ""
		if one.Problem != nil {
			why = " " + one.Problem.Code
		}
		outcomes = append(outcomes, one.Outcome+why)
	}
	same(t, "outcomes", outcomes, []string{"changed", "refused conflict", "changed", "refused not_found"})
	if c.account("admin").Link.State != account.LinkUnlinked || c.account("employee").Link.Person.Name != "Ann Lee" {
		t.Errorf("accepting linked %+v and %+v", c.account("admin").Link, c.account("employee").Link)
	}
	again, err := c.people.Accept(as("ann"), actor("ann"), []string{ids["employee"]}, false)
	must(t, err)
	if again.Refused != 1 || again.Items[0].Problem.Code != host.CodeConflict {
		t.Errorf("accepting again answers %+v", again.Items)
	}
	alone, err := c.people.Accept(as("ann"), actor("ann"), []string{ids["admin"]}, false)
	must(t, err)
	if alone.Changed != 1 || c.account("admin").Link.Person.Name != "Eve" {
		t.Errorf("accepting a privileged account by itself answers %+v", alone)
	}
	sure, err := c.people.Suggestions(t.Context(), directory.SuggestionQuery{Page: account.PageAll, Confidence: 0.85, Limit: 1})
	must(t, err)
	if sure.Matched != 2 || len(sure.Suggestions) != 1 || sure.Next == "" {
		t.Errorf("sure suggestions are %+v", sure)
	}
}

func TestSeveralAtOnce(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.write("code", map[string]any{
		"1": acct("A", "a@x.io"), "2": acct("B", "b@x.io"), "3": acct("C", "c@x.io", typed("service")), "4": acct("D", "d@x.io"),
	})
	c.decide("4", account.Decision{Note: "mine"})
	all := &directory.Query{Page: account.PageVersionControl, Facets: []string{"kind:human"}}
	out := people.DecisionEdit{InScope: new(false), Rationale: new("no code is in it")}
	preview, err := c.people.DecideAll(as("ann"), actor("ann"), people.Bulk{Query: all, Change: out, Preview: true})
	must(t, err)
	if preview.Changed != 3 || len(preview.Items) != 3 || preview.Items[0].After.InScope || len(preview.Items[0].Before.Flags) != 1 {
		t.Errorf("the preview is %+v", preview)
	}
	if !c.account("1").InScope {
		t.Error("a preview changed something")
	}
	// One of them was seen as it was before somebody else decided.
	done, err := c.people.DecideAll(as("ann"), actor("ann"), people.Bulk{
		Query: all, Change: out, Revisions: map[string]uint64{c.account("4").ID: 0},
	})
	must(t, err)
	if done.Changed != 2 || done.Refused != 1 || c.account("1").InScope || !c.account("4").InScope || !c.account("3").InScope {
		t.Errorf("the report is %+v", done)
	}
	if a := c.account("4"); a.Note != "mine" {
		t.Errorf("the refused one is %+v", a)
	}
	undone, err := c.people.DecideAll(as("ann"), actor("ann"), people.Bulk{
		IDs: []string{c.account("1").ID, c.account("2").ID, c.account("3").ID, "nope"}, Change: people.DecisionEdit{Undo: true},
	})
	must(t, err)
	if undone.Changed != 2 || undone.Refused != 2 || !c.account("1").InScope {
		t.Errorf("the undo is %+v", undone)
	}
	for name, b := range map[string]people.Bulk{
		"nothing to change":   {IDs: []string{"x"}},
		"no accounts":         {Change: out},
		"ids and a query":     {IDs: []string{"x"}, Query: all, Change: out},
		"an undo and a note":  {IDs: []string{"x"}, Change: people.DecisionEdit{Undo: true, Note: new("")}},
		"a facet of no sense": {Query: &directory.Query{Facets: []string{"kind:robot"}}, Change: out},
	} {
		_, err := c.people.DecideAll(as("ann"), actor("ann"), b)
		if problem(t, err, host.CodeInvalid); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestPagesAndColumns(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.write("hr", map[string]any{"1": hr("Ann", "ann@x.io", "active"), "2": hr("Bob", "bob@x.io", "active"), "3": hr("Cy",
		"cy@x.io", "active")})
	c.write("cloud", map[string]any{"arn": acct("ann", "ann@x.io", vendor(
		`{"Arn":"arn:aws:iam::123456789012:user/ann","Access":{"Password":"yes","Keys":
		[{"Active":true,"CreateDate":"2026-01-30T09:00:00Z"}]}}`))})
	c.write("code", map[string]any{"gl": acct("ann", "ann@x.io", vendor(`{"access_level":30}`),
		func(a *kind.Account) { a.Admin = kind.No })})
	c.write("watch", map[string]any{"dd": acct("ann", "ann@x.io",
		func(a *kind.Account) { a.Admin = kind.Yes; a.Roles = []string{"Admin"} })})
	c.write("apps", map[string]any{"app": acct("ann", "ann@x.io", vendor(`{"app":{"label":"Payroll"}}`),
		func(a *kind.Account) { a.Roles = []string{"User", "Payer"} })})
	c.write("checks", map[string]any{
		"k1": kind.BackgroundCheck{ExternalID: "k1", PersonName: "Ann", PersonEmail: "ANN@x.io", Package: "basic", Status: "complete",
			Clear:       kind.Yes,
			CompletedAt: kind.At(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))},
		"k2": kind.BackgroundCheck{ExternalID: "k2", PersonName: "Stranger", PersonEmail: "s@z.io", Status: "pending"},
	})
	c.decide("app", account.Decision{Note: "seen"})
	bob := c.accounts(account.PageBackgroundCheck)["bob@x.io"]
	excepted := account.Decision{InScope: new(false), Rationale: "joined before checks"}
	must(t, c.people.Decide(as("ann"), actor("ann"), bob.ID, excepted, nil))
	got := map[string]string{}
	for _, page := range account.Pages() {
		for key, a := range c.accounts(page) {
			_, version, err := c.people.Account(t.Context(), a.ID, page)
			must(t, err)
			if version != nil {
				records, err := c.journal.RecordsAt(t.Context(), []host.VersionRef{*version})
				must(t, err)
				must(t, record.Complete(&a, page, records[0].Data, c.now))
			}
			for _, column := range record.Columns(page) {
				if value, told := a.Values[column]; told {
					got[string(page)+" "+key] += column + "=" + value + " "
				}
			}
			if len(a.Values) == 0 {
				got[string(page)+" "+key] = line(a)
			}
		}
	}
	same(t, "rows of the pages", got, map[string]string{
		"all arn": "human linked Ann []", "all gl": "human linked Ann []", "all dd": "human linked Ann [privileged_mfa_unknown]",
		"all app":                   "human linked Ann []",
		"infrastructure arn":        "account=123456789012 console_access=yes api_access=yes key_age_days=30 ",
		"version-control gl":        "write=yes merge=no admin=no ",
		"observability dd":          "alert_admin=yes ",
		"access-review app":         "application=Payroll entitlement=User, Payer last_decision=2026-03-01 ",
		"background-check k1":       "provider=CHECKS package=basic outcome=clear completed_on=2026-01-05 ",
		"background-check k2":       "provider=CHECKS outcome=pending ",
		"background-check bob@x.io": "exception=joined before checks ",
		"background-check cy@x.io":  "outcome=none ",
	})
	checks := map[string]string{}
	for name, p := range c.persons() {
		checks[name] = p.Check
	}
	same(t, "checks of persons", checks, map[string]string{"Ann": "clear", "Bob": "exception", "Cy": "none"})
	problem(t, c.people.Decide(as("ann"), actor("ann"), bob.ID, account.Decision{Link: account.LinkNone}, nil), host.CodeInvalid)
}

// TestListsAreSortedAndPaged compares pages of every order with the whole list, sorted another way.
func TestListsAreSortedAndPaged(t *testing.T) {
	t.Parallel()
	c := open(t)
	random := rand.New(rand.NewPCG(1, 2))
	docs := map[string]any{}
	for i := range 60 {
		a := acct(fmt.Sprintf("N%d", random.IntN(20)), fmt.Sprintf("a%d@x.io", random.IntN(40)), status([]string{"active",
			"suspended"}[i%2]))
		if i%3 > 0 {
			a.LastLoginAt = kind.At(c.now.Add(-time.Duration(random.IntN(20)) * days))
		}
		docs[fmt.Sprintf("k%02d", i)] = a
	}
	c.write("code", docs)
	key := func(sort string, a account.Account) string {
		switch sort {
		case "name":
			return strings.ToLower(a.Name)
		case "email":
			return a.Email
		case "status":
			return a.Status
		case "last_active_at":
			if a.LastActiveAt != nil {
				return a.LastActiveAt.Format(time.RFC3339)
			}
			return ""
		}
		t.Fatal(sort)
		return ""
	}
	for _, sort := range []string{"name", "-name", "email", "status", "last_active_at", "-last_active_at"} {
		field, desc := strings.CutPrefix(sort, "-")
		var want []string
		for _, a := range c.accounts(account.PageAll, "status:active") {
			want = append(want, key(field, a)+"|"+a.ID)
		}
		slices.SortFunc(want, func(x, y string) int {
			kx, ix, _ := strings.Cut(x, "|")
			ky, iy, _ := strings.Cut(y, "|")
			if (kx == "") != (ky == "") {
				return strings.Compare(ky, kx) // what has none comes last
			}
			by := strings.Compare(kx, ky)
			if desc {
				by = -by
			}
			if by == 0 {
				by = strings.Compare(ix, iy)
			}
			return by
		})
		var got []string
		q := directory.Query{Page: account.PageAll, Facets: []string{"status:active"}, Sort: sort, Limit: 7}
		for {
			page, err := c.people.Accounts(t.Context(), q)
			must(t, err)
			if page.Matched != 30 {
				t.Fatalf("%d match", page.Matched)
			}
			for _, a := range page.Accounts {
				got = append(got, key(field, a)+"|"+a.ID)
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		same(t, "order "+sort, got, want)
		for _, offset := range []int{0, 7, 28, 99} { // also without the pages before
			page, err := c.people.Accounts(t.Context(), directory.Query{
				Page: account.PageAll, Facets: []string{"status:active"}, Sort: sort, Limit: 7, Offset: offset,
			})
			must(t, err)
			part := make([]string, len(page.Accounts))
			for i, a := range page.Accounts {
				part[i] = key(field, a) + "|" + a.ID
			}
			from := min(offset, len(want))
			to := min(offset+7, len(want))
			same(t, fmt.Sprintf("order %s from %d", sort, offset), part, append([]string{}, want[from:to]...))
			if page.Matched != 30 || (page.Next != "") != (to < len(want)) {
				t.Errorf("from %d it has %d of 30, next %q", offset, page.Matched, page.Next)
			}
		}
	}
	for _, q := range []directory.Query{
		{Sort: "shoes"}, {Facets: []string{"colour:red"}}, {Facets: []string{"mfa:maybe"}}, {Cursor: "x"}, {Facets: []string{"mfa"}},
	} {
		_, err := c.people.Accounts(t.Context(), q)
		problem(t, err, host.CodeInvalid)
	}
	first, err := c.people.Accounts(t.Context(), directory.Query{Page: account.PageAll, Limit: 2})
	must(t, err)
	_, err = c.people.Accounts(t.Context(), directory.Query{Page: account.PageAll, Limit: 2, Text: "n", Cursor: first.Next})
	problem(t, err, host.CodeInvalid) // of another list
}

// TestFacetsCount makes sure that the values of a facet are counted among what the other facets leave.
func TestFacetsCount(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.write("code", map[string]any{
		"1": acct("Ann", "", status("active")), "2": acct("Anna", "", status("suspended"), typed("bot")), "3": acct("Bob", "",
			status("active")),
	})
	c.write("cloud", map[string]any{"4": acct("Annabel", "", status("active"), typed("bot"))})
	found, err := c.people.Accounts(t.Context(), directory.Query{
		Page: account.PageAll, Text: "ANN", Facets: []string{"kind:bot", "connection:code", "connection:cloud"}, Limit: 10,
	})
	must(t, err)
	got := map[string]string{}
	for _, f := range found.Facets {
		for _, v := range f.Values {
			if v.Count > 0 {
				got[f.Name] += fmt.Sprintf("%s=%d ", v.Value, v.Count)
			}
		}
	}
	same(t, "facets", got, map[string]string{
		"flag": "service_no_owner=2 ", "link": "unlinked=2 ", "kind": "human=1 bot=2 ", "privileged": "unknown=2 ", "mfa": "unknown=2 ",
		"active": "yes=1 no=1 ", "scope": "in=2 ", "state": "present=2 ", "decided": "no=2 ", "status": "active=1 suspended=1 ",
		"connection": "cloud=1 code=1 ", "owner": "none=2 ",
	})
}

func TestCompare(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.write("code", map[string]any{"same": acct("S", "s@x.io"), "changed": acct("C", "c@x.io"), "goes": acct("G", "g@x.io"),
		"back": acct("B", "b@x.io")})
	c.later(days)
	from := c.now
	c.later(days)
	c.write("cloud", map[string]any{"new": acct("N", "n@x.io")})
	c.write("code", map[string]any{
		"changed": acct("C", "c@x.io", status("suspended"), func(a *kind.Account) { a.LastLoginAt = kind.At(c.now) }),
		"goes":    gone{}, "comes": acct("K", "k@x.io"),
		"back": gone{}, "same": acct("S", "s@x.io", func(a *kind.Account) { a.LastLoginAt = kind.At(c.now) }),
	})
	c.later(time.Hour)
	c.write("code", map[string]any{"back": acct("B", "b@x.io")})
	c.decide("same", account.Decision{Kind: account.Bot})
	c.decide("same", account.Decision{Kind: account.Service})
	c.later(days)
	to := c.now
	c.later(days)
	c.write("code", map[string]any{"after": acct("Z", "z@x.io")})
	compared, err := c.people.Compare(t.Context(), account.PageAll, from, to, 100)
	must(t, err)
	var got []string
	for _, d := range compared.Items {
		text := d.Change + " " + d.Name
		for _, cell := range d.Cells {
			text += fmt.Sprintf(" %s %q→%q", cell.Cell, cell.Before, cell.After)
		}
		got = append(got, text)
	}
	same(t, "differences", got, []string{"added K", "removed G", `changed C status "active"→"suspended"`, `changed S kind ""→"service"`})
	if compared.Added != 1 || compared.Removed != 1 || compared.Changed != 2 {
		t.Errorf("the counts are %+v", compared)
	}
	states := map[string]string{}
	for _, s := range compared.Sources {
		states[s.Alias] = s.State
	}
	same(t, "sources", states, map[string]string{"code": "compared", "cloud": "not_read"})
	early, err := c.people.Compare(t.Context(), account.PageVersionControl, from.Add(-10*days), to, 100)
	must(t, err)
	if len(early.Items) != 0 || early.Sources[0].State != "not_read" || early.Sources[0].FirstReadAt == nil {
		t.Errorf("before the first read it is %+v", early)
	}
}

func TestADisconnectedConnectionIsNotCurrent(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.write("hr", map[string]any{"1": kind.Person{Name: "Ann", Email: "ann@x.io", Status: "active"}})
	c.write("idp", map[string]any{"robert": acct("Bob", "bob@x.io")})
	c.write("code", map[string]any{"ann": acct("Ann", "ann@x.io"), "bob": acct("Bob", "bob@x.io")})
	before := c.account("bob").ID
	c.later(days)
	from := c.now
	c.later(days)
	c.write("idp", map[string]any{"new": acct("New", "new@x.io")})
	c.write("code", map[string]any{"late": acct("Late", "late@x.io")})
	c.later(days)
	to := c.now
	c.later(days)
	for _, alias := range []string{"idp", "code"} {
		_, err := c.journal.UpdateConnection(as("ann"), c.ids[alias], 0, func(one *host.Connection) error {
			one.Disconnection = &host.Disconnection{At: c.now, By: actor("ann")}
			return nil
		}, nil, nil)
		must(t, err)
	}
	if got := c.accounts(account.PageAll); len(got) != 0 {
		t.Errorf("accounts of disconnected connections are listed: %v", got)
	}
	if got := c.persons(); len(got) != 1 || got["Ann"].Accounts != 0 || len(got["Ann"].Sources) != 1 {
		t.Errorf("persons are known from disconnected connections: %+v", got)
	}
	_, _, err := c.people.Account(t.Context(), before, account.PageAll)
	problem(t, err, host.CodeNotFound)
	if account, person := c.people.Of(c.ids["code"], "account", "bob"); account+person != "" {
		t.Errorf("a record of a disconnected connection is %s of %s", account, person)
	}
	past, err := c.people.Compare(t.Context(), account.PageVersionControl, from, to, 100)
	must(t, err)
	if past.Added != 1 || len(past.Sources) != 1 || past.Sources[0].State != "compared" {
		t.Errorf("between two moments at which it was connected it is %+v", past)
	}
	c.later(days)
	now, err := c.people.Compare(t.Context(), account.PageVersionControl, from, c.now, 100)
	must(t, err)
	if now.Added+now.Removed+now.Changed != 0 || len(now.Sources) != 1 || now.Sources[0].State != "disconnected" {
		t.Errorf("after its end it is %+v", now)
	}
	_, err = c.journal.UpdateConnection(as("ann"), c.ids["code"], 0, func(one *host.Connection) error {
		one.Disconnection = nil
		return nil
	}, nil, nil)
	must(t, err)
	if got := c.accounts(account.PageAll); len(got) != 3 {
		t.Errorf("reconnected it has %d accounts", len(got))
	}
	account, person := c.people.Of(c.ids["hr"], "person", "1")
	if got := c.persons()["Ann"]; account != "" || person != got.ID {
		t.Errorf("the record of %s is account %q of person %q", got.ID, account, person)
	}
	if account, _ := c.people.Of(c.ids["code"], "account", "bob"); account != before {
		t.Errorf("the record of %s is %q", before, account)
	}
}

// TestAtOnceOrStepByStep makes random changes and compares the index that follows them with one that is built from all of it.
func TestAtOnceOrStepByStep(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			c := open(t)
			random := rand.New(rand.NewPCG(seed, 7))
			pick := func(of ...string) string { return of[random.IntN(len(of))] }
			for step := range 40 {
				c.later(time.Duration(random.IntN(48)) * time.Hour)
				c.randomStep(random, pick)
				if random.IntN(2) == 0 {
					c.dump(c.people) // takes up some steps one by one, others together
				}
				if step%10 == 9 {
					same(t, fmt.Sprintf("after step %d the index", step), c.dump(c.people), c.dump(c.build()))
				}
			}
		})
	}
}

func (c *company) randomStep(random *rand.Rand, pick func(...string) string) {
	c.t.Helper()
	email := func() string { return pick("", "a@x.io", "b@x.io", "c@x.io", "A@X.io", "d@y.io", "a@y.io") }
	switch random.IntN(8) {
	case 0, 1:
		docs := map[string]any{}
		for range 1 + random.IntN(3) {
			p := hr(pick("Ann", "Bob"), email(), pick("active", "terminated", "future", "unknown"))
			if random.IntN(3) == 0 {
				p.EndedAt = kind.At(c.now.Add(time.Duration(random.IntN(100)-50) * days))
			}
			docs[pick("1", "2", "3")] = p
		}
		c.write(pick("hr", "hr2"), docs)
	case 2:
		if alias := pick("hr", "idp", "code"); c.ids[alias] != "" {
			c.write(alias, map[string]any{pick("1", "2", "3"): gone{}})
		}
	case 3, 4, 5:
		a := acct(pick("Ann", "Bob", "ci"), email(), typed(pick("human", "service", "unknown", "group")), status(pick("active",
			"suspended")))
		a.Admin, a.MFA = kind.Tri(random.IntN(3)), kind.Tri(random.IntN(3))
		a.Vendor = json.RawMessage(pick(`{}`, `{"aliases":["c@x.io"]}`, `{"employeeId":"Bob"}`))
		c.write(pick("idp", "code", "cloud"), map[string]any{pick("1", "2", "3"): a})
	case 6:
		found, err := c.people.Accounts(c.t.Context(), directory.Query{Page: account.PageAll, Limit: 50})
		must(c.t, err)
		persons, err := c.people.People(c.t.Context(), directory.Query{Limit: 50})
		must(c.t, err)
		if len(found.Accounts) == 0 {
			return
		}
		a := found.Accounts[random.IntN(len(found.Accounts))]
		d := account.Decision{Kind: account.Kind(pick("", "service", "human")), Note: pick("", "n")}
		if len(persons.People) > 0 && random.IntN(2) == 0 {
			d.Person = &persons.People[random.IntN(len(persons.People))].ID
		}
		must(c.t, c.people.Decide(as("ann"), actor("ann"), a.ID, d, nil))
		if random.IntN(3) == 0 {
			err := c.people.Undo(as("ann"), actor("ann"), a.ID, nil)
			if p := (*host.Problem)(nil); errors.As(err, &p) && p.Code == host.CodeConflict {
				return // nothing to undo
			}
			must(c.t, err)
		}
	case 7:
		alias := pick("hr2", "cloud", "code")
		if c.ids[alias] != "" && random.IntN(3) == 0 {
			must(c.t, c.journal.DeleteConnection(as("tester"), c.ids[alias]))
			delete(c.ids, alias)
			return
		}
		if c.ids["idp"] != "" {
			_, err := c.people.SetSources(as("ann"), account.PersonPrecedence{Order: []string{c.ids["idp"]}}, nil)
			must(c.t, err)
		}
	}
}

// dump is everything that an index answers.
func (c *company) dump(p *people.People) string {
	c.t.Helper()
	ctx := context.Background()
	var out strings.Builder
	add := func(v any, err error) {
		must(c.t, err)
		raw, err := json.MarshalIndent(v, "", " ")
		must(c.t, err)
		out.Write(raw)
	}
	for _, page := range []account.Page{account.PageAll, account.PageBackgroundCheck} {
		found, err := p.Accounts(ctx, directory.Query{Page: page, Facets: []string{"state:present", "state:removed"}, Limit: 1000})
		found.Position = account.Position{AsOf: found.Position.AsOf}
		add(found, err)
	}
	persons, err := p.People(ctx, directory.Query{Limit: 1000})
	persons.Position = account.Position{}
	add(persons, err)
	for _, one := range persons.People {
		add(p.Person(ctx, one.ID))
	}
	suggested, err := p.Suggestions(ctx, directory.SuggestionQuery{Page: account.PageAll, Limit: 1000})
	suggested.Position = account.Position{}
	add(suggested, err)
	add(p.Sources(ctx))
	return out.String()
}
