//go:build unix

package plugin_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// suspend stops a process and returns when every thread of it has stopped: until then
// it may go on with what it is asked.
func suspend(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); ; {
		if stopped(pid) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("process %d does not stop", pid)
		}
		<-time.After(time.Millisecond)
	}
}

// stopped reports whether every thread of a process has stopped. Systems without
// /proc do not tell.
func stopped(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		return true
	}
	for _, thread := range threads {
		if raw, err := os.ReadFile(thread); err == nil && !bytes.Contains(raw, []byte(") T ")) {
			return false
		}
	}
	return true
}
