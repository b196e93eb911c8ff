package cgroup

import "golang.org/x/sys/unix"

// isCgroup2 reports whether a directory is one of cgroup v2.
func isCgroup2(dir string) (bool, error) {
	var system unix.Statfs_t
	err := unix.Statfs(dir, &system)
	return err == nil && system.Type == unix.CGROUP2_SUPER_MAGIC, err
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
