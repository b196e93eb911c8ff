package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// turned answers with pages of two of five people, in every way of paging.
func turned(q asked, w http.ResponseWriter) any {
	all := people("a", "b", "c", "d", "e")
	from := 0
	text := func(names ...string) string {
		for _, name := range names {
			if v := q.Query[name]; len(v) > 0 {
				return v[0]
			}
		}
		return ""
	}
	body := q.JSON
	if variables, ok := body["variables"].(map[string]any); ok {
		body = variables
	}
	at, _ := body["at"].(map[string]any)
	for _, v := range []string{text("offset", "cursor"), q.Header.Get("X-Cursor"), fmt.Sprint(at["cursor"]), fmt.Sprint(body["after"]),
		fmt.Sprint(at["offset"])} {
		if n, err := strconv.Atoi(v); err == nil {
			from = n
		}
	}
	if n, err := strconv.Atoi(text("start")); err == nil {
		from = n - 1
	}
	if n, err := strconv.Atoi(text("page")); err == nil {
		from = 2 * (n - 1)
	}
	if q.Method == http.MethodPost && strings.HasPrefix(q.Body, "page=") {
		n, _ := strconv.Atoi(strings.TrimPrefix(strings.Split(q.Body, "&")[0], "page="))
		from = 2 * (n - 1)
	}
	rows := all[min(from, 5):min(from+2, 5)]
	answer := map[string]any{"list": rows, "total": 5, "everyone": 999, "more": from+2 < 5, "pages": 3}
	if from+2 < 5 {
		answer["next"] = strconv.Itoa(from + 2)
		w.Header().Set("X-Next", strconv.Itoa(from+2))
	} else {
		answer["end"] = true
	}
	answer["always"] = strconv.Itoa(from + 2)
	return answer
}

func TestEveryWayToTheNextPage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keys     string
		requests int // 0 = not compared
	}{
		"token in a parameter": {"paging: {token: {query: cursor, from: response.next}}", 3},
		"token in a header":    {"paging: {token: {header: X-Cursor, from: response.next}}", 3},
		"token from a header":  {"paging: {token: {query: cursor, from: 'headers[\"x-next\"]'}}", 3},
		"token in a body":      {"json: {at: {kept: 1}}\nreads: true\npaging: {token: {json: at.cursor, from: response.next}}", 3},
		"token in a variable": {"graphql: {query: '{list{id}}', variables: {first: 2}}\n" +
			"paging: {token: {variable: after, from: response.always, more: response.more}}", 3},
		"a token that is always there": {"paging: {token: {query: cursor, from: response.always, more: response.more}}", 3},
		"the last item is the token": {"paging: {token: {query: cursor, from: 'last(response.list).id == \"b\" ? \"2\" : " +
			"last(response.list).id == \"d\" ? \"4\" : \"\"'}}", 3},
		"numbers to an empty page":   {"paging: {page: {query: page}}", 7},
		"numbers with more":          {"paging: {page: {query: page, more: response.more}}", 5},
		"numbers with a last flag":   {"paging: {page: {query: page, last: 'response.?end.orValue(false)'}}", 5},
		"numbers with a last number": {"paging: {page: {query: page, last: response.pages}}", 5},
		"numbers to a short page":    {"paging: {page: {query: page, stop: short, size: {query: per, value: 2}}}", 5},
		"numbers with a total":       {"paging: {page: {query: page, total: response.total}}", 0},
		"a total of something else":  {"paging: {page: {query: page, total: response.everyone, total_counts: all people of the company}}", 7},
		"numbers in a form":          {"form: {page: 1}\nreads: true\npaging: {page: {form: page}}", 7},
		"offsets":                    {"paging: {offset: {query: offset, more: response.more}}", 5},
		"offsets in a body": {"json: {}\nreads: true\npaging: {offset: {json: at.offset, stop: short, " +
			"size: {json: size, value: 2}}}", 5},
		"offsets from one, as SCIM": {"paging: {offset: {query: start, first: 1, total: response.total}}", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := vendorOf(t, turned)
			s := users(t, bearer+oneStream("path: /list\nrecords: response.list\n"+test.keys), vendor)
			if s.Result != "complete" || len(s.Records) != 5 || test.requests > 0 && len(vendor.Requests()) != test.requests {
				t.Errorf("%s with %d after %d requests, %v, %v", s.Result, len(s.Records), len(vendor.Requests()), s.Err, s.Gaps)
			}
		})
	}
}

