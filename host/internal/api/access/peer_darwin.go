package access

import "golang.org/x/sys/unix"

func peerOf(socket int) (caller, error) {
	pid, err := unix.GetsockoptInt(socket, unix.SOL_LOCAL, unix.LOCAL_PEERPID)
	if err != nil {
		return caller{}, err
	}
	credentials, err := unix.GetsockoptXucred(socket, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return caller{}, err
	}
	return caller{pid: pid, uid: int(credentials.Uid)}, nil
}
