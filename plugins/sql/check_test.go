package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func probe(probes []sdktest.ProbeResult, id string) sdktest.ProbeResult {
	for _, p := range probes {
		if p.ID == id {
			return p
		}
	}
	return sdktest.ProbeResult{ID: id, State: "absent"}
}

// TestCheck tries a connection with every right, and shows the columns of the query without values.
func TestCheck(t *testing.T) {
	t.Parallel()
	in := postgresServer(t).input(map[string]any{"query": "SELECT id, mail AS email FROM people", "key": []string{"id"}, "kind": "account"})
	probes, identity := sdktest.NewBench(t, New()).Check(t, in)
	for _, p := range probes {
		if p.State != "ok" {
			t.Errorf("%s is %s: %s", p.ID, p.State, p.Message)
		}
		if strings.Contains(p.Message, "example.test") {
			t.Errorf("%s shows a value: %s", p.ID, p.Message)
		}
	}
	if !strings.HasPrefix(identity, "reader in shop, PostgreSQL ") {
		t.Errorf("identity is %q", identity)
	}
	if p := probe(probes, "query"); p.Message != "The query has the columns id, email. Assigned to fields of account: email = email." {
		t.Errorf("query says %q", p.Message)
	}
	if p := probe(probes, "reach"); !strings.Contains(p.Message, "with TLS") {
		t.Errorf("reach says %q", p.Message)
	}
}

// TestCheckWarns reports rights to change something, a connection without TLS and a query without fields.
func TestCheckWarns(t *testing.T) {
	t.Parallel()
	server := postgresServer(t)
	query := func(name, query string, more map[string]any) sdktest.Input {
		settings := map[string]any{"username": name, "query": query, "key": []string{"id"}}
		for key, value := range more {
			settings[key] = value
		}
		return server.input(settings)
	}
	tests := map[string]struct {
		in                 sdktest.Input
		id, state, message string
	}{
		"superuser": {query("boss", "SELECT id FROM people", nil), "rights", "too_broad", "SUPERUSER"},
		"may write": {query("writer", "SELECT id FROM people", nil), "rights", "too_broad", "changes to 1 tables"},
		"no TLS":    {query("local", "SELECT id FROM people", map[string]any{"encrypted": false}), "reach", "unknown", "without TLS"},
		"no fields": {query("reader", "SELECT id, active FROM people", nil), "query", "unknown", "None of them is assigned"},
		"no right":  {query("reader", "SELECT id FROM secrets", nil), "query", "missing", "permission denied for table secrets"},
		"bad line": {query("reader", "SELECT id FROM people", map[string]any{"columns": []string{"id = nothing"}}), "query", "failed",
			"no field"},
		"bad query": {query("reader", "SELECT id FROM", nil), "query", "failed", "syntax error"},
		"bad secret": {sdktest.Input{Settings: server.input(nil).Settings, Secrets: map[string]string{"password": "x"}}, "authenticate",
			"failed", "password"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			probes, _ := sdktest.NewBench(t, New()).Check(t, test.in)
			if p := probe(probes, test.id); p.State != test.state || !strings.Contains(p.Message, test.message) {
				t.Errorf("%s is %s, %q; want %s, %q: %s", test.id, p.State, p.Message, test.state, test.message, fmt.Sprint(probes))
			}
		})
	}
}
