// Package confine starts a program that can do little: on Linux it reads only the
// files it was given, writes only into its own directories, opens TCP connections
// to one port of this machine's loopback and no other sockets to the network,
// gains no privileges, sees no other process, and cannot leave its process group.
//
// All of it is laid on one thread of the host, which then starts the program and
// ends; the program inherits it, the host does not have it.
//
//	lock a thread ─▶ no new privileges, capabilities dropped ─▶ Landlock ─▶ system call filter
//	             ─▶ fork and exec (inherits all) ─▶ limits of the process ─▶ the thread ends
//
// A thread that is locked when its goroutine ends is destroyed by the runtime, and
// the runtime starts no thread from a locked one, so nothing of it gets into the
// host. Libraries for Landlock restrict the whole calling process and are of no
// use here; the three system calls are made directly.
//
// What cannot be had on a system is left out, and Support says so: a program is
// contained as well as the kernel allows rather than not started. What each part
// does, and from which kernel on:
//
//	files     Landlock, 5.13; truncating 6.2
//	network   Landlock TCP, 6.7, and the call filter: no UDP, no raw sockets, no
//	          Multipath TCP (which Landlock does not see)
//	signals   Landlock scopes, 6.12: none to processes outside, no abstract sockets
//	calls     seccomp: no tracing, mounting, namespaces, keyrings, io_uring; the
//	          process group cannot be left, so killing the group ends everything
//
// Sockets in the file system are not covered before Landlock's right for them: a
// program that runs as the same user can connect to those that user may use, such
// as the session's D-Bus. The agent's own socket refuses connectors by process.
//
// On other systems the program is only put into a group of its own.
package confine
