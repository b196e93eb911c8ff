package boot_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/datadir"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

// The set-ups that tests of the host share, under short names.
var (
	dataDir = hosttest.Dir
	open    = hosttest.Open
	problem = hosttest.Problem
	fields  = hosttest.Fields
)

func options(t *testing.T, dir string, flags map[string]string) boot.Options {
	t.Helper()
	return hosttest.Options(t, dir, flags)
}

func TestADirectoryHasOneOwner(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	o := options(t, dir, nil)
	o.Socket = "/a/socket"
	first := open(t, o)
	if owner, ok := datadir.ReadOwner(dir); !ok || owner.PID != os.Getpid() || owner.Program != "agent" || owner.Socket != "/a/socket" {
		t.Errorf("the owner is %+v, %v", owner, ok)
	}
	_, err := boot.Open(t.Context(), options(t, dir, nil))
	p := problem(t, err)
	if pid := fmt.Sprintf("process %d", os.Getpid()); p.Code != host.CodeLocked || fields(p) != "data-dir" ||
		!strings.Contains(p.Message, pid) || !strings.Contains(p.Fields[0].Message, pid) {
		t.Errorf("the second was told %q (%s)", p.Message, p.Code)
	}
	if _, ok := datadir.ReadOwner(dir); !ok {
		t.Error("the refused one took the owner's note away")
	}
	for range 2 {
		if err := first.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if owner, ok := datadir.ReadOwner(dir); ok {
		t.Errorf("after the end the owner is still %+v", owner)
	}
	open(t, options(t, dir, nil))
}

func TestOpenRemovesWhatACrashLeft(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	for _, in := range []string{"", "backups", "cache/connectors", "lists/01ABC/2"} {
		left := filepath.Join(dir, in, ".manifest.unfinished-123")
		if err := os.MkdirAll(filepath.Dir(left), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, left, "cut")
	}
	open(t, options(t, dir, nil))
	if err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if strings.Contains(path, ".unfinished-") {
			t.Errorf("%s is left", path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
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
			s, err := journal.Open(journal.Options{Dir: path, Key: []byte(strings.Repeat("o", 32)), MinFreeBytes: 1})
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
			_, err := boot.Open(t.Context(), options(t, dir, test.flags))
			if p := problem(t, err); p.Code != test.code || p.Remedy == "" {
				t.Errorf("got %s %q, want %s", p.Code, p.Message, test.code)
			}
			if owner, ok := datadir.ReadOwner(dir); ok {
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
			_, err := boot.Open(t.Context(), options(t, dir, nil))
			if p := problem(t, err); p.Code != host.CodeInvalid || fields(p) != "data-dir" ||
				!strings.Contains(p.Message, dir) && p.Fields[0].Value != dir {
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
	if _, err := boot.Open(ctx, options(t, dir, nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	open(t, options(t, dir, nil))
}

func TestAges(t *testing.T) {
	t.Parallel()
	for value, good := range map[string]bool{"0": true, "400d": true, "30d": true, "29d": false, "30": false, "-1d": false,
		"1y": false, "36501d": false} {
		_, err := boot.LoadConfig(boot.Sources{DataDir: t.TempDir(), File: os.DevNull, Flags: map[string]string{"store.retention": value}})
		if (err == nil) != good {
			t.Errorf("store.retention %s: %v", value, err)
		}
	}
}

// TestTheOwnersNoteKeepsItsPlace sees that no start needs a new block on the disk
// to say who owns the directory.
func TestTheOwnersNoteKeepsItsPlace(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	path := filepath.Join(dir, "owner.json")
	e := open(t, options(t, dir, nil))
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, ok := datadir.ReadOwner(dir); ok {
		t.Error("the directory has an owner who has left")
	}
	open(t, options(t, dir, nil))
	after, err := os.Stat(path)
	if err != nil || !os.SameFile(before, after) || before.Size() != after.Size() {
		t.Errorf("the note of the second owner is another file, or of another size (%v)", err)
	}
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
