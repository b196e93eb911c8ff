package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// described returns the connector of the example after replacements: pairs of old and new text.
func described(t *testing.T, pairs ...string) (*sdk.Connector, error) {
	t.Helper()
	raw, err := os.ReadFile("testdata/acme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(string(raw), pairs[i]) {
			t.Fatalf("the example does not hold %q", pairs[i])
		}
	}
	path := filepath.Join(t.TempDir(), "connector.yaml")
	if err := os.WriteFile(path, []byte(strings.NewReplacer(pairs...).Replace(string(raw))), 0o600); err != nil {
		t.Fatal(err)
	}
	return load(path)
}

// directory serves a number of users in pages of ten, with every kind of paging.
func directory(users int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Token") != "right" && r.Header.Get("Authorization") != "Bearer right" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		from := 0
		for name, factor := range map[string]int{"page": 1, "offset": 1, "number": 10} {
			if n, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil {
				from = n * factor
				if name == "number" {
					from -= 10
				}
			}
		}
		type user = map[string]any
		list := []user{}
		for n := from; n < users && n < from+10; n++ {
			u := user{"id": 9007199254740993 + n, "email": fmt.Sprintf("p%d@example.com", n), "name": "P", "suspended": n%2 == 1, "secret_note": "x"}
			if n > 0 {
				u["admin"] = n == 1
			}
			list = append(list, u)
		}
		body := map[string]any{"users": list}
		if from+10 < users {
			body["next"] = strconv.Itoa(from + 10)
			address := fmt.Sprintf("http://%s/v1/users?page=%d", r.Host, from+10)
			body["links"] = map[string]any{"next": address}
			w.Header().Set("Link", fmt.Sprintf(`<http://%s/x>; rel="prev", <%s>; rel="next"`, r.Host, address))
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(body)
	})
}

func input(url string) sdktest.Input {
	return sdktest.Input{Settings: map[string]any{"base_url": url}, Secrets: map[string]string{"token": "right"}}
}

const tokenPaging = "token: {query: page, from: response.next}"

func TestEveryWayOfPagingReadsEverything(t *testing.T) {
	t.Parallel()
	for name, paging := range map[string]string{
		"token":   tokenPaging,
		"address": "next: response.links.next",
		"link":    "link: true",
		"number":  "page: {query: number}",
		"offset":  "offset: {query: offset}",
	} {
		for _, users := range []int{0, 1, 10, 11, 25} {
			c, err := described(t, tokenPaging, paging)
			if err != nil {
				t.Fatal(err)
			}
			vendor := sdktest.NewVendor(t, directory(users))
			got := sdktest.NewBench(t, c).Sync(t, input(vendor.URL)).Streams["users"]
			if got.Err != nil || got.Result != "complete" || len(got.Records) != users {
				t.Errorf("%s: %d of %d users, %s, %v", name, len(got.Records), users, got.Result, got.Err)
			}
		}
	}
}

