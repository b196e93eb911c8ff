package confine

import (
	seccomp "github.com/elastic/go-seccomp-bpf"
	"golang.org/x/sys/unix"
)

// msgFastOpen is MSG_FASTOPEN. Landlock does not check a connection that is opened by
// sending with it (landlock-lsm/linux issue 41).
const msgFastOpen = 0x20000000

// Requests of ioctl that asm-generic/ioctls.h defines and package unix does not.
const (
	fionread = 0x541b
	fionbio  = 0x5421
	fionclex = 0x5450
	fioclex  = 0x5451
)

// plainCalls are allowed with any arguments: the calls of programs of Go and Python on
// files that Landlock checks, memory, threads, helpers, time and the host's UNIX socket.
//
// Not listed: changes of a file's mode, owner, times or attributes (Landlock does not
// check these), links, memory that no limit counts (memfd_create, shmget), and calls that
// act on other processes or on the kernel.
func plainCalls() []string {
	return []string{
		// Files.
		"read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2",
		"open", "openat", "openat2", "close", "close_range", "lseek", "ftruncate", "truncate", "fallocate", "fsync", "fdatasync",
		"flock",
		"stat", "fstat", "lstat", "newfstatat", "fstatat64", "statx", "statfs", "fstatfs", "access", "faccessat", "faccessat2",
		"readlink", "readlinkat", "getdents", "getdents64", "getcwd", "chdir", "fchdir", "umask",
		"mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2",
		"dup", "dup2", "dup3", "pipe", "pipe2", "sendfile", "copy_file_range", "fadvise64",
		// Memory.
		"brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "msync", "mincore", "membarrier", "mlock", "munlock",
		// Threads, helpers and signals within the process group.
		"fork", "vfork", "execve", "exit", "exit_group", "wait4", "waitid", "futex", "futex_waitv", "set_tid_address",
		"set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
		"sched_get_priority_max", "sched_get_priority_min", "getcpu", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
		"rt_sigsuspend", "rt_sigpending", "rt_sigtimedwait", "sigaltstack", "pause", "restart_syscall", "tgkill", "arch_prctl",
		// What it is.
		"getpid", "gettid", "getppid", "getpgid", "getpgrp", "getsid", "getuid", "geteuid", "getgid", "getegid", "getresuid",
		"getresgid", "getgroups", "getrlimit", "setrlimit", "getrusage", "times", "sysinfo", "uname", "capget", "getrandom",
		// Time and waiting.
		"clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
		"timer_create", "timer_settime", "timer_gettime", "timer_getoverrun", "timer_delete", "setitimer", "getitimer", "alarm",
		"timerfd_create", "timerfd_settime", "timerfd_gettime", "eventfd", "eventfd2",
		"epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6",
		// Sockets it has.
		"bind", "listen", "accept", "accept4", "getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown",
		"recvfrom", "recvmsg", "recvmmsg",
	}
}

// is returns a condition on an argument, counted from 0.
func is(argument uint32, operation seccomp.Operation, value uint64) seccomp.Condition {
	return seccomp.Condition{Argument: argument, Operation: operation, Value: value}
}

// judgedCalls are allowed with some arguments only. All conditions of one entry must
// hold; entries of one call are alternatives. A program that dials has TCP, too.
func judgedCalls(dials bool) []seccomp.NameWithConditions {
	var list []seccomp.NameWithConditions
	allow := func(name string, conditions ...seccomp.Condition) {
		list = append(list, seccomp.NameWithConditions{Name: name, Conditions: conditions})
	}
	const otherTypes = 2 | 4 | 8 // a stream's type is 1; every other type has one of these bits
	for _, name := range []string{"socket", "socketpair"} {
		allow(name, is(0, seccomp.Equal, unix.AF_UNIX), is(1, seccomp.BitsNotSet, otherTypes), is(2, seccomp.Equal, 0))
	}
	if dials {
		for _, family := range []uint64{unix.AF_INET, unix.AF_INET6} {
			for _, protocol := range []uint64{0, unix.IPPROTO_TCP} { // not Multipath TCP, which Landlock does not check
				allow("socket", is(0, seccomp.Equal, family), is(1, seccomp.BitsNotSet, otherTypes), is(2, seccomp.Equal, protocol))
			}
		}
	}
	allow("sendto", is(3, seccomp.BitsNotSet, msgFastOpen))
	allow("sendmsg", is(2, seccomp.BitsNotSet, msgFastOpen))
	allow("sendmmsg", is(3, seccomp.BitsNotSet, msgFastOpen))
	allow("prlimit64", is(0, seccomp.Equal, 0)) // its own limits
	allow("clone", is(0, seccomp.BitsNotSet, unix.CLONE_NEWUSER|unix.CLONE_NEWNS|unix.CLONE_NEWNET|unix.CLONE_NEWPID|
		unix.CLONE_NEWIPC|unix.CLONE_NEWUTS|unix.CLONE_NEWCGROUP))
	for _, option := range []uint64{
		unix.PR_SET_NAME, unix.PR_GET_NAME, unix.PR_SET_PDEATHSIG, unix.PR_GET_PDEATHSIG, unix.PR_GET_DUMPABLE,
		unix.PR_CAPBSET_READ, unix.PR_SET_NO_NEW_PRIVS, unix.PR_GET_NO_NEW_PRIVS, unix.PR_SET_VMA,
	} {
		allow("prctl", is(0, seccomp.Equal, option))
	}
	for _, request := range []uint64{fionbio, fionread, fioclex, fionclex, unix.TCGETS, unix.TIOCGWINSZ} {
		allow("ioctl", is(1, seccomp.Equal, request))
	}
	// Not F_SETOWN and F_SETSIG, which send signals, leases and larger pipes.
	for _, command := range []uint64{
		unix.F_DUPFD, unix.F_DUPFD_CLOEXEC, unix.F_GETFD, unix.F_SETFD, unix.F_GETFL, unix.F_SETFL, unix.F_GETLK, unix.F_SETLK,
		unix.F_SETLKW, unix.F_OFD_GETLK, unix.F_OFD_SETLK, unix.F_OFD_SETLKW, unix.F_GETPIPE_SZ, unix.F_GET_SEALS,
	} {
		allow("fcntl", is(1, seccomp.Equal, command))
	}
	return list
}
