//go:build darwin || linux

package access

import (
	"errors"
	"net"
)

// peer returns the process at the other end of a local connection.
func peer(conn net.Conn) (who caller, known bool, err error) {
	local, ok := conn.(*net.UnixConn)
	if !ok {
		return caller{}, false, nil
	}
	raw, err := local.SyscallConn()
	if err != nil {
		return caller{}, false, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { who, failed = peerOf(int(fd)) })
	err = errors.Join(err, failed)
	return who, err == nil, err
}
