//go:build unix

package api

import (
	"fmt"
	"os"
	"syscall"
)

// ownedByUs refuses a directory that somebody else made, or may write to, under
// the name of ours: they could put a socket of their own in place of it.
func ownedByUs(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("look at socket directory: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(stat.Uid) != os.Getuid() || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("socket directory %s must belong to this user and be writable by nobody else", dir)
	}
	return nil
}