// TestNumberedListsThatDisagreeAreNotWhole: pages by number and by offset are read
// with sdk.Listing.
func TestNumberedListsThatDisagreeAreNotWhole(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		paging, gap string
		page2       string // instead of every answer after the first
	}{
		"a page comes again":   {"page: {query: number}", "page 2 repeats page 1", `{"users":[{"id":"a"},{"id":"b"}]}`},
		"an offset is ignored": {"offset: {query: offset}", "page 2 repeats page 1", `{"users":[{"id":"a"},{"id":"b"}]}`},
		"the total is larger": {"page: {query: number, total: response.total}", "10 different rows, and its total is 30",
			`{"users":[],"total":30}`},
		"the total is smaller": {"offset: {query: offset, total: response.total}", "10 different rows, and its total is 4",
			`{"users":[],"total":"4"}`},
		"the total is a number": {"page: {query: number, total: response.total}", "", `{"users":[],"total":10}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := described(t, tokenPaging, test.paging)
			if err != nil {
				t.Fatal(err)
			}
			vendor := sdktest.NewVendor(t, directory(10))
			vendor.Fail(sdktest.Fault{After: 1, Status: 200, Header: map[string]string{"Content-Type": "application/json"}, Body: test.page2})
			got := sdktest.NewBench(t, c).Sync(t, input(vendor.URL)).Streams["users"]
			want := "complete_with_gaps"
			if test.gap == "" {
				want = "complete"
			}
			gap := got.Gaps["users"]
			if got.Result != want || (gap != nil) != (test.gap != "") || gap != nil && !strings.Contains(gap.Message, test.gap) {
				t.Errorf("%s, %v, gaps %v; want %s with %q", got.Result, got.Err, got.Gaps, want, test.gap)
			}
		})
	}
	c, err := described(t, tokenPaging, "page: {query: number, total: response.users}")
	if err != nil {
		t.Fatal(err)
	}
	vendor := sdktest.NewVendor(t, directory(10))
	if got := sdktest.NewBench(t, c).Sync(t, input(vendor.URL)).Streams["users"]; got.Err == nil || got.Err.Code != sdk.CodeSchemaUnexpected {
		t.Errorf("a list as its total: %s, %v", got.Result, got.Err)
	}
}

// TestARecordIsWhatTheExpressionsMakeOfIt covers present facts, missing facts, numbers that floating point
// cannot represent, and omitted fields.
func TestARecordIsWhatTheExpressionsMakeOfIt(t *testing.T) {
	t.Parallel()
	c, err := described(t, "      admin: item.admin\n",
		"      admin: item.admin\n      created_at: time(item.id / 9007199254740993)\n      last_login_at: time(item.seen)\n"+
			"    omit: [secret_note]\n    where: item.email != \"p2@example.com\"\n",
		"      mfa: item.mfa_enabled # left out by the vendor: unknown, never no\n", "")
	if err != nil {
		t.Fatal(err)
	}
	vendor := sdktest.NewVendor(t, directory(3))
	got := sdktest.NewBench(t, c).Sync(t, input(vendor.URL)).Streams["users"]
	if got.Err != nil || len(got.Records) != 2 {
		t.Fatalf("%d records, %v", len(got.Records), got.Err)
	}
	want := map[string]string{
		"9007199254740993": `{"created_at":"1970-01-01T00:00:01Z","email":"p0@example.com","external_id":"9007199254740993","name":"P",` +
			`"status":"active","type":"human","username":"p0@example.com","vendor":{"email":"p0@example.com","id":9007199254740993,"name":"P",` +
			`"suspended":false}}`,
		"9007199254740994": `{"admin":"yes","created_at":"1970-01-01T00:00:01Z","email":"p1@example.com","external_id":"9007199254740994",` +
			`"name":"P","status":"suspended","type":"human","username":"p1@example.com","vendor":{"admin":true,"email":"p1@example.com",` +
			`"id":9007199254740994,"name":"P","suspended":true}}`,
	}
	for key, doc := range want {
		if diff := cmp.Diff(doc, string(got.Records[key])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
}

// says reports whether an error has a line that says want, which may begin with the number
// of its line in the file.
func says(err error, want string) bool {
	if err == nil {
		return false
	}
	place, text, placed := strings.Cut(want, ": ")
	if !placed || !strings.HasPrefix(place, "line ") {
		place, text = "", want
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if strings.HasPrefix(line, place) && strings.Contains(line, text) {
			return true
		}
	}
	return false
}

// lineIn returns the line of the file that a mistake begins with, 0 for one without.
func lineIn(text string) (line int) {
	_, _ = fmt.Sscanf(text, "line %d, column", &line)
	return line
}

// TestWhatIsWrongIsSaidWithItsLine covers the most common mistakes of authors.
func TestWhatIsWrongIsSaidWithItsLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		from, to, want string
	}{
		"a key nobody knows":     {"vendor: Acme\n", "vendor: Acme\nowner: me\n", `line 8: there is no key "owner" here`},
		"one further inside":     {"    records: response.users", "    record: response.users", `line 60: there is no key "record" here`},
		"a list for a word":      {"vendor: Acme\n", "vendor: [Acme]\n", "line 7: a list does not belong here; write a text"},
		"not YAML":               {"vendor: Acme\n", "vendor: Acme\n  x\n\t- y\n", "line 7: found a tab"},
		"a broken expression":    {"key: item.id", "key: item.(id", "line 61: Syntax error"},
		"a word nobody knows":    {"key: item.id", "key: itm.id", "line 61: undeclared reference to 'itm'"},
		"an unclosed expression": {"{{ settings.base_url }}", "{{ settings.base_url", "line 46: {{ is not closed"},
		"no such kind":           {"kind: account", "kind: user", `stream "users": there is no kind "user"`},
		"no such field": {"      admin: item.admin", "      is_admin: item.admin",
			"kind account has no field is_admin; it has external_id, username"},
		"two ways of paging": {tokenPaging, tokenPaging + "\n      link: true", "use one way of paging, not 2"},
		"a secret that is no": {"bearer: token", "bearer: base_url",
			`line 48: auth: bearer: "base_url" does not name a setting with secret: true`},
		"no path":          {"    path: /v1/users\n", "", `line 51: stream "users": path must be given`},
		"another language": {"plumbline: 1", "plumbline: 2", "2 is newer than this program"},
		"a bad id":         {"id: acme\n", "id: Acme!\n", `id "Acme!"`},
		"an undeclared permission": {"permissions: [users.read]", "permissions: [users.write]",
			`line 55: stream "users": permission "users.write" is not declared`},
		"a guide without its steps": {"## Step 1: Make a token", "## Begin", "guide"},
		"a word nobody knows in a fact": {`type: '"human"'`, `type: '"person"'`,
			`line 67: type is one of human, service, bot, external, group, unknown, not "person"`},
		"one in a branch": {`"suspended" : "active"`, `"suspended" : "enabled"`,
			`line 68: status is one of active, suspended, deprovisioned, unknown, not "enabled"`},
		"a number for yes or no": {"admin: item.admin", "admin: 1", "line 69: admin is one of yes, no, unknown, not 1"},
		"a day for a moment": {"      admin: item.admin", "      created_at: '\"2026-02-28\"'",
			"line 69: created_at is a moment such as"},
		"a text for a list":           {"      admin: item.admin", "      groups: '\"all\"'", "line 69: groups is a list"},
		"a required field is missing": {"      type: '\"human\"'\n", "", `line 62: stream "users": kind account requires the field type`},
		"a setting nobody declared":   {"{{ settings.base_url }}", "{{ settings.address }}", `line 46: there is no setting "address"`},
		"a secret in an expression":   {"path: /v1/users", `path: "/v1/{{ settings.token }}"`, "line 56: settings.token is a secret"},
		"no such category":            {"[user_access_review]", "[everything]", `line 11: there is no category "everything"`},
		"a type of setting": {"    format: uri\n", "    type: text\n",
			`line 18: setting "base_url": type is string, integer, number or boolean, not "text"`},
		"a default of another type": {"    format: uri\n", "    default: 7\n",
			`line 18: setting "base_url": the default 7 is not of type string`},
		"a choice of another type": {"    format: uri\n", "    choices: [a, true]\n",
			`line 18: setting "base_url": the choice true is not of type string`},
		"a default that is no choice": {"    format: uri\n", "    default: c\n    choices: [a, b]\n", `the default c is not among the choices`},
		"a secret with a default": {"    secret: true\n", "    secret: true\n    default: x\n",
			`setting "token": a secret is a string without default and choices`},
		"no title": {"    title: API token\n", "", `line 20: setting "token": title must be given`},
		"a step that is none": {"    secret: true\n    guide_step: step-1", "    secret: true\n    guide_step: step-7",
			`line 23: setting "token": the guide has no step-7`},
		"a token without its place":    {tokenPaging, "token: {query: page}", `line 59: stream "users": from must be given`},
		"a page without its parameter": {tokenPaging, "page: {first: 0}", `line 59: stream "users": paging: query must be given`},
		"another way to tell removals": {"kind: account", "kind: account\n    deletes: tomb",
			`line 54: stream "users": deletes is snapshot, never or tombstone`},
		"a host with its scheme": {`host: "{base_url}"`, `host: "https://api.acme.example"`,
			"line 31: network: \"https://api.acme.example\" is an address"},
		"a header that is none": {"bearer: token", "header: {name: \"X Token\", secret: token}",
			`line 48: auth: header.name: "X Token" is not a name of a header`},
		"two ways to sign in": {"bearer: token", "bearer: token\n  header: {name: X-Token, secret: token}",
			"auth: use one of bearer, header, query, basic, oauth2, session and choose"},
		"a setting as a user name": {"bearer: token", "basic: {username: base_url, password: token}",
			"line 48: auth: basic.username: to send the setting, write \"{{ settings.base_url }}\""},
		"basic without a secret": {"bearer: token", "basic: {username: me}",
			"auth: basic: username or password must name a setting with secret: true"},
		"basic with a word": {"bearer: token", "basic: {username: me, password: hunter2}",
			`auth: basic.password: "hunter2" does not name a setting with secret: true`},
		"a limit below nothing": {"requests_per_second: 10", "requests_per_second: -1", "line 35: limits: a limit must not be negative"},
		"a bad version":         {"version: 0.1.0", "version: one", `line 6: version "one" is not a semantic version`},
		"two documents":         {"plumbline: 1", "plumbline: 1\n---\nplumbline: 1", "more than one document"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := described(t, test.from, test.to); !says(err, test.want) {
				t.Errorf("it says %v, want %q", err, test.want)
			}
		})
	}
	if _, err := load(""); err == nil || !strings.Contains(err.Error(), manifestVariable) {
		t.Errorf("without a file: %v", err)
	}
}

// TestIsNeverCompleteByMistake checks that unread rows never count as removed.
func TestIsNeverCompleteByMistake(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault sdktest.Fault
		code  string
	}{
		"the server fails": {sdktest.Fault{After: 1, Status: 500}, sdk.CodeUpstream5xx},
		"a web page answers": {sdktest.Fault{After: 1, Status: 200, Header: map[string]string{"Content-Type": "text/html"},
			Body: "<title>Sign in</title>"}, sdk.CodeUpstreamInvalidResponse},
		"the list is missing": {sdktest.Fault{After: 1, Status: 200, Header: map[string]string{"Content-Type": "application/json"},
			Body: `{"error":"later"}`}, sdk.CodeSchemaUnexpected},
		"the list is null": {sdktest.Fault{After: 1, Status: 200, Header: map[string]string{"Content-Type": "application/json"},
			Body: `{"users":null}`}, sdk.CodeSchemaUnexpected},
		"the list is no list": {sdktest.Fault{After: 1, Status: 200, Header: map[string]string{"Content-Type": "application/json"},
			Body: `{"users":{"id":1}}`}, sdk.CodeSchemaUnexpected},
		"the right is lost": {sdktest.Fault{After: 1, Status: 403}, sdk.CodePermissionMissing},
		"the token is lost": {sdktest.Fault{After: 1, Status: 401}, sdk.CodeAuthInvalid},
		"paging goes in circles": {sdktest.Fault{After: 1, Status: 200, Header: map[string]string{"Content-Type": "application/json"},
			Body: `{"users":[],"next":"10"}`}, sdk.CodeUpstreamInvalidResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := described(t)
			if err != nil {
				t.Fatal(err)
			}
			vendor := sdktest.NewVendor(t, directory(25))
			vendor.Fail(test.fault)
			got := sdktest.NewBench(t, c).Sync(t, input(vendor.URL)).Streams["users"]
			if got.Result == "complete" || got.Err == nil || got.Err.Code != test.code {
				t.Errorf("%s with %d users, %+v", got.Result, len(got.Records), got.Err)
			}
		})
	}
}

// TestConforms runs every conformance case with the example.
func TestConforms(t *testing.T) {
	t.Parallel()
	example, err := filepath.Abs("testdata/acme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	sdktest.Run(t, sdktest.Config{
		Program: sdktest.Build(t, "."), Environ: []string{manifestVariable + "=" + example},
		Fixture: sdktest.Fixture(t, "testdata/fixtures"),
	})
}

// TestEveryMistakeIsSaidOnce makes several mistakes and expects each of them once in the message.
func TestEveryMistakeIsSaidOnce(t *testing.T) {
	t.Parallel()
	_, err := described(t, "vendor: Acme\n", "", "key: item.id", "key: itm.id", "kind: account", "kind: user", "    title: Address\n", "",
		"[user_access_review]", "[everything]")
	if err == nil {
		t.Fatal("it is loaded")
	}
	lines := strings.Split(err.Error(), "\n")
	last := 0
	for _, want := range []string{"vendor must be given", `no category "everything"`, `"base_url": title must be given`, `no kind "user"`,
		"undeclared reference to 'itm'"} {
		found := 0
		for _, line := range lines {
			if strings.Contains(line, want) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%q is said %d times:\n%v", want, found, err)
		}
	}
	for _, line := range lines {
		at := lineIn(line)
		if at < last || at == 0 {
			t.Errorf("%q is out of order or names no line:\n%v", line, err)
		}
		last = at
	}
}

func TestAnAddressHasToBeDeclared(t *testing.T) {
	t.Parallel()
	fixed := []string{`"{{ settings.base_url }}"`, "https://api.acme.example/v2", `host: "{base_url}"`, "host: api.acme.example"}
	for host, want := range map[string]string{
		"api.acme.example": "", `"*.acme.example"`: "", "api.other.example": "line 46: base_url: network does not declare api.acme.example",
	} {
		fixed[3] = "host: " + host
		if _, err := described(t, fixed...); (err == nil) != (want == "") || err != nil && !says(err, want) {
			t.Errorf("%s: %v, want %q", host, err, want)
		}
	}
}

// TestBasicSendsWhatItNames signs in with a name and a secret, with a secret as the
// name, and with both.
func TestBasicSendsWhatItNames(t *testing.T) {
	t.Parallel()
	for basic, want := range map[string]string{
		"{username: me, password: token}":                                 "me:right",
		"{username: token}":                                               "right:",
		"{username: token, password: token}":                              "right:right",
		`{username: "u-{{ settings.base_url.size() }}", password: token}`: "u-",
	} {
		c, err := described(t, "bearer: token", "basic: "+basic)
		if err != nil {
			t.Errorf("%s: %v", basic, err)
			continue
		}
		var name, password string
		vendor := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			name, password, _ = r.BasicAuth()
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"users":[]}`))
		}))
		got := sdktest.NewBench(t, c).Sync(t, input(vendor.URL)).Streams["users"]
		if sent := name + ":" + password; got.Err != nil || !strings.HasPrefix(sent, want) {
			t.Errorf("%s sends %q, want %q (%v)", basic, sent, want, got.Err)
		}
	}
}

func TestANewerLanguageIsNamedBeforeItsWords(t *testing.T) {
	t.Parallel()
	_, err := described(t, "plumbline: 1", "plumbline: 2\nbrand_new: word")
	if err == nil || !strings.Contains(err.Error(), "plumbline: 2 is newer than this program") || strings.Contains(err.Error(), "brand_new") {
		t.Errorf("it says %v", err)
	}
}
