package host

import (
	"encoding/json"
	"time"
)

// What can be exported.
const (
	ExportRecords     = "records"
	ExportChanges     = "changes"
	ExportAudit       = "audit"
	ExportLog         = "log"
	ExportConnections = "connections"
	ExportRuns        = "runs"
	ExportAccounts    = "accounts"
)

// The formats of exports.
const (
	FormatCSV   = "csv"
	FormatJSONL = "jsonl"
)

// Export is a list that was written into a file, and the document that the audit log has of
// it. The file holds what the list shows, not encrypted.
type Export struct {
	ID         string          `json:"id"`
	What       string          `json:"what" enum:"records,changes,audit,log,connections,runs,accounts"`
	Format     string          `json:"format" enum:"csv,jsonl"`
	Filter     json.RawMessage `json:"filter" doc:"What the list was filtered by, as it was asked for"`
	AsOf       *time.Time      `json:"as_of,omitempty" doc:"The moment that the records are of"`
	StartedAt  time.Time       `json:"started_at"`
	Status     string          `json:"status" enum:"running,done,failed,cancelled"`
	FinishedAt *time.Time      `json:"finished_at,omitempty"`
	File       string          `json:"file,omitempty" doc:"Name of the file"`
	Bytes      int64           `json:"bytes,omitempty"`
	Rows       int64           `json:"rows" doc:"Without the heading"`
	SHA256     string          `json:"sha256,omitempty" doc:"Of the whole file, lower-case hex"`
	KeptUntil  *time.Time      `json:"kept_until,omitempty" doc:"The file is deleted soon after"`
	By         *Actor          `json:"by,omitempty" doc:"Who made it"`
}
