package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// TestARequestSaysWhatTheFileSays covers bodies, parameters and headers.
func TestARequestSaysWhatTheFileSays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keys string
		want asked
	}{
		"a repeated parameter": {
			"path: /v1/list\nquery: {section: [GENERAL, HARDWARE], limit: 5, none: '{{ settings.missing_here }}'}\nrecords: response.list",
			asked{Method: "GET", Path: "/v1/list", Query: map[string][]string{"section": {"GENERAL", "HARDWARE"}, "limit": {"5"}}},
		},
		"a JSON body keeps types": {
			`path: /search
method: POST
reads: true
json: {filter: {active: true, n: 3, who: "{{ settings.client }}", all: "{{ [1, 2] }}", text: "id {{ 7 }}"}, day: 2026-01-01}
records: response.list`,
			asked{Method: "POST", Path: "/search", Query: map[string][]string{},
				Body: `{"day":"2026-01-01","filter":{"active":true,"all":[1,2],"n":3,"text":"id 7","who":"me"}}`},
		},
		"a form": {
			"path: /search\nreads: true\nform: {q: '{{ settings.client }}', kind: [a, b], key: {secret: key}}\nrecords: response.list",
			asked{Method: "POST", Path: "/search", Query: map[string][]string{}, Body: "key=k3y-secret&kind=a&kind=b&q=me"},
		},
		"GraphQL": {
			"path: /graphql\ngraphql: {query: 'query($n: Int) {users(first: $n){nodes{id}}}', variables: {n: 2, after: '{{ null }}'}}\n" +
				"records: response.list",
			asked{Method: "POST", Path: "/graphql", Query: map[string][]string{},
				Body: `{"query":"query($n: Int) {users(first: $n){nodes{id}}}","variables":{"after":null,"n":2}}`},
		},
		"a step of a path is escaped": {
			"path: /v1/{{ 'a/../b?c' }}/list\nrecords: response.list",
			asked{Method: "GET", Path: "/v1/a/../b?c/list", Query: map[string][]string{}},
		},
		"an address on another host": {
			"url: '{{ settings.other_url }}/elsewhere?x=1'\nrecords: response.list",
			asked{Method: "GET", Path: "/elsewhere", Query: map[string][]string{"x": {"1"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got asked
			vendor := vendorOf(t, func(q asked, _ http.ResponseWriter) any {
				got = q
				return map[string]any{"list": people("a")}
			})
			keys := strings.Replace(test.keys, "settings.missing_here", "settings.way", 1)
			s := users(t, bearer+"headers: {X-Client: 'c-{{ settings.client }}'}\n"+oneStream(keys), vendor)
			if s.Err != nil || len(s.Records) != 1 {
				t.Fatalf("%s, %v, %v", s.Result, s.Err, s.Gaps)
			}
			if got.Header.Get("Authorization") != "Bearer t0ken-secret" || got.Header.Get("X-Client") != "c-me" {
				t.Errorf("headers %v", got.Header)
			}
			got.Header, got.JSON = nil, nil
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestEveryFormOfAnAnswerIsRead also has hostile ones.
func TestEveryFormOfAnAnswerIsRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keys, contentType, body string
		want                    []string // keys
		code                    string
	}{
		"json lines": {"answer: json_lines\nrecords: response", "application/x-ndjson", "{\"id\":\"a\"}\n{\"id\":\"b\"}\n",
			[]string{"a", "b"}, ""},
		"no json lines": {"answer: json_lines\nrecords: response", "application/x-ndjson", "", []string{}, ""},
		"json lines cut short": {"answer: json_lines\nrecords: response", "application/x-ndjson", "{\"id\":\"a\"}\n{\"id\":", nil,
			sdk.CodeUpstreamInvalidResponse},
		"csv": {"answer: csv\nrecords: response", "text/csv", "\uFEFFid,name\r\n1,\"A, B\"\r\n2,C\r\n",
			[]string{"1", "2"}, ""},
		"csv without rows":        {"answer: csv\nrecords: response", "text/csv", "id,name\n", []string{}, ""},
		"csv cut short":           {"answer: csv\nrecords: response", "text/csv", "id,name\n1,\"A", nil, sdk.CodeUpstreamInvalidResponse},
		"csv with a ragged row":   {"answer: csv\nrecords: response", "text/csv", "id,name\n1\n", nil, sdk.CodeUpstreamInvalidResponse},
		"csv with a column twice": {"answer: csv\nrecords: response", "text/csv", "id,id\n1,2\n", nil, sdk.CodeUpstreamInvalidResponse},
		"csv that is JSON":        {"answer: csv\nrecords: response", "application/json", `{"error":"no"}`, nil, sdk.CodeUpstreamInvalidResponse},
		"csv that is a web page":  {"answer: csv\nrecords: response", "text/html", "<html>Sign in</html>", nil, sdk.CodeUpstreamInvalidResponse},
		"xml": {"answer: xml\nrecords: response.users.user", "application/xml",
			`<?xml version="1.0"?><users n="2"><user><id>a</id></user><user><id>b</id></user></users>`, []string{"a", "b"}, ""},
		"xml with one": {"answer: xml\nrecords: response.users.user", "application/xml",
			`<users><user state="on">x<id>a</id></user></users>`, []string{"a"}, ""},
		"xml with none": {"answer: xml\nrecords: response.users.?user.orValue([])", "application/xml", `<users/>`, []string{}, ""},
		"xml cut short": {"answer: xml\nrecords: response.users.user", "application/xml", `<users><user><id>a</id>`, nil,
			sdk.CodeUpstreamInvalidResponse},
		"xml nested for ever": {"answer: xml\nrecords: response.a", "application/xml", strings.Repeat("<a>", 5000), nil,
			sdk.CodeUpstreamInvalidResponse},
		"xml that is a web page": {"answer: xml\nrecords: response.html", "application/xml", "<!DOCTYPE html><html></html>", nil,
			sdk.CodeUpstreamInvalidResponse},
		"json as plain text": {"records: response", "text/plain", `[{"id":"a"}]`, []string{"a"}, ""},
		"json with rubbish":  {"records: response", "application/json", `[{"id":"a"}`, nil, sdk.CodeUpstreamInvalidResponse},
		"a body without end": {"records: response", "application/json", "[" + strings.Repeat(" ", 33<<20), nil,
			sdk.CodeUpstreamInvalidResponse},
		"nothing at all": {"records: response", "application/json", "", nil, sdk.CodeUpstreamInvalidResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := vendorOf(t, func(_ asked, w http.ResponseWriter) any {
				w.Header().Set("Content-Type", test.contentType)
				return test.body
			})
			s := users(t, bearer+oneStream("path: /list\n"+test.keys), vendor)
			if test.code != "" {
				if s.Err == nil || s.Err.Code != test.code || s.Result != "failed" {
					t.Errorf("%s, %+v", s.Result, s.Err)
				}
				return
			}
			if got := slices.Sorted(maps.Keys(s.Records)); s.Result != "complete" || fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("%s with %v, want %v; %v", s.Result, got, test.want, s.Err)
			}
		})
	}
}

// TestRulesSayWhatAnAnswerIs has each meaning, with a success status and with others.
func TestRulesSayWhatAnAnswerIs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule   string
		status int
		body   string
		code   string // "" = the stream is complete
		says   string
		first  bool // the answer comes once, then a list
		waits  int
	}{
		"limited, then fine": {`{when: 'response.error == "ratelimited"', is: rate_limited, wait: 'headers["retry-after"]'}`, 200,
			`{"ok":false,"error":"ratelimited"}`, "", "", true, 1},
		"limited with 403": {`{when: 'status == 403 && headers["x-remaining"] == "0"', is: rate_limited, wait: '30'}`, 403, `{}`,
			"", "", true, 1},
		"to be tried again": {`{when: 'response.?ok.orValue(true) == false', is: retry}`, 200, `{"ok":false}`, sdk.CodeUpstream5xx,
			"failed to answer", false, 2},
		"down on purpose": {`{when: 'status == 418', is: unavailable}`, 418, `{}`, sdk.CodeUpstreamMaintenance, "", false, 2},
		"refused with 200": {`{when: 'response.error == "invalid_auth"', is: unauthorized}`, 200, `{"error":"invalid_auth"}`,
			sdk.CodeAuthInvalid, "refused the credential", false, 0},
		"a permission with its name": {`{when: 'response.error == "missing_scope"', is: permission, permission: users.read, ` +
			`message: "it needs {{ response.needed }}"}`, 200, `{"error":"missing_scope","needed":"users:read"}`, sdk.CodePermissionMissing,
			"it needs users:read", false, 0},
		"not on the plan": {`{when: 'status == 403 && response.code == "upgrade"', is: plan}`, 403, `{"code":"upgrade"}`,
			sdk.CodePermissionLicence, "plan", false, 0},
		"gone": {`{when: 'response.error == "gone"', is: not_found}`, 200, `{"error":"gone"}`,
			sdk.CodeNotFoundResource, "", false, 0},
		"a wrong setting": {`{when: 'status == 400', is: config, message: "{{ settings.client }} is no client"}`, 400, `{}`,
			sdk.CodeConfigInvalid, "me is no client", false, 0},
		"404 is empty":                {`{when: 'status == 404', is: empty}`, 404, `none`, "", "", false, 0},
		"an error that is to be used": {`{when: 'status == 400', is: ignore}`, 400, `{"list":[]}`, "", "", false, 0},
		"a rule on an object, a list": {`{when: 'response.error.code == 1', is: retry}`, 200, `[1]`, sdk.CodeSchemaUnexpected, "", false, 0},
		"no rule matches":             {`{when: 'status == 1', is: empty}`, 404, `{}`, sdk.CodeNotFoundEndpoint, "", false, 0},
		"the message cannot be built": {`{when: 'status == 400', is: config, message: "{{ response.nothing }}"}`, 400, `{}`,
			sdk.CodeConfigInvalid, "cannot be built", false, 0},
		"the secret stays out of words": {`{when: 'status == 400', is: config, message: "{{ response.echo }}"}`, 400, `{"echo":"t0ken-secret"}`,
			sdk.CodeConfigInvalid, "[secret]", false, 0},
	} {
		for _, place := range []string{"file", "stream"} {
			t.Run(name+", "+place, func(t *testing.T) {
				t.Parallel()
				count := 0
				vendor := vendorOf(t, func(_ asked, w http.ResponseWriter) any {
					w.Header().Set("Content-Type", "application/json")
					if count++; test.first && count > 1 {
						return map[string]any{"list": people("a")}
					}
					w.Header().Set("Retry-After", "11")
					w.Header().Set("X-Remaining", "0")
					w.WriteHeader(test.status)
					return test.body
				})
				rest := bearer + "answers: [" + test.rule + "]\n" + oneStream("path: /list\nrecords: response.list")
				if place == "stream" {
					rest = bearer + "answers: [{when: 'status != 404', is: not_found}]\n" +
						oneStream("path: /list\nrecords: response.list\nanswers: ["+test.rule+", {when: 'status < 300', is: ignore}]")
				}
				bench := sdktest.NewBench(t, connectorOf(t, rest))
				s := bench.Sync(t, given(vendor.URL)).Streams["users"]
				if test.code == "" {
					if s.Result != "complete" || len(bench.Waits()) != test.waits {
						t.Errorf("%s, %v, waits %v", s.Result, s.Err, bench.Waits())
					}
					return
				}
				if s.Err == nil || s.Err.Code != test.code || !strings.Contains(s.Err.Message, test.says) || len(bench.Waits()) != test.waits {
					t.Errorf("%s, %+v, waits %v", s.Result, s.Err, bench.Waits())
				}
				if test.code == sdk.CodePermissionMissing && !slices.Equal(s.Err.Permissions, []string{"users.read"}) {
					t.Errorf("permissions %v", s.Err.Permissions)
				}
			})
		}
	}
}

