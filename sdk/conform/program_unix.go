//go:build unix

package conform

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
)

// group makes cmd lead a process group of its own.
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

// interrupt sends what Ctrl-C sends.
func interrupt(cmd *exec.Cmd) error {
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		return fmt.Errorf("interrupt program: %w", err)
	}
	return nil
}

// withFewFiles starts a program that may have only n files open.
func withFewFiles(n int) ([]string, error) {
	return []string{"/bin/sh", "-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, n)}, nil
}

// underParent starts a program with a parent that can be killed without it. The
// parent prints nothing and keeps the program's standard files its own.
func underParent() ([]string, error) {
	return []string{"/bin/sh", "-c", `"$0" "$@" <&0 & wait`}, nil
}
