//go:build unix

package plugin_test

import (
	"syscall"
	"testing"
)

// suspend stops a process where it stands.
func suspend(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}
