package vendor_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

const file = `
settings: {site: acme}
secrets: {token: t0ken, key: {type: service_account, private_key: "{{ private_key }}"}}
sign_in: {header: {name: Authorization, value: "Bearer {{ secrets.token }}"}}
permissions: {people.read: {answer: {error: "no {{ missing }}"}}, email.read: {}}
lists:
  people:
    count: 1000
    item:
      {id: "p{{n}}", even: "{{n%2 == 0}}", email: "{{ missing == 'email.read' ? null : 'p'+string(n) }}", seen: "{{ n > 3 ? null : 1 }}"}
  pets: {of: people, count: "{{ parent.even ? 2 : 0 }}", item: {id: "{{ parent.id }}-{{ n }}"}}
requests:
  - {path: /all, permission: people.read, list: people, answer: "{{ items }}"}
  - {path: /even, list: people, where: "item.even && query.even == 'yes'", answer: {n: "{{ size(items) }}"}}
  - {path: /token, list: people, page: {by: token, from: query.t, default: 300}, answer: {items: "{{ items }}", next: "{{ next }}"}}
  - {path: /link, list: people, page: {by: link, to: after, size: query.size, default: 10, max: 400}, answer: {items: "{{ items }}"}}
  - {path: /address, list: people, page: {by: address, default: 400}, answer: {items: "{{ items }}", next: "{{ next }}"}}
  - path: /page
    list: people
    page: {by: page, from: query.page, default: 300}
    answer: {items: "{{ items }}", total: "{{ total }}", pages: "{{ pages }}"}
  - path: /scim
    list: people
    page: {by: offset, first: 1, from: query.at, default: 300}
    answer: {items: "{{ items }}", offset: "{{ offset }}"}
  - {path: "/people('{id}')/pets", list: pets, parent: params.id, answer: "{{ items }}"}
  - {path: "/people/{id}", item: people, key: item.id == params.id, answer: "{{ item }}"}
  - {path: /login, method: POST, public: true, when: body.token == secrets.token, answer: {ok: true}}
  - path: /xml
    list: people
    page: {by: page, from: query.page, size: query.size, default: 1}
    format: xml
    answer: {a: {"@n": 1, p: "{{ items }}"}}
  - {path: /csv, list: people, page: {by: page, from: query.page, default: 1}, format: csv, answer: "{{ items }}"}
expect: {people: {list: people, where: "item.even"}}
`

// ask sends a request with the credential and returns the answer.
func ask(v http.Handler, method, target, body string, signed bool) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "https://api.acme.example"+target, strings.NewReader(body))
	if signed {
		r.Header.Set("Authorization", "Bearer t0ken")
	}
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	v.ServeHTTP(w, r)
	return w
}

func load(t *testing.T, text string) *vendor.File {
	t.Helper()
	f, err := vendor.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAVendorAnswersAsItsFileSays(t *testing.T) {
	t.Parallel()
	f := load(t, file)
	v := f.New(vendor.Mode{})
	for target, want := range map[string]string{
		"/even?even=yes":     `200 {"n":500}`,
		"/even?even=no":      `200 {"n":0}`,
		"/people('p2')/pets": `200 [{"id":"p2-1"},{"id":"p2-2"}]`,
		"/people('p1')/pets": `200 []`,
		"/people('p0')/pets": `404 null`,
		"/people/p3":         `200 {"email":"p3","even":false,"id":"p3","seen":1}`,
		"/people/p1001":      `404 null`,
		"/nothing":           `404 null`,
		"/xml?size=1&page=4": `200 <?xml version="1.0" encoding="UTF-8"?>` + "\n" +
			`<a n="1"><p><email>p4</email><even>true</even><id>p4</id><seen/></p></a>`,
		"/csv?page=2":         "200 email,even,id,seen\np2,true,p2,1\n",
		"/page?page=x":        `400 {"error":"the page or its size is not valid"}` + "\n",
		"/token?t=x":          `400 {"error":"the page or its size is not valid"}` + "\n",
		"/page?page=5":        `200 {"items":[],"pages":4,"total":1000}`,
		"/scim?at=1001":       `200 {"items":[],"offset":1001}`,
		"/link?size=0&page=1": `400 {"error":"the page or its size is not valid"}` + "\n",
	} {
		w := ask(v, http.MethodGet, target, "", true)
		if got := strings.TrimSuffix(fmt.Sprint(w.Code, " ", w.Body), " "); got != want && got != strings.TrimSuffix(want, "null") &&
			got != strings.TrimSuffix(want, " null") {
			t.Errorf("%s: %s", target, got)
		}
	}
	if got := v.Problems(); len(got) != 1 || !strings.HasSuffix(got[0], "GET api.acme.example/nothing") {
		t.Errorf("problems %v", got)
	}
	if w := ask(v, http.MethodGet, "/people/p1", "", false); w.Code != http.StatusUnauthorized {
		t.Errorf("without the credential: %d", w.Code)
	}
	if w := ask(v, http.MethodPost, "/login", `{"token":"t0ken"}`, false); w.Code != http.StatusOK {
		t.Errorf("signing in: %d", w.Code)
	}
	if w := ask(v, http.MethodPost, "/login", `{"token":"wrong"}`, false); w.Code != http.StatusUnauthorized {
		t.Errorf("signing in with a wrong secret: %d", w.Code)
	}
	w := ask(f.New(vendor.Mode{Without: "people.read"}), http.MethodGet, "/all", "", true)
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "no people.read") {
		t.Errorf("without the permission: %d %s", w.Code, w.Body)
	}
	w = ask(f.New(vendor.Mode{Without: "email.read"}), http.MethodGet, "/people/p1", "", true)
	if !strings.Contains(w.Body.String(), `"email":null`) {
		t.Errorf("without the permission for addresses: %s", w.Body)
	}
	if w := ask(f.New(vendor.Mode{Refuse: true}), http.MethodGet, "/all", "", true); w.Code != http.StatusUnauthorized {
		t.Errorf("with a refused credential: %d", w.Code)
	}
	if keys, err := f.New(vendor.Mode{Small: true}).Expected("people"); err != nil || len(keys) != 150 || !keys["p300"] || keys["p302"] {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	if key := f.Secrets()["key"]; !json.Valid([]byte(key)) || !strings.Contains(key, "PRIVATE KEY") || f.WrongSecrets()["key"] != key {
		t.Errorf("the key file is %s", key)
	}
}

// TestEveryWayOfPagingHasEveryItem also has lists that move: those of numbered pages lose an item when
// they are read once, the others do not.
func TestEveryWayOfPagingHasEveryItem(t *testing.T) {
	t.Parallel()
	for _, moving := range []bool{false, true} {
		for target, loses := range map[string]bool{
			"/token": false, "/link?size=999": false, "/address": false, "/page?page=1": true, "/scim?at=1": true,
		} {
			v, keys := load(t, file).New(vendor.Mode{Moving: moving}), map[string]bool{}
			for next, page := target, 1; next != "" && page < 10; page++ {
				w := ask(v, http.MethodGet, next, "", true)
				var answer struct {
					Items []struct{ ID string }
					Next  string
				}
				if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
					t.Fatal(target, err, w.Body)
				}
				for _, one := range answer.Items {
					keys[one.ID] = true
				}
				next = follow(target, page, answer.Next, w.Header().Get("Link"))
			}
			if want := 1000; (len(keys) == want) == (moving && loses) {
				t.Errorf("moving %v: %s has %d items", moving, target, len(keys))
			}
		}
	}
}

