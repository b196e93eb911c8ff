package access

import "golang.org/x/sys/unix"

func peerOf(socket int) (caller, error) {
	credentials, err := unix.GetsockoptUcred(socket, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return caller{}, err
	}
	return caller{pid: int(credentials.Pid), uid: int(credentials.Uid)}, nil
}
