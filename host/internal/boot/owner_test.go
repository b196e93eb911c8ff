package boot_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/datadir"
)

// What root leaves in a service user's directory, the service cannot open.
func TestADirectoryOfAnotherUserIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	o := options(t, dir, nil)
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	} else {
		o.Config.DataDir = "/usr" // root's
	}
	use := map[string]func() error{
		"open": func() error {
			e, err := boot.Open(t.Context(), o)
			if err == nil {
				err = errors.Join(err, e.Close())
			}
			return err
		},
		"verify": func() error {
			_, err := boot.VerifyClosed(t.Context(), o, nil)
			return err
		},
		"restore": func() error {
			_, err := boot.Restore(host.WithActor(t.Context(), host.AgentActor()), o, "/missing", boot.BackupKey{HostKey: true}, nil)
			return err
		},
	}
	for name, fn := range use {
		var p *host.Problem
		if err := fn(); !errors.As(err, &p) || !strings.Contains(p.Message, "belongs to the user") || !strings.Contains(p.Remedy, " -u ") {
			t.Errorf("%s: %v, %+v", name, err, p)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("files were left: %v, %v", left, err)
	}
}

// A new lock file locks, but the process that holds the old one still owns the
// directory, and commands have to find it.
func TestADeletedLockFileHidesNoOwner(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	o := options(t, dir, nil)
	o.Socket = filepath.Join(dir, "agent.sock")
	open(t, o)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "unix", o.Socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	before, ok := datadir.ReadOwner(dir)
	if !ok {
		t.Fatal("the owner left no note")
	}
	for range 2 {
		if err := os.Remove(filepath.Join(dir, "lock")); err != nil {
			t.Fatal(err)
		}
		_, err = boot.Open(context.WithoutCancel(t.Context()), o)
		if p := host.AsProblem(err); err == nil || p.Code != host.CodeLocked || !strings.Contains(p.Message, "lock file was deleted") {
			t.Errorf("a second owner: %v", err)
		}
	}
	if after, ok := datadir.ReadOwner(dir); !ok || after != before {
		t.Errorf("the note of the owner is now %+v, %t", after, ok)
	}
}

func TestDoctorLooksAtOwnersAndModes(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	o := options(t, dir, nil)
	o.Socket = filepath.Join(dir, "agent.sock")
	e := open(t, o)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "unix", o.Socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	found := func() map[string]string {
		findings, err := e.Doctor(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		status := map[string]string{}
		for _, f := range findings {
			status[f.ID] = f.Status
		}
		return status
	}
	key := filepath.Join(dir, "master.key")
	chmod := func(path string, mode os.FileMode) {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	chmod(o.Socket, 0o600)
	for _, test := range []struct {
		id, path  string
		good, bad os.FileMode
		want      string
	}{
		{"socket", o.Socket, 0o600, 0o660, "fail"},
		{"socket", o.Socket, 0o600, 0o606, "fail"},
		{"key", key, 0o600, 0o640, "fail"},
		{"data_dir", dir, 0o700, 0o755, "warn"},
		{"data_dir", dir, 0o700, 0o770, "fail"},
	} {
		if got := found()[test.id]; got != "ok" {
			t.Errorf("%s: %q while all is well", test.id, got)
		}
		chmod(test.path, test.bad)
		if got := found()[test.id]; got != test.want {
			t.Errorf("%s with mode %04o: %q, want %q", test.id, test.bad, got, test.want)
		}
		chmod(test.path, test.good)
	}
	if os.Geteuid() == 0 {
		for id, path := range map[string]string{"socket": o.Socket, "key": key, "data_dir": dir} {
			if err := os.Chown(path, 65534, 65534); err != nil {
				t.Fatal(err)
			}
			if got := found()[id]; got != "fail" {
				t.Errorf("%s of another user: %q", id, got)
			}
			if err := os.Chown(path, 0, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	if got := found()["key"]; got != "fail" {
		t.Errorf("the key is gone: %q", got)
	}
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}
}
