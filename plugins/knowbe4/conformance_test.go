package knowbe4_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// build packs the connector as `make build` does and returns the program's path.
func build(t testing.TB) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "knowbe4")
	if out, err := exec.CommandContext(t.Context(), "./build.sh", program).CombinedOutput(); err != nil {
		t.Fatalf("build connector: %v\n%s", err, out)
	}
	return program
}

func TestConforms(t *testing.T) {
	t.Parallel()
	sdktest.Run(t, sdktest.Config{Program: build(t), Fixture: sdktest.Fixture(t, "testdata/fixtures")})
}

// TestUnits runs the connector's tests that are written in Python.
func TestUnits(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "-B", "-m", "unittest", "discover", "-s", "knowbe4", "-t", ".", "-p",
		"*_test.py")
	cmd.Dir = ".."                                         // not here: this folder's connector.py would hide the messages
	cmd.Env = append(os.Environ(), "PYTHONPATH="+build(t)) // it holds the library and the protocol's messages
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	} else if strings.Contains(string(out), "Ran 0 tests") {
		t.Error("there are no tests")
	}
}
