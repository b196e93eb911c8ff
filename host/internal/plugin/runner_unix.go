//go:build unix

package plugin

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
)

func executable(info fs.FileInfo) bool {
	return info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// isolate gives the process a group of its own, which also keeps a terminal's
// interrupt for the host from reaching it.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

func contain(*os.Process) {}

// killGroup ends every process of the group. That there is none left is fine.
func killGroup(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
}

func exitWords(state *os.ProcessState) string {
	status, ok := state.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return fmt.Sprintf("was ended by signal %d (%s)", status.Signal(), status.Signal())
	}
	return fmt.Sprintf("exited with code %d", state.ExitCode())
}
