package play

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/plumbline-dev/plumbline/host"

	"github.com/plumbline-dev/plumbline/build/chaos/limit"
	"github.com/plumbline-dev/plumbline/build/chaos/upstream"
)

// setupFaults are directories, files and locks of the agent that are not as they should be.
func setupFaults() []Fault {
	return []Fault{
		{Name: "socket-dir-missing", Moments: []string{"host.start", ""}, inject: removeWork, status: whole},
		{Name: "socket-dir-read-only", Moments: []string{""}, play: readOnlyWork, undo: writableWork},
		{Name: "long-paths", Moments: []string{""}, setUp: longPaths, status: whole},
		{Name: "lock-held", Moments: []string{""}, play: lockHeld},
		{Name: "second-agent", Moments: []string{"host.group"}, inject: secondAgent, status: whole},
		{Name: "key-missing", Moments: []string{""}, play: keyMissing},
		{Name: "stale-owner", Moments: []string{""}, play: staleOwner},
	}
}

// removeWork does what cleaners of temporary directories do.
func removeWork(_ context.Context, w *World, _ *upstream.Visit) error {
	return os.RemoveAll(filepath.Join(w.Home, "connector-work"))
}

func (w *World) sockets() string { return filepath.Join(w.Home, "connector-work", "s") }

// readOnlyWork makes the directory of the sockets read-only also for root, by a mount
// over itself.
func readOnlyWork(ctx context.Context, w *World) error {
	if err := mount(w.sockets(), w.sockets(), syscall.MS_BIND); err != nil {
		return err
	}
	if err := mount("", w.sockets(), syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY); err != nil {
		return err
	}
	return w.disturbed(ctx, notWhole, host.CodeConnectorStart, host.CodeNotAConnector, host.CodeConnectorExited)
}

func writableWork(_ context.Context, w *World) error { return Unmount(w.sockets()) }

// mount mounts, or says that it is not allowed here. What has just ended may be busy
// with its files for a moment.
func mount(source, target string, flags uintptr) (err error) {
	Within(limit.Allowed(limit.Gone), func() bool {
		err = syscall.Mount(source, target, "", flags, "")
		return !errors.Is(err, syscall.EBUSY)
	})
	if err != nil {
		return Impossible{fmt.Sprintf("mounting is not possible here: %v", err)}
	}
	return nil
}

// Unmount takes a mount away, as soon as it is not in use.
func Unmount(target string) error {
	if err := syscall.Unmount(target, syscall.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount %s: %w", target, err)
	}
	return nil
}

// longPaths moves everything to where no socket's path fits.
func longPaths(w *World) error {
	deep := filepath.Join(w.Dir, strings.Repeat("d", 60), strings.Repeat("e", 60))
	w.Home = filepath.Join(deep, "home")
	temp, runtime := filepath.Join(deep, "temp"), filepath.Join(deep, "run")
	for _, dir := range []string{w.Home, temp, runtime} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make directory: %w", err)
		}
	}
	// The API's socket goes to the runtime directory, the connectors' further up.
	w.Environ = append(w.Environ, "TMPDIR="+temp)
	return nil
}

// refused starts an agent that has to refuse, and say why in a person's words.
func (w *World) refused(ctx context.Context, code int, word string) {
	got, text := w.Command(ctx, "agent")
	if got != code || !strings.Contains(text, word) || strings.Contains(text, "goroutine ") {
		w.Complain("truth", "an agent that had to refuse with code %d and %q ended with %d: %s", code, word, got, Clip(text, 500))
	}
}

// lockHeld holds the directory's lock in this process.
func lockHeld(ctx context.Context, w *World) error {
	if err := w.Agent.Stop(); err != nil {
		return err
	}
	lock, err := os.OpenFile(filepath.Join(w.Home, "lock"), os.O_RDWR, 0)
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
	return w.Start(ctx)
}

// secondAgent starts another agent in the middle of the first one's run.
func secondAgent(ctx context.Context, w *World, _ *upstream.Visit) error {
	w.refused(ctx, 6, fmt.Sprintf("process %d", w.Agent.PID()))
	return nil
}

func keyMissing(ctx context.Context, w *World) error {
	if err := w.Agent.Stop(); err != nil {
		return err
	}
	keys, err := filepath.Glob(filepath.Join(w.Home, "*.key"))
	if err != nil || len(keys) != 1 {
		return fmt.Errorf("there are %d key files: %w", len(keys), err)
	}
	away := filepath.Join(w.Dir, "key")
	if err := os.Rename(keys[0], away); err != nil {
		return fmt.Errorf("move key: %w", err)
	}
	w.refused(ctx, 1, keys[0])
	if _, err := os.Stat(keys[0]); err == nil {
		w.Complain("truth", "a new key was made instead of the missing one")
	}
	if err := os.Rename(away, keys[0]); err != nil {
		return fmt.Errorf("move key: %w", err)
	}
	return w.Start(ctx)
}

// staleOwner leaves the note of an owner whose process number is another's now.
func staleOwner(ctx context.Context, w *World) error {
	if err := w.Agent.Kill(); err != nil {
		return err
	}
	const owner = `{"pid":%d,"program":"agent","socket":%q,"version":"dev","started_at":"2026-01-01T00:00:00Z"}`
	note := fmt.Sprintf(owner, os.Getpid(), filepath.Join(w.Home, "agent.sock"))
	if err := os.WriteFile(filepath.Join(w.Home, "owner.json"), []byte(note), 0o600); err != nil {
		return fmt.Errorf("write owner: %w", err)
	}
	if code, text := w.Command(ctx, "connection", "list"); code != 0 {
		w.Complain("truth", "a command beside a dead owner's note ended with %d: %s", code, Clip(text, 500))
	}
	return w.Start(ctx)
}
