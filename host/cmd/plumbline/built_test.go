package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// builds are the programs that stories share. Each is built once, when the first
// story asks for it.
type builds struct {
	dir string

	mu   sync.Mutex
	made map[string]func() error
}

// packages says which program is built from what.
func packages() map[string]string {
	return map[string]string{
		"plumbline":   "./host/cmd/plumbline",
		"fake":        "./sdk/sdktest/cmd/fake",
		"csv":         "./plugins/csv",
		"declarative": "./plugins/declarative",
	}
}

// program returns the path of a program.
func (b *builds) program(ts *testscript.TestScript, name string) string {
	path := filepath.Join(b.dir, name)
	b.mu.Lock()
	made := b.made[name]
	if made == nil {
		made = sync.OnceValue(func() error {
			build := exec.Command("go", "build", "-C", "../../..", "-trimpath", "-tags", "grpcnotrace", "-ldflags", "-s -w",
				"-o", path, packages()[name])
			build.Env = append(os.Environ(), "CGO_ENABLED=0")
			if out, err := build.CombinedOutput(); err != nil {
				return fmt.Errorf("build %s: %w\n%s", name, err, out)
			}
			return nil
		})
		b.made[name] = made
	}
	b.mu.Unlock()
	ts.Check(made())
	return path
}

// built NAME PATH: puts a program of this repository there.
func (b *builds) put(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 || packages()[args[0]] == "" {
		ts.Fatalf("usage: built NAME PATH")
	}
	raw, err := os.ReadFile(b.program(ts, args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), raw, 0o700))
}

// lean: the script runs plumbline and the scripted connector as they are shipped,
// without the race detector. It is for stories that spend their time compressing,
// hashing and starting programs, which takes ten times as long with it; the
// tests of those packages find races there.
func (b *builds) lean(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(os.Remove(ts.MkAbs("connectors/fake")))
	b.put(ts, false, []string{"fake", "connectors/fake"})
	if !underRaceDetector() {
		return // this test is as quick
	}
	bin := ts.MkAbs("bin")
	ts.Check(os.Mkdir(bin, 0o700))
	ts.Check(os.Symlink(b.program(ts, "plumbline"), filepath.Join(bin, "plumbline")))
	ts.Setenv("PATH", bin+string(os.PathListSeparator)+ts.Getenv("PATH"))
}

func underRaceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
