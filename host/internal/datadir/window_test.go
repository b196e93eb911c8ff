package datadir_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/datadir"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
)

func TestADirectoryHasOneWindow(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(hosttest.Dir(t), "new")
	owner := take(t, dir, "agent") // shows nothing
	first, err := datadir.TakeWindow(dir)
	if err != nil || first == nil {
		t.Fatalf("the first got %v, %v", first, err)
	}
	if second, err := datadir.TakeWindow(dir); err != nil || second != nil {
		t.Errorf("the second got %v, %v", second, err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	third, err := datadir.TakeWindow(dir)
	if err != nil || third == nil {
		t.Fatalf("after the end another got %v, %v", third, err)
	}
	if err := third.Release(); err != nil {
		t.Error(err)
	}
	release(t, owner)
}

func TestAWindowOfWhatCannotBeLocked(t *testing.T) {
	t.Parallel()
	dir := hosttest.Dir(t)
	if err := os.MkdirAll(filepath.Join(dir, "window.lock"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := datadir.TakeWindow(dir)
	if p := hosttest.Problem(t, err); p.Code != host.CodeInvalid || hosttest.Fields(p) != "data-dir" {
		t.Errorf("it got %v", err)
	}
}
