package durable_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// A name that is on disk before the bytes are is an empty file after a power cut.
func TestWriteSyncsTheFileBeforeItsName(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	calls, err := durable.Recorded(path, strings.Repeat("x", 10000))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"write", "sync whole file", "rename", "sync directory"}, calls); diff != "" {
		t.Errorf("calls differ (-want +got):\n%s", diff)
	}
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestWriteReplacesAFileOrLeavesIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := durable.WriteBytes(path, 0o640, []byte("first")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := durable.Write(path, 0o600, func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("a write that failed returned %v", err)
	}
	raw, err := os.ReadFile(path)
	if err != nil || string(raw) != "first" {
		t.Errorf("after a write that failed the file holds %q, %v", raw, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v; want 0640", info.Mode(), err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"file"}) {
		t.Errorf("the directory holds %v", got)
	}
}

func TestCreateNeverReplaces(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	write := func(content string) error {
		return durable.Create(path, 0o600, func(w io.Writer) error { _, err := io.WriteString(w, content); return err })
	}
	if err := write("first"); err != nil {
		t.Fatal(err)
	}
	if err := write("second"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating it again returned %v, want %v", err, fs.ErrExist)
	}
	if raw, err := os.ReadFile(path); err != nil || string(raw) != "first" {
		t.Errorf("the file holds %q, %v", raw, err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"key"}) {
		t.Errorf("the directory holds %v", got)
	}
}

func TestSweepDeletesOnlyWhatWasNotRenamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var left string
	err := durable.Write(filepath.Join(dir, "file"), 0o600, func(io.Writer) error {
		left = names(t, dir)[0] // what a power cut at this moment leaves
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{left, ".hidden", "x.unfinished-1"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(durable.Sweep(dir), durable.Sweep(filepath.Join(dir, "missing"))); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, dir), []string{".hidden", "file", "x.unfinished-1"}; !slices.Equal(got, want) {
		t.Errorf("the directory holds %v, want %v", got, want)
	}
}

func TestMakeDirs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b", "c")
	if err := errors.Join(durable.MakeDirs(deep, 0o700), durable.MakeDirs(deep, 0o700)); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(deep); err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := durable.MakeDirs(filepath.Join(file, "x"), 0o700); err == nil {
		t.Error("a directory was made below a file")
	}
}
