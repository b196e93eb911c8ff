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

// ownGroup, given to setpgid as the group, makes the caller the leader of a group
// of its own: the kernel reads the lower half of the number, which is 0. The filter
// reads the whole of it. So the host's fork can make this call and the program,
// which does not know the upper half, cannot. A wrong guess ends the process, so
// each guess costs another process: a plain refusal could be tried 2^32 times in
// minutes.
type ownGroup uint32

func (g ownGroup) number() uint64 { return uint64(g) << 32 }

// calls says which system calls a filter allows.
type calls struct {
	group   ownGroup
	dials   bool // it has the sockets and calls of TCP
	signals bool // Landlock keeps its signals within its own processes
}

// filter returns the system call filter of a program: what is not listed is
// refused. Refusals go to action.
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
	has := func(n seccomp.NameWithConditions) bool { _, ok := native.SyscallNames[n.Name]; return !ok }
	policy := seccomp.Policy{DefaultAction: seccomp.ActionErrno, Syscalls: []seccomp.SyscallGroup{
		{Action: seccomp.ActionKillProcess, NamesWithCondtions: []seccomp.NameWithConditions{
			{Name: "setpgid", Conditions: seccomp.ArgumentConditions{is(1, seccomp.NotEqual, c.group.number())}},
		}},
		// The arguments of clone3 lie in memory, which a filter cannot read. A program
		// that learns that the kernel has no such call makes the older one.
		{Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS), Names: known(native, []string{"clone3"})},
		{Action: seccomp.ActionAllow, Names: append(known(native, plain), "setpgid"), NamesWithCondtions: slices.DeleteFunc(judgedCalls(c.dials), has)},
	}}
	program, err := policy.Assemble()
	if err != nil {
		return nil, fmt.Errorf("assemble filter: %w", err)
	}
	// The last instruction is the default action, which the library restricts to the
	// actions that it has names for.
	program[len(program)-1] = bpf.RetConstant{Val: uint32(action)}
	// The library lets calls of another architecture through to the default action.
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

// apply lays the filter on the calling thread, for good. The kernel reports refused
// calls to the returned listener; it is nil where the kernel reports none, and the
// calls fail all the same.
func (c calls) apply() (*os.File, error) {
	reporting, err := c.filter(seccomp.ActionUserNotify)
	if err != nil {
		return nil, err
	}
	for _, flags := range []uintptr{
		// A call that waits for its answer is not interrupted by other signals than
		// those that kill, where the kernel can do that (5.19).
		unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER,
	} {
		fd, errno := setFilter(reporting, flags)
		if errno != 0 {
			continue
		}
		// Before NewFile, which hands only such descriptors to the runtime's poller.
		err := unix.SetNonblock(int(fd), true)
		return os.NewFile(fd, "refused calls"), err
	}
	// An older kernel, or one with a listener above this process already.
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
	// Without a program to read it answers EFAULT where there are filters at all.
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, 0)
	return err == nil && errors.Is(errno, unix.EFAULT)
}
