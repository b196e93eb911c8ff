package python_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
)

// TestUnits runs the tests of the library that are written in Python.
func TestUnits(t *testing.T) {
	t.Parallel()
	messages := t.TempDir() // the protocol's messages as Python, which the library imports
	python(t, "PYTHONPATH="+abs(t, "."), "-c", "import build, pathlib, sys; build.messages(pathlib.Path(sys.argv[1]))", messages)
	out := python(t, "PYTHONPATH="+messages, "-m", "unittest", "discover", "-s", "pyconnector", "-t", ".", "-p", "*_test.py")
	if strings.Contains(out, "Ran 0 tests") {
		t.Error("there are no tests")
	}
}

// TestSameCodes compares the library's codes with those of the protocol.
func TestSameCodes(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("pyconnector/problems.py")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range sdk.Codes() {
		if !strings.Contains(string(source), `"`+code+`": (`) {
			t.Errorf("problems.py does not know %s", code)
		}
	}
}

// python runs Python and returns what it prints.
func python(t *testing.T, env string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", append([]string{"-B"}, args...)...)
	cmd.Env = append(os.Environ(), env)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("python3 %s: %v\n%s", args[0], err, out)
	}
	return string(out)
}

func abs(t *testing.T, path string) string {
	t.Helper()
	whole, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return whole
}
