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
	"syscall"
	"time"
)

// Group is the control group of one process and its helpers. The methods of a nil Group do nothing.
type Group struct{ dir string }

// maxPasses is how often Take lists the processes that are still outside.
const maxPasses = 100

// ErrRunaway is returned for a program that starts processes faster than Take moves them.
var ErrRunaway = errors.New("it starts processes faster than they can be counted")

// Take moves the leader into the group, and then what outside lists, until outside lists only members.
func (g *Group) Take(leader int, outside func() []int) error {
	if g == nil {
		return nil
	}
	if err := g.add(leader); err != nil {
		return err
	}
	for range maxPasses {
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
	if err != nil && !errors.Is(err, syscall.ESRCH) { // it has ended
		return fmt.Errorf("put process %d into control group: %w", pid, err)
	}
	return nil
}

// Exceeded says which limits the group has reached so far.
func (g *Group) Exceeded() Exceeded {
	if g == nil {
		return Exceeded{}
	}
	return Exceeded{Memory: g.event("memory.events", "oom_kill"), Tasks: g.event("pids.events", "max")}
}

// event reports whether the kernel counted an event. Without the controller there is no file.
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

// endTimeout is how long End waits for killed processes to end.
const endTimeout = 5 * time.Second

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
		case !errors.Is(err, syscall.EBUSY), time.Since(begun) > endTimeout:
			return fmt.Errorf("remove control group: %w", err)
		}
	}
}

// kill kills all processes at once (Linux 5.14) or one by one.
func (g *Group) kill() error {
	if write(g.dir, "cgroup.kill", "1") == nil {
		return nil
	}
	pids, err := members(g.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read control group: %w", err)
	}
	for _, pid := range pids {
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Kill() // it may have ended
		}
	}
	return nil
}
