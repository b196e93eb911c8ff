package confine

import "os"

// Rules are what a program may do.
type Rules struct {
	Program *os.File
	Read    []string // files, and directories with all that is in them; missing ones are left out
	Write   []string // directories in which it may change everything
	// Port is the one port to connect to, for a program that dials by itself. 0 = it has no
	// network sockets and connects to nothing.
	Port uint16
	// Inspect lets it do what its user may do: it reads about other processes, the firewall
	// or at a package manager's data. Only group, limits and no new privileges hold.
	Inspect bool

	FileBytes uint64 // of one file it writes; 0 = no limit
}

// Support is what can be enforced on this machine.
type Support struct {
	System   string `json:"system"` // e.g. "linux"
	Landlock int    `json:"landlock_abi" doc:"Version of Landlock; 0 = none"`
	Files    bool   `json:"files" doc:"Reads and writes only what it was given"`
	Errata   int    `json:"landlock_errata" doc:"Bits of the faults of Landlock that this kernel has mended"`
	Network  bool   `json:"network" doc:"A connector that dials by itself connects to the host's proxy only"`
	Signals  bool   `json:"signals" doc:"Sends no signals to other programs"`
	Sockets  bool   `json:"sockets" doc:"Connects to no sockets in the file system but those it was given"`

	Calls bool `json:"calls" doc:"Only listed system calls are allowed: others have no network sockets, and none leaves its process group"`
	// Namespaces need a host that may make them (CAP_SYS_ADMIN), such as an agent of root.
	Namespaces bool `json:"namespaces" doc:"Has IPC of its own and, unless it dials by itself, a network without any address"`
}
