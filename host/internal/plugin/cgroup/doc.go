// Package cgroup gives each connector process, with all it starts, a control group of
// its own (Linux, cgroup v2).
//
//	HOME                 delegated to the agent (systemd: Delegate=memory pids)
//	├── agent            the host itself
//	└── connector-PID-N  one process with its helpers; PID is the host's
//
// Find takes only a group that the service manager delegated, or that the administrator
// named. Without one it returns nil; then only the watch of package plugin holds the
// limits.
//
// A process joins its group right after it was started: the call filter refuses clone3,
// which could start it there, because clone3 could also make namespaces. Take finds what
// the process started before that by its process group, which it cannot leave.
package cgroup

// Limits are what the processes of one group may take together; 0 = no limit.
type Limits struct {
	MemoryMiB int // the kernel ends all of them above it
	Tasks     int // processes and threads; more cannot be started
}

// Exceeded says which limits a group has reached.
type Exceeded struct {
	Memory bool
	Tasks  bool
}

// Prefix begins the names of the groups made here.
const Prefix = "connector-"

// Choices of where groups are made, besides a directory.
const (
	Auto = "auto" // where the service manager has delegated the agent's own group
	Off  = "off"
)
