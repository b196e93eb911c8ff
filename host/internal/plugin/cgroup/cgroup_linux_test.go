package cgroup_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/plumbline-dev/plumbline/host/internal/plugin/cgroup"
)

// handed returns a directory of cgroup v2 that is this test's own, or "" on a machine
// where this user may make none: what only a kernel can show is not shown there.
func handed(t *testing.T) string {
	t.Helper()
	for _, root := range []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup"} {
		dir := filepath.Join(root, fmt.Sprintf("plumbline-test-%d-%s", os.Getpid(), t.Name()))
		var system unix.Statfs_t
		if err := unix.Statfs(root, &system); err != nil || system.Type != unix.CGROUP2_SUPER_MAGIC || os.Mkdir(dir, 0o755) != nil {
			continue
		}
		t.Cleanup(func() {
			for range 100 { // processes that were killed leave a moment later
				if os.Remove(dir) == nil {
					return
				}
				<-time.After(10 * time.Millisecond)
			}
			t.Errorf("%s is left", dir)
		})
		return dir
	}
	t.Log("this user may make no groups of cgroup v2 here: nothing but the refusals is tried")
	return ""
}

func home(t *testing.T, dir string) *cgroup.Home {
	t.Helper()
	h, err := cgroup.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// sleeper starts a process that starts another one and waits.
func sleeper(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "/bin/sh", "-c", "/bin/sleep 600 & echo; wait")
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // the other one is there
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }) // it has ended if all is well
	return cmd
}

func inside(t *testing.T, dir string) (pids []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, cgroup.Prefix+"*", "cgroup.procs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, strings.Fields(string(raw))...)
	}
	return pids
}

func TestGroupEndsAll(t *testing.T) {
	t.Parallel()
	dir := handed(t)
	if dir == "" {
		return
	}
	group, err := home(t, dir).Group(cgroup.Limits{MemoryMiB: 64, Tasks: 20})
	if err != nil {
		t.Fatal(err)
	}
	leader := sleeper(t)
	err = group.Take(leader.Process.Pid, func() []int { return childrenOf(t, leader.Process.Pid) })
	if err != nil {
		t.Fatal(err)
	}
	if pids := inside(t, dir); len(pids) != 2 || !slices.Contains(pids, strconv.Itoa(leader.Process.Pid)) {
		t.Errorf("processes %v are in the group, want %d and its child", pids, leader.Process.Pid)
	}
	if group.Exceeded() != (cgroup.Exceeded{}) {
		t.Errorf("a group that does nothing exceeded %+v", group.Exceeded())
	}
	if err := group.End(); err != nil {
		t.Fatal(err)
	}
	if err := leader.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("the leader ended with %v, want killed", err)
	}
	if groups, _ := filepath.Glob(filepath.Join(dir, "*-*")); len(groups) > 0 {
		t.Errorf("%v are left", groups)
	}
	if err := group.End(); err != nil {
		t.Errorf("ended twice: %v", err)
	}
}

func childrenOf(t *testing.T, pid int) (pids []int) {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range strings.Fields(string(raw)) {
		child, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, child)
	}
	return pids
}

