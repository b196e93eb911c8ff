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

// Build builds the program, and the connector in dir, whose name is that of the folder. The end of t, the parent of
// the journeys, removes both.
func Build(t testing.TB, dir string) *Programs {
	t.Helper()
	p := programs(t, dir)
	build(t, p.connector, dir)
	return p
}

// BuildBy is Build for a connector in another language: script, a file in dir, gets the path of the program to write.
func BuildBy(t testing.TB, dir, script string) *Programs {
	t.Helper()
	p := programs(t, dir)
	full, err := filepath.Abs(filepath.Join(dir, script))
	if err != nil {
		t.Fatalf("find %s: %v", script, err)
	}
	if out, err := exec.CommandContext(t.Context(), full, p.connector).CombinedOutput(); err != nil {
		t.Fatalf("build connector with %s: %v\n%s", script, err, out)
	}
	return p
}

// programs builds the program and chooses the path of the connector.
func programs(t testing.TB, dir string) *Programs {
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
	return p
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

// build uses the flags of the released programs, so that both share the build cache.
func build(t testing.TB, program, pkg string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
}
