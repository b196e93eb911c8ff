package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// company answers with organisations, their teams, and the members of those; failing are
// paths that answer with a status.
type company struct {
	mu      sync.Mutex
	failing map[string]int
	asked   map[string]int
	now     int
	most    int // requests at one moment
}

func (c *company) handle(q asked, w http.ResponseWriter) any {
	c.mu.Lock()
	if c.asked == nil {
		c.asked = map[string]int{}
	}
	c.asked[q.Path]++
	c.now++
	c.most = max(c.most, c.now)
	status := c.failing[q.Path]
	c.mu.Unlock()
	defer func() { c.mu.Lock(); c.now--; c.mu.Unlock() }()
	if status != 0 {
		w.WriteHeader(status)
		return map[string]any{}
	}
	switch parts := strings.Split(strings.Trim(q.Path, "/"), "/"); {
	case q.Path == "/orgs":
		return people("o1", "o2")
	case len(parts) == 3 && parts[2] == "teams":
		return []any{map[string]any{"id": parts[1] + "-t1", "live": true}, map[string]any{"id": parts[1] + "-t2", "live": parts[1] == "o1"}}
	case len(parts) == 3 && parts[2] == "members":
		return []any{map[string]any{"id": parts[1] + "-m"}, map[string]any{"id": "shared"}}
	case len(parts) == 3 && parts[2] == "factors":
		if parts[1] == "shared" {
			return map[string]any{"factors": []any{}}
		}
		return map[string]any{"factors": []any{map[string]any{"type": "otp"}}}
	}
	w.WriteHeader(http.StatusNotFound)
	return map[string]any{}
}

// levels are three streams, each of the one before.
func levels(members string) string {
	stream := func(name, keys string) string {
		return strings.Replace(strings.TrimPrefix(oneStream(keys), "streams:\n"), "name: users", "name: "+name, 1)
	}
	return bearer + "streams:\n" +
		stream("orgs", "path: /orgs\nrecords: response\nwhere: item.id != 'o2'") +
		stream("teams", "path: /orgs/{{ org.id }}/teams\neach: {of: orgs, as: org}\nrecords: response") +
		stream("users", "path: /teams/{{ team.id }}/members\neach: {of: teams, as: team"+members)
}

func TestStreamsOfStreams(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		failing map[string]int
		members string
		keys    []string
		result  string
		gaps    []string
		code    string
	}{
		"all": {nil, "}\nrecords: response", []string{"o1-t1-m", "o1-t2-m", "o2-t1-m", "o2-t2-m", "shared"},
			"complete", nil, ""},
		"some of them": {nil, ", where: team.live}\nrecords: response", []string{"o1-t1-m", "o1-t2-m", "o2-t1-m", "shared"},
			"complete", nil, ""},
		"one vanished": {map[string]int{"/teams/o1-t2/members": 404}, "}\nrecords: response",
			[]string{"o1-t1-m", "o2-t1-m", "o2-t2-m", "shared"}, "complete_with_gaps", []string{"team o1-t2"}, ""},
		"one is forbidden": {map[string]int{"/teams/o1-t1/members": 403}, "}\nrecords: response",
			[]string{"o1-t2-m", "o2-t1-m", "o2-t2-m", "shared"}, "complete_with_gaps", []string{"team o1-t1"}, ""},
		"one above is": {map[string]int{"/orgs/o1/teams": 403}, "}\nrecords: response", []string{"o2-t1-m", "o2-t2-m", "shared"},
			"complete_with_gaps", []string{"org o1"}, ""},
		"all vanished": {map[string]int{"/teams/o1-t1/members": 404, "/teams/o1-t2/members": 404, "/teams/o2-t1/members": 404,
			"/teams/o2-t2/members": 404}, "}\nrecords: response", []string{}, "failed", nil, sdk.CodeNotFoundEndpoint},
		"the top fails": {map[string]int{"/orgs": 500}, "}\nrecords: response", []string{}, "failed", nil, sdk.CodeUpstream5xx},
		"the credential is refused": {map[string]int{"/teams/o2-t1/members": 401}, "}\nconcurrency: 1\nrecords: response", nil, "failed", nil,
			sdk.CodeAuthInvalid},
		"a missing list is empty": {map[string]int{"/teams/o1-t2/members": 404},
			"}\nanswers: [{when: 'status == 404', is: empty}]\nrecords: response",
			[]string{"o1-t1-m", "o2-t1-m", "o2-t2-m", "shared"}, "complete", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			system := &company{failing: test.failing}
			vendor := vendorOf(t, system.handle)
			in := given(vendor.URL)
			in.Streams = []string{"users"}
			s := sdktest.NewBench(t, connectorOf(t, levels(test.members))).Sync(t, in).Streams["users"]
			keys, gaps := slices.Sorted(maps.Keys(s.Records)), slices.Sorted(maps.Keys(s.Gaps))
			if s.Result != test.result || test.keys != nil && fmt.Sprint(keys) != fmt.Sprint(test.keys) ||
				test.result != "failed" && fmt.Sprint(gaps) != fmt.Sprint(test.gaps) {
				t.Errorf("%s with %v, gaps %v, %v", s.Result, keys, gaps, s.Err)
			}
			if test.code != "" && (s.Err == nil || s.Err.Code != test.code) {
				t.Errorf("error %+v", s.Err)
			}
		})
	}
}

