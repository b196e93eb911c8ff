package host

import "time"

// Backup is what a backup says of itself, or what a file among the backups is.
type Backup struct {
	File        string       `json:"file"`
	SealedWith  string       `json:"sealed_with" enum:"passphrase,recipients,host-key,unknown"`
	Bytes       int64        `json:"bytes" doc:"Size of the file"`
	CreatedAt   time.Time    `json:"created_at"`
	Version     string       `json:"version,omitempty" doc:"Of the Plumbline that made it; known when it was opened"`
	Schema      uint64       `json:"schema,omitempty" doc:"Number of the store's format"`
	Entries     int64        `json:"entries,omitempty" doc:"Everything in it, counted"`
	Versions    int64        `json:"versions,omitempty" doc:"Versions of records in it"`
	Files       int          `json:"files,omitempty" doc:"Files that people added, such as evidence"`
	Connections []ChainState `json:"connections,omitempty" doc:"Connections with the length and head of their chains"`
}

// BackupMade notes that a backup was written, wherever its file went.
type BackupMade struct {
	File       string    `json:"file"`
	SealedWith string    `json:"sealed_with" enum:"passphrase,recipients,host-key,unknown"`
	Bytes      int64     `json:"bytes" doc:"Size of the file"`
	CreatedAt  time.Time `json:"created_at"`
}

// Task is long-running work of the host. Its version counts up with each change, and it
// has one of the results once it has ended well.
type Task struct {
	ID           string        `json:"id"`
	Version      int           `json:"version"`
	Kind         string        `json:"kind" enum:"verify,backup,examine,install,dry_run,dry_run_sample,export,held,pack,tests"`
	Status       string        `json:"status" enum:"running,done,failed,cancelled"`
	Phase        string        `json:"phase" doc:"What is being done"`
	Done         int64         `json:"done"`
	Total        int64         `json:"total" doc:"0 when it is not known"`
	StartedAt    time.Time     `json:"started_at"`
	FinishedAt   *time.Time    `json:"finished_at,omitempty"`
	Error        *Problem      `json:"error,omitempty"`
	Verification *Verification `json:"verification,omitempty"`
	Backup       *Backup       `json:"backup,omitempty"`
	DryRun       *DryRun       `json:"dry_run,omitempty"`
	Sample       *DryRunSample `json:"dry_run_sample,omitempty"`
	Export       *Export       `json:"export,omitempty"`
	Connector    string        `json:"connector,omitempty" doc:"Id of what was installed"`
	Installation *Installation `json:"installation,omitempty" doc:"What is installed now; an update that needs consent is in its waiting"`
}
