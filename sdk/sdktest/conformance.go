package sdktest

import (
	"context"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/conform"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// What package conform says of these words. A test that joins the suite needs this
// package alone.
type (
	// Level says how much a case weighs.
	Level = conform.Level
	// Case is one thing a connector program has to get right.
	Case = conform.Case
	// Config is what the suite has to know of a connector.
	Config = conform.Config
	// Scenario is a way in which settings, secrets or the system are not right.
	Scenario = conform.Scenario
	// Verdict is what a case came to.
	Verdict = conform.Verdict
	// Result is what became of one case.
	Result = conform.Result
)

// The levels and verdicts.
const (
	Must     = conform.Must
	Should   = conform.Should
	Passed   = conform.Passed
	Failed   = conform.Failed
	NotTried = conform.NotTried
)

// Cases returns every case in the order in which they are told.
func Cases() []Case { return conform.Cases() }

// Try tries one case.
func Try(ctx context.Context, c Config, one Case) Result { return conform.Try(ctx, c, one) }

// Run tries every case against the connector program as a host would start it,
// and fails the test for each case it must pass and does not.
func Run(t *testing.T, c Config) []Result {
	t.Helper()
	results := conform.Run(t.Context(), c, Cases(), func(Result) {})
	for _, r := range results {
		t.Run(r.ID, func(t *testing.T) {
			switch {
			case r.Verdict == Failed && r.Level == Must:
				t.Errorf("%s must hold: %s: %s (%s)", r.ID, r.Title, r.Detail, r.Link)
			case r.Verdict != Passed:
				t.Logf("%s (%s) %s: %s: %s", r.ID, r.Level, r.Verdict, r.Title, r.Detail)
			}
		})
	}
	return results
}

// Fixture reads a recording, for Config.Fixture.
func Fixture(t testing.TB, dir string) *replay.Fixture {
	t.Helper()
	f, err := replay.Load(dir)
	if err != nil {
		t.Fatalf("load fixture: %v", err)
	}
	return &f
}

// Build builds the program in a package of this module, such as ".", into a
// directory of the test and returns its path. The file is called after the
// package's directory.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	dir, err := filepath.Abs(pkg)
	if err != nil {
		t.Fatalf("find package: %v", err)
	}
	name := filepath.Base(dir)
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	program := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", program, pkg).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
	return program
}
