package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// facts are the fields of an account that the tests compare.
type facts struct {
	Status string   `json:"status"`
	Type   string   `json:"type"`
	Admin  string   `json:"admin"`
	MFA    string   `json:"mfa"`
	Roles  []string `json:"roles"`
	Groups []string `json:"groups"`
}

// factsOf returns the facts of accounts by their names.
func factsOf(t *testing.T, s *sdktest.Stream) map[string]facts {
	t.Helper()
	all := map[string]facts{}
	for key, raw := range s.Records {
		var f struct {
			facts
			Name string `json:"name"`
		}
		if err := json.Unmarshal(raw, &f); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		all[f.Name] = f.facts
	}
	return all
}

// TestPostgresRoles reads roles in every state.
func TestPostgresRoles(t *testing.T) {
	t.Parallel()
	in := postgresServer(t).input(nil)
	in.Streams = []string{accountStream}
	s := sdktest.NewBench(t, New()).Sync(t, in).Streams[accountStream]
	if s.Result != "complete" {
		t.Fatalf("result is %s: %v, %v", s.Result, s.Err, s.Gaps)
	}
	role := func(status, kind, admin string, roles, groups []string) facts {
		return facts{status, kind, admin, "unknown", roles, groups}
	}
	login, none := []string{"LOGIN"}, []string{}
	want := map[string]facts{
		"postgres": role("active", "unknown", "yes", []string{"LOGIN", "SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS"}, none),
		"reader":   role("active", "unknown", "no", login, none),
		"local":    role("active", "unknown", "no", login, none),
		"banned":   role("active", "unknown", "no", login, none),
		"crowded":  role("active", "unknown", "no", login, none),
		"writer":   role("active", "unknown", "no", login, none),
		"alice":    role("active", "unknown", "no", login, []string{"auditors"}),
		"bob":      role("suspended", "unknown", "no", none, none),
		"carol":    role("unknown", "unknown", "no", login, none), // only her password has ended
		"dave":     role("active", "unknown", "yes", login, []string{"deputies"}),
		"boss":     role("active", "unknown", "yes", []string{"LOGIN", "SUPERUSER"}, none),
		"hr":       role("active", "unknown", "yes", []string{"LOGIN", "CREATEROLE"}, none),
		"barred":   role("suspended", "unknown", "no", login, none),
		"auditors": role("active", "group", "no", none, []string{"pg_read_all_data"}),
		"deputies": role("active", "group", "yes", none, []string{"boss"}),
		"granter":  role("active", "unknown", "yes", login, []string{"auditors"}),
	}
	if diff := cmp.Diff(want, factsOf(t, s)); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	again := sdktest.NewBench(t, New()).Sync(t, in).Streams[accountStream]
	if diff := cmp.Diff(s.Records, again.Records); diff != "" {
		t.Errorf("the second run differs:\n%s", diff)
	}
}