// TestGraphQLErrorsAreErrors: a list that came with errors is not whole.
func TestGraphQLErrorsAreErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status     int
		body, code string
	}{
		"partial data":          {200, `{"data":{"list":[{"id":"a"}]},"errors":[{"message":"boom"}]}`, sdk.CodeUpstreamInvalidResponse},
		"limited with 400":      {400, `{"errors":[{"message":"later","extensions":{"code":"RATELIMITED"}}]}`, sdk.CodeRateLimited},
		"no permission":         {200, `{"data":null,"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}`, sdk.CodePermissionMissing},
		"not authenticated":     {200, `{"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}]}`, sdk.CodeAuthInvalid},
		"an empty list of them": {200, `{"data":{"list":[{"id":"a"}]},"errors":[]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := vendorOf(t, func(_ asked, w http.ResponseWriter) any {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(test.status)
				return test.body
			})
			s := users(t, bearer+oneStream("path: /graphql\ngraphql: {query: '{list{id}}'}\nrecords: response.data.list"), vendor)
			if (s.Err == nil) != (test.code == "") || s.Err != nil && s.Err.Code != test.code {
				t.Errorf("%s, %+v", s.Result, s.Err)
			}
		})
	}
}

// TestNothingLeavesTheDeclaredHosts covers redirects, next pages, and addresses that are
// made from settings.
func TestNothingLeavesTheDeclaredHosts(t *testing.T) {
	t.Parallel()
	strangers := 0
	stranger := vendorOf(t, func(asked, http.ResponseWriter) any { strangers++; return map[string]any{"list": people("x")} })
	for name, test := range map[string]struct{ keys, header, body string }{
		"a redirect": {"path: /list\nrecords: response.list", "Location", ""},
		"the next page": {"path: /list\nrecords: response.list\npaging: {next: response.next}", "",
			`{"list":[{"id":"a"}],"next":"` + stranger.URL + `/list"}`},
		"the link":         {"path: /list\nrecords: response.list\npaging: {link: true}", "Link", `{"list":[{"id":"a"}]}`},
		"an address of it": {"url: 'http://localhost:1/{{ settings.client }}'\nrecords: response.list", "", "{}"},
	} {
		vendor := vendorOf(t, func(_ asked, w http.ResponseWriter) any {
			switch test.header {
			case "Location":
				w.Header().Set("Location", stranger.URL)
				w.WriteHeader(http.StatusFound)
			case "Link":
				w.Header().Set("Link", "<"+stranger.URL+`/list>; rel="next"`)
			}
			return test.body
		})
		rest := strings.Replace(head, `  - {host: "{other_url}", purpose: Another one}`+"\n", "  - {host: localhost, purpose: Another one}\n", 1)
		if name == "an address of it" {
			rest = strings.Replace(rest, "host: localhost", "host: '{client}'", 1)
		}
		c, err := parse(strings.NewReader(rest + bearer + oneStream(test.keys)))
		if err != nil {
			t.Fatal(err)
		}
		s := sdktest.NewBench(t, c).Sync(t, given(vendor.URL)).Streams["users"]
		if s.Err == nil || s.Err.Code != sdk.CodeUpstreamInvalidResponse && s.Err.Code != sdk.CodeNetworkDenied {
			t.Errorf("%s: %s, %v", name, s.Result, s.Err)
		}
	}
	if strangers > 0 {
		t.Errorf("%d requests left the host", strangers)
	}
}

// TestARuleThatNamesNoWaitFollowsRetryAfter has a rule whose wait is in a header that the answer lacks, and
// one without a wait.
func TestARuleThatNamesNoWaitFollowsRetryAfter(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{`is: rate_limited, wait: 'headers["x-reset"]'`, "is: rate_limited", "is: retry", "is: unavailable"} {
		count := 0
		vendor := vendorOf(t, func(_ asked, w http.ResponseWriter) any {
			if count++; count > 1 {
				return map[string]any{"list": people("a")}
			}
			w.Header().Set("Retry-After", "11")
			w.WriteHeader(http.StatusTooManyRequests)
			return `{}`
		})
		bench := sdktest.NewBench(t, connectorOf(t, bearer+"answers: [{when: 'status == 429', "+rule+"}]\n"+
			oneStream("path: /list\nrecords: response.list")))
		s := bench.Sync(t, given(vendor.URL)).Streams["users"]
		if waits := bench.Waits(); s.Result != "complete" || len(waits) != 1 || waits[0] != 11*time.Second {
			t.Errorf("%s: %s, %v, waits %v", rule, s.Result, s.Err, waits)
		}
	}
}
