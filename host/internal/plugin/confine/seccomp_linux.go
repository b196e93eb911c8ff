package confine

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"unsafe"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// ownGroup, given to setpgid, makes the caller the leader of a group of its own: the
// kernel reads the lower half of the number, which is 0. The filter reads all of it. So
// the host's fork can make this call and the program, which does not know the upper half,
// cannot. A wrong guess ends the process, because a refusal would allow 2^32 guesses in
// minutes.
type ownGroup uint32

func (g ownGroup) number() uint64 { return uint64(g) << 32 }

// calls says which system calls a filter allows.
type calls struct {
	group   ownGroup
	dials   bool // it has TCP
	signals bool // Landlock refuses signals to other processes
}

// filter returns the system call filter of a program. Calls that are not listed go to action.
func (c calls) filter(action seccomp.Action) ([]unix.SockFilter, error) {
	native, err := arch.GetInfo("")
	if err != nil {
		return nil, fmt.Errorf("find architecture: %w", err)
	}
	plain := plainCalls()
	if c.dials {
		plain = append(plain, "connect")
	}
	if c.signals {
		plain = append(plain, "kill")
	}
	missing := func(n seccomp.NameWithConditions) bool { _, ok := native.SyscallNames[n.Name]; return !ok }
	policy := seccomp.Policy{DefaultAction: seccomp.ActionErrno, Syscalls: []seccomp.SyscallGroup{
		{Action: seccomp.ActionKillProcess, NamesWithCondtions: []seccomp.NameWithConditions{
			{Name: "setpgid", Conditions: seccomp.ArgumentConditions{is(1, seccomp.NotEqual, c.group.number())}},
		}},
		// The arguments of clone3 lie in memory, which a filter cannot read. A program makes
		// the older call when the kernel seems to have no clone3.
		{Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS), Names: known(native, []string{"clone3"})},
		{
			Action: seccomp.ActionAllow, Names: append(known(native, plain), "setpgid"),
			NamesWithCondtions: slices.DeleteFunc(judgedCalls(c.dials), missing),
		},
	}}
	program, err := policy.Assemble()
	if err != nil {
		return nil, fmt.Errorf("assemble filter: %w", err)
	}
	// The last instruction is the default action. The library allows only the actions that it has names for.
	program[len(program)-1] = bpf.RetConstant{Val: uint32(action)}
	// The library sends calls of another architecture to the default action.
	raw, err := bpf.Assemble(append([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 4, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(native.ID), SkipTrue: 1},
		bpf.RetConstant{Val: uint32(seccomp.ActionKillProcess)},
	}, program...))
	if err != nil {
		return nil, fmt.Errorf("assemble filter: %w", err)
	}
	out := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		out[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	return out, nil
}

// known returns the names that an architecture has.
func known(a *arch.Info, names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		_, ok := a.SyscallNames[name]
		return !ok
	})
}

// apply lays the filter on the calling thread. It cannot be taken off. The kernel reports
// refused calls to the returned listener, which is nil where the kernel cannot do that.
func (c calls) apply() (*os.File, error) {
	reporting, err := c.filter(seccomp.ActionUserNotify)
	if err != nil {
		return nil, err
	}
	for _, flags := range []uintptr{
		// Only a signal that kills interrupts a call that waits for its answer, where the kernel can do that (5.19).
		unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER,
	} {
		fd, errno := setFilter(reporting, flags)
		if errno != 0 {
			continue
		}
		// NewFile hands only non-blocking descriptors to the runtime's poller.
		err := unix.SetNonblock(int(fd), true)
		return os.NewFile(fd, "refused calls"), err
	}
	// An older kernel, or a process above has a listener.
	silent, err := c.filter(seccomp.ActionErrno | seccomp.Action(unix.EPERM))
	if err != nil {
		return nil, err
	}
	if _, errno := setFilter(silent, 0); errno != 0 {
		return nil, fmt.Errorf("set filter: %w", errno)
	}
	return nil, nil
}

func setFilter(filter []unix.SockFilter, flags uintptr) (uintptr, unix.Errno) {
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	fd, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&program)))
	return fd, errno
}

// filters reports whether the kernel takes system call filters.
func filters() bool {
	_, err := arch.GetInfo("")
	// A kernel with filters answers EFAULT to a missing program.
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, 0)
	return err == nil && errors.Is(errno, unix.EFAULT)
}
