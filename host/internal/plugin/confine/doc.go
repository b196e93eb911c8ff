// Package confine starts a program that can do little. On Linux the program reads
// the files it was given, writes into its own directories, makes the system calls
// that Go and Python programs need, gains no privileges, and stays in its process
// group. It has no network sockets; its connections go over its link to the host. A
// program that dials by itself has TCP sockets and one port to connect to.
//
// The restrictions are laid on one thread of the host, which starts the program and
// ends. The program inherits them; the host does not have them.
//
//	lock a thread ─▶ no new privileges ─▶ namespaces ─▶ capabilities dropped ─▶ Landlock
//	  ─▶ call filter ─▶ fork and exec (inherits all) ─▶ limits of the process ─▶ the thread ends
//
// The runtime destroys a thread that is locked when its goroutine ends, and starts no
// thread from a locked one. Libraries for Landlock restrict the whole calling process
// and cannot be used here; the package makes the three system calls itself.
//
// # What is refused is named
//
// The filter sends each refused call to a listener in the host, which answers EPERM
// and keeps the call's name (Refused). A kernel without listeners answers EPERM by
// itself.
//
//	filter set ─▶ listening ──last process under the filter ends──▶ closed
//	                  │
//	                  └─ refused call ─▶ name kept, EPERM
//
// # Which part does what, and since which kernel
//
//	calls     seccomp, 3.17: a list of allowed calls. No sockets but UNIX streams, no
//	          connect; no changes of mode, owner, times or attributes, which Landlock
//	          does not judge; no memory that no limit counts; no limits of others
//	names     seccomp listeners, 5.0
//	files     Landlock, 5.13; truncating 6.2
//	network   Landlock TCP, 6.7, for programs that dial: one port to connect to. TCP
//	          Fast Open, which passes Landlock by, is refused by its flag
//	signals   Landlock scopes, 6.12: none to processes outside, no abstract sockets
//	spaces    IPC of its own and a network without any address, where the host may make
//	          namespaces (CAP_SYS_ADMIN); a second layer below the call filter
//
// What a machine does not have is left out, and Support says so: a program is
// contained as well as the kernel allows rather than not started.
//
// Decisions.
//
// The list says what is allowed, not what is forbidden (2026): lists of what is
// forbidden were passed by three times, by Fast Open, prlimit64 and fchmodat2.
//
// Namespaces are entered by the thread, not by a program between host and connector
// (2026). An ordinary user's host has none that way, because a user namespace needs a
// process with one thread. There is no namespace of processes: in it a connector would
// not see that its host died (its parent's number is always 0). There is none of
// mounts: Landlock already says which files there are.
//
// Not held: a program that dials can take a port with listen without bind, because
// neither Landlock nor a filter sees the difference; and below Landlock's right for
// them it can connect to UNIX sockets that its user may use.
//
// On other systems the program is only put into a group of its own.
//
// Goroutines: one that starts the program, ends with the start; one listener per
// program, ends with the last process under the filter.
package confine
