package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/store"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestMain(m *testing.M) {
	if sdktest.IsFake() {
		sdktest.FakeMain()
	}
	os.Exit(withPrograms(m))
}

// programs is the directory that holds this test binary as the connector "fake",
// below small the same connector as a program of its own, which is quicker to pack,
// and below described the program that runs descriptions.
var programs string

func withPrograms(m *testing.M) int {
	err := func() (err error) {
		if programs, err = os.MkdirTemp("", "pl"); err != nil {
			return err
		}
		self, err := os.Executable()
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(self)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(programs, "fake"), raw, 0o700); err != nil {
			return err
		}
		for dir, source := range map[string]string{"small/fake": "sdk/sdktest/cmd/fake", "described/declarative": "plugins/declarative"} {
			build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", filepath.Join(programs, dir), "github.com/plumbline-dev/plumbline/"+source)
			if out, err := build.CombinedOutput(); err != nil {
				return fmt.Errorf("build %s: %w: %s", source, err, out)
			}
		}
		return nil
	}()
	defer func() {
		if err := os.RemoveAll(programs); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// dataDir returns a directory with a short path: a socket's must fit 104 bytes.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// options returns what opens an engine on dir; flags are keys of the configuration.
func options(t *testing.T, dir string, flags map[string]string) app.Options {
	t.Helper()
	all := map[string]string{"secrets.key": "file", "store.min_free_mib": "64", "connectors.dirs": programs}
	for key, value := range flags {
		all[key] = value
	}
	config, err := app.LoadConfig(app.Sources{DataDir: dir, File: os.DevNull, Flags: all})
	if err != nil {
		t.Fatal(err)
	}
	return app.Options{Config: config, Program: "agent", Version: "test"}
}

func open(t *testing.T, o app.Options) *app.App {
	t.Helper()
	e, err := app.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// setup returns an engine on a fresh directory.
func setup(t *testing.T) *app.App {
	t.Helper()
	return open(t, options(t, dataDir(t), nil))
}

func add(t *testing.T, e *app.App, n app.NewConnection) host.ConnectionStatus {
	t.Helper()
	n.Connector = "fake"
	if n.Alias == "" {
		n.Alias = "corp"
	}
	c, err := e.AddConnection(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sync(t *testing.T, e *app.App, ref string) host.Run {
	t.Helper()
	run, err := e.Sync(t.Context(), ref, app.SyncRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if run, err = e.WaitRun(t.Context(), run.ID); err != nil || !run.Status.Final() {
		t.Fatalf("run ended as %s, %v", run.Status, err)
	}
	return run
}

// await waits until what is true.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); !so(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func problem(t *testing.T, err error) *host.Problem {
	t.Helper()
	var p *host.Problem
	if !errors.As(err, &p) {
		t.Fatalf("%v is no problem", err)
	}
	return p
}

// fields writes the fields of a problem in one line.
func fields(p *host.Problem) string {
	var names []string
	for _, f := range p.Fields {
		names = append(names, f.Field)
	}
	return strings.Join(names, " ")
}

const blocks = `{"streams":[{"name":"users","records":300,"page":100,"cursor":true,"block_at":200,"block_until_file":"/nowhere/to/be/found"}]}`

func raw(text string) json.RawMessage { return json.RawMessage(text) }

func text(s string) *string { return &s }

func TestADirectoryHasOneOwner(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	o := options(t, dir, nil)
	o.Socket = "/a/socket"
	first := open(t, o)
	if owner, ok := app.ReadOwner(dir); !ok || owner.PID != os.Getpid() || owner.Program != "agent" || owner.Socket != "/a/socket" {
		t.Errorf("the owner is %+v, %v", owner, ok)
	}
	_, err := app.Open(t.Context(), options(t, dir, nil))
	p := problem(t, err)
	if pid := fmt.Sprintf("process %d", os.Getpid()); p.Code != host.CodeLocked || fields(p) != "data-dir" || !strings.Contains(p.Message, pid) || !strings.Contains(p.Fields[0].Message, pid) {
		t.Errorf("the second was told %q (%s)", p.Message, p.Code)
	}
	if _, ok := app.ReadOwner(dir); !ok {
		t.Error("the refused one took the owner's note away")
	}
	for range 2 {
		if err := first.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if owner, ok := app.ReadOwner(dir); ok {
		t.Errorf("after the end the owner is still %+v", owner)
	}
	open(t, options(t, dir, nil))
}

func TestOpenClosesAgainWhatItOpened(t *testing.T) {
	t.Parallel()
	key := func(dir string) string { return filepath.Join(dir, "master.key") }
	tests := map[string]struct {
		damage func(t *testing.T, dir string) (mend func(*testing.T)) // of a directory that was in use
		flags  map[string]string
		code   string
	}{
		"the key is missing": {damage: func(t *testing.T, dir string) func(*testing.T) {
			rename(t, key(dir), key(dir)+".kept")
			return func(t *testing.T) { rename(t, key(dir)+".kept", key(dir)) }
		}, code: host.CodeStoreKey},
		"another key": {damage: func(t *testing.T, dir string) func(*testing.T) {
			rename(t, key(dir), key(dir)+".kept")
			write(t, key(dir), strings.Repeat("k", 32))
			return func(t *testing.T) { rename(t, key(dir)+".kept", key(dir)) }
		}, code: host.CodeStoreKey},
		"a key others can read": {damage: func(t *testing.T, dir string) func(*testing.T) {
			chmod(t, key(dir), 0o644)
			return func(t *testing.T) { chmod(t, key(dir), 0o600) }
		}, code: host.CodeStoreKey},
		"a store with another key": {damage: func(t *testing.T, dir string) func(*testing.T) {
			path := filepath.Join(dir, "store")
			rename(t, path, path+".kept")
			s, err := store.Open(store.Options{Dir: path, Key: []byte(strings.Repeat("o", 32)), MinFreeBytes: 1})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return func(t *testing.T) {
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				rename(t, path+".kept", path)
			}
		}, code: host.CodeStoreKey},
		"another home for key": {flags: map[string]string{"secrets.key": "systemd"}, code: host.CodeStoreKey},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := dataDir(t)
			if err := open(t, options(t, dir, nil)).Close(); err != nil {
				t.Fatal(err)
			}
			mend := func(*testing.T) {}
			if test.damage != nil {
				mend = test.damage(t, dir)
			}
			_, err := app.Open(t.Context(), options(t, dir, test.flags))
			if p := problem(t, err); p.Code != test.code || p.Remedy == "" {
				t.Errorf("got %s %q, want %s", p.Code, p.Message, test.code)
			}
			if owner, ok := app.ReadOwner(dir); ok {
				t.Errorf("the owner of what could not be opened is %+v", owner)
			}
			mend(t)
			open(t, options(t, dir, nil)) // nothing is locked, nothing was spoilt
		})
	}
}

func TestOpenNamesADirectoryThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, dir string) string{
		"below a file": func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "file"), "")
			return filepath.Join(dir, "file", "data")
		},
		"the lock cannot be made": func(t *testing.T, dir string) string {
			if err := os.Mkdir(filepath.Join(dir, "lock"), 0o700); err != nil {
				t.Fatal(err)
			}
			return dir
		},
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := prepare(t, dataDir(t))
			_, err := app.Open(t.Context(), options(t, dir, nil))
			if p := problem(t, err); p.Code != host.CodeInvalid || fields(p) != "data-dir" || !strings.Contains(p.Message, dir) && p.Fields[0].Value != dir {
				t.Errorf("got %s %q on %s", p.Code, p.Message, fields(p))
			}
		})
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := app.Open(ctx, options(t, dir, nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	open(t, options(t, dir, nil))
}

func TestWhatACrashLeftIsInterruptedAtTheNextOpen(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	e := open(t, options(t, dir, nil))
	c := add(t, e, app.NewConnection{})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	var run host.Run
	inStore(t, dir, func(s *store.Store) (err error) { // as a killed host leaves it
		run, err = s.BeginRun(host.Run{Connection: c.ID, Status: host.StatusRunning, Steps: []host.Step{{Name: "users", Status: host.StatusRunning}}})
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
	add(t, e, app.NewConnection{Settings: raw(blocks)})
	run, err := e.Sync(t.Context(), "corp", app.SyncRequest{})
	if err != nil {
		t.Fatal(err)
	}
	await(t, "200 records", func() bool {
		c, err := e.Connection(t.Context(), "corp")
		return err == nil && c.Streams[0].Records == 200
	})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, options(t, dir, nil))
	if run, err = e.Run(run.ID); err != nil || run.Status != host.StatusInterrupted {
		t.Fatalf("the run is %s, %v", run.Status, err)
	}
	if _, err := e.EditConnection(t.Context(), "corp", 0, app.Edit{Settings: raw(`{"streams":[{"name":"users","records":300,"page":100,"cursor":true}]}`)}); err != nil {
		t.Fatal(err)
	}
	run = sync(t, e, "corp")
	for _, s := range run.Steps {
		if s.Name == "users" && (s.Read != 100 || !s.Resumed) {
			t.Errorf("the next run read %d, resumed %v; want the last 100 records", s.Read, s.Resumed)
		}
	}
	if _, err := e.Cancel(run.ID); problem(t, err).Code != host.CodeConflict {
		t.Errorf("cancelling a run that has ended: %v", err)
	}
}

// inStore opens the store of a closed engine's directory.
func inStore(t *testing.T, dir string, work func(*store.Store) error) {
	t.Helper()
	master, err := secret.OpenMasterKey(dir, "file")
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(store.Options{Dir: filepath.Join(dir, "store"), Key: master.StoreKey(), MinFreeBytes: 1})
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
	inStore(t, dir, func(s *store.Store) error {
		_, err := s.UpdateConnection(connection, 0, func(*host.Connection) error { return nil }, map[string][]byte{name: sealed}, nil)
		return err
	})
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
