package knowbe4_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
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

// TestUnits runs the tests that are written in Python, of the connector and of
// the library below it.
func TestUnits(t *testing.T) {
	t.Parallel()
	program := build(t) // it holds the protocol's messages
	for _, at := range []struct{ tests, top string }{{"knowbe4", "."}, {"internal/pyconnector", "internal"}} {
		cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "-B", "-m", "unittest", "discover", "-s", at.tests, "-t", at.top, "-p", "*_test.py")
		cmd.Dir = ".." // not here: this folder's connector.py would hide the messages
		cmd.Env = append(os.Environ(), "PYTHONPATH="+program)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("tests in %s: %v\n%s", at.tests, err, out)
		} else if strings.Contains(string(out), "Ran 0 tests") {
			t.Errorf("no tests in %s", at.tests)
		}
	}
}

// TestSameCodes holds the Python library to the codes of the protocol.
func TestSameCodes(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../internal/pyconnector/problems.py")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range sdk.Codes() {
		if !strings.Contains(string(source), `"`+code+`": (`) {
			t.Errorf("problems.py does not know %s", code)
		}
	}
}
