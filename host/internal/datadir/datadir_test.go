package datadir_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/datadir"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
)

func take(t *testing.T, dir, program string) *datadir.Lock {
	t.Helper()
	lock, err := datadir.Take(dir, datadir.Owner{PID: os.Getpid(), Program: program, StartedAt: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return lock
}

func release(t *testing.T, lock *datadir.Lock) {
	t.Helper()
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
}

func TestADirectoryHasOneOwner(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(hosttest.Dir(t), "new")
	first := take(t, dir, "agent")
	if owner, ok := datadir.ReadOwner(dir); !ok || owner.PID != os.Getpid() || owner.Program != "agent" {
		t.Errorf("the owner is %+v, %v", owner, ok)
	}
	_, err := datadir.Take(dir, datadir.Owner{Program: "desktop"})
	if p := hosttest.Problem(t, err); p.Code != host.CodeLocked || !strings.Contains(p.Message, "plumbline agent, process") || p.Remedy == "" {
		t.Errorf("the second got %q, %q", p.Message, p.Remedy)
	}
	release(t, first)
	if owner, ok := datadir.ReadOwner(dir); ok {
		t.Errorf("after the end the owner is %+v", owner)
	}
	release(t, take(t, dir, "desktop"))
}

// A command ends soon, so the next process waits for it.
func TestACommandIsWaitedFor(t *testing.T) {
	t.Parallel()
	dir := hosttest.Dir(t)
	first := take(t, dir, "command")
	time.AfterFunc(100*time.Millisecond, func() { _ = first.Release() })
	release(t, take(t, dir, "agent"))
}

func TestAFileThatCannotBeReadNamesNoOwner(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"empty": "", "cut off": `{"pid":1`, "not JSON": "agent"} {
		dir := hosttest.Dir(t)
		if err := os.WriteFile(filepath.Join(dir, "owner.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if owner, ok := datadir.ReadOwner(dir); ok {
			t.Errorf("%s: the owner is %+v", name, owner)
		}
		release(t, take(t, dir, "agent")) // only the lock counts
	}
}

func TestWhatCannotBeLockedIsNamed(t *testing.T) {
	t.Parallel()
	dir := hosttest.Dir(t)
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "data", "lock"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{filepath.Join(dir, "file", "data"), filepath.Join(dir, "data")} {
		_, err := datadir.Take(bad, datadir.Owner{Program: "agent"})
		if p := hosttest.Problem(t, err); p.Code != host.CodeInvalid || hosttest.Fields(p) != "data-dir" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