// follow returns the request for the page after page.
func follow(target string, page int, next, link string) string {
	path, _, _ := strings.Cut(target, "?")
	switch {
	case path == "/page" && page < 4:
		return fmt.Sprint("/page?page=", page+1)
	case path == "/scim" && page < 4:
		return fmt.Sprint("/scim?at=", page*300+1)
	case path == "/token" && next != "":
		return "/token?t=" + url.QueryEscape(next)
	case link != "":
		next, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
	}
	return strings.TrimPrefix(next, "https://api.acme.example")
}

func TestMistakesAreFoundWithTheirLines(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ old, new, want string }{
		{"expect: {people", "other: 1\nexpect: {people", "line 35: field other not found"},
		{"count: 1000", "cuont: 1000", "line 8: field cuont not found"},
		{`seen: "{{ n > 3`, `seen: "{{ m > 3`, "line 10: undeclared reference to 'm'"},
		{"where: \"item.even && query.even == 'yes'\"", "where: item.even &&", "line 14: "},
		{"by: token", "by: cursor", `"/token": page: by is token`},
		{"list: pets, parent", "list: pet, parent", `there is no list "pet"; there are people, pets`},
		{"permission: people.read", "permission: people", `there is no permission "people"`},
		{"by: page, from: query.page, default: 300", "by: page, from: query.page", "default must be given"},
		{"format: csv", "format: tsv", "not \"tsv\""},
	} {
		_, err := vendor.Read(strings.NewReader(strings.Replace(file, test.old, test.new, 1)))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v; want %s", test.new, err, test.want)
		}
	}
}

// TestItemOfSeveralConditions asks for items whose key has more than one condition. Two rooms have each number, and a text
// with && in it is one condition.
func TestItemOfSeveralConditions(t *testing.T) {
	t.Parallel()
	v := load(t, `
sign_in: {header: {name: Authorization, value: Bearer t0ken}}
lists: {rooms: {count: 8, item: {id: "{{ n }}", number: "{{ n % 4 }}", floor: "{{ n > 4 ? 'upper' : 'lower' }}", note: "a && b"}}}
requests:
  - path: "/{floor}/{number}"
    item: rooms
    key: string(item.number) == params.number && item.floor == params.floor
    answer: "{{ item.id }}"
  - path: "/{number}"
    item: rooms
    key: (item.floor == "lower" && item.note == "a && b") && string(item.number) == params.number
    answer: "{{ item.id }}"
`).New(vendor.Mode{})
	for target, want := range map[string]string{"/lower/3": "3", "/upper/3": "7", "/upper/9": "", "/cellar/3": "", "/3": "3", "/9": ""} {
		w := ask(v, http.MethodGet, target, "", true)
		if got := strings.TrimSpace(w.Body.String()); (want != "" || w.Code != http.StatusNotFound) && got != want {
			t.Errorf("%s is %d %s, want %q", target, w.Code, got, want)
		}
	}
}

// TestFewItems reads a vendor that has as few items as show every stream: its even people.
func TestFewItems(t *testing.T) {
	t.Parallel()
	f, err := vendor.Read(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		least     int
		whole     bool
		all, page int
	}{{1, false, 5, 2}, {20, false, 20, 7}, {20, true, 20, 20}} {
		m, err := f.Few(test.least, test.whole)
		if err != nil {
			t.Fatal(err)
		}
		v := f.New(m)
		var all []any
		if err := json.Unmarshal(ask(v, http.MethodGet, "/all", "", true).Body.Bytes(), &all); err != nil || len(all) != test.all {
			t.Errorf("at least %d: %d people, %v", test.least, len(all), err)
		}
		var page struct{ Items []any }
		if err := json.Unmarshal(ask(v, http.MethodGet, "/token", "", true).Body.Bytes(), &page); err != nil || len(page.Items) != test.page {
			t.Errorf("at least %d, whole pages %v: a page of %d, %v", test.least, test.whole, len(page.Items), err)
		}
	}
}
