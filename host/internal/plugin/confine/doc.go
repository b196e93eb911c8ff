// Package confine starts a program that can do little. On Linux the program
//
//   - reads only the files it was given, and writes only into its own directories;
//   - makes only the system calls that programs of Go and Python need;
//   - has no network sockets, or, if it dials by itself, TCP sockets and one port to
//     connect to;
//   - gains no privileges and stays in its process group.
//
// Start restricts one thread of the host and starts the program from it. The program
// inherits the restrictions; the thread ends and the host does not have them:
//
//	lock a thread ─▶ no new privileges ─▶ namespaces ─▶ capabilities dropped ─▶ Landlock
//	  ─▶ call filter ─▶ fork and exec ─▶ limits of the process ─▶ the thread ends
//
// What the kernel cannot enforce is left out, and Support says so. On other systems the
// program is only in a process group of its own. See design.md.
//
// Goroutines: one that starts the program, ends with the start; one listener per
// program, ends with the last process under the filter.
package confine
