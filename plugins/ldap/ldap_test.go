package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestReadsTheDirectory(t *testing.T) {
	t.Parallel()
	s := directoryServer(t)
	out := sdktest.NewBench(t, New()).Sync(t, input(s.addr, nil))
	people, groups := out.Streams["users"], out.Streams["groups"]
	if people.Result != "complete" || len(people.Records) != users || len(people.Keys) != users || people.Groups != users/500 {
		t.Fatalf("users: %s with %d records in %d groups (%v), want complete with %d in %d", people.Result, len(people.Records), people.Groups,
			people.Err, users, users/500)
	}
	byName := map[string]kind.Account{}
	for key, doc := range people.Records {
		var a kind.Account
		if err := json.Unmarshal(doc, &a); err != nil {
			t.Fatal(err)
		}
		if err := kind.Validate(kind.KindAccount, doc); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		if strings.Contains(string(doc), "secret-p") || a.ExternalID != key {
			t.Fatalf("record %s: %s", key, doc)
		}
		byName[a.Username] = a
	}
	got := byName["p1"]
	if got.CreatedAt.IsZero() || !strings.Contains(string(got.Vendor), `"dn":"uid=p1,ou=people,dc=example,dc=com"`) {
		t.Errorf("p1 was made %v, vendor %s", got.CreatedAt, got.Vendor)
	}
	got.ExternalID, got.CreatedAt, got.PasswordChangedAt, got.Vendor = "", kind.Time{}, kind.Time{}, nil
	want := kind.Account{Username: "p1", Name: "Person p1", Email: "p1@example.com", Title: "Clerk", Department: "17", Manager: "p0",
		Status: "active", Type: "human", Groups: []string{"Staff", "ops"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("p1 (-want +got):\n%s", diff)
	}
	if byName["p7"].Status != "suspended" {
		t.Errorf("p7 is %s, want suspended: it is locked", byName["p7"].Status)
	}
	if g := byName["p2"].Groups; g == nil || len(g) != 0 {
		t.Errorf("p2 is in %v, want none, and known", g)
	}
	if groups.Result != "complete" || len(groups.Records) != 2 {
		t.Errorf("groups: %s with %d records, want complete with 2", groups.Result, len(groups.Records))
	}
	out.Conceals(t, password)
}

func TestTwiceIsTheSame(t *testing.T) {
	t.Parallel()
	s := directoryServer(t)
	b := sdktest.NewBench(t, New())
	a, c := b.Sync(t, input(s.addr, nil)), b.Sync(t, input(s.addr, map[string]any{"page_size": 37}))
	for _, name := range []string{"users", "groups"} {
		if diff := cmp.Diff(a.Streams[name].Records, c.Streams[name].Records); diff != "" {
			t.Errorf("%s differ between two reads:\n%s", name, diff)
		}
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	people, hidden, refused, gone, afar := "ou=people,"+suffix, "ou=hidden,"+suffix, "ou=refused,"+suffix, "ou=gone,"+suffix, "ou=afar,"+suffix
	tests := map[string]struct {
		bases   []string
		records int
		gaps    map[string]string // scope to code
	}{
		"hidden":    {[]string{people, hidden}, users, map[string]string{hidden: "notfound.endpoint"}},
		"refused":   {[]string{refused, people}, users, map[string]string{refused: "permission.missing"}},
		"gone":      {[]string{gone}, 0, map[string]string{gone: "notfound.endpoint"}},
		"reference": {[]string{afar}, 1, map[string]string{"ldap://other.example.com/ou=elsewhere," + suffix + "??sub": "notfound.endpoint"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sdktest.NewBench(t, New()).Sync(t, input(directoryServer(t).addr, map[string]any{"user_bases": tt.bases})).Streams["users"]
			if s.Result != "complete_with_gaps" || len(s.Records) != tt.records {
				t.Errorf("got %s with %d records (%v), want complete_with_gaps with %d", s.Result, len(s.Records), s.Err, tt.records)
			}
			got := map[string]string{}
			for scope, e := range s.Gaps {
				got[scope] = e.Code
				if e.Remedy == "" {
					t.Errorf("gap %s has no remedy", scope)
				}
			}
			if diff := cmp.Diff(tt.gaps, got); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknownGroupsStayUnknown(t *testing.T) {
	t.Parallel()
	out := sdktest.NewBench(t, New()).Sync(t, input(directoryServer(t).addr,
		map[string]any{"group_bases": []string{"ou=groups," + suffix, "ou=hidden," + suffix}}))
	if r := out.Streams["groups"].Result; r != "complete_with_gaps" {
		t.Errorf("groups are %s, want complete_with_gaps", r)
	}
	for _, doc := range out.Streams["users"].Records {
		if strings.Contains(string(doc), `"groups":[]`) {
			t.Fatalf("claims to know that somebody is in no group: %s", doc)
		}
	}
	without := sdktest.NewBench(t, New()).Sync(t, input(directoryServer(t).addr, map[string]any{"group_bases": []string{}}))
	if r := without.Streams["groups"]; r.Result != "complete" || len(r.Records) != 0 {
		t.Errorf("groups that nobody asked for are %s", r.Result)
	}
}

func TestStatusThatMayNotBeReadIsUnknown(t *testing.T) {
	t.Parallel()
	s := sdktest.NewBench(t, New()).Sync(t, input(directoryServer(t).addr,
		map[string]any{"user_bases": []string{"ou=bare," + suffix}})).Streams["users"]
	doc := string(s.Records["uid=p1,ou=bare,dc=example,dc=com"])
	if !strings.Contains(doc, `"status":"unknown"`) {
		t.Errorf("got %s (%v), want the key to be the name and the status unknown", doc, s.Keys)
	}
}

func TestSizeLimitIsNotTheEnd(t *testing.T) {
	t.Parallel()
	s := sdktest.NewBench(t, New()).Sync(t, input(directoryServer(t).addr, map[string]any{"bind_dn": limited})).Streams["users"]
	e := s.Gaps["ou=people,"+suffix]
	if s.Result != "complete_with_gaps" || e == nil || e.UpstreamStatus != ldap.LDAPResultSizeLimitExceeded {
		t.Errorf("got %s, gaps %v; want complete_with_gaps because of the size limit", s.Result, s.Gaps)
	}
	if len(s.Records) == 0 || len(s.Records) > 100 {
		t.Errorf("kept %d records, want up to the limit of 100", len(s.Records))
	}
}

func TestEndsWithTheRightError(t *testing.T) {
	t.Parallel()
	s := directoryServer(t)
	tests := map[string]struct {
		more     map[string]any
		password string
		code     string
		pointer  string
	}{
		"wrong password":       {nil, "wrong", "auth.invalid", ""},
		"unknown account":      {map[string]any{"bind_dn": "cn=nobody," + suffix}, password, "auth.invalid", ""},
		"bad name":             {map[string]any{"bind_dn": "no name"}, password, "config.invalid", "/bind_dn"},
		"nobody listens":       {map[string]any{"url": "ldap://127.0.0.1:1"}, password, "network.connect", ""},
		"no such host":         {map[string]any{"url": "ldaps://nowhere.invalid"}, password, "network.dns", ""},
		"in the clear":         {map[string]any{"url": "ldap://ldap.example.com", "start_tls": false}, password, "config.invalid", "/start_tls"},
		"not an address":       {map[string]any{"url": "https://ldap.example.com"}, password, "config.invalid", "/url"},
		"bad base":             {map[string]any{"user_bases": []string{"people"}}, password, "config.invalid", "/user_bases/0"},
		"bad filter":           {map[string]any{"user_filter": "(uid=*"}, password, "config.invalid", "/user_filter"},
		"bad authority":        {map[string]any{"start_tls": true, "ca_certificate": "no PEM"}, password, "config.invalid", "/ca_certificate"},
		"unknown authority":    {map[string]any{"start_tls": true}, password, "network.tls", ""},
		"cut while signing in": {map[string]any{"url": "ldap://" + cutAfter(t, s.addr, 5)}, password, "network.connect", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := input(s.addr, tt.more)
			in.Secrets["bind_password"] = tt.password
			out := sdktest.NewBench(t, New()).Sync(t, in)
			if out.Err == nil || out.Err.Code != tt.code || out.Err.ConfigPath != tt.pointer || out.Err.Remedy == "" {
				t.Errorf("ended with %+v, want %s %s", out.Err, tt.code, tt.pointer)
			}
			for name, s := range out.Streams {
				if s.Result != "failed" {
					t.Errorf("%s is %s, want failed", name, s.Result)
				}
			}
		})
	}
}

func TestConnectionLostInTheMiddle(t *testing.T) {
	t.Parallel()
	s := directoryServer(t)
	in := input(cutAfter(t, s.addr, 700_000), map[string]any{"group_bases": []string{}})
	people := sdktest.NewBench(t, New()).Sync(t, in).Streams["users"]
	if people.Result != "failed" || people.Err.Code != "network.connect" {
		t.Errorf("got %s, %+v; want failed with network.connect", people.Result, people.Err)
	}
	if n := len(people.Records); n == 0 || n == users || n%500 != 0 {
		t.Errorf("kept %d records, want the whole pages before the break", n)
	}
}

func TestStartTLS(t *testing.T) {
	t.Parallel()
	s := directoryServer(t)
	people := sdktest.NewBench(t, New()).Sync(t, input(s.addr, map[string]any{"start_tls": true, "ca_certificate": s.ca})).Streams["users"]
	if people.Result != "complete" || len(people.Records) != users {
		t.Errorf("got %s with %d records (%+v), want complete with %d", people.Result, len(people.Records), people.Err, users)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s := directoryServer(t)
	tests := map[string]struct {
		more     map[string]any
		password string
		want     []string
		identity string
	}{
		"fine": {nil, password, []string{"settings ok", "reach ok", "authenticate ok", "read users:ou=people," + suffix + " ok",
			"read groups:ou=groups," + suffix + " ok"}, reader},
		"wrong password": {nil, "wrong", []string{"settings ok", "reach ok", "authenticate failed"}, ""},
		"a refused base": {map[string]any{"user_bases": []string{"ou=refused," + suffix}, "group_bases": []string{}}, password,
			[]string{"settings ok", "reach ok", "authenticate ok", "read users:ou=refused," + suffix + " missing"}, reader},
		"nobody there": {map[string]any{"url": "ldap://127.0.0.1:1"}, password, []string{"settings ok", "reach failed", "authenticate skipped"},
			""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := input(s.addr, tt.more)
			in.Secrets["bind_password"] = tt.password
			probes, identity := sdktest.NewBench(t, New()).Check(t, in)
			if diff := cmp.Diff(tt.want, sdktest.States(probes)); diff != "" || identity != tt.identity {
				t.Errorf("identity %q, want %q; probes (-want +got):\n%s", identity, tt.identity, diff)
			}
		})
	}
}
