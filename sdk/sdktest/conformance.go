package sdktest

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/conform"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// The types of package conform that a connector's test needs.
type (
	// Config describes the connector under test.
	Config = conform.Config
	// Scenario replaces settings or secrets by invalid ones.
	Scenario = conform.Scenario
)

// Run tries every case with the connector program, which it starts as a host does. The test fails
// for each failed case of level must.
func Run(t *testing.T, c Config) []conform.Result {
	t.Helper()
	results := conform.Run(t.Context(), c, conform.Cases(), func(conform.Result) {})
	for _, r := range results {
		t.Run(r.ID, func(t *testing.T) {
			switch {
			case r.Verdict == conform.Failed && r.Level == conform.Must:
				t.Errorf("%s failed: %s: %s (%s)", r.ID, r.Title, r.Detail, r.Link)
			case r.Verdict != conform.Passed:
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

// Build builds a program of this module, such as ".", into a directory of the test and returns its
// path. The file has the name of the package's directory.
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
