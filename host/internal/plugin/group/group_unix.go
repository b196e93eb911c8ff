//go:build unix

package group

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Isolate gives the process a group of its own, which also keeps a terminal's
// interrupt for the host from reaching it.
func Isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// Contain is for systems where a process could leave its group.
func Contain(*os.Process) {}

// Kill ends every process of the group. That there is none left is fine.
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

// Of returns the process group of a process.
func Of(pid int) (int, bool) {
	group, err := unix.Getpgid(pid)
	return group, err == nil
}
