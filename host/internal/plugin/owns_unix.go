//go:build unix

package plugin

import "golang.org/x/sys/unix"

// groupOfProcess returns the process group of a process.
func groupOfProcess(pid int) (int, bool) {
	group, err := unix.Getpgid(pid)
	return group, err == nil
}
