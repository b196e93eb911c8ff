package devbuild_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/devbuild"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
}

// goModule writes a module with a program and a package it is built from.
func goModule(t *testing.T) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "go.mod"), "module example.com/acme\n\ngo 1.26\n")
	write(t, filepath.Join(root, "words", "words.go"), "package words\n\nconst Hello = \"hello\"\n")
	main := "package main\n\nimport \"example.com/acme/words\"\n\nfunc main() { println(words.Hello) }\n"
	write(t, filepath.Join(root, "acme", "main.go"), main)
	return root
}

func find(t *testing.T, path string, o devbuild.Options) devbuild.Source {
	t.Helper()
	s, err := devbuild.Find(path, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func watch(t *testing.T, s devbuild.Source) *devbuild.Watch {
	t.Helper()
	w, err := s.Watch()
	if err != nil {
		t.Fatal(err)
	}
	w.ScanEvery(5 * time.Millisecond)
	return w
}

// next waits for a change.
func next(t *testing.T, w *devbuild.Watch) []string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	changed, err := w.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// quiet fails the test when there is a change.
func quiet(t *testing.T, w *devbuild.Watch) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if changed, err := w.Next(ctx); err == nil {
		t.Errorf("changed without a change: %v", changed)
	}
}

func build(t *testing.T, s devbuild.Source, w *devbuild.Watch) (devbuild.Built, error) {
	t.Helper()
	if err := w.Begin(); err != nil {
		t.Fatal(err)
	}
	built, err := s.Build(t.Context(), t.TempDir())
	if err := w.Built(built); err != nil {
		t.Fatal(err)
	}
	return built, err
}

func TestAGoPackageIsBuiltAndWatchedWithWhatItIsBuiltFrom(t *testing.T) {
	t.Parallel()
	root := goModule(t)
	s := find(t, filepath.Join(root, "acme"), devbuild.Options{})
	w := watch(t, s)
	built, err := build(t, s, w)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), built.Program).CombinedOutput(); err != nil || string(out) != "hello\n" {
		t.Errorf("it says %q, %v", out, err)
	}
	quiet(t, w)
	words := filepath.Join(root, "words", "words.go")
	write(t, words, "package words\n\nconst Hello = oops\n")
	if diff := cmp.Diff([]string{words}, next(t, w)); diff != "" {
		t.Error(diff)
	}
	_, err = build(t, s, w)
	var failed *devbuild.BuildError
	if !errors.As(err, &failed) || !strings.Contains(failed.Output, "words.go:3:15: undefined: oops") {
		t.Errorf("the compiler's words: %v", err)
	}
	if _, err := os.Stat(built.Program); err != nil {
		t.Errorf("the last good program: %v", err)
	}
	write(t, words, "package words\n\nconst Hello = \"again\"\n")
	next(t, w)
	again, err := build(t, s, w)
	if err != nil || again.SHA256 == built.SHA256 {
		t.Errorf("built again: %v", err)
	}
}

func TestEveryWayToSaveIsAChange(t *testing.T) {
	t.Parallel()
	const name = "acme.connector.yaml"
	for what, save := range map[string]func(t *testing.T, dir string){
		"written over": func(t *testing.T, dir string) { write(t, filepath.Join(dir, name), "second") },
		"renamed into its place": func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, name+"~"), "another")
			if err := os.Rename(filepath.Join(dir, name+"~"), filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		},
		"deleted": func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		},
		"the directory made anew": func(t *testing.T, dir string) {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, name), "made anew")
		},
		"only the time": func(t *testing.T, dir string) {
			if err := os.Chtimes(filepath.Join(dir, name), time.Time{}, time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "acme")
			path := filepath.Join(dir, name)
			write(t, path, "first")
			s := find(t, dir, devbuild.Options{})
			w := watch(t, s)
			write(t, filepath.Join(dir, ".acme.swp"), "an editor's")
			write(t, filepath.Join(dir, ".git", "HEAD"), "a tool's")
			quiet(t, w)
			save(t, dir)
			if got := next(t, w); len(got) != 1 || filepath.Base(got[0]) != name {
				t.Errorf("changed: %v", got)
			}
			quiet(t, w)
		})
	}
}

func TestABurstIsOneChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // a burst with pauses of the machine's own would be two
		dir := t.TempDir()
		write(t, filepath.Join(dir, "acme.connector.yaml"), "0")
		w := watch(t, find(t, dir, devbuild.Options{}))
		w.ScanEvery(150 * time.Millisecond)
		done := make(chan struct{})
		go func() { // ends with the burst
			defer close(done)
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for i := range 40 {
				<-tick.C
				_ = os.WriteFile(filepath.Join(dir, "acme.connector.yaml"), []byte(strings.Repeat("x", i+1)), 0o600)
			}
		}()
		next(t, w)
		select {
		case <-done:
		default:
			t.Error("the change was told in the middle of the burst")
		}
		<-done
		quiet(t, w)
	})
}

func TestWhatABuildWritesWhereItIsWatchedIsNoChange(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "in"), "1")
	s := find(t, dir, devbuild.Options{Build: "date +%N > noise; cat in > out", Program: "out"})
	w := watch(t, s)
	for range 2 { // during the first build a new file may be anybody's
		if _, err := build(t, s, w); err != nil {
			t.Fatal(err)
		}
	}
	quiet(t, w)
	// What its author writes while it runs is not lost.
	if err := w.Begin(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "in"), "two")
	built, err := s.Build(t.Context(), "")
	if err := errors.Join(err, w.Built(built)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{filepath.Join(dir, "in")}, next(t, w)); diff != "" {
		t.Error(diff)
	}
	// And what a build writes counts when none runs.
	write(t, filepath.Join(dir, "noise"), "somebody's")
	if diff := cmp.Diff([]string{filepath.Join(dir, "noise")}, next(t, w)); diff != "" {
		t.Error(diff)
	}
}

func TestABuildEndsWithItsContext(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := find(t, dir, devbuild.Options{Build: "exec sleep 60", Program: "out"})
	ctx, stop := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("enough"))
	defer stop()
	if _, err := s.Build(ctx, ""); err == nil || err.Error() != "enough" {
		t.Errorf("got %v", err)
	}
}

func TestWhatCannotBeWorkedOnIsNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "two", "a.connector.yaml"), "")
	write(t, filepath.Join(dir, "two", "b.connector.yaml"), "")
	write(t, filepath.Join(dir, "file"), "")
	for name, test := range map[string]struct {
		path string
		o    devbuild.Options
		want string
	}{
		"nothing":        {filepath.Join(dir, "gone"), devbuild.Options{}, "nothing at"},
		"neither":        {dir, devbuild.Options{}, "neither Go nor"},
		"several":        {filepath.Join(dir, "two"), devbuild.Options{}, "a.connector.yaml, b.connector.yaml"},
		"no program":     {dir, devbuild.Options{Build: "make"}, "belong together"},
		"no build":       {dir, devbuild.Options{Program: "x"}, "belong together"},
		"a file's build": {filepath.Join(dir, "file"), devbuild.Options{Build: "make", Program: "x"}, "has no build"},
	} {
		_, err := devbuild.Find(test.path, test.o)
		var p *host.Problem
		if !errors.As(err, &p) || !strings.Contains(p.Message, test.want) || p.Remedy == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
