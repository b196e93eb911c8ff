package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// executablePath names the open file itself, so that what was hashed is what is
// run. A script's interpreter opens its file by name after our descriptor is
// gone, so scripts go by their path.
func executablePath(file *os.File) string {
	head := make([]byte, 2)
	if _, err := file.ReadAt(head, 0); err != nil || bytes.Equal(head, []byte("#!")) {
		return file.Name()
	}
	return fmt.Sprintf("/proc/self/fd/%d", file.Fd())
}

// awaitExit returns when the process has ended, without reaping it.
func awaitExit(p *os.Process) {
	for {
		err := unix.Waitid(unix.P_PID, p.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
