//go:build unix

package group

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Isolate gives the process a group of its own, which a terminal's interrupt for the host does not reach.
func Isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// Contain does nothing: a process group is enough here.
func Contain(*os.Process) {}

// Kill ends every process of the group.
func Kill(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
}

// ExitWords says in words how a process ended.
func ExitWords(state *os.ProcessState) string {
	status, ok := state.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return fmt.Sprintf("was ended by signal %d (%s)", status.Signal(), status.Signal())
	}
	return fmt.Sprintf("exited with code %d", state.ExitCode())
}

// LeaderOf returns the leader of a process's group; false when the process has ended.
func LeaderOf(pid int) (int, bool) {
	leader, err := unix.Getpgid(pid)
	return leader, err == nil
}
