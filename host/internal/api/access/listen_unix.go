//go:build unix

package access

import (
	"fmt"
	"os"
	"syscall"
)

// ownedByUs refuses a directory that another user made or may write to: that user could
// replace the socket.
func ownedByUs(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("read socket directory: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(stat.Uid) != os.Getuid() || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("socket directory %s must belong to this user, and no other user may write to it", dir)
	}
	return nil
}
