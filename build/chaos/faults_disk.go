package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/plumbline-dev/plumbline/host"
)

// diskFaults need a file system of their own, which they mount from an image.
func diskFaults() []fault {
	return []fault{
		{name: "disk-below-floor", moments: []string{""}, place: ownDisk, play: belowFloor, undo: emptied},
		{name: "disk-full", moments: []string{"host.group", "host.commit.before", "host.finish"}, place: ownDisk, inject: fillDisk, undo: emptied, mayDie: true, status: anyEnd, codes: []string{host.CodeDiskFull}},
		{name: "disk-full-at-the-end", moments: []string{""}, place: ownDisk, play: fullAtTheEnd},
		{name: "read-only-store", moments: []string{""}, place: ownDisk, play: readOnlyDisk},
	}
}

// diskMiB is the size of the disk: room for the store's files and its ballast.
const diskMiB = 700

// ownDisk puts the agent's directory on a disk of its own.
func ownDisk(w *world) error {
	image := filepath.Join(w.dir, "disk")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		return fmt.Errorf("make image: %w", err)
	}
	if err := os.Truncate(image, diskMiB<<20); err != nil {
		return fmt.Errorf("make image: %w", err)
	}
	for _, args := range [][]string{{"mkfs.ext4", "-q", "-F", image}, {"mount", "-o", "loop", image, w.home}} {
		var text bytes.Buffer
		tool := exec.CommandContext(context.Background(), args[0], args[1:]...)
		tool.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
		if path, err := exec.LookPath("/usr/sbin/" + args[0]); err == nil {
			tool.Path, tool.Err = path, nil
		}
		tool.Stdout, tool.Stderr = &text, &text
		if err := tool.Run(); err != nil {
			return impossible{fmt.Sprintf("%s is not possible here: %v: %s", args[0], err, bytes.TrimSpace(text.Bytes()))}
		}
	}
	w.closers = append(w.closers, func() error { return unmount(w.home) })
	return os.RemoveAll(filepath.Join(w.home, "lost+found"))
}

func (w *world) filler() string { return filepath.Join(w.home, "filler") }

// fill leaves so many bytes of the disk free.
func (w *world) fill(leave uint64) error {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(w.home, &disk); err != nil {
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

func emptied(_ context.Context, w *world) error {
	if err := os.Remove(w.filler()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("empty disk: %w", err)
	}
	return nil
}

// belowFloor leaves less than the store wants, so that it refuses to write.
func belowFloor(ctx context.Context, w *world) error {
	if err := w.fill(6 << 20); err != nil {
		return err
	}
	code, text := w.command(ctx, "connection", "sync", alias)
	if code == 0 {
		w.complain("truth", "a sync on a full disk succeeded: %s", clip(text, 500))
	}
	if !w.agent.Alive() {
		w.complain("truth", "the agent died of a nearly full disk: %s", clip(w.agent.Log(), 1000))
		return w.start(ctx)
	}
	return nil
}

// fillDisk takes the last byte. What the agent may do then is die: it writes to
// memory that stands for the disk. What it may not is lose something.
func fillDisk(_ context.Context, w *world, _ *visit) error { return w.fill(0) }

func readOnlyDisk(ctx context.Context, w *world) error {
	if err := w.agent.stop(); err != nil {
		return err
	}
	if err := mount("", w.home, syscall.MS_REMOUNT|syscall.MS_RDONLY); err != nil {
		return err
	}
	code, text := w.command(ctx, "agent")
	if code == 0 || code == 2 || code == -1 || bytes.Contains([]byte(text), []byte("goroutine ")) {
		w.complain("truth", "an agent on a read-only disk ended with %d: %s", code, clip(text, 500))
	}
	if err := mount("", w.home, syscall.MS_REMOUNT); err != nil {
		return err
	}
	return w.start(ctx)
}

// fullAtTheEnd takes away also what the ballast gave back, so that not even the
// outcome of the run can be stored. It has to be told all the same, and stored
// once there is room.
func fullAtTheEnd(ctx context.Context, w *world) error {
	trap := w.director.arm("host.commit.before", 1)
	p := w.begin(ctx)
	v, err := w.sprung(ctx, p, trap)
	if v == nil {
		return errors.Join(errors.New("nothing was committed"), err)
	}
	trap = w.director.arm("host.end", 1)
	err = w.fill(0)
	v.release("")
	if v, err2 := w.sprung(ctx, p, trap); v != nil {
		err = errors.Join(err, err2, w.fill(0))
		v.release("")
	}
	if err != nil {
		return err
	}
	if err := w.outcomeTold(ctx, p); err != nil {
		return err
	}
	return errors.Join(emptied(ctx, w), w.settle(ctx, p))
}

// outcomeTold is a run's outcome within a moment, also on a full disk. An agent
// that died of the disk tells it once it lives again.
func (w *world) outcomeTold(ctx context.Context, p *played) error {
	soon, cancel := context.WithTimeout(ctx, allowed(toldLimit))
	defer cancel()
	err := w.await(soon, p)
	if errors.Is(err, errDied) {
		p.crashed = true
		return errors.Join(emptied(ctx, w), w.start(ctx))
	}
	if err != nil && ctx.Err() == nil {
		w.complain("truth", "run %d should have ended and is still %s %s later", p.number, p.run.Status, allowed(toldLimit))
		return nil
	}
	return err
}
