package power

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/plumbline-dev/plumbline/build/chaos/limit"
	"github.com/plumbline-dev/plumbline/build/chaos/play"
)

// powerDisk is the disk of an agent whose power is cut. The agent's directory is
// on an ext4 in a file, behind a loop device. That file is on a second ext4 of its
// own, the cabinet, because freezing the cabinet holds every write to the file:
//
//	agent ─▶ page cache ─▶ ext4 ─▶ loop device ─▶ file on the cabinet ─▶ loop device
//	         lost in a cut                        what a cut leaves
type powerDisk struct {
	dir     string // holds everything
	cabinet loop
	inner   loop
}

// loop is a file system in a file, mounted by a loop device.
type loop struct{ file, device, point string }

// powerMount makes ext4 keep no more than it promises: a rename over a file does
// not write the file first, and no commit comes by itself for half a minute.
const powerMount = "noauto_da_alloc,commit=30,data=ordered"

// newPowerDisk makes a disk and mounts it on point.
func newPowerDisk(dir, point string) (*powerDisk, error) {
	d := &powerDisk{dir: dir}
	d.cabinet = loop{file: filepath.Join(dir, "cabinet"), point: filepath.Join(dir, "cab")}
	d.inner = loop{file: filepath.Join(d.cabinet.point, "disk"), point: point}
	if err := d.cabinet.make(3*play.DiskMiB, "-O", "^has_journal"); err != nil {
		return nil, err
	}
	err := d.cabinet.mount("noatime")
	if err == nil {
		err = d.inner.make(play.DiskMiB)
	}
	if err == nil {
		err = d.inner.mount(powerMount)
	}
	if err == nil {
		err = os.RemoveAll(filepath.Join(point, "lost+found"))
	}
	if err == nil {
		err = syncFileSystem(point) // an empty disk that was made long ago
	}
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *powerDisk) close() error {
	return errors.Join(d.inner.unmount(), d.cabinet.unmount())
}

// cut copies what a power cut at this moment leaves on the disk. Nothing is synced
// for it: what is only in the page cache of the agent's file system is not in the
// copy, and no write to the disk happens between its first and its last block.
func (d *powerDisk) cut(ctx context.Context, copied string) error {
	if err := tool(ctx, "fsfreeze", "--freeze", d.cabinet.point); err != nil {
		return err
	}
	err := tool(ctx, "cp", "--sparse=always", d.inner.file, copied)
	return errors.Join(err, tool(context.WithoutCancel(ctx), "fsfreeze", "--unfreeze", d.cabinet.point))
}

// writes counts the writes that the disk has done.
func (d *powerDisk) writes() (int, error) {
	raw, err := os.ReadFile(filepath.Join("/sys/block", filepath.Base(d.inner.device), "stat"))
	if err != nil {
		return 0, fmt.Errorf("count writes: %w", err)
	}
	fields := strings.Fields(string(raw))
	if len(fields) < 5 {
		return 0, fmt.Errorf("count writes: %q has no number of writes", raw)
	}
	return strconv.Atoi(fields[4])
}

// make makes the file and its file system.
func (l *loop) make(mib int64, options ...string) error {
	if err := os.WriteFile(l.file, nil, 0o600); err != nil {
		return fmt.Errorf("make image: %w", err)
	}
	if err := os.Truncate(l.file, mib<<20); err != nil {
		return fmt.Errorf("make image: %w", err)
	}
	return tool(context.Background(), "mkfs.ext4", append(options, "-q", "-F", "-m", "0", l.file)...)
}

// mount gives the file a loop device and mounts it. A journal is replayed.
func (l *loop) mount(options string) error {
	if err := os.MkdirAll(l.point, 0o700); err != nil {
		return fmt.Errorf("make mount point: %w", err)
	}
	device, err := output(context.Background(), "losetup", "--find", "--show", l.file)
	if err != nil {
		return err
	}
	l.device = strings.TrimSpace(device)
	if err := tool(context.Background(), "mount", "-t", "ext4", "-o", options, l.device, l.point); err != nil {
		return errors.Join(err, l.unmount())
	}
	return nil
}

// unmount takes the device away, too. A process that has just ended may hold the
// file system for a moment.
func (l *loop) unmount() error {
	if l.device == "" {
		return nil
	}
	var err error
	play.Within(limit.Allowed(limit.Gone), func() bool {
		err = syscall.Unmount(l.point, 0)
		return !errors.Is(err, syscall.EBUSY)
	})
	if err != nil && !errors.Is(err, syscall.EINVAL) { // EINVAL: it is not mounted
		err = errors.Join(fmt.Errorf("unmount %s: %w", l.point, err), play.Unmount(l.point))
	} else {
		err = nil
	}
	device := l.device
	l.device = ""
	return errors.Join(err, tool(context.Background(), "losetup", "--detach", device))
}

func syncFileSystem(point string) error {
	return tool(context.Background(), "sync", "--file-system", point)
}

// tool runs a program of the system that an administrator has.
func tool(ctx context.Context, name string, args ...string) error {
	_, err := output(ctx, name, args...)
	return err
}

func output(ctx context.Context, name string, args ...string) (string, error) {
	var said, complaint bytes.Buffer
	c := exec.CommandContext(ctx, name, args...)
	if path, err := exec.LookPath("/usr/sbin/" + name); err == nil {
		c.Path, c.Err = path, nil
	}
	c.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	c.Stdout, c.Stderr = &said, &complaint
	if err := c.Run(); err != nil {
		return "", play.Impossible{Why: fmt.Sprintf("%s %s: %v: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(complaint.Bytes()))}
	}
	return said.String(), nil
}
