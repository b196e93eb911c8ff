package confine

import "os"

// Rules are what a program may do.
type Rules struct {
	Program *os.File // what is run
	Read    []string // files, and directories with all that is in them; what is missing is left out
	Write   []string // directories in which it may do as it likes
	Port    uint16   // of this machine's loopback, the only one to connect to; 0 = none
	// Inspect lets it do to this machine what its user may do: looking at other
	// processes, at the firewall or at what a package manager knows cannot be had
	// apart from that. Group, limits and the lack of new privileges still hold.
	Inspect bool

	FileBytes uint64 // of one file it writes; 0 = no limit
}

// Support is what can be enforced on this machine.
type Support struct {
	System   string `json:"system"` // e.g. "linux"
	Landlock int    `json:"landlock_abi" doc:"Version of Landlock; 0 = none"`
	Files    bool   `json:"files" doc:"Reads and writes only what it was given"`
	Network  bool   `json:"network" doc:"Connects to the host's proxy only"`
	Signals  bool   `json:"signals" doc:"Sends no signals to other programs"`
	Sockets  bool   `json:"sockets" doc:"Connects to no sockets in the file system but those it was given"`
	Calls    bool   `json:"calls" doc:"Dangerous system calls are refused; it cannot leave its process group"`
}
