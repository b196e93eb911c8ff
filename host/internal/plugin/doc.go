// Package plugin owns connector programs: it finds them, verifies them, starts
// them in a contained process and ends that process for certain.
//
// It never reads a record, never decides what a failure means for a connection,
// and never keeps a process between runs: one process per use, from a cold
// start, so there is no idle memory and no credential shared between
// connections.
//
//	found ──describe──▶ described ──Start──▶ starting ──handshake──▶ running
//	   │                    │                   │                       │
//	   └─ not a connector ──┘                   └──── Stop / exit ──────┤
//	                                                                    ▼
//	                                   exited (cause) or, after 5 s, unkillable
//
// The process is ours; go-plugin supplies the handshake, one-time mutual TLS
// and gRPC on top of it. Its own Kill has no upper bound (a stopped process, or
// a grandchild that keeps a pipe, holds it for ever), so the stop ladder is run
// here, and go-plugin's Kill is only its first, polite rung:
//
//	shutdown call → 1.5 s → SIGKILL to the whole process group
//	→ 0.2 s → our ends of its pipes are closed → 5 s → given up, and said so
//
// The group is killed after a clean exit as well: a connector that ends
// politely may leave helpers behind.
//
// What the start guarantees: the file is opened once, hashed from the open
// descriptor, and on Linux executed through that same descriptor, so nothing is
// looked up twice; the process inherits it, as number 3, for reading. This protects against mix-ups and other users, not against
// malware that already runs as the same user. The environment is a short fixed
// list without a single variable of the host's except CA settings; the working
// directory and TMPDIR are a private directory that is deleted afterwards.
//
// Where the agent may make control groups (package cgroup), each process has one, in
// which the kernel holds the limits on memory and tasks, and which is killed with it.
//
// A description is run by the interpreter, which is no connector. Its hash is part of
// the program: looked at with the description and compared at the start like it. Which
// one may run a description is said by package catalog: the one that came with the host
// may run all, as whoever can change it can change the host; any other only what was
// agreed to or trusted while it was there, by the hash noted with that. Were the
// host's own noted, too, every update of the host would make described connectors
// "changed", and people would learn to wave that through.
//
// What a script requires is asked of its interpreter before the script is started,
// in a process contained as a connector's that may do nothing.
//
// What a process may do beside computing is its Allowance: by default nothing.
// Package confine enforces it where the system can, and keeps the names of system
// calls that the kernel refused; no allowance reaches into the data directory, not
// even one for a directory around it. A watch ends a process
// that takes more than Limits, and keeps the reason, which then is the reason why
// its conversation broke off.
//
// A connector that a person started by hand, to debug it, is attached instead: the
// file it wrote stands for its program, the connection is mutual TLS with the keys
// in it, and it is asked what it is each time, since nothing else was agreed on. It
// is not contained, watched, signalled or ended, and go-plugin, which finds such a
// process by its number alone, has no part in it.
//
// Goroutines: one per process, started in runner.Start, ends when the process
// has been reaped and its pipes are closed; one per process that watches it, ends
// when it has exited or was never started; one per Stop, ends with go-plugin's
// Kill, which the closed pipes free.
package plugin
