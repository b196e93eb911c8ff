// Package swap replaces the directory of a closed journal, with its anchors file, by one
// that was restored beside it. The file DIR.swap says that the renames have begun, so that
// the next start finishes them after a crash.
package swap

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
)

// Fresh returns the directory in which the replacement of dir is restored.
func Fresh(dir string) string { return filepath.Clean(dir) + ".restored" }

// RemoveFresh removes what an unfinished restore has left beside dir.
func RemoveFresh(dir string) error {
	err := os.RemoveAll(Fresh(dir))
	if removed := os.Remove(anchor.Path(Fresh(dir))); !errors.Is(removed, fs.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	if err != nil {
		return fmt.Errorf("remove unfinished restore: %w", err)
	}
	return nil
}

func path(dir string) string { return filepath.Clean(dir) + ".swap" }

// begun is what the file DIR.swap holds.
type begun struct {
	// The name of the directory that dir becomes. It is beside dir: where dir is may have changed when the swap is finished, as after a
	// disk was mounted somewhere else.
	Old string `json:"old"`
}

// Begin replaces dir by Fresh(dir) and returns where the replaced directory is kept, if
// there was one. Finish finishes it after a crash.
func Begin(dir string, now time.Time) (old string, err error) {
	old = fmt.Sprintf("%s.before-restore-%s", filepath.Clean(dir), now.UTC().Format("20060102T150405Z"))
	raw, err := json.Marshal(begun{Old: filepath.Base(old)})
	if err != nil {
		return "", err
	}
	if err := durable.WriteBytes(path(dir), 0o600, raw); err != nil {
		return "", fmt.Errorf("begin swap: %w", err)
	}
	if err := Finish(dir); err != nil || !exists(old) {
		return "", err
	}
	return old, nil
}

// Finish finishes a swap that was begun. It is called before the journal is opened. Without
// a swap it does nothing.
func Finish(dir string) error {
	raw, err := os.ReadFile(path(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var s begun
	if err := errors.Join(err, json.Unmarshal(raw, &s)); err != nil {
		return fmt.Errorf("read swap %s: %w", path(dir), err)
	}
	fresh, old := Fresh(dir), filepath.Join(filepath.Dir(filepath.Clean(dir)), filepath.Base(s.Old))
	// While the restored directory is not moved, dir is the old one.
	for _, step := range []struct{ from, to, while string }{
		{anchor.Path(dir), anchor.Path(old), anchor.Path(fresh)},
		{dir, old, fresh},
		{anchor.Path(fresh), anchor.Path(dir), fresh},
		{fresh, dir, fresh},
	} {
		if exists(step.from) && exists(step.while) && !exists(step.to) {
			if err := durable.Rename(step.from, step.to); err != nil {
				return fmt.Errorf("swap stores: %w", err)
			}
		}
	}
	if err := os.Remove(path(dir)); err != nil {
		return fmt.Errorf("end swap: %w", err)
	}
	return durable.SyncDir(filepath.Dir(dir))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
