package plugin_test

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/plumbline-dev/plumbline/host/internal/plugin"
)

// Between fork and exec the child moves a pipe of its own behind the highest of
// standard input, output and error when that pipe's number is lower. With files
// opened and closed all the time, the program may be what stands there.
func TestAProgramIsRunWhateverItsDescriptorsNumber(t *testing.T) {
	t.Parallel()
	const far = 500
	program := descriptor(t, "/bin/true", os.O_RDONLY, far+1)
	null := descriptor(t, os.DevNull, os.O_RDWR, far)
	if null.Fd() != far || program.Fd() != far+1 {
		t.Fatalf("the program is %d and its output %d", program.Fd(), null.Fd())
	}
	cmd := &exec.Cmd{Args: []string{"true"}, Stdin: null, Stdout: null, Stderr: null}
	plugin.Run(cmd, program)
	if err := cmd.Run(); err != nil {
		t.Error(err)
	}
}

// descriptor opens path at the first free number from least on.
func descriptor(t *testing.T, path string, flag, least int) *os.File {
	t.Helper()
	file, err := os.OpenFile(path, flag, 0)
	if err != nil {
		t.Fatal(err)
	}
	number, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, least)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	moved := os.NewFile(uintptr(number), path)
	t.Cleanup(func() { _ = moved.Close() })
	return moved
}
