package vendor_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

const companyFile = `
secrets: {token: t0ken}
sign_in: {header: {name: Authorization, value: "Bearer {{ secrets.token }}"}}
company: {people: 1000, buckets: 60}
lists:
  users:
    each: accounts(okta)
    where: row.status != 'deprovisioned'
    item: {id: "u{{ row.id }}", mfa: "{{ row.mfa }}", roles: "{{ row.roles }}", seen: "{{ row.last_login }}"}
  factors: {of: users, count: "{{ row.mfa ? 2 : 0 }}", item: {id: "{{ row.mfa_kind }}-{{ n }}"}}
  accounts: {each: cloud_accounts, item: {id: "{{ row.id }}"}}
  buckets: {of: accounts, each: buckets, item: {name: "{{ row.name }}", account: "{{ parent.id }}"}}
requests:
  - {path: /users, list: users, where: "query.name == '' || row.username == query.name", answer: "{{ items }}"}
  - {path: "/users/{id}/factors", list: factors, parent: params.id, answer: "{{ items }}"}
  - {path: "/users/{id}", item: users, key: item.id == params.id, answer: {title: "{{ row.title }}", id: "{{ item.id }}"}}
  - {path: "/accounts/{id}/buckets", list: buckets, parent: params.id, answer: "{{ items }}"}
expect: {users: {list: users, where: "row.type == 'human'"}}
`

// get returns the list that a vendor answers.
func get(t *testing.T, v *vendor.Vendor, path string) (all []map[string]any) {
	t.Helper()
	w := ask(v, http.MethodGet, path, "", true)
	if err := json.Unmarshal(w.Body.Bytes(), &all); err != nil {
		t.Fatal(path, err, w.Body)
	}
	if problems := v.Problems(); len(problems) > 0 {
		t.Fatal(problems)
	}
	return all
}

func TestAListHasTheRowsOfTheCompany(t *testing.T) {
	t.Parallel()
	f := load(t, companyFile)
	v, c := f.New(vendor.Mode{}), company.New(company.Size{People: 1000, Buckets: 60})
	var wanted []company.Account
	for _, a := range c.At(company.Date(60)).Accounts("okta") {
		if a.Status != "deprovisioned" {
			wanted = append(wanted, a)
		}
	}
	users := get(t, v, "/users?name=")
	if len(users) != len(wanted) || users[20]["id"] != "u"+wanted[20].ID || users[20]["mfa"] != wanted[20].MFA {
		t.Errorf("%d users, %v; want %d, %+v", len(users), users[20], len(wanted), wanted[20])
	}
	if found := get(t, v, "/users?name="+wanted[30].Username); len(found) != 1 || found[0]["id"] != "u"+wanted[30].ID {
		t.Errorf("by the name in the row: %v", found)
	}
	if w := ask(v, http.MethodGet, "/users/u"+wanted[30].ID, "", true); !strings.Contains(w.Body.String(), `"title":"`+wanted[30].Title+`"`) {
		t.Errorf("the answer with one item: %s", w.Body)
	}
	if factors := get(t, v, "/users/u"+wanted[30].ID+"/factors"); len(factors) != 2 || factors[1]["id"] != wanted[30].MFAKind+"-2" {
		t.Errorf("a list below one with rows: %v", factors)
	}
	buckets := 0
	for _, account := range c.At(company.Date(60)).CloudAccounts() {
		for _, b := range get(t, v, "/accounts/"+account.ID+"/buckets") {
			if buckets++; b["account"] != account.ID || !strings.Contains(fmt.Sprint(b["name"]), account.Name) {
				t.Errorf("bucket %v of account %s", b, account.ID)
			}
		}
	}
	if want := len(c.At(company.Date(60)).Buckets()); buckets != want {
		t.Errorf("%d buckets in all accounts; want %d", buckets, want)
	}
	keys, err := v.Expected("users")
	if err != nil || len(keys) < 800 || keys["us0001"] || !keys["u"+wanted[30].ID] {
		t.Errorf("%d expected keys, %v", len(keys), err)
	}
	if keys, err = f.New(vendor.Mode{Small: true}).Expected("users"); err != nil || len(keys) < 200 || len(keys) > 300 {
		t.Errorf("%d expected keys of a small population, %v", len(keys), err)
	}
	name := "/users?name=" + wanted[30].Username
	if few := get(t, f.New(vendor.Mode{Small: true}), name); len(few) != 1 || fmt.Sprint(few) != fmt.Sprint(get(t, v, name)) {
		t.Errorf("a small population has others: %v", few)
	}
	if few := get(t, f.New(vendor.Mode{Small: true}), "/accounts/"+c.At(company.Date(60)).CloudAccounts()[0].ID+"/buckets"); len(few) != 5 {
		t.Errorf("a small population has %d buckets in an account", len(few))
	}
}

func TestAVendorAnswersAsOfADay(t *testing.T) {
	t.Parallel()
	f := load(t, companyFile)
	for _, flaw := range company.New(company.Size{People: 1000}).Flaws() {
		if flaw.Kind != "mfa-off-for-a-day" || flaw.Table != "accounts(okta)" {
			continue
		}
		for n := flaw.From - 1; n <= flaw.Until; n++ {
			w := ask(f.New(vendor.Mode{Day: company.Date(n)}), http.MethodGet, "/users/u"+flaw.Key+"/factors", "", true)
			if off := w.Body.String() == "[]"; off != flaw.On(n) {
				t.Errorf("day %d: %s", n, w.Body)
			}
		}
	}
	early, late := f.New(vendor.Mode{Day: company.Date(0)}), f.New(vendor.Mode{})
	if before, after := len(get(t, early, "/users?name=")), len(get(t, late, "/users?name=")); before == after {
		t.Errorf("the first and the last day both have %d users", before)
	}
}

func TestMistakesInListsOfTheCompany(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ old, new, want string }{
		{"people: 1000", "poeple: 1000", "line 4: field poeple not found"},
		{"company: {people: 1000, buckets: 60}", "", "line 7: each is for a file with company"},
		{"each: accounts(okta)", "each: account(okta)",
			`line 7: each: there is no table "account(okta)"; there are accounts(SYSTEM), background_checks`},
		{"row.mfa }}", "row.mfaa }}", `line 9: accounts(okta) has no column "mfaa"; it has id, n,`},
		{"row.mfa_kind", "row.kind", `line 10: accounts(okta) has no column "kind"`},
		{"row.status !=", "row.state !=", `line 8: accounts(okta) has no column "state"`},
		{"where: row.status != 'deprovisioned'", "count: 5", "list users: item and either count or each must be given"},
		{"each: accounts(okta)", "count: 5", "line 8: where is for a list with each"},
		{"{of: accounts, each: buckets", "{of: users, each: buckets",
			"line 12: list buckets of users: the rows of buckets do not name one of accounts(okta)"},
		{"{each: cloud_accounts, item", "{count: 3, item", "line 12: list buckets has each; list accounts, of which it is, must have it too"},
	} {
		_, err := vendor.Read(strings.NewReader(strings.Replace(companyFile, test.old, test.new, 1)))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v; want %s", test.new, err, test.want)
		}
	}
}