// TestAListAboveIsReadOnce wants what is above two streams to be asked for once, and no
// more requests at one moment than the file says.
func TestAListAboveIsReadOnce(t *testing.T) {
	t.Parallel()
	system := &company{}
	vendor := vendorOf(t, system.handle)
	rest := levels("}\nconcurrency: 2\nrecords: response") +
		strings.Replace(strings.TrimPrefix(levels("}\nrecords: response"), bearer+"streams:\n"), "name: orgs", "name: x", 1)
	rest = rest[:strings.LastIndex(rest, "  - name: x")] +
		strings.Replace(rest[strings.LastIndex(rest, "  - name: users"):], "name: users", "name: others", 1)
	in := given(vendor.URL)
	in.Streams = []string{"users", "others"}
	out := sdktest.NewBench(t, connectorOf(t, rest)).Sync(t, in)
	if out.Streams["users"].Result != "complete" || out.Streams["others"].Result != "complete" {
		t.Fatalf("%+v", out.Streams)
	}
	if system.asked["/orgs"] != 1 || system.asked["/orgs/o1/teams"] != 1 || system.asked["/teams/o1-t1/members"] != 2 {
		t.Errorf("asked %v", system.asked)
	}
	if system.most > 4 {
		t.Errorf("%d requests at one moment", system.most)
	}
}

// TestAWaitDoesNotBeginAnew: a list in the middle that is limited is asked again, the
// ones before it are not.
func TestAWaitDoesNotBeginAnew(t *testing.T) {
	t.Parallel()
	system := &company{}
	vendor := vendorOf(t, system.handle)
	vendor.Fail(sdktest.Fault{After: 5, Times: 3, Status: 429, Header: map[string]string{"Retry-After": "10"}})
	in := given(vendor.URL)
	in.Streams = []string{"users"}
	s := sdktest.NewBench(t, connectorOf(t, levels("}\nconcurrency: 1\nrecords: response"))).Sync(t, in).Streams["users"]
	if s.Result != "complete" || len(vendor.Requests()) != 1+2+4+3 {
		t.Errorf("%s after %d requests, %v", s.Result, len(vendor.Requests()), s.Err)
	}
}

// TestAListMayBeWrittenOut repeats a request for a list of the file.
func TestAListMayBeWrittenOut(t *testing.T) {
	t.Parallel()
	vendor := vendorOf(t, func(q asked, _ http.ResponseWriter) any {
		return map[string]any{"list": people(q.Query["state"][0] + "-1"), "at": q.Query["state"][0]}
	})
	s := users(t, bearer+oneStream(
		"path: /list\neach: {in: '[\"open\", \"closed\"]', as: state}\nquery: {state: '{{ state }}'}\nrecords: response.list"), vendor)
	if s.Result != "complete" || !slices.Equal(slices.Sorted(maps.Keys(s.Records)), []string{"closed-1", "open-1"}) {
		t.Errorf("%s, %v, %v", s.Result, s.Keys, s.Err)
	}
	s = users(t, bearer+oneStream(
		"path: /list\neach: {in: settings.client, as: state}\nquery: {state: '{{ state }}'}\nrecords: response.list"), vendor)
	if s.Err == nil || s.Err.Code != sdk.CodeConfigInvalid {
		t.Errorf("a text as a list: %s, %v", s.Result, s.Err)
	}
}

