package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/plumbline-dev/plumbline/host"
)

// placeFaults are what is wrong with the places the agent works in.
func placeFaults() []fault {
	return []fault{
		{name: "socket-dir-missing", moments: []string{"host.start", ""}, inject: removeWork, status: whole},
		{name: "socket-dir-read-only", moments: []string{""}, play: readOnlyWork, undo: writableWork},
		{name: "long-paths", moments: []string{""}, place: longPaths, status: whole},
		{name: "lock-held", moments: []string{""}, play: lockHeld},
		{name: "second-agent", moments: []string{"host.group"}, inject: secondAgent, status: whole},
		{name: "key-missing", moments: []string{""}, play: keyMissing},
		{name: "stale-owner", moments: []string{""}, play: staleOwner},
	}
}

// removeWork does what cleaners of temporary directories do.
func removeWork(_ context.Context, w *world, _ *visit) error {
	return os.RemoveAll(filepath.Join(w.home, "connector-work"))
}

func (w *world) sockets() string { return filepath.Join(w.home, "connector-work", "s") }

// readOnlyWork makes the directory of the sockets one nobody can write to, root
// included, by a mount over itself.
func readOnlyWork(ctx context.Context, w *world) error {
	if err := mount(w.sockets(), w.sockets(), syscall.MS_BIND); err != nil {
		return err
	}
	if err := mount("", w.sockets(), syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY); err != nil {
		return err
	}
	return w.disturbed(ctx, notWhole, host.CodeConnectorStart, host.CodeNotAConnector, host.CodeConnectorExited)
}

func writableWork(_ context.Context, w *world) error { return unmount(w.sockets()) }

// mount mounts, or says that it is not allowed here. What has just ended may be busy
// with its files for a moment.
func mount(source, target string, flags uintptr) (err error) {
	within(allowed(goneLimit), func() bool {
		err = syscall.Mount(source, target, "", flags, "")
		return !errors.Is(err, syscall.EBUSY)
	})
	if err != nil {
		return impossible{fmt.Sprintf("mounting is not possible here: %v", err)}
	}
	return nil
}

func unmount(target string) error {
	if err := syscall.Unmount(target, syscall.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount %s: %w", target, err)
	}
	return nil
}

// longPaths moves everything to where no socket's path fits.
func longPaths(w *world) error {
	deep := filepath.Join(w.dir, strings.Repeat("d", 60), strings.Repeat("e", 60))
	w.home = filepath.Join(deep, "home")
	temp, runtime := filepath.Join(deep, "temp"), filepath.Join(deep, "run")
	for _, dir := range []string{w.home, temp, runtime} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make directory: %w", err)
		}
	}
	// The API's socket goes to the runtime directory, the connectors' further up.
	w.environ = append(w.environ, "TMPDIR="+temp)
	return nil
}

// refused starts an agent that has to refuse, and say why in a person's words.
func (w *world) refused(ctx context.Context, code int, word string) {
	got, text := w.command(ctx, "agent")
	if got != code || !strings.Contains(text, word) || strings.Contains(text, "goroutine ") {
		w.complain("truth", "an agent that had to refuse with code %d and %q ended with %d: %s", code, word, got, clip(text, 500))
	}
}

// lockHeld has somebody else hold the directory's lock.
func lockHeld(ctx context.Context, w *world) error {
	if err := w.agent.stop(); err != nil {
		return err
	}
	lock, err := os.OpenFile(filepath.Join(w.home, "lock"), os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("open lock: %w", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("take lock: %w", err)
	}
	w.refused(ctx, 6, "in use")
	if err := lock.Close(); err != nil {
		return fmt.Errorf("give lock back: %w", err)
	}
	return w.start(ctx)
}

// secondAgent starts another agent in the middle of the first one's run.
func secondAgent(ctx context.Context, w *world, _ *visit) error {
	w.refused(ctx, 6, fmt.Sprintf("process %d", w.agent.PID()))
	return nil
}

func keyMissing(ctx context.Context, w *world) error {
	if err := w.agent.stop(); err != nil {
		return err
	}
	keys, err := filepath.Glob(filepath.Join(w.home, "*.key"))
	if err != nil || len(keys) != 1 {
		return fmt.Errorf("there are %d key files: %w", len(keys), err)
	}
	away := filepath.Join(w.dir, "key")
	if err := os.Rename(keys[0], away); err != nil {
		return fmt.Errorf("move key: %w", err)
	}
	w.refused(ctx, 1, keys[0])
	if _, err := os.Stat(keys[0]); err == nil {
		w.complain("truth", "a new key was made in the place of the one that is missing")
	}
	if err := os.Rename(away, keys[0]); err != nil {
		return fmt.Errorf("move key: %w", err)
	}
	return w.start(ctx)
}

// staleOwner leaves the note of an owner whose process number is another's now.
func staleOwner(ctx context.Context, w *world) error {
	if err := w.agent.Kill(); err != nil {
		return err
	}
	note := fmt.Sprintf(`{"pid":%d,"program":"agent","socket":%q,"version":"dev","started_at":"2026-01-01T00:00:00Z"}`, os.Getpid(), filepath.Join(w.home, "agent.sock"))
	if err := os.WriteFile(filepath.Join(w.home, "owner.json"), []byte(note), 0o600); err != nil {
		return fmt.Errorf("write owner: %w", err)
	}
	if code, text := w.command(ctx, "connection", "list"); code != 0 {
		w.complain("truth", "a command beside a dead owner's note ended with %d: %s", code, clip(text, 500))
	}
	return w.start(ctx)
}
