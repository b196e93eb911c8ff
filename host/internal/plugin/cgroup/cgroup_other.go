//go:build !linux

package cgroup

import (
	"errors"
	"fmt"
	"runtime"
)

// Home is where groups are made, which only Linux has.
type Home struct{}

// ErrRunaway is returned for a program that starts processes faster than they can be
// gathered.
var ErrRunaway = errors.New("it starts processes faster than they can be counted")

// Find returns nil: there are no control groups here. A directory that was named is
// an error.
func Find(choice string) (*Home, error) {
	if choice == Auto || choice == Off || choice == "" {
		return nil, nil
	}
	return nil, fmt.Errorf("use control group %s: there are none on %s", choice, runtime.GOOS)
}

// Dir returns the directory of the home.
func (*Home) Dir() string { return "" }

// Limits reports whether memory and numbers of processes are limited by the kernel.
func (*Home) Limits() (memory, tasks bool) { return false, false }

// Group makes no group.
func (*Home) Group(Limits) (*Group, error) { return nil, nil }

// Group is a control group, of which there are none here.
type Group struct{}

// Take does nothing.
func (*Group) Take(int, func() []int) error { return nil }

// Exceeded says that no limit was run into.
func (*Group) Exceeded() Exceeded { return Exceeded{} }

// End does nothing.
func (*Group) End() error { return nil }