// TestRunaway is a program that always has another process outside.
func TestRunaway(t *testing.T) {
	t.Parallel()
	dir := handed(t)
	if dir == "" {
		return
	}
	group, err := home(t, dir).Group(cgroup.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	next := 1 << 22 // above every process id
	leader := sleeper(t)
	err = group.Take(leader.Process.Pid, func() []int { next++; return []int{next} })
	if !errors.Is(err, cgroup.ErrRunaway) {
		t.Errorf("taken with %v", err)
	}
	if err := group.End(); err != nil {
		t.Error(err)
	}
	_ = leader.Wait() // it was killed, but for its child
}

// TestLeftBehind finds the group of a host that was killed, with what is in it, and
// leaves that of one that lives.
func TestLeftBehind(t *testing.T) {
	t.Parallel()
	dir := handed(t)
	if dir == "" {
		return
	}
	dead := exec.CommandContext(t.Context(), "/bin/true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	orphan, alive := sleeper(t), filepath.Join(dir, fmt.Sprintf("%s%d-1", cgroup.Prefix, os.Getppid()))
	left := filepath.Join(dir, fmt.Sprintf("%s%d-7", cgroup.Prefix, dead.Process.Pid))
	if err := errors.Join(os.Mkdir(left, 0o755), os.Mkdir(alive, 0o755)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(alive) }) // seen below
	if err := os.WriteFile(filepath.Join(left, "cgroup.procs"), []byte(strconv.Itoa(orphan.Process.Pid)), 0); err != nil {
		t.Fatal(err)
	}
	home(t, dir)
	if err := orphan.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("what a dead host left ended with %v, want killed", err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Errorf("%s is left", left)
	}
	if _, err := os.Stat(alive); err != nil {
		t.Errorf("the group of a host that lives is gone: %v", err)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	if h, err := cgroup.Find(cgroup.Off); h != nil || err != nil {
		t.Errorf("switched off found %v, %v", h, err)
	}
	plain := t.TempDir()
	if _, err := cgroup.Find(plain); err == nil || !strings.Contains(err.Error(), "no directory of cgroup v2") {
		t.Errorf("a plain directory is refused with %v", err)
	}
	if _, err := cgroup.Find(filepath.Join(plain, "missing")); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a directory that is not there is refused with %v", err)
	}
	var none *cgroup.Home
	if memory, tasks := none.Limits(); memory || tasks {
		t.Error("without a home something is limited")
	}
}

// TestDelegated reads what a service manager says, from files like the system's.
func TestDelegated(t *testing.T) {
	t.Parallel()
	dir := handed(t)
	if dir == "" {
		return
	}
	files := t.TempDir()
	own, mounts := filepath.Join(files, "cgroup"), filepath.Join(files, "mountinfo")
	root, name := filepath.Split(dir)
	child := filepath.Join(dir, "sub")
	if err := errors.Join(
		os.Mkdir(child, 0o755),
		os.WriteFile(mounts, []byte("22 1 0:21 / /proc rw - proc proc rw\n30 22 0:26 / "+filepath.Clean(root)+
			" rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(child) }) // handed sees whether it is gone
	for _, test := range []struct {
		at, mark, want string
	}{
		{name, "", ""},
		{name + "/sub", "", ""},
		{name, "1", dir},
		{name + "/sub", "1", dir}, // DelegateSubgroup
		{name, "0", ""},
	} {
		if err := os.WriteFile(own, []byte("9:memory:/elsewhere\n0::/"+test.at+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_ = unix.Removexattr(dir, "user.delegate") // there may be none
		if test.mark != "" {
			if err := unix.Setxattr(dir, "user.delegate", []byte(test.mark), 0); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := cgroup.Delegated(own, mounts); err != nil || got != test.want {
			t.Errorf("in %s marked %q: %q, %v; want %q", test.at, test.mark, got, err, test.want)
		}
	}
}

// TestLimits writes to a directory that is no real group: what the kernel
// makes of the limits is its own affair, and not every machine has these controllers
// to hand.
func TestLimits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := cgroup.Pretend(dir, "memory", "pids")
	if memory, tasks := h.Limits(); !memory || !tasks {
		t.Errorf("limits are %t, %t", memory, tasks)
	}
	if _, err := h.Group(cgroup.Limits{MemoryMiB: 64, Tasks: 20}); err == nil || !strings.Contains(err.Error(), "limit control group") {
		t.Errorf("a directory without the kernel's files was limited, with %v", err)
	}
	group, made := cgroup.PretendGroup(dir, map[string]string{
		"memory.events": "low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 1\n", "pids.events": "max 3\n",
	})
	if err := made; err != nil {
		t.Fatal(err)
	}
	if got, want := group.Exceeded(), (cgroup.Exceeded{Memory: true, Tasks: true}); got != want {
		t.Errorf("exceeded %+v, want %+v", got, want)
	}
}
