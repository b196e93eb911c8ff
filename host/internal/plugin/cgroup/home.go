package cgroup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// Home is the directory in which the agent makes control groups. It is safe for
// concurrent use; a nil Home has no limits.
type Home struct {
	dir         string
	controllers []string // that count and limit in the groups
	made        atomic.Uint64
}

// Find returns where groups are made: choice is Auto, Off or a directory. It returns nil
// where no group was delegated, and an error for one that cannot be used.
func Find(choice string) (*Home, error) {
	auto := choice == Auto || choice == ""
	switch {
	case choice == Off, auto && runtime.GOOS != "linux":
		return nil, nil
	case !auto:
		return use(choice)
	}
	dir, err := delegated("/proc/self/cgroup", "/proc/self/mountinfo")
	if dir == "" || err != nil {
		return nil, err
	}
	return use(dir)
}

// delegated returns the group of this process, or the one above it (DelegateSubgroup=),
// if systemd has marked it as delegated; "" if not.
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
				if attribute(candidate, "user.delegate") == "1" || attribute(candidate, "trusted.delegate") == "1" {
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

// use makes a directory the home: it ends what a killed host left, moves this process
// into a group below and switches the controllers on.
func use(dir string) (*Home, error) {
	if err := check(dir); err != nil {
		return nil, fmt.Errorf("use control group %s: %w", dir, err)
	}
	h := &Home{dir: dir}
	if err := h.sweep(); err != nil {
		return nil, err
	}
	if err := h.leave(); err != nil {
		return nil, err
	}
	offered, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return nil, fmt.Errorf("read controllers: %w", err)
	}
	for _, name := range []string{"memory", "pids"} {
		// A home with processes of others in it can have no controllers; groups without
		// limits still end all their processes.
		if slices.Contains(strings.Fields(string(offered)), name) && write(dir, "cgroup.subtree_control", "+"+name) == nil {
			h.controllers = append(h.controllers, name)
		}
	}
	return h, nil
}

// leave moves this process from the home into the group agent below: a group with
// controllers for its children can have no processes.
func (h *Home) leave() error {
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

// sweep ends the groups of hosts that have ended.
func (h *Home) sweep() error {
	entries, err := os.ReadDir(h.dir)
	if err != nil {
		return fmt.Errorf("read control group: %w", err)
	}
	for _, e := range entries {
		owner, _, _ := strings.Cut(strings.TrimPrefix(e.Name(), Prefix), "-")
		pid, err := strconv.Atoi(owner)
		if !strings.HasPrefix(e.Name(), Prefix) || err != nil || pid != os.Getpid() && runs(pid) {
			continue
		}
		if err := (&Group{dir: filepath.Join(h.dir, e.Name())}).End(); err != nil {
			return err
		}
	}
	return nil
}

// runs reports whether a process has not ended.
func runs(pid int) bool {
	process, err := os.FindProcess(pid)
	return err == nil && !errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// Dir returns the directory of the home.
func (h *Home) Dir() string { return h.dir }

// Limits reports which limits the kernel holds.
func (h *Home) Limits() (memory, tasks bool) {
	if h == nil {
		return false, false
	}
	return slices.Contains(h.controllers, "memory"), slices.Contains(h.controllers, "pids")
}

// Group makes a group with the limits for which there are controllers; nil without a home.
func (h *Home) Group(limits Limits) (*Group, error) {
	if h == nil {
		return nil, nil
	}
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

// write writes to a file of the kernel, which it does not create.
func write(dir, name, value string) error {
	file, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(value)
	return errors.Join(err, file.Close())
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
