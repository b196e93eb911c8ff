package group

import (
	"bytes"
	"errors"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// Run has cmd run the open file, so that the program that runs is the one that was
// hashed. A script goes by its path: its interpreter opens it by name.
//
// The file is an extra file of cmd, because fork and exec may reuse the numbers of
// other descriptors.
func Run(cmd *exec.Cmd, file *os.File) {
	head := make([]byte, 2)
	if _, err := file.ReadAt(head, 0); err != nil || bytes.Equal(head, []byte("#!")) {
		cmd.Path = file.Name()
		return
	}
	cmd.ExtraFiles = []*os.File{file}
	cmd.Path = "/proc/self/fd/3" // after the three standard streams
}

// AwaitExit returns when the process has ended, without reaping it.
func AwaitExit(p *os.Process) {
	for {
		err := unix.Waitid(unix.P_PID, p.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
