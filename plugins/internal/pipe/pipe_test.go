//go:build unix

package pipe_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/pipe"
)

// TestNoWait opens a pipe that has no writer. Without the flag the open would not return.
func TestNoWait(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "report.sarif")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDONLY|pipe.NoWait, 0)
	if err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
}