// TestDetailsCompleteARecord covers side calls that answer and that do not. A failed one
// costs its facts, which are unknown then and never no.
func TestDetailsCompleteARecord(t *testing.T) {
	t.Parallel()
	const detail = "path: /list\nrecords: response\ndetails:\n" +
		"  - {as: factors, path: '/users/{{ item.id }}/factors', records: response.factors, permission: factors.read"
	for name, test := range map[string]struct {
		keys    string
		failing map[string]int
		mfa     map[string]string // by record; absent = unknown
		gaps    []string
		asked   int // side calls; 0 = not compared
	}{
		"all answer": {detail + "}", nil, map[string]string{"a": "yes", "shared": "no"}, nil, 0},
		"one does not": {detail + "}", map[string]int{"/users/a/factors": 403}, map[string]string{"shared": "no"},
			[]string{"factors of record a"}, 0},
		"one vanished": {detail + "}", map[string]int{"/users/shared/factors": 404}, map[string]string{"a": "yes"},
			[]string{"factors of record shared"}, 0},
		"none is granted": {detail + ", optional: true}", map[string]int{"/users/a/factors": 403, "/users/shared/factors": 403},
			map[string]string{}, nil, 0},
		"an empty answer": {detail + ", answers: [{when: 'status == 404', is: empty}]}", map[string]int{"/users/a/factors": 404},
			map[string]string{"a": "no", "shared": "no"}, nil, 0},
		"only for some": {detail + ", when: 'item.id != \"a\"'}", nil, map[string]string{"shared": "no"}, nil, 1},
		"no such member": {strings.Replace(detail, "response.factors", "response.other", 1) + "}", nil, map[string]string{},
			[]string{"factors of record a", "factors of record shared"}, 0},
		"where asks them": {"where: factors.size() > 0\n" + detail + "}", nil, map[string]string{"a": "yes"}, nil, 0},
		"where is first":  {"where: item.id == 'a'\n" + detail + "}", nil, map[string]string{"a": "yes"}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			system := &company{failing: test.failing}
			vendor := vendorOf(t, func(q asked, w http.ResponseWriter) any {
				if q.Path == "/list" {
					return people("a", "shared")
				}
				return system.handle(q, w)
			})
			rest := strings.Replace(bearer+oneStream(test.keys), "mfa: 'item.?mfa'", "mfa: factors.size() > 0", 1)
			s := users(t, rest, vendor)
			want := "complete"
			if len(test.gaps) > 0 {
				want = "complete_with_gaps"
			}
			if gaps := slices.Sorted(maps.Keys(s.Gaps)); s.Result != want || fmt.Sprint(gaps) != fmt.Sprint(test.gaps) {
				t.Fatalf("%s, gaps %v, %v", s.Result, s.Gaps, s.Err)
			}
			for key, doc := range s.Records {
				var record struct{ MFA string }
				if err := json.Unmarshal(doc, &record); err != nil || record.MFA != test.mfa[key] {
					t.Errorf("%s has mfa %q, want %q (%v)", key, record.MFA, test.mfa[key], err)
				}
			}
			if side := len(vendor.Requests()) - 1; test.asked > 0 && side != test.asked {
				t.Errorf("%d side calls", side)
			}
		})
	}
}

// TestADetailThatKeepsFailingIsLeft wants neither a request nor a gap for each record.
func TestADetailThatKeepsFailingIsLeft(t *testing.T) {
	t.Parallel()
	var ids []string
	for i := range 300 {
		ids = append(ids, fmt.Sprint(i))
	}
	vendor := vendorOf(t, func(q asked, w http.ResponseWriter) any {
		if q.Path == "/list" {
			return people(ids...)
		}
		w.WriteHeader(http.StatusForbidden)
		return map[string]any{}
	})
	s := users(t, bearer+oneStream("path: /list\nrecords: response\ndetails: [{as: factors, path: '/f/{{ item.id }}'}]"), vendor)
	if s.Result != "complete_with_gaps" || len(s.Records) != 300 || len(s.Gaps) > 8 || len(vendor.Requests()) > 20 {
		t.Errorf("%s with %d, %d gaps, %d requests, %v", s.Result, len(s.Records), len(s.Gaps), len(vendor.Requests()), s.Err)
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(s.Gaps)),
		func(gap string) bool { return strings.Contains(gap, "and of all further ones") }) {
		t.Errorf("gaps %v", s.Gaps)
	}
}
