package group

import (
	"bytes"
	"errors"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// Run has cmd run the open file itself, so that what was hashed is what is run. A
// script's interpreter opens its file by name after our descriptor is gone, so
// scripts go by their path.
//
// The file is handed down because only descriptors that are keep their place: those
// of the host may be overwritten between fork and exec, by numbers of the moment.
func Run(cmd *exec.Cmd, file *os.File) {
	head := make([]byte, 2)
	if _, err := file.ReadAt(head, 0); err != nil || bytes.Equal(head, []byte("#!")) {
		cmd.Path = file.Name()
		return
	}
	cmd.ExtraFiles = []*os.File{file}
	cmd.Path = "/proc/self/fd/3" // behind the standard three
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
