//go:build unix

package devbuild

import (
	"os/exec"
	"syscall"
)

// together has a command and all that it starts be asked to end as one: the
// interrupt of a shell alone would leave the compiler running.
func together(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
}

// endGroup ends what a command that was waited for has left.
func endGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // mostly there is nothing
	}
}
