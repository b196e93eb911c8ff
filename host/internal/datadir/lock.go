package datadir

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/owned"
)

// Owner says which process owns a data directory.
type Owner struct {
	PID       int       `json:"pid"`
	Program   string    `json:"program" doc:"agent, desktop or command"`
	Socket    string    `json:"socket" doc:"Where its API listens; empty for a command"`
	Version   string    `json:"version"`
	StartedAt time.Time `json:"started_at"`
}

// Lock is the lock on a data directory.
type Lock struct {
	lock *flock.Flock
	path string // of owner.json
}

// Take creates dir and locks it, or returns a problem that names the process that holds
// the lock. It refuses a directory of another user before it writes anything: a service
// cannot open files that root left in its directory.
func Take(dir string, owner Owner) (*Lock, error) {
	if err := owned.Ours(dir); err != nil {
		return nil, err
	}
	if err := durable.MakeDirs(dir, 0o700); err != nil {
		return nil, host.Invalid("data-dir", dir, "cannot be created: "+err.Error()).Because(err)
	}
	lock := flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
	held, err := acquire(lock, dir)
	if err != nil {
		return nil, host.Invalid("data-dir", dir, "cannot be locked: "+err.Error()).Because(err)
	}
	if !held {
		return nil, lockedProblem(dir)
	}
	// A process whose lock file was deleted still owns the directory. Its socket answers.
	if before, ok := ReadOwner(dir); ok && answers(before.Socket) {
		return nil, errors.Join(lockFileDeleted(dir), lock.Unlock())
	}
	c := &Lock{lock: lock, path: filepath.Join(dir, "owner.json")}
	err = c.write(owner)
	if errors.Is(err, syscall.ENOSPC) && journal.ReleaseBallast(filepath.Join(dir, "store")) == nil {
		err = c.write(owner)
	}
	if errors.Is(err, syscall.ENOSPC) {
		err = noRoom(dir).Because(err)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	return c, nil
}

// answers reports whether a process listens on a socket.
func answers(socket string) bool {
	if socket == "" {
		return false
	}
	dialer := net.Dialer{Timeout: 2 * time.Second}
	conn, err := dialer.DialContext(context.Background(), "unix", socket)
	return err == nil && conn.Close() == nil
}

// lockFileDeleted is the problem of a directory that has an owner although its lock is free.
func lockFileDeleted(dir string) *host.Problem {
	p := lockedProblem(dir)
	p.Message += "; its lock file was deleted while it ran"
	p.Remedy = "Restart that process, which creates the file again; do not delete " + filepath.Join(dir, "lock") + " while one runs."
	return p
}

// noRoom is the problem of a disk that has no room for owner.json.
func noRoom(dir string) *host.Problem {
	return &host.Problem{
		Code:    host.CodeDiskFull,
		Message: fmt.Sprintf("the disk that holds %s is full: there is no room for a single file", dir),
		Remedy:  "Free some space on this disk. Nothing that was stored is lost.",
		Fault:   host.FaultHost,
		Retry:   host.RetryAfter,
	}
}

// commandPatience is how long Take waits for another command to end.
const commandPatience = 5 * time.Second

// acquire tries to lock dir. It waits for a command that holds the lock, because a command
// ends soon; it does not wait for an agent or a window.
func acquire(lock *flock.Flock, dir string) (bool, error) {
	held, err := lock.TryLock()
	if held || err != nil {
		return held, err
	}
	if owner, ok := ReadOwner(dir); ok && owner.Program != "command" {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), commandPatience)
	defer cancel()
	held, err = lock.TryLockContext(ctx, 20*time.Millisecond)
	if errors.Is(err, context.DeadlineExceeded) {
		return false, nil
	}
	return held, err
}

func (c *Lock) write(owner Owner) error {
	raw, err := json.Marshal(owner)
	if err != nil {
		return fmt.Errorf("encode owner: %w", err)
	}
	// The old file is overwritten: it has its block on the disk already, so an agent starts
	// on a full disk. It is not synced: a power cut ends every owner, and a file that
	// cannot be read names none.
	spare := c.path + ".last"
	if err := os.Rename(c.path, spare); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("move owner.json: %w", err)
	}
	if err := overwrite(spare, raw); err != nil {
		return fmt.Errorf("write owner: %w", err)
	}
	if err := os.Rename(spare, c.path); err != nil {
		return fmt.Errorf("write owner: %w", err)
	}
	return nil
}

// ownerBytes is the size of owner.json, filled up with spaces.
const ownerBytes = 1024

// overwrite writes text over the content of a file, which it creates if it does not exist.
func overwrite(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	padded := append(text, bytes.Repeat([]byte{' '}, max(0, ownerBytes-len(text)))...)
	_, err = f.Write(padded)
	return errors.Join(err, f.Close())
}

// Release unlocks the directory. It moves owner.json away first, so that the file never
// names a process that has released the lock.
func (c *Lock) Release() error {
	err := os.Rename(c.path, c.path+".last") // keeps its block for the next owner
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, c.lock.Unlock())
}

// ReadOwner returns the process that owner.json names, or false. The process may have
// crashed; only the lock is proof.
func ReadOwner(dir string) (Owner, bool) {
	raw, err := os.ReadFile(filepath.Join(dir, "owner.json"))
	if err != nil {
		return Owner{}, false
	}
	var owner Owner
	if err := json.Unmarshal(raw, &owner); err != nil {
		return Owner{}, false
	}
	return owner, true
}

func lockedProblem(dir string) *host.Problem {
	p := &host.Problem{
		Code:    host.CodeLocked,
		Message: fmt.Sprintf("the data directory %s is in use by another process", dir),
		Remedy:  "Stop that process, or choose another directory with --data-dir.",
		Fault:   host.FaultCustomer,
		Retry:   host.RetryAfter,
		Fields:  []host.FieldError{{Field: "data-dir", Message: "is in use by another process", Value: dir}},
	}
	if owner, ok := ReadOwner(dir); ok {
		p.Message = fmt.Sprintf("the data directory %s is in use by a plumbline %s, process %d, since %s",
			dir, owner.Program, owner.PID, owner.StartedAt.Local().Format("2006-01-02 15:04:05"))
		p.Fields[0].Message = fmt.Sprintf("is in use by process %d", owner.PID)
	}
	return p
}
