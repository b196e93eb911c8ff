//go:build unix

package badgerdir

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// freeSpace returns the bytes this process may still write and the disk's size.
func freeSpace(dir string) (free, total uint64, err error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, 0, err
	}
	return size(fs.Bavail, fs.Bsize), size(fs.Blocks, fs.Bsize), nil
}

// size returns the bytes of some blocks; the systems do not agree on the types.
func size[B, S int32 | uint32 | int64 | uint64](blocks B, block S) uint64 {
	return uint64(blocks) * uint64(block)
}

// Allocated returns the bytes of the disk a file takes; Badger's logs are mostly
// holes.
func Allocated(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Blocks) * 512
	}
	return uint64(info.Size())
}
