// Package cgroup gives each connector process, with all it starts, a control group
// of its own, where the system has handed a part of its tree to the agent
// (Linux, cgroup v2; systemd's Delegate=memory pids).
//
// It never looks for a group that was not handed over: what is not delegated is
// somebody else's to manage, also where root could write there. Without one it does
// nothing and says so, and the limits of package plugin's watch hold alone.
//
//	HOME                 delegated; holds no process once a controller is switched on
//	├── agent            the host itself
//	└── connector-PID-N  one process with its helpers; PID is the host's
//
//	made ──Take: the leader and all it has started──▶ used ──End: killed, empty──▶ removed
//
// A process is put into its group right after it was started, not while it is: the
// call filter it runs under refuses the call for that (clone3), which could also make
// namespaces. What it has started before is found by its process group, which it
// cannot leave, and put there as well, until nobody is outside.
//
// What a host that was killed left behind is ended and removed by the next one.
package cgroup

// Limits are what the processes of one group may take together; 0 = no limit.
type Limits struct {
	MemoryMiB int // the kernel ends all of them above it
	Tasks     int // processes and threads; more cannot be started
}

// Exceeded says which limits a group has run into.
type Exceeded struct {
	Memory bool
	Tasks  bool
}

// Prefix begins the names of the groups made here.
const Prefix = "connector-"

// Choices of where groups are made, besides a directory.
const (
	Auto = "auto" // where the service manager has handed over the agent's own group
	Off  = "off"
)
