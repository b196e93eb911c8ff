package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// FreshDir returns where the store that will take the place of dir is restored.
func FreshDir(dir string) string { return filepath.Clean(dir) + ".restored" }

// Restore writes an opened backup into FreshDir, as a store under options.Key, and
// verifies it fully. Swap then puts it in its place; until then the store in
// options.Dir is not touched. Connections that had secrets are paused and say that
// their credentials must be entered again.
func Restore(ctx context.Context, options Options, r io.Reader, report func(Progress)) (host.Backup, error) {
	if err := options.complete(); err != nil {
		return host.Backup{}, err
	}
	fresh := options
	fresh.Dir, fresh.BallastBytes = FreshDir(options.Dir), 0
	if err := RemoveFresh(options.Dir); err != nil {
		return host.Backup{}, err
	}
	if err := os.MkdirAll(fresh.Dir, 0o700); err != nil {
		return host.Backup{}, fmt.Errorf("create directory: %w", err)
	}
	var b host.Backup
	err := badgerdir.HasRoom(fresh.disk())
	if err == nil {
		b, err = load(ctx, fresh, r, report)
	}
	if err == nil {
		err = settle(ctx, fresh, report)
	}
	if err != nil {
		if errors.Is(err, syscall.ENOSPC) {
			err = noRoom(fresh.Dir).Because(err)
		}
		return b, errors.Join(err, RemoveFresh(options.Dir))
	}
	return b, nil
}

func noRoom(dir string) *host.Problem {
	return &host.Problem{
		Code: host.CodeDiskFull, Message: "the disk that holds " + dir + " is full",
		Remedy: "Free some space on this disk, or choose another place.", Fault: host.FaultHost, Retry: host.RetryAfter,
	}
}

// RemoveFresh removes what a restore that was cut off has left beside dir.
func RemoveFresh(dir string) error {
	err := os.RemoveAll(FreshDir(dir))
	if removed := os.Remove(AnchorsFile(FreshDir(dir))); !errors.Is(removed, fs.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	if err != nil {
		return fmt.Errorf("remove unfinished restore: %w", err)
	}
	return nil
}

// load writes the entries into an empty database.
func load(ctx context.Context, o Options, r io.Reader, report func(Progress)) (b host.Backup, err error) {
	check, err := newBackupCheck()
	if err != nil {
		return b, err
	}
	defer check.codec.close()
	err = badgerdir.Load(o.disk(), func(set func(k, value []byte) error) (err error) {
		b, err = loadEntries(ctx, check, set, r, report)
		return err
	})
	return b, err
}

// loadEntries hands the entries of a backup to set.
func loadEntries(
	ctx context.Context, check *backupCheck, set func(k, value []byte) error, r io.Reader, report func(Progress),
) (host.Backup, error) {
	b, err := readBackup(ctx, r, report, func(k, value []byte) error {
		if err := check.entry(k, value); err != nil {
			return err
		}
		if bytes.Equal(k, keyAnchors) {
			return nil // the restored store gets an anchors file of its own
		}
		return set(k, value) // both are the reader's own
	})
	if err != nil {
		return b, err
	}
	return b, check.end(b)
}

// pauseWithoutSecrets pauses every connection that had secrets, because they are in no
// backup.
func (s *Journal) pauseWithoutSecrets(ctx context.Context) error {
	connections, err := s.Connections()
	if err != nil {
		return err
	}
	for _, c := range connections {
		var names []string
		for _, info := range c.Secrets {
			names = append(names, info.Name)
		}
		if len(names) == 0 {
			continue
		}
		_, err := s.UpdateConnection(ctx, c.ID, 0, func(c *host.Connection) error {
			c.Paused = &host.Pause{
				Since: s.now().UTC().Round(0), By: host.PausedByHost,
				Reason: "restored from a backup, which holds no credentials: enter " + strings.Join(names, ", ") + " again, then resume",
			}
			return nil
		}, nil, names)
		if err != nil {
			return fmt.Errorf("pause connection %s: %w", c.Alias, err)
		}
	}
	return nil
}

// settle opens what was loaded and checks it.
func settle(ctx context.Context, o Options, report func(Progress)) error {
	file, err := newAnchors(o)
	if err != nil {
		return err
	}
	if err := file.open(anchorRestored, 0); err != nil {
		return err
	}
	s, err := Open(o)
	if err != nil {
		return fmt.Errorf("open what was restored: %w", err)
	}
	if err = s.pauseWithoutSecrets(ctx); err == nil {
		err = errors.Join(s.anchorAll(anchorRestored), s.noteAnchors())
	}
	if err == nil {
		var v host.Verification
		if v, err = s.VerifyAll(ctx, report); err == nil && !v.OK() {
			err = badBackup("what was restored does not agree with itself: "+describeBad(v.Bad[0]), nil)
		}
	}
	return errors.Join(err, s.Close())
}

// swap is a restore whose renames have begun. The file that holds it makes the
// next start finish them.
type swap struct {
	Old string `json:"old"` // where the store that was there goes
}

func swapFile(dir string) string { return filepath.Clean(dir) + ".swap" }

// Swap puts what Restore has written in the place of dir and returns where the
// store that was there is kept, if there was one. A crash at any point of it is
// finished by FinishSwap.
func Swap(dir string, now time.Time) (old string, err error) {
	old = fmt.Sprintf("%s.before-restore-%s", filepath.Clean(dir), now.UTC().Format("20060102T150405Z"))
	raw, err := json.Marshal(swap{Old: old})
	if err != nil {
		return "", err
	}
	if err := durable.WriteBytes(swapFile(dir), 0o600, raw); err != nil {
		return "", fmt.Errorf("begin swap: %w", err)
	}
	if err := FinishSwap(dir); err != nil {
		return "", err
	}
	if !there(old) {
		return "", nil
	}
	return old, nil
}

// FinishSwap finishes a swap that was begun. Call it before the store is opened;
// without a swap it does nothing.
func FinishSwap(dir string) error {
	raw, err := os.ReadFile(swapFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var s swap
	if err := errors.Join(err, json.Unmarshal(raw, &s)); err != nil {
		return fmt.Errorf("read swap %s: %w", swapFile(dir), err)
	}
	fresh := FreshDir(dir)
	// While the new one is not moved, what lies in dir is the old one.
	for _, step := range []struct{ from, to, while string }{
		{AnchorsFile(dir), AnchorsFile(s.Old), AnchorsFile(fresh)},
		{dir, s.Old, fresh},
		{AnchorsFile(fresh), AnchorsFile(dir), fresh},
		{fresh, dir, fresh},
	} {
		if there(step.from) && there(step.while) && !there(step.to) {
			if err := durable.Rename(step.from, step.to); err != nil {
				return fmt.Errorf("swap stores: %w", err)
			}
		}
	}
	if err := os.Remove(swapFile(dir)); err != nil {
		return fmt.Errorf("end swap: %w", err)
	}
	return durable.SyncDir(filepath.Dir(dir))
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
