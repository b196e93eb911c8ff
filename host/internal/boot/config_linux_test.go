package boot_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/boot"
)

// asOrdinaryUser calls fn on a thread without root's rights.
func asOrdinaryUser(t *testing.T, fn func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		fn()
		return
	}
	var failed error
	done := make(chan struct{})
	go func() { // ends with fn; the thread ends with it, as it stays locked
		defer close(done)
		runtime.LockOSThread()
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, 65534, 65534, 65534); errno != 0 {
			failed = errno
			return
		}
		fn()
	}()
	if <-done; failed != nil {
		t.Fatal(failed)
	}
}

// A hardened service (ProtectHome=) may not look into home directories: the user's own
// file is then not used, and the doctor says so. A file that is named must be readable.
func TestAnOptionalFileThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	home := dataDir(t)
	if err := os.Chmod(home, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(home, "plumbline", "config.yaml")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, file, "log:\n  level: debug\n")
	t.Cleanup(func() {
		if err := errors.Join(os.Chmod(filepath.Dir(file), 0o700), os.Chmod(file, 0o600)); err != nil {
			t.Error(err)
		}
	})
	dir := dataDir(t)
	for name, closed := range map[string]string{"its directory is closed": filepath.Dir(file), "the file is closed": file} {
		if err := errors.Join(os.Chmod(filepath.Dir(file), 0o755), os.Chmod(file, 0o644), os.Chmod(closed, 0)); err != nil {
			t.Fatal(err)
		}
		var config boot.Config
		var err, named error
		asOrdinaryUser(t, func() {
			flags := map[string]string{"secrets.key": "file", "store.min_free_mib": "64"}
			config, err = boot.LoadConfig(boot.Sources{DataDir: dir, ConfigHome: home, Flags: flags})
			_, named = boot.LoadConfig(boot.Sources{DataDir: dir, File: file})
		})
		if err != nil || config.Unread() != file || config.LogLevel != "info" {
			t.Errorf("%s: %v, unread %q, level %s", name, err, config.Unread(), config.LogLevel)
		}
		if named == nil {
			t.Errorf("%s: a file that was named was left out", name)
		}
		if err != nil {
			continue
		}
		e, err := boot.Open(t.Context(), boot.Options{Config: config, Program: "agent", Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		findings, err := e.Doctor(t.Context())
		if err := errors.Join(err, e.Close()); err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, f := range findings {
			if f.ID == "config" {
				said = f.Status + " " + f.Message
			}
		}
		if want := "warn " + file + " may not be read by this agent; what it sets is not in force"; said != want {
			t.Errorf("%s: doctor says %q, want %q", name, said, want)
		}
	}
}
