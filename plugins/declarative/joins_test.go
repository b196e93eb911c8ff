package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestJoinedLists has lists that complete the records: one with pages, and one for each team.
func TestJoinedLists(t *testing.T) {
	t.Parallel()
	const joins = `path: /users
records: response
joins:
  - as: factor
    path: /factors
    paging: {page: {query: page, total: response.total}}
    records: response.list
    by: item.user
    key: item.id
    permission: users.read
  - as: roles
    path: /teams/{{ team }}/members
    each: {in: '["red", "blue"]', as: team}
    records: response
    by: item.id
    key: item.id
    gives: team
    many: true
`
	for name, test := range map[string]struct {
		keys, failing string // the path that fails
		status        int
		result, gap   string
		facts         map[string]string // of a, b and c
	}{
		"whole": {joins, "", 0, "complete", "",
			map[string]string{"a": `"mfa":"yes"+"roles":["blue","red"]`, "b": `"mfa":"no"+"roles":["blue"]`, "c": `no mfa+"roles":[]`}},
		"a list that fails": {joins, "/factors", 400, "complete_with_gaps", "factor",
			map[string]string{"a": `no mfa+"roles":["blue","red"]`, "c": "no mfa"}},
		"one of several lists fails": {joins, "/teams/red/members", 404, "complete_with_gaps", "roles",
			map[string]string{"a": `"mfa":"yes"+no roles`, "b": `"mfa":"no"+no roles`, "c": "no roles"}},
		"a list with another total": {strings.Replace(joins, "response.total", "9", 1), "", 0, "complete_with_gaps", "factor",
			map[string]string{"a": "no mfa", "b": "no mfa"}},
		"not granted": {joins, "/factors", 403, "complete_with_gaps", "factor", map[string]string{"a": "no mfa"}},
		"not granted, optional": {strings.Replace(joins, "permission: users.read", "permission: users.read\n    optional: true", 1),
			"/factors", 403, "complete", "", map[string]string{"a": `no mfa+"roles":["blue","red"]`, "b": "no mfa"}},
		"a wrong key": {strings.Replace(joins, "by: item.user", "by: item.person", 1), "", 0, "complete_with_gaps", "factor",
			map[string]string{"a": "no mfa"}},
		"the credential is refused": {joins, "/factors", 401, "failed", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			vendor := vendorOf(t, func(q asked, w http.ResponseWriter) any {
				if q.Path == test.failing {
					w.WriteHeader(test.status)
					return map[string]any{}
				}
				switch q.Path {
				case "/users":
					return people("a", "b", "c")
				case "/teams/red/members":
					return people("a")
				case "/teams/blue/members":
					return people("a", "b")
				}

				list := map[string][]any{"1": {map[string]any{"user": "a", "on": true}}, "2": {map[string]any{"user": "b", "on": false}}}[q.one("page")]
				return map[string]any{"list": append([]any{}, list...), "total": 2}
			})
			rest := bearer + strings.Replace(oneStream(test.keys), "mfa: 'item.?mfa'", "mfa: factor.on, roles: roles", 1)
			s := users(t, rest, vendor)
			if s.Result != test.result || len(s.Gaps) > 0 != (test.gap != "") || test.gap != "" && s.Gaps[test.gap] == nil {
				t.Fatalf("%s, %v, %v", s.Result, s.Err, s.Gaps)
			}
			for key, facts := range test.facts {
				for fact := range strings.SplitSeq(facts, "+") {
					absent, no := strings.CutPrefix(fact, "no ")
					if doc := string(s.Records[key]); no && strings.Contains(doc, fmt.Sprintf("%q:", absent)) || !no && !strings.Contains(doc, fact) {
						t.Errorf("%s: %s has not %s", key, doc, fact)
					}
				}
			}
		})
	}
}
