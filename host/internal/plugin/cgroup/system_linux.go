package cgroup

import (
	"errors"

	"golang.org/x/sys/unix"
)

// check returns an error unless a directory is one of cgroup v2.
func check(dir string) error {
	var system unix.Statfs_t
	err := unix.Statfs(dir, &system)
	if err == nil && system.Type != unix.CGROUP2_SUPER_MAGIC {
		return errors.New("it is no directory of cgroup v2")
	}
	return err
}

// attribute returns a short extended attribute of a directory, "" for none.
func attribute(dir, name string) string {
	value := make([]byte, 8)
	n, err := unix.Getxattr(dir, name, value)
	if err != nil {
		return ""
	}
	return string(value[:n])
}
