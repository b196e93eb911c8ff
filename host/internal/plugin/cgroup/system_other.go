//go:build !linux

package cgroup

// isCgroup2 reports false: only Linux has control groups.
func isCgroup2(string) (bool, error) { return false, nil }

// attribute returns "".
func attribute(string, string) string { return "" }
