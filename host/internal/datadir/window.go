package datadir

import (
	"fmt"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/owned"
)

// Window is the lock of the process that shows the window of a data directory. That
// process need not own the directory: it may show what an agent serves.
type Window struct{ lock *flock.Flock }

// TakeWindow creates dir and locks DIR/window.lock. It returns nil when another process
// holds that lock.
func TakeWindow(dir string) (*Window, error) {
	if err := owned.Ours(dir); err != nil {
		return nil, err
	}
	if err := durable.MakeDirs(dir, 0o700); err != nil {
		return nil, host.Invalid("data-dir", dir, "cannot be created: "+err.Error()).Because(err)
	}
	lock := flock.New(filepath.Join(dir, "window.lock"), flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err != nil {
		return nil, host.Invalid("data-dir", dir, "cannot be locked: "+err.Error()).Because(err)
	}
	if !held {
		return nil, nil
	}
	return &Window{lock: lock}, nil
}

// Release lets another process show the window.
func (w *Window) Release() error {
	if err := w.lock.Unlock(); err != nil {
		return fmt.Errorf("unlock window: %w", err)
	}
	return nil
}
