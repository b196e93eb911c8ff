//go:build unix

package devbuild

import (
	"os/exec"
	"syscall"
)

// together makes a command the leader of a process group that is interrupted as a whole.
// Interrupting a shell alone would leave the compiler running.
func together(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
}

// endGroup kills the processes that a command has left.
func endGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // mostly none is left
	}
}
