//go:build !linux

package cgroup

import "errors"

// check returns an error.
func check(string) error { return errors.New("only Linux has control groups") }

// attribute returns "".
func attribute(string, string) string { return "" }
