//go:build unix

package owned

import (
	"io/fs"
	"syscall"
)

// UID returns the user who owns a file; false where that is not known.
func UID(info fs.FileInfo) (uid int, known bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}
