package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const (
	wholeDisk = 1 << 30
	minFree   = 64 << 20 // what Plumbline leaves free, as the environment of every case says
)

// smallDisk gives the case a disk of its own for its data directory. It needs root and a mount namespace.
func smallDisk(ctx context.Context, s *stage) error {
	if err := os.MkdirAll(s.data(), 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	s.mounted = true
	return output(ctx, "mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d,mode=700", wholeDisk), "corpus", s.data())
}

// leave makes the disk so small that only some bytes are free, as when another program fills it.
func leave(free uint64) deed {
	return func(ctx context.Context, s *stage) error {
		var stat syscall.Statfs_t
		if err := syscall.Statfs(s.data(), &stat); err != nil {
			return fmt.Errorf("measure the disk: %w", err)
		}
		used := (stat.Blocks - stat.Bfree) * uint64(stat.Bsize)
		return resize(ctx, s, used+free)
	}
}

// room makes the disk large again.
func room(ctx context.Context, s *stage) error { return resize(ctx, s, wholeDisk) }

func resize(ctx context.Context, s *stage, bytes uint64) error {
	return output(ctx, "mount", "-o", fmt.Sprintf("remount,size=%d", bytes), s.data())
}

func (s *stage) data() string { return filepath.Join(s.dir, "data") }

func (s *stage) unmount() {
	if s.mounted {
		_ = output(context.Background(), "umount", "-l", s.data()) // the namespace ends with the recorder
	}
}
