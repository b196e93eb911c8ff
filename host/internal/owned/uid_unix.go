//go:build unix

package owned

import (
	"io/fs"
	"syscall"
)

// UID returns the owner of a file; false if unknown.
func UID(info fs.FileInfo) (uid int, known bool) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid), true
	}
	return 0, false
}
