//go:build unix

package store

import "golang.org/x/sys/unix"

// freeSpace returns the bytes this process may still write and the disk's size.
func freeSpace(dir string) (free, total uint64, err error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, 0, err
	}
	size := uint64(fs.Bsize)
	return uint64(fs.Bavail) * size, uint64(fs.Blocks) * size, nil
}
