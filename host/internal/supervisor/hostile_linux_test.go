package supervisor_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// calls tries system calls that lead out of a process.
func (a attack) calls() (breaches []string) {
	tried := func(what string, errno syscall.Errno) {
		if errno == 0 {
			breaches = append(breaches, what)
		}
	}
	call := func(number uintptr, args ...uintptr) syscall.Errno {
		args = append(args, 0, 0, 0, 0, 0, 0)
		_, _, errno := syscall.RawSyscall6(number, args[0], args[1], args[2], args[3], args[4], args[5])
		return errno
	}
	var buffer [256]byte
	at := uintptr(unsafe.Pointer(&buffer))
	pid := uintptr(a.PID)
	if a.shut("outside") {
		tried("signalled the host", call(syscall.SYS_KILL, pid, 0))
	}
	tried("traced the host", call(syscall.SYS_PTRACE, 16, pid)) // PTRACE_ATTACH
	tried("left its session", call(syscall.SYS_SETSID))
	// In a process of its own: a wrong guess ends the one that makes it.
	for _, group := range []int{0, 1, syscall.Getpgrp(), 1 << 62} {
		child := exec.CommandContext(context.Background(), "/bin/true")
		child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: group}
		if err := child.Run(); err == nil {
			breaches = append(breaches, fmt.Sprintf("left its group as %d", group))
		}
	}
	tried("made a user namespace", call(syscall.SYS_UNSHARE, syscall.CLONE_NEWUSER))
	tried("mounted", call(syscall.SYS_MOUNT, at, at, at, 0, 0))
	tried("made a raw socket", call(syscall.SYS_SOCKET, syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_ICMP))
	tried("made a datagram socket", call(syscall.SYS_SOCKET, syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0))
	tried("made a datagram socket under a false name", call(syscall.SYS_SOCKET, 1<<32|syscall.AF_INET, syscall.SOCK_DGRAM, 0))
	tried("made a multipath socket", call(syscall.SYS_SOCKET, syscall.AF_INET, syscall.SOCK_STREAM, 262))
	tried("made a netlink socket", call(syscall.SYS_SOCKET, syscall.AF_NETLINK, syscall.SOCK_RAW, 0))
	tried("made a packet socket", call(syscall.SYS_SOCKET, syscall.AF_PACKET, syscall.SOCK_RAW, 0))
	tried("made a ring", call(425, 8, at)) // io_uring_setup
	tried("loaded a program into the kernel", call(321, 0, at, 48))
	tried("added a key", call(248, at, at, at, 1, 0))
	tried("changed its root", call(syscall.SYS_CHROOT, at))
	return breaches
}

// running lists the processes of connectors under a data directory. Those that are
// told to end have a moment for it.
func running(t *testing.T, dir string) (pids []int) {
	t.Helper()
	for range 100 {
		if pids = alive(dir); len(pids) == 0 {
			return nil
		}
		<-time.After(20 * time.Millisecond)
	}
	return pids
}

// alive finds processes by their private directory, which helpers inherit.
func alive(dir string) (pids []int) {
	names, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		return nil
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(raw, []byte("TMPDIR="+dir+"/")) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if stat, readErr := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && readErr == nil &&
			!bytes.Contains(stat, []byte(") Z ")) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// call4 makes a system call whose second argument is a text.
func call4(number, first int, text *byte, third, fourth uintptr) error {
	_, _, errno := syscall.RawSyscall6(uintptr(number), uintptr(first), uintptr(unsafe.Pointer(text)), third, fourth, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
