//go:build unix

package plugin

import (
	"io/fs"
	"os"
	"syscall"
)

func executable(info fs.FileInfo) bool {
	return info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// ours reports whether a file is this user's and nobody else may read, write or
// enter it.
func ours(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid() && info.Mode().Perm()&0o077 == 0
}
