package confine

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// ownGroup, given to setpgid as the group, makes the caller the leader of a group
// of its own: the kernel looks at the lower half of the number, which is 0. The
// filter looks at the whole of it, so that the host's fork may make this call and
// the program, which does not know the upper half, cannot. A wrong guess ends the
// process, so that each costs another one: a mere refusal could be asked for 2^32
// times in minutes.
type ownGroup uint32

func (g ownGroup) number() uint64 { return uint64(g) << 32 }

// filter returns the system call filter of a program.
func filter(group ownGroup) ([]unix.SockFilter, error) {
	native, err := arch.GetInfo("")
	if err != nil {
		return nil, fmt.Errorf("find architecture: %w", err)
	}
	policy := seccomp.Policy{DefaultAction: seccomp.ActionAllow, Syscalls: []seccomp.SyscallGroup{
		{Action: seccomp.ActionErrno, Names: known(native, forbidden())},
		// Its arguments lie in memory, where a filter cannot look; a program that
		// learns that there is no such call makes the older one.
		{Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS), Names: known(native, []string{"clone3"})},
		{Action: seccomp.ActionErrno, NamesWithCondtions: conditional()},
		{Action: seccomp.ActionKillProcess, NamesWithCondtions: []seccomp.NameWithConditions{{
			Name: "setpgid", Conditions: seccomp.ArgumentConditions{{Argument: 1, Operation: seccomp.NotEqual, Value: group.number()}},
		}}},
	}}
	program, err := policy.Assemble()
	if err != nil {
		return nil, fmt.Errorf("assemble filter: %w", err)
	}
	// The library lets calls of another architecture through; on this one's kernel
	// those are a way round every rule.
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

// known drops the names that an architecture does not have.
func known(a *arch.Info, names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		_, ok := a.SyscallNames[name]
		return !ok
	})
}

// forbidden are calls that no connector has a use for: into other processes, into
// the kernel, round Landlock and this filter, out of the process group.
func forbidden() []string {
	return []string{
		"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp",
		"io_uring_setup", "io_uring_enter", "io_uring_register",
		"bpf", "userfaultfd", "perf_event_open", "seccomp_unotify", "fanotify_init",
		"keyctl", "add_key", "request_key", "open_by_handle_at",
		"mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "open_tree_attr", "fsopen", "fsmount", "fsconfig", "fspick", "mount_setattr",
		"unshare", "setns", "setsid",
		"swapon", "swapoff", "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
		"acct", "quotactl", "quotactl_fd", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname",
		"iopl", "ioperm", "syslog", "vhangup", "nfsservctl", "lookup_dcookie",
	}
}

// conditional are calls that are refused with some arguments. Conditions of one
// entry must all hold; entries of one call are alternatives.
func conditional() []seccomp.NameWithConditions {
	is := func(arg uint32, op seccomp.Operation, value uint64) seccomp.Condition {
		return seccomp.Condition{Argument: arg, Operation: op, Value: value}
	}
	notLocal := is(0, seccomp.NotEqual, unix.AF_UNIX)
	list := []seccomp.NameWithConditions{
		// Only local sockets and IP; of IP only streams, only TCP. A stream's type is
		// 1, and all others have one of the next three bits.
		{Name: "socket", Conditions: seccomp.ArgumentConditions{notLocal, is(0, seccomp.NotEqual, unix.AF_INET), is(0, seccomp.NotEqual, unix.AF_INET6)}},
		{Name: "socket", Conditions: seccomp.ArgumentConditions{notLocal, is(2, seccomp.NotEqual, 0), is(2, seccomp.NotEqual, unix.IPPROTO_TCP)}},
	}
	for _, bit := range []uint64{2, 4, 8} {
		list = append(list, seccomp.NameWithConditions{Name: "socket", Conditions: seccomp.ArgumentConditions{notLocal, is(1, seccomp.BitsSet, bit)}})
	}
	for _, space := range []uint64{
		unix.CLONE_NEWUSER, unix.CLONE_NEWNS, unix.CLONE_NEWNET, unix.CLONE_NEWPID, unix.CLONE_NEWIPC, unix.CLONE_NEWUTS, unix.CLONE_NEWCGROUP,
	} {
		list = append(list, seccomp.NameWithConditions{Name: "clone", Conditions: seccomp.ArgumentConditions{is(0, seccomp.BitsSet, space)}})
	}
	return list
}

// apply lays the filter on the calling thread, for good.
func apply(filter []unix.SockFilter) error {
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if _, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program))); errno != 0 {
		return fmt.Errorf("set filter: %w", errno)
	}
	return nil
}

// filters reports whether the kernel takes system call filters.
func filters() bool {
	_, err := arch.GetInfo("")
	// Without a program to read it answers EFAULT where there are filters at all.
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, 0)
	return err == nil && errors.Is(errno, unix.EFAULT)
}
