//go:build unix

package conform

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
)

// group starts cmd in its own process group.
func group(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}

// groupAlive reports whether a process of cmd's group is left.
func groupAlive(cmd *exec.Cmd) bool {
	return !errors.Is(syscall.Kill(-cmd.Process.Pid, 0), syscall.ESRCH)
}

// interrupt sends the signal of Ctrl-C.
func interrupt(cmd *exec.Cmd) error {
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		return fmt.Errorf("interrupt program: %w", err)
	}
	return nil
}

// withFewFiles returns a command that starts a program with a limit of n open files.
func withFewFiles(n int) ([]string, error) {
	return []string{"/bin/sh", "-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, n)}, nil
}

// underParent returns a command that starts a program as its child. The parent prints
// nothing and does not use the program's standard files.
func underParent() ([]string, error) {
	return []string{"/bin/sh", "-c", `"$0" "$@" <&0 & wait`}, nil
}
