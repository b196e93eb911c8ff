package main

import (
	"strings"
	"testing"
)

// TestMistakesOfTheLanguage has what can be wrong in the words beyond a plain list.
func TestMistakesOfTheLanguage(t *testing.T) {
	t.Parallel()
	const list = "path: /list\nrecords: response\n"
	stream := func(keys string) string { return bearer + oneStream(list+keys) }
	for name, test := range map[string]struct{ rest, want string }{
		"a near key": {bearer + oneStream("path: /list\nrecords: response\npagging: {link: true}"),
			`line 39, column 5: there is no key "pagging" here; did you mean "paging"?`},
		"a far key":               {stream("colour: red"), `there is no key "colour" here`},
		"a key twice":             {stream("path: /again"), `the key "path" is written twice here`},
		"POST without a word":     {stream("method: POST"), "POST is a method that may write; add reads: true"},
		"a body without it":       {stream("json: {a: 1}"), "POST is a method that may write; add reads: true"},
		"DELETE":                  {stream("method: DELETE"), `method is one of GET, POST, not "DELETE"`},
		"GET with a body":         {stream("method: GET\nreads: true\njson: {a: 1}"), "a GET has no body"},
		"two bodies":              {stream("reads: true\njson: {a: 1}\nform: {a: b}"), "a request has one body"},
		"a mutation":              {stream("graphql: {query: 'mutation { deleteUser }'}"), "a mutation may write"},
		"a mutation further down": {stream("graphql: {query: 'query A {a} mutation B { b }'}"), "a mutation may write"},
		"path and url":            {stream("url: https://example.com/x"), "write path or url, not both"},
		"a form of answers":       {stream("answer: yaml"), `answer is one of json, json_lines, csv, xml, not "yaml"`},
		"item in a path": {bearer + oneStream("path: '/{{ item.id }}'\nrecords: response"),
			`line 37, column 16: there is no "item" in this expression; it sees settings`},
		"response in a field": {bearer + strings.Replace(oneStream(list), "mfa: 'item.?mfa'", "mfa: response.x", 1),
			`there is no "response" in this expression; it sees settings, item`},
		"window without incremental": {stream("query: {a: '{{ window.from }}'}"), `there is no "window" in this expression`},
		"a rule without its word":    {stream("answers: [{when: 'true'}]"), "answers: is is one of ignore, empty"},
		"a rule with a near word":    {stream("answers: [{when: 'true', is: rate_limit}]"), `did you mean "rate_limited"?`},
		"a rule's permission": {stream("answers: [{when: 'true', is: permission, permission: user.read}]"),
			`permission "user.read" is not declared; did you mean "users.read"?`},
		"an unknown stream above":      {stream("each: {of: user, as: u}"), `each: there is no stream "user"; did you mean "users"?`},
		"a stream above itself":        {stream("each: {of: users, as: u}"), "each leads back to itself"},
		"each without a list":          {stream("each: {as: u}"), "each: write of, a stream, or in, a list"},
		"a name that is taken":         {stream("each: {in: '[1]', as: item}"), `the language itself uses the name "item"`},
		"a name that is a word of CEL": {stream("each: {in: '[1]', as: for}"), `"for" is not a name for expressions`},
		"no name":                      {stream("each: {in: '[1]'}"), "as must be given"},
		"a join without a key": {stream("joins: [{as: x, path: /a, records: response, by: item.id}]"),
			"joins: key must be given"},
		"a join of no stream":         {stream("joins: [{as: x, path: /a, each: {of: user, as: u}}]"), `no stream "user"; did you mean "users"?`},
		"a join and a detail":         {stream("joins: [{as: x, path: /a}]\ndetails: [{as: x, path: /b}]"), `two results are called "x"`},
		"a join in where":             {stream("joins: [{as: x, path: /a}]\nwhere: x.y"), `there is no "x" in this expression`},
		"details without a path":      {stream("details: [{as: x}]"), "details: path must be given"},
		"two details of one name":     {stream("details: [{as: x, path: /a}, {as: x, path: /b}]"), `two results are called "x"`},
		"incremental without a start": {stream("deletes: never\nincremental: {cursor: item.at}"), "cursor and start must be given"},
		"a length of time": {stream("deletes: never\nincremental: {cursor: item.at, start: '2026-01-01', window: 3 weeks}"),
			`"3 weeks" is not a length of time`},
		"a tiny window": {stream("deletes: never\nincremental: {cursor: item.at, start: '2026-01-01', window: 1s}"),
			"a window is a minute or longer"},
		"a form of time": {stream("deletes: never\nincremental: {cursor: item.at, start: '2026-01-01', format: YYYY-MM-DD}"),
			"format is rfc3339"},
		"tombstone without removed":  {stream("deletes: tombstone"), "tombstone needs removed"},
		"removed without tombstone":  {stream("removed: item.gone"), "removed is for deletes: tombstone"},
		"short without a size":       {stream("paging: {page: {query: page, stop: short}}"), "stop: short needs size"},
		"two places for a number":    {stream("paging: {page: {query: page, header: X-Page}}"), "paging: query must be given"},
		"a variable without GraphQL": {stream("paging: {token: {variable: after, from: headers.x}}"), "only a GraphQL query has variables"},
		"a token in a list":          {stream("paging: {token: {query: after, from: response.next}}"), "the answer is the list itself"},
		"an address in a list":       {stream("paging: {next: response.next}"), "the answer is the list itself"},
		"a body that is not there":   {stream("paging: {token: {json: after, from: response.x}}"), "the request has no json body"},
		"too many at one moment":     {stream("concurrency: 1000"), "concurrency is 1 to 32"},
		"broad without a probe":      {"", `permission "p": broad judges the answer of a probe, and there is none`},
		"an unknown grant": {"auth: {oauth2: {grant: password, token_url: 'https://x.example/t'}}\n" + oneStream(list),
			"auth: oauth2.grant is one of"},
		"no secret of the client": {"auth: {oauth2: {grant: client_credentials, token_url: '{{ settings.base_url }}/t'}}\n" +
			oneStream(list), "client_credentials needs client_secret or jwt"},
		"a token from elsewhere": {"auth: {oauth2: {grant: client_credentials, client_secret: key, token_url: 'https://login.example/t'}}\n" +
			oneStream(list), ""},
		"no statement": {"auth: {oauth2: {grant: jwt_bearer, token_url: '{{ settings.base_url }}/t'}}\n" + oneStream(list),
			"jwt_bearer needs jwt"},
		"no refresh token": {"auth: {oauth2: {grant: refresh_token, token_url: '{{ settings.base_url }}/t', refresh_token: tokn}}\n" +
			oneStream(list), `"tokn" does not name a setting with secret: true; did you mean "token"?`},
		"a session without a token": {"auth: {session: {request: {path: /login}}}\n" + oneStream(list), "session.token must be given"},
		"a choice without choices": {"auth: {choose: {setting: client, ways: {a: {bearer: key}}}}\n" + oneStream(list),
			`"client" does not name a setting with choices`},
		"a choice that is not there": {"auth: {choose: {setting: way, ways: {plain: {bearer: key}}}}\n" + oneStream(list),
			`has no way for the choice "granted"`},
		"a way that is no choice": {"auth: {choose: {setting: way, ways: {plain: {bearer: key}, grantd: {bearer: key}}}}\n" +
			oneStream(list), `"grantd" is not a choice of the setting "way"; did you mean "granted"?`},
		"a header without a secret": {"auth: {header: {name: X, value: plain}}\n" + oneStream(list), "{name} must name a secret in it"},
		"a secret in a body": {stream("reads: true\njson: {a: {secret: nothing}}"),
			`secret: "nothing" does not name a setting with secret: true`},
		"a value that needs quotes": {stream("paging: {token: {query: a, from: response.?x}}"), "stands in quotes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := head + test.rest
			if test.rest == "" {
				whole = strings.Replace(head, "reason: Lists users.}", "reason: Lists users.}\n  - {id: p, reason: P., broad: 'true'}", 1) + stream("")
			}
			_, err := parse(strings.NewReader(whole))
			if test.want == "" {
				if err != nil {
					t.Errorf("it says %v", err) // {other_url} may be that host
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("it says %v, want %q", err, test.want)
			}
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.Contains(line, ", column ") {
					t.Errorf("%q has no position", line)
				}
			}
		})
	}
}

// TestLevelsAreBounded refuses a sixth level and two items of one name.
func TestLevelsAreBounded(t *testing.T) {
	t.Parallel()
	rest := bearer + "streams:\n"
	for i, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		keys := "path: /x\nrecords: response"
		if i > 0 {
			keys += "\neach: {of: " + string(rune('a'+i-1)) + ", as: n" + string(rune('a'+i)) + "}"
		}
		rest += strings.Replace(strings.TrimPrefix(oneStream(keys), "streams:\n"), "name: users", "name: "+name, 1)
		_, err := parse(strings.NewReader(head + rest))
		if (err != nil) != (i > 5) || err != nil && !strings.Contains(err.Error(), "at most 5 streams stand above one another") {
			t.Errorf("%d levels: %v", i, err)
		}
	}
	same := strings.NewReplacer("as: nc", "as: nb").Replace(rest[:strings.Index(rest, "  - name: d")])
	if _, err := parse(strings.NewReader(head + same)); err == nil || !strings.Contains(err.Error(), `two items are called "nb"`) {
		t.Errorf("two items of one name: %v", err)
	}
}
