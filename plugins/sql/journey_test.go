package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/journey"
)

// TestJourney runs the whole program, from `connection add` to the output of later commands, with a real server that
// takes a right away, stops, and gives a table fewer rows.
func TestJourney(t *testing.T) {
	t.Parallel()
	server, err := startPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.stop)
	h := journey.Build(t, ".").Home(t)
	h.Setenv("SQL_PASSWORD", password)
	h.Run("connection", "add", "sql", "--alias", "shop", "--set", "address="+server.addr, "--set", "database=shop", "--set", "username=reader",
		"--set", "query=SELECT id, mail AS email FROM people", "--set", "key=id", "--set", "ca_certificate="+server.ca,
		"--secret", "password=env:SQL_PASSWORD").Want(0)
	h.Run("connection", "check", "shop").Want(0)
	run := h.Sync("shop", 0)
	if step := h.Step(run, "account"); step.Added != 50 {
		t.Fatalf("the first sync added %d rows, want 50", step.Added)
	}
	if step := h.Step(run, accountStream); step.Added != 16 {
		t.Errorf("the first sync added %d accounts, want 16", step.Added)
	}
	if again := h.Step(h.Sync("shop", 0), "account"); again.Read != 50 || again.Added+again.Changed+again.Removed > 0 {
		t.Errorf("the second sync changed something: %+v", again)
	}

	server.run(t, "shop", "DELETE FROM people WHERE id > 45; REVOKE SELECT ON people FROM reader")
	run = h.Sync("shop", 4)
	step := h.Step(run, "account")
	if step.Error == nil || step.Error.Code != "permission.missing" ||
		!strings.Contains(step.Error.Message, "permission denied for table people") ||
		len(h.Records("shop", "account")) != 50 {
		t.Errorf("without the right: %+v", step)
	}
	if c := h.Show("shop"); c.Health != "unhealthy" || !cmp.Equal(c.FailingSteps, []string{"account"}) {
		t.Errorf("connection is %+v, want unhealthy because of account", c)
	}

	server.run(t, "shop", "GRANT SELECT ON people TO reader")
	if healed := h.Step(h.Sync("shop", 0), "account"); healed.Removed != 5 {
		t.Errorf("the next sync is %+v, want 5 removed", healed)
	}
	server.stop()
	if run = h.Sync("shop", 3); run.Status != "failed" || len(h.Records("shop", "account")) != 45 {
		t.Errorf("without a server: %+v", run)
	}
}
