package confine

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

// notification is struct seccomp_notif of linux/seccomp.h.
type notification struct {
	id    uint64
	pid   uint32
	flags uint32
	nr    int32
	arch  uint32
	ip    uint64
	args  [6]uint64
}

// response is struct seccomp_notif_resp.
type response struct {
	id    uint64
	val   int64
	errno int32
	flags uint32
}

// listen answers every refused call with EPERM and keeps its name. It ends when the last
// process under the filter has ended.
func (r *Refused) listen(listener *os.File) {
	defer listener.Close()
	native, err := arch.GetInfo("")
	if err != nil {
		return // there is no filter without it
	}
	raw, err := listener.SyscallConn()
	if err != nil {
		return // it was closed
	}
	for over := false; !over; {
		err := raw.Read(func(fd uintptr) bool {
			ready, gone := pending(int(fd))
			if ready {
				r.answer(fd, native)
			}
			over = gone && !ready
			return ready || gone
		})
		over = over || err != nil
	}
}

// pending reports whether a call waits for an answer, and whether all processes under the filter have ended.
func pending(fd int) (ready, gone bool) {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	if _, err := unix.Poll(fds, 0); err != nil {
		return false, !errors.Is(err, unix.EINTR) && !errors.Is(err, unix.EAGAIN)
	}
	return fds[0].Revents&unix.POLLIN != 0, fds[0].Revents&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0
}

// answer refuses the call that waits. The process may end before its answer.
func (r *Refused) answer(fd uintptr, native *arch.Info) {
	var call notification
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&call))); errno != 0 {
		return
	}
	r.add(callName(native, int(call.nr), call.args))
	refuse := response{id: call.id, errno: -int32(unix.EPERM)}
	_, _, _ = unix.Syscall(unix.SYS_IOCTL, fd, unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&refuse)))
}

// callName returns the name of a call, a socket's with its family.
func callName(native *arch.Info, number int, args [6]uint64) string {
	name, ok := native.SyscallNumbers[number]
	if !ok {
		return fmt.Sprintf("system call %d", number)
	}
	if name != "socket" && name != "socketpair" {
		return name
	}
	family, ok := map[uint64]string{
		unix.AF_UNIX: "AF_UNIX", unix.AF_INET: "AF_INET", unix.AF_INET6: "AF_INET6",
		unix.AF_NETLINK: "AF_NETLINK", unix.AF_PACKET: "AF_PACKET",
	}[args[0]]
	if !ok {
		family = fmt.Sprint("family ", args[0])
	}
	return name + "(" + family + ")"
}