// TestAnAddressOfTheNextPage has the forms in which systems write it, for an API whose
// address has a path of its own.
func TestAnAddressOfTheNextPage(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]string{
		"whole": "{base}/api/v2/list?at=2", "from the host": "/api/v2/list?at=2", "from the API": "list?at=2", "only a query": "?at=2",
		"a link": "link", "a link to nothing": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var vendor *sdktest.Vendor
			vendor = vendorOf(t, func(q asked, w http.ResponseWriter) any {
				if q.Path != "/api/v2/list" {
					w.WriteHeader(http.StatusNotFound)
				}
				last := len(q.Query["at"]) > 0
				address := vendor.URL + "/api/v2/list?at=2"
				if name == "a link to nothing" || last {
					w.Header().Set("Link", "<"+address+`>; rel="previous"; results="true", <`+address+`>; rel="next"; results="false"; cursor="1"`)
				} else if next == "link" {
					w.Header().Set("Link", `<`+address+`>; rel="previous"; results="false", <`+address+`>; rel="next"; results="true"; cursor="2"`)
				}
				if last {
					return map[string]any{"list": people("b")}
				}
				return map[string]any{"list": people("a"), "next": strings.ReplaceAll(next, "{base}", vendor.URL)}
			})
			paging, want := "next: response.next", 2
			if strings.HasPrefix(name, "a link") {
				paging = "link: true"
			}
			if name == "a link to nothing" {
				want = 1
			}
			c := connectorOf(t, bearer+oneStream("path: /list\nrecords: response.list\npaging: {"+paging+"}"))
			s := sdktest.NewBench(t, c).Sync(t, given(vendor.URL+"/api/v2")).Streams["users"]
			if s.Result != "complete" || len(s.Records) != want {
				t.Errorf("%s with %v, %v, %v", s.Result, s.Keys, s.Err, vendor.Requests())
			}
		})
	}
}

// TestAListThatGoesInCirclesEnds has systems that never come to an end.
func TestAListThatGoesInCirclesEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		paging string
		answer func(n int) any
	}{
		"the same token": {"token: {query: cursor, from: response.next}",
			func(n int) any { return map[string]any{"list": people(fmt.Sprint(n)), "next": "x"} }},
		"two tokens in turn": {"token: {query: cursor, from: response.next}",
			func(n int) any { return map[string]any{"list": people(fmt.Sprint(n)), "next": fmt.Sprint(n % 2)} }},
		"the same page": {"token: {query: cursor, from: response.next}",
			func(n int) any { return map[string]any{"list": people("a"), "next": fmt.Sprint(n)} }},
		"the same address": {"next: response.next",
			func(n int) any { return map[string]any{"list": people(fmt.Sprint(n)), "next": "/list?again"} }},
		"more without a token": {"token: {query: cursor, from: response.next, more: response.more}",
			func(int) any { return map[string]any{"list": people("a"), "more": true} }},
		"more without rows": {"offset: {query: offset, more: response.more}",
			func(int) any { return map[string]any{"list": people(), "more": true} }},
		"more that is a word": {"page: {query: page, more: response.more}",
			func(int) any { return map[string]any{"list": people("a"), "more": "yes"} }},
		"last that is a word": {"page: {query: page, last: response.last}",
			func(int) any { return map[string]any{"list": people("a"), "last": "soon"} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			vendor := vendorOf(t, func(asked, http.ResponseWriter) any { n++; return test.answer(n) })
			s := users(t, bearer+oneStream("path: /list\nrecords: response.list\npaging: {"+test.paging+"}"), vendor)
			if s.Err == nil || s.Err.Code != sdk.CodeUpstreamInvalidResponse && s.Err.Code != sdk.CodeSchemaUnexpected || n > 10 {
				t.Errorf("%s after %d requests, %v", s.Result, n, s.Err)
			}
		})
	}
}
