package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Group is the control group of one process and of what it starts. A nil Group is
// one that could not be had: its methods do nothing.
type Group struct{ dir string }

// mostRounds bounds how often Take looks for processes that are still outside.
const mostRounds = 100

// ErrRunaway is returned for a program that starts processes faster than they can be
// gathered.
var ErrRunaway = errors.New("it starts processes faster than they can be counted")

// Take puts the leader into the group, and then whatever else outside lists, again
// and again until that is nothing.
func (g *Group) Take(leader int, outside func() []int) error {
	if g == nil {
		return nil
	}
	if err := g.add(leader); err != nil {
		return err
	}
	for range mostRounds {
		inside, err := members(g.dir)
		if err != nil {
			return fmt.Errorf("read control group: %w", err)
		}
		left := slices.DeleteFunc(outside(), func(pid int) bool { return slices.Contains(inside, pid) })
		if len(left) == 0 {
			return nil
		}
		for _, pid := range left {
			if err := g.add(pid); err != nil {
				return err
			}
		}
	}
	return ErrRunaway
}

func (g *Group) add(pid int) error {
	err := write(g.dir, "cgroup.procs", strconv.Itoa(pid))
	if err != nil && !errors.Is(err, unix.ESRCH) { // it has ended
		return fmt.Errorf("put process %d into control group: %w", pid, err)
	}
	return nil
}

// Exceeded says which limits the group has run into so far.
func (g *Group) Exceeded() Exceeded {
	if g == nil {
		return Exceeded{}
	}
	return Exceeded{Memory: g.event("memory.events", "oom_kill"), Tasks: g.event("pids.events", "max")}
}

// event reports whether an event has been counted. Without the controller there is
// no file, and nothing happens.
func (g *Group) event(file, name string) bool {
	raw, err := os.ReadFile(filepath.Join(g.dir, file))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(raw)) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == name {
			return fields[1] != "0"
		}
	}
	return false
}

// endPatience is how long processes that were killed may take to be gone.
const endPatience = 5 * time.Second

// End kills every process of the group and removes it.
func (g *Group) End() error {
	if g == nil {
		return nil
	}
	for begun := time.Now(); ; <-time.After(5 * time.Millisecond) {
		if err := g.kill(); err != nil {
			return err
		}
		err := os.Remove(g.dir)
		switch {
		case err == nil, errors.Is(err, fs.ErrNotExist):
			return nil
		case !errors.Is(err, unix.EBUSY), time.Since(begun) > endPatience:
			return fmt.Errorf("remove control group: %w", err)
		}
	}
}

// kill kills them all at once (Linux 5.14), or else one by one.
func (g *Group) kill() error {
	err := write(g.dir, "cgroup.kill", "1")
	if err == nil || errors.Is(err, fs.ErrNotExist) && !exists(g.dir) {
		return nil
	}
	pids, err := members(g.dir)
	if err != nil {
		return fmt.Errorf("read control group: %w", err)
	}
	for _, pid := range pids {
		// One that has ended meanwhile is as good.
		_ = unix.Kill(pid, unix.SIGKILL)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
