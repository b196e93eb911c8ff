// Package plugin finds connector programs, verifies them, starts each in a contained
// process and ends that process. It reads no records. It keeps no process between runs:
// each use starts a new one, so no credential is shared between connections.
//
//	found ──describe──▶ described ──Start──▶ starting ──handshake──▶ running
//	   │                    │                   │                       │
//	   └─ not a connector ──┘                   └──── Stop / exit ──────┤
//	                                                                    ▼
//	                                   exited (cause) or, after 5 s, unkillable
//
// Program    a file with its hash. Start refuses a file with another hash.
// Catalog    the programs of some directories, and what each says of itself
// Launcher   starts processes
// Process    one running program, from Start to Stop
// Allowance  what a process may do besides computing: by default nothing
// Limits     what a process may take; a watch ends the process that takes more
//
// A description is a file that the interpreter runs; the interpreter's hash is part of
// the Program. An attached process is one that a person started to debug it: the host
// connects to it and does not contain, watch, signal or end it.
//
// Packages below: confine limits what a process may do, cgroup and group hold its
// helpers together. See design.md.
//
// Goroutines: one per process, from runner.Start until the process is reaped and its
// pipes are closed; one watch per process, until it exits; one per Stop, until
// go-plugin's Kill returns.
package plugin
