package power

import (
	"context"
	"errors"
	"fmt"
	"os"
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

func newPowerDisk(dir, point string) (*powerDisk, error) {
	d := &powerDisk{dir: dir}
	d.cabinet = loop{file: filepath.Join(dir, "cabinet"), point: filepath.Join(dir, "cab")}
	d.inner = loop{file: filepath.Join(d.cabinet.point, "disk"), point: point}
	if err := d.cabinet.make(3*play.DiskMiB, "-O", "^has_journal"); err != nil {
		return nil, err
	}
	for _, step := range []func() error{
		func() error { return d.cabinet.mount("noatime") },
		func() error { return d.inner.make(play.DiskMiB) },
		func() error { return d.inner.mount(powerMount) },
		func() error { return os.RemoveAll(filepath.Join(point, "lost+found")) },
		func() error { return tool(context.Background(), "sync", "--file-system", point) }, // a cut finds an empty disk
	} {
		if err := step(); err != nil {
			return nil, errors.Join(err, d.close())
		}
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

func (l *loop) make(mib int64, options ...string) error {
	return play.MakeDisk(l.file, mib, append(options, "-m", "0")...)
}

// mount gives the file a loop device and mounts it. A journal is replayed.
func (l *loop) mount(options string) error {
	if err := os.MkdirAll(l.point, 0o700); err != nil {
		return fmt.Errorf("make mount point: %w", err)
	}
	device, err := play.Tool(context.Background(), "losetup", "--find", "--show", l.file)
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

func tool(ctx context.Context, name string, args ...string) error {
	_, err := play.Tool(ctx, name, args...)
	return err
}
