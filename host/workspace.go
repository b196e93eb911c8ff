package host

// Workspace is what is true of everything in one data directory.
type Workspace struct {
	// Demo says that its records are of a company that does not exist. Screens and exports say so.
	Demo bool `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
}
