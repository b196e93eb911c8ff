//go:build darwin || linux

package api

import "net"

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
	var failed error
	err = raw.Control(func(fd uintptr) { pid, failed = peerOf(int(fd)) })
	return pid, err == nil && failed == nil
}
