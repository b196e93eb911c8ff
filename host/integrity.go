package host

import "time"

// Verification is the result of checking all that is stored.
type Verification struct {
	StartedAt   time.Time    `json:"started_at"`
	FinishedAt  time.Time    `json:"finished_at"`
	Schema      uint64       `json:"schema" doc:"Number of the store's format"`
	Connections []ChainState `json:"connections" doc:"What was found of each connection, by alias"`
	Audit       ChainState   `json:"audit" doc:"What was found of the audit log; its records are documents"`
	Files       int          `json:"files" doc:"Files whose checksums were compared"`
	Bytes       int64        `json:"bytes" doc:"Size of these files"`
	Anchors     int          `json:"anchors" doc:"Lines of the anchors file that were compared"`
	Bad         []BadEntry   `json:"bad" doc:"The first bad entry of each kind; empty when everything agrees"`
	Unfinished  []BadEntry   `json:"unfinished" doc:"Writes that were cut off at the end of a file, as a crash leaves them; what was lost with them is in bad if it had been finished"`
}

// OK reports whether everything agrees.
func (v Verification) OK() bool { return len(v.Bad) == 0 }

// ChainState is the chain over one connection's change log, or over the audit log.
type ChainState struct {
	Connection string `json:"connection" doc:"Id"`
	Alias      string `json:"alias"`
	Records    int    `json:"records" doc:"Current records"`
	Versions   int    `json:"versions" doc:"Versions of records, each compared with its hash"`
	Length     uint64 `json:"length" doc:"Number of the latest entry of the change log"`
	From       uint64 `json:"from" doc:"Number of the entry the check began after; above 0 when older ones were deleted"`
	Head       string `json:"head" doc:"Latest link of the chain, lower-case hex: noted elsewhere, it proves what came before it"`
}

// BadEntry is something stored that does not agree with the rest. Fields that do
// not apply or are not known are empty.
type BadEntry struct {
	Kind    string     `json:"kind" enum:"file,chain,change_log,version,digest,count,anchor,connection,run,log,other"`
	Alias   string     `json:"alias,omitempty" doc:"Connection"`
	Stream  string     `json:"stream,omitempty"`
	Key     string     `json:"key,omitempty" doc:"Of the record"`
	Run     string     `json:"run,omitempty"`
	At      *time.Time `json:"at,omitempty" doc:"When the entry was written"`
	Number  uint64     `json:"number,omitempty" doc:"Of the change log entry, or of the line"`
	File    string     `json:"file,omitempty"`
	Offset  int64      `json:"offset,omitempty" doc:"Where in the file, in bytes"`
	Message string     `json:"message" doc:"What is wrong with it"`
	Further int        `json:"further,omitempty" doc:"How many more of this kind there are"`
}
