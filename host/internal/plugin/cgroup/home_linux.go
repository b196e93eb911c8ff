package cgroup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Home is a directory of the control group file system in which the agent makes
// groups. It is safe for concurrent use; a nil Home makes none.
type Home struct {
	dir         string
	controllers []string // that count and limit in the groups
	made        atomic.Uint64
}

// Find returns where groups are made: choice is Auto, Off or a directory that an
// administrator handed over. It is nil where none was handed over; one that cannot be
// used is an error.
func Find(choice string) (*Home, error) {
	switch choice {
	case Off:
		return nil, nil
	case Auto, "":
		dir, err := delegated("/proc/self/cgroup", "/proc/self/mountinfo")
		if dir == "" || err != nil {
			return nil, err
		}
		return settle(dir)
	}
	return settle(choice)
}

// delegated returns the directory that the service manager handed to this process,
// or to the one it is in (DelegateSubgroup=), "" when there is none.
func delegated(own, mounts string) (string, error) {
	root, err := mounted(mounts)
	if root == "" || err != nil {
		return "", err
	}
	raw, err := os.ReadFile(own)
	if err != nil {
		return "", fmt.Errorf("read own control group: %w", err)
	}
	for line := range strings.Lines(string(raw)) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			dir := filepath.Join(root, path)
			for _, candidate := range []string{dir, filepath.Dir(dir)} {
				if handedOver(candidate) {
					return candidate, nil
				}
			}
		}
	}
	return "", nil
}

// mounted returns where cgroup v2 is mounted, "" where it is not.
func mounted(mounts string) (string, error) {
	raw, err := os.ReadFile(mounts)
	if err != nil {
		return "", fmt.Errorf("read mounts: %w", err)
	}
	for line := range strings.Lines(string(raw)) {
		before, after, _ := strings.Cut(line, " - ")
		fields := strings.Fields(before)
		if strings.HasPrefix(after, "cgroup2 ") && len(fields) >= 5 {
			return fields[4], nil
		}
	}
	return "", nil
}

// handedOver reports whether systemd has marked a group as delegated.
func handedOver(dir string) bool {
	for _, name := range []string{"user.delegate", "trusted.delegate"} {
		value := make([]byte, 8)
		if n, err := unix.Getxattr(dir, name, value); err == nil && string(value[:n]) == "1" {
			return true
		}
	}
	return false
}

// settle moves this process out of the way, switches the controllers on and ends
// what a host that was killed left.
func settle(dir string) (*Home, error) {
	var system unix.Statfs_t
	if err := unix.Statfs(dir, &system); err != nil {
		return nil, fmt.Errorf("use control group %s: %w", dir, err)
	}
	if system.Type != unix.CGROUP2_SUPER_MAGIC {
		return nil, fmt.Errorf("use control group %s: it is no directory of cgroup v2", dir)
	}
	h := &Home{dir: dir}
	if err := h.sweep(); err != nil {
		return nil, err
	}
	if err := h.makeWay(); err != nil {
		return nil, err
	}
	offered, err := words(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return nil, fmt.Errorf("read controllers: %w", err)
	}
	for _, name := range []string{"memory", "pids"} {
		// A group that others' processes are in can have no controllers; its groups are
		// of use without them, too.
		if slices.Contains(offered, name) && write(dir, "cgroup.subtree_control", "+"+name) == nil {
			h.controllers = append(h.controllers, name)
		}
	}
	return h, nil
}

// makeWay moves this process into a group of its own if it is in the home itself:
// controllers are for groups that have no processes beside other groups.
func (h *Home) makeWay() error {
	inside, err := members(h.dir)
	if err != nil {
		return fmt.Errorf("read control group: %w", err)
	}
	if !slices.Contains(inside, os.Getpid()) {
		return nil
	}
	agent := filepath.Join(h.dir, "agent")
	if err := os.Mkdir(agent, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make control group: %w", err)
	}
	if err := write(agent, "cgroup.procs", strconv.Itoa(os.Getpid())); err != nil {
		return fmt.Errorf("move to control group %s: %w", agent, err)
	}
	return nil
}

// sweep removes the groups of hosts that are gone, with whatever is in them.
func (h *Home) sweep() error {
	entries, err := os.ReadDir(h.dir)
	if err != nil {
		return fmt.Errorf("read control group: %w", err)
	}
	for _, e := range entries {
		owner, _, _ := strings.Cut(strings.TrimPrefix(e.Name(), Prefix), "-")
		pid, err := strconv.Atoi(owner)
		alive := pid != os.Getpid() && !errors.Is(unix.Kill(pid, 0), unix.ESRCH)
		if !strings.HasPrefix(e.Name(), Prefix) || err != nil || alive {
			continue
		}
		if err := (&Group{dir: filepath.Join(h.dir, e.Name())}).End(); err != nil {
			return err
		}
	}
	return nil
}

// Dir returns the directory of the home.
func (h *Home) Dir() string { return h.dir }

// Limits reports whether memory and numbers of processes are limited by the kernel.
func (h *Home) Limits() (memory, tasks bool) {
	if h == nil {
		return false, false
	}
	return slices.Contains(h.controllers, "memory"), slices.Contains(h.controllers, "pids")
}

// Group makes a group with these limits, as far as the controllers go.
func (h *Home) Group(limits Limits) (*Group, error) {
	g := &Group{dir: filepath.Join(h.dir, fmt.Sprintf("%s%d-%d", Prefix, os.Getpid(), h.made.Add(1)))}
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		return nil, fmt.Errorf("make control group: %w", err)
	}
	memory, tasks := h.Limits()
	var err error
	if memory && limits.MemoryMiB > 0 {
		err = errors.Join(write(g.dir, "memory.oom.group", "1"), write(g.dir, "memory.max", strconv.Itoa(limits.MemoryMiB<<20)))
	}
	if tasks && limits.Tasks > 0 {
		err = errors.Join(err, write(g.dir, "pids.max", strconv.Itoa(limits.Tasks)))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("limit control group: %w", err), g.End())
	}
	return g, nil
}

// write writes to one of the kernel's files, which are there or not.
func write(dir, name, value string) error {
	file, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(value)
	return errors.Join(err, file.Close())
}

func words(file string) ([]string, error) {
	raw, err := os.ReadFile(file)
	return strings.Fields(string(raw)), err
}

// members returns the processes of a group.
func members(dir string) (pids []int, err error) {
	raw, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	for line := range bytes.Lines(raw) {
		if pid, err := strconv.Atoi(string(bytes.TrimSpace(line))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, err
}
