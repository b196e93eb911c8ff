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

// accounts returns the accounts of a stream by user name.
func accounts(t *testing.T, s *sdktest.Stream) map[string]kind.Account {
	t.Helper()
	byName := map[string]kind.Account{}
	for key, doc := range s.Records {
		var a kind.Account
		if err := json.Unmarshal(doc, &a); err != nil {
			t.Fatal(err)
		}
		if err := kind.Validate(kind.KindAccount, doc); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		byName[a.Username] = a
	}
	return byName
}

func statuses(t *testing.T, s *sdktest.Stream) map[string]string {
	t.Helper()
	words := map[string]string{}
	for name, a := range accounts(t, s) {
		words[name] = string(a.Status)
	}
	return words
}

func TestNothingIsNotEverything(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		more    map[string]any
		stream  string
		scope   string
		message string
		remedy  string
	}{
		"people that may not be read": {map[string]any{"user_bases": []string{"ou=closed," + suffix}}, "users", "ou=closed," + suffix,
			"shows no person below", `"Where the people are"`},
		"an empty container": {map[string]any{"user_bases": []string{"ou=empty," + suffix}}, "users", "ou=empty," + suffix,
			"none matches the filter, or the account may not read", `"Filter for people"`},
		"a filter that matches nothing": {map[string]any{"user_filter": "(uid=none)"}, "users", "ou=people," + suffix, "the filter",
			`"Filter for people"`},
		"the account itself alone": {map[string]any{"user_bases": []string{reader}, "user_filter": "(objectClass=*)"}, "users", reader,
			"shows no person below", "Let the account " + reader},
		"no groups": {map[string]any{"group_bases": []string{"ou=empty," + suffix}}, "groups", "ou=empty," + suffix,
			"shows no group below", `"Where the groups are"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := input(directoryServer(t).addr, tt.more)
			s := sdktest.NewBench(t, New()).Sync(t, in).Streams[tt.stream]
			gap := s.Gaps[tt.scope]
			if s.Result != "complete_with_gaps" || gap == nil || gap.Code != "notfound.endpoint" {
				t.Fatalf("got %s with gaps %v, want complete_with_gaps because of %s", s.Result, s.Gaps, tt.scope)
			}
			if !strings.Contains(gap.Message, tt.message) || !strings.Contains(gap.Remedy, tt.remedy) {
				t.Errorf("gap says %q, %q; want %q, %q in them", gap.Message, gap.Remedy, tt.message, tt.remedy)
			}
			probes, _ := sdktest.NewBench(t, New()).Check(t, in)
			failed := false
			for _, p := range probes {
				failed = failed || strings.HasSuffix(p.ID, ":"+tt.scope) && p.State == "failed"
			}
			if !failed {
				t.Errorf("the check passes: %+v", probes)
			}
		})
	}
}

func TestLocks(t *testing.T) {
	t.Parallel()
	read := func(base string) map[string]string {
		return statuses(t, sdktest.NewBench(t, New()).Sync(t,
			input(directoryServer(t).addr, map[string]any{"user_bases": []string{base + "," + suffix}})).Streams["users"])
	}
	want := map[string]string{
		"p1": "active",
		"p2": "suspended", // without end
		"p3": "active",    // over
		"p4": "suspended", // until an administrator ends it
		"p5": "unknown",   // the policies that the directory shows do not agree
		"p6": "unknown",   // its policy is not shown
		"p7": "suspended", // its last day has passed
		"p8": "suspended", // its first day is to come
		"p9": "unknown",   // its last day has passed, and no policy is shown by which that matters
	}
	if diff := cmp.Diff(want, read("ou=locks")); diff != "" {
		t.Errorf("ou=locks (-want +got):\n%s", diff)
	}
	for name, status := range want {
		if accepts := signsIn(t, "uid="+name+",ou=locks,"+suffix, "secret-"+name); status != "unknown" && accepts != (status == "active") {
			t.Errorf("%s is %s, but the server accepting its password is %v", name, status, accepts)
		}
	}
	// The account may read entryUUID there, but not the lock.
	if diff := cmp.Diff(map[string]string{"p1": "unknown", "p2": "unknown"}, read("ou=blind")); diff != "" {
		t.Errorf("ou=blind (-want +got):\n%s", diff)
	}
}

// signsIn reports whether the server accepts the sign-in of an account.
func signsIn(t *testing.T, dn, password string) bool {
	t.Helper()
	conn, err := ldap.DialURL("ldap://" + directoryServer(t).addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	err = conn.Bind(dn, password)
	if err != nil && !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
		t.Fatalf("bind as %s: %v", dn, err)
	}
	return err == nil
}

func TestGroupsAreToldApart(t *testing.T) {
	t.Parallel()
	out := sdktest.NewBench(t, New()).Sync(t, input(directoryServer(t).addr, map[string]any{
		"user_bases": []string{"ou=members," + suffix}, "group_bases": []string{"ou=teams," + suffix},
	}))
	emea, apac := "finance (ou=emea,ou=teams,"+suffix+")", "finance (ou=apac,ou=teams,"+suffix+")"
	got := map[string][]string{}
	for name, a := range accounts(t, out.Streams["users"]) {
		got[name] = a.Groups
	}
	// p3 has wheel as its primary group.
	if diff := cmp.Diff(map[string][]string{"p1": {emea}, "p2": {apac}, "p3": {"wheel"}}, got); diff != "" {
		t.Errorf("groups of the people (-want +got):\n%s", diff)
	}
	groups := accounts(t, out.Streams["groups"])
	if len(groups) != 3 || groups[emea].Name != emea || groups[apac].Name != apac || groups["wheel"].Name != "wheel" {
		t.Errorf("groups are %v, want both finance with their places", groups)
	}
}

func TestHiddenMembersAreUnknown(t *testing.T) {
	t.Parallel()
	out := sdktest.NewBench(t, New()).Sync(t, input(directoryServer(t).addr, map[string]any{
		"user_bases": []string{"ou=members," + suffix}, "group_bases": []string{"ou=teams," + suffix, "ou=secret," + suffix},
	}))
	for name, a := range accounts(t, out.Streams["users"]) {
		if a.Groups != nil {
			t.Errorf("%s is in %v; want unknown, since the members of a group may not be read", name, a.Groups)
		}
	}
	groups := out.Streams["groups"]
	if gap := groups.Gaps["ou=secret,"+suffix]; groups.Result != "complete_with_gaps" || gap == nil || gap.Code != "permission.missing" {
		t.Errorf("groups are %s with gaps %v, want a gap for the members", groups.Result, groups.Gaps)
	}
	if doc := string(accounts(t, groups)["board"].Vendor); strings.Contains(doc, "member_count") {
		t.Errorf("counts members that may not be read: %s", doc)
	}
}
