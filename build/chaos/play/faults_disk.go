package play

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/plumbline-dev/plumbline/host"

	"github.com/plumbline-dev/plumbline/build/chaos/limit"
	"github.com/plumbline-dev/plumbline/build/chaos/upstream"
)

// diskFaults need a file system of their own, which they mount from an image.
func diskFaults() []Fault {
	return []Fault{
		{Name: "disk-below-floor", Moments: []string{""}, setUp: ownDisk, play: belowFloor, undo: emptied},
		{
			Name: "disk-full", Moments: []string{"host.group", "host.commit.before", "host.finish"}, setUp: ownDisk,
			inject: fillDisk, undo: emptied, mayDie: true, status: anyEnd, codes: host.CodeDiskFull,
		},
		{Name: "disk-full-at-the-end", Moments: []string{""}, setUp: ownDisk, play: fullAtTheEnd},
		{Name: "read-only-store", Moments: []string{""}, setUp: ownDisk, play: readOnlyDisk},
	}
}

// DiskMiB is the size of the disk: room for the store's files and its ballast.
const DiskMiB = 700

func ownDisk(w *World) error {
	image := filepath.Join(w.Dir, "disk")
	if err := MakeDisk(image, DiskMiB); err != nil {
		return err
	}
	if _, err := Tool(context.Background(), "mount", "-o", "loop", image, w.Home); err != nil {
		return err
	}
	w.Closers = append(w.Closers, func() error { return Unmount(w.Home) })
	return os.RemoveAll(filepath.Join(w.Home, "lost+found"))
}

// MakeDisk makes a file with an ext4 of that size.
func MakeDisk(file string, mib int64, options ...string) error {
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return fmt.Errorf("make image: %w", err)
	}
	if err := os.Truncate(file, mib<<20); err != nil {
		return fmt.Errorf("make image: %w", err)
	}
	_, err := Tool(context.Background(), "mkfs.ext4", append(options, "-q", "-F", file)...)
	return err
}

// Tool runs a program of the system that an administrator has, and returns its output.
func Tool(ctx context.Context, name string, args ...string) (string, error) {
	var said, complaint bytes.Buffer
	c := exec.CommandContext(ctx, name, args...)
	if path, err := exec.LookPath("/usr/sbin/" + name); err == nil {
		c.Path, c.Err = path, nil
	}
	c.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	c.Stdout, c.Stderr = &said, &complaint
	if err := c.Run(); err != nil {
		return "", Impossible{fmt.Sprintf("%s %s: %v: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(complaint.Bytes()))}
	}
	return said.String(), nil
}

func (w *World) filler() string { return filepath.Join(w.Home, "filler") }

// fill leaves so many bytes of the disk free.
func (w *World) fill(leave uint64) error {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(w.Home, &disk); err != nil {
		return fmt.Errorf("measure disk: %w", err)
	}
	file, err := os.OpenFile(w.filler(), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("fill disk: %w", err)
	}
	defer file.Close()
	size := int64(disk.Bavail*uint64(disk.Bsize)) - int64(leave)
	if size > 0 { // the store may have filled it already
		err = syscall.Fallocate(int(file.Fd()), 0, 0, size)
	}
	for leave == 0 && err == nil { // to the last block
		_, err = file.Write(make([]byte, 4096))
		if _, err2 := file.Seek(0, 2); err2 != nil {
			return fmt.Errorf("fill disk: %w", err2)
		}
	}
	if errors.Is(err, syscall.ENOSPC) {
		return nil
	}
	return err
}

func emptied(_ context.Context, w *World) error {
	if err := os.Remove(w.filler()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("empty disk: %w", err)
	}
	return nil
}

// belowFloor leaves less than the store wants, so that it refuses to write.
func belowFloor(ctx context.Context, w *World) error {
	if err := w.fill(6 << 20); err != nil {
		return err
	}
	code, text := w.Command(ctx, "connection", "sync", Alias)
	if code == 0 {
		w.Complain("truth", "a sync on a full disk succeeded: %s", Clip(text, 500))
	}
	if !w.Agent.Alive() {
		w.Complain("truth", "the agent died of a nearly full disk: %s", Clip(w.Agent.Log(), 1000))
		return w.Start(ctx)
	}
	return nil
}

// fillDisk takes the last byte. What the agent may do then is die: it writes to
// memory that stands for the disk. What it may not is lose something.
func fillDisk(_ context.Context, w *World, _ *upstream.Visit) error { return w.fill(0) }

func readOnlyDisk(ctx context.Context, w *World) error {
	if err := w.Agent.Stop(); err != nil {
		return err
	}
	if err := mount("", w.Home, syscall.MS_REMOUNT|syscall.MS_RDONLY); err != nil {
		return err
	}
	code, text := w.Command(ctx, "agent")
	if code == 0 || code == 2 || code == -1 || bytes.Contains([]byte(text), []byte("goroutine ")) {
		w.Complain("truth", "an agent on a read-only disk ended with %d: %s", code, Clip(text, 500))
	}
	if err := mount("", w.Home, syscall.MS_REMOUNT); err != nil {
		return err
	}
	return w.Start(ctx)
}

// fullAtTheEnd takes away also what the ballast gave back, so that not even the
// outcome of the run can be stored. The agent has to show it all the same, and store
// it once there is room.
func fullAtTheEnd(ctx context.Context, w *World) error {
	trap := w.director.Arm("host.commit.before", 1)
	p := w.begin(ctx)
	v, err := w.sprung(ctx, p, trap)
	if v == nil {
		return errors.Join(errors.New("nothing was committed"), err)
	}
	trap = w.director.Arm("host.end", 1)
	err = w.fill(0)
	v.Release("")
	if v, err2 := w.sprung(ctx, p, trap); v != nil {
		err = errors.Join(err, err2, w.fill(0))
		v.Release("")
	}
	if err != nil {
		return err
	}
	if err := w.outcomeShown(ctx, p); err != nil {
		return err
	}
	return errors.Join(emptied(ctx, w), w.settle(ctx, p))
}

// outcomeShown waits for a run's outcome, which must come soon, also on a full disk.
// An agent that died of the disk shows it after its next start.
func (w *World) outcomeShown(ctx context.Context, p *played) error {
	soon, cancel := context.WithTimeout(ctx, limit.Allowed(limit.OnFullDisk))
	defer cancel()
	err := w.await(soon, p)
	if errors.Is(err, errDied) {
		p.crashed = true
		return errors.Join(emptied(ctx, w), w.Start(ctx))
	}
	if err != nil && ctx.Err() == nil {
		w.Complain("truth", "run %d should have ended and is still %s %s later", p.number, p.run.Status, limit.Allowed(limit.OnFullDisk))
		return nil
	}
	return err
}
