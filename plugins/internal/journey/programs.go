package journey

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

const hostProgram = "github.com/plumbline-dev/plumbline/host/cmd/plumbline"

// Programs are the built program and, beside it, the connector under test.
type Programs struct {
	plumbline string // path
	connector string // path
}

// Build builds the program and the connector in dir, the connector's own folder,
// which also names it. Both are gone when t, the parent of the journeys, ends.
func Build(t testing.TB, dir string) *Programs {
	t.Helper()
	full, err := filepath.Abs(dir)
	if err != nil {
		t.Fatalf("find connector: %v", err)
	}
	into := t.TempDir()
	p := &Programs{
		plumbline: filepath.Join(into, executable("plumbline")),
		connector: filepath.Join(into, "connectors", executable(filepath.Base(full))),
	}
	build(t, p.plumbline, hostProgram)
	build(t, p.connector, dir)
	return p
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

// build uses the flags of the released programs, so that their build cache is
// used as well.
func build(t testing.TB, program, pkg string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
}
