package main

import (
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/journey"
)

// TestJourney runs the whole program, from `connection add` to the output of later commands. A finding that the next
// report does not have is removed, but not while a report is cut off.
func TestJourney(t *testing.T) {
	t.Parallel()
	d := newScans(t)
	text := sarifHead + sarifTool + "," + sarifResults + "}]}"
	d.write("web.sarif", text)
	d.write("web1.txt", "CVE-2999-0001 bash (high urgency)\nCVE-2999-0002 curl\n")
	h := journey.Build(t, ".").Home(t)
	h.Run("connection", "add", "findings", "--alias", "scans", "--set", "path="+d.dir).Want(0)
	h.Run("connection", "check", "scans").Want(0)
	step := func(run journey.Run) journey.Step { t.Helper(); return h.Step(run, "findings") }
	if s := step(h.Sync("scans", 0)); s.Added != 9 {
		t.Fatalf("the first sync is %+v, want 9 added", s)
	}
	if s := step(h.Sync("scans", 0)); s.Read != 9 || s.Added+s.Changed+s.Removed > 0 {
		t.Errorf("the second sync is %+v, want nothing changed", s)
	}
	d.write("web1.txt", "CVE-2999-0001 bash (high urgency)\nCVE-2999-00")
	if s := step(h.Sync("scans", 3)); s.Removed > 0 || len(s.Gaps) != 1 {
		t.Errorf("with a report that is cut off: %+v", s)
	}
	d.write("web1.txt", "CVE-2999-0001 bash (high urgency)\n")
	if s := step(h.Sync("scans", 0)); s.Removed != 1 {
		t.Errorf("with the next report: %+v, want 1 removed", s)
	}
}
