package app_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

func TestMain(m *testing.M) { os.Exit(hosttest.Run(m, &programs, buildPrograms)) }

// programs is the directory that holds this test binary as the connector "fake",
// below small the same connector as a program of its own, which is quicker to pack,
// and below described the program that runs descriptions.
var programs string

func buildPrograms(dir string) error {
	for name, source := range map[string]string{"small/fake": "sdk/sdktest/cmd/fake", "described/declarative": "plugins/declarative"} {
		build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", filepath.Join(dir, name), "github.com/plumbline-dev/plumbline/"+source)
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w: %s", source, err, out)
		}
	}
	return nil
}

// The set-ups that tests of the host share, under short names.
var (
	dataDir = hosttest.Dir
	open    = hosttest.Open
	as      = hosttest.As
	await   = hosttest.Await
	problem = hosttest.Problem
	fields  = hosttest.Fields
)

// options returns what opens a host on dir; flags are keys of the configuration.
func options(t *testing.T, dir string, flags map[string]string) boot.Options {
	t.Helper()
	all := map[string]string{"connectors.dirs": programs}
	maps.Copy(all, flags)
	return hosttest.Options(t, dir, all)
}

// setup returns a host on a fresh directory.
func setup(t *testing.T) *boot.Host {
	t.Helper()
	return open(t, options(t, dataDir(t), nil))
}

func add(t *testing.T, e *boot.Host, n connections.NewConnection) host.ConnectionStatus {
	t.Helper()
	n.Connector = "fake"
	if n.Alias == "" {
		n.Alias = "corp"
	}
	c, err := e.AddConnection(as(t), n)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sync(t *testing.T, e *boot.Host, ref string) host.Run {
	t.Helper()
	run, err := e.Sync(as(t), ref, connections.SyncRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if run, err = e.WaitRun(as(t), run.ID); err != nil || !run.Status.Final() {
		t.Fatalf("run ended as %s, %v", run.Status, err)
	}
	return run
}

const blocks = `{"streams":[{"name":"users","records":300,"page":100,"cursor":true,"block_at":200,` +
	`"block_until_file":"/nowhere/to/be/found"}]}`

func raw(text string) json.RawMessage { return json.RawMessage(text) }

func text(s string) *string { return &s }

func TestWhatACrashLeftIsInterruptedAtTheNextOpen(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	e := open(t, options(t, dir, nil))
	c := add(t, e, connections.NewConnection{})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	var run host.Run
	inStore(t, dir, func(s *journal.Journal) (err error) { // as a killed host leaves it
		reading := host.Step{Name: "users", Status: host.StatusRunning}
		run, err = s.BeginRun(host.Run{Connection: c.ID, Status: host.StatusRunning, Steps: []host.Step{reading}})
		return err
	})
	e = open(t, options(t, dir, nil))
	run, err := e.Run(run.ID)
	if err != nil {
		t.Fatal(err)
	}
	if run.Status != host.StatusInterrupted || run.Steps[0].Status != host.StatusInterrupted {
		t.Errorf("the run is %s, its step %s", run.Status, run.Steps[0].Status)
	}
}

func TestCloseInterruptsARunAndTheNextGoesOn(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	e := open(t, options(t, dir, nil))
	add(t, e, connections.NewConnection{Settings: raw(blocks)})
	run, err := e.Sync(as(t), "corp", connections.SyncRequest{})
	if err != nil {
		t.Fatal(err)
	}
	await(t, "200 records", func() bool {
		c, err := e.Connection(as(t), "corp")
		return err == nil && c.Streams[0].Records == 200
	})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, options(t, dir, nil))
	if run, err = e.Run(run.ID); err != nil || run.Status != host.StatusInterrupted {
		t.Fatalf("the run is %s, %v", run.Status, err)
	}
	goes := connections.Edit{Settings: raw(`{"streams":[{"name":"users","records":300,"page":100,"cursor":true}]}`)}
	if _, err := e.EditConnection(as(t), "corp", 0, goes); err != nil {
		t.Fatal(err)
	}
	run = sync(t, e, "corp")
	for _, s := range run.Steps {
		if s.Name == "users" && (s.Read != 100 || !s.Resumed) {
			t.Errorf("the next run read %d, resumed %v; want the last 100 records", s.Read, s.Resumed)
		}
	}
	if _, err := e.Cancel(as(t), run.ID); problem(t, err).Code != host.CodeConflict {
		t.Errorf("cancelling a run that has ended: %v", err)
	}
}

// inStore opens the store of a closed host's directory.
func inStore(t *testing.T, dir string, work func(*journal.Journal) error) {
	t.Helper()
	master, err := secret.OpenMasterKey(dir, "file")
	if err != nil {
		t.Fatal(err)
	}
	s, err := journal.Open(journal.Options{Dir: filepath.Join(dir, "store"), Key: master.StoreKey(), MinFreeBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(work(s), s.Close()); err != nil {
		t.Fatal(err)
	}
}

// keep seals a secret of a name the connector does not know.
func keep(t *testing.T, dir, connection, name string) {
	t.Helper()
	master, err := secret.OpenMasterKey(dir, "file")
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := master.Seal(connection, name, []byte(canary))
	if err != nil {
		t.Fatal(err)
	}
	inStore(t, dir, func(s *journal.Journal) error {
		_, err := s.UpdateConnection(as(t), connection, 0, func(*host.Connection) error { return nil }, map[string][]byte{name: sealed}, nil)
		return err
	})
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
