package api

import (
	"net"

	"golang.org/x/sys/unix"
)

// peer returns the process at the other end of a local connection.
func peer(conn net.Conn) (pid int, known bool) {
	local, ok := conn.(*net.UnixConn)
	if !ok {
		return 0, false
	}
	raw, err := local.SyscallConn()
	if err != nil {
		return 0, false
	}
	var credentials *unix.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		credentials, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err != nil || failed != nil {
		return 0, false
	}
	return int(credentials.Pid), true
}
