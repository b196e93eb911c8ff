package host

import (
	"encoding/json"
	"time"
)

// Entry is one entry of the audit log: who changed which document, and what it has
// been since. Each holds the link of the one before, so that none can be changed or
// taken out unnoticed.
type Entry struct {
	Number     uint64          `json:"number" doc:"Counts up from 1"`
	At         time.Time       `json:"at"`
	Actor      Actor           `json:"actor"`
	Action     Action          `json:"action" enum:"created,changed,deleted"`
	Collection string          `json:"collection" doc:"Set of documents, such as connections or holds"`
	Key        string          `json:"key" doc:"Of the document in its collection"`
	Title      string          `json:"title,omitempty" doc:"What people call the document, such as a connection's alias"`
	Revision   uint64          `json:"revision" doc:"Of the document from now on"`
	Document   json.RawMessage `json:"document,omitempty" doc:"After the edit, never with secrets; absent when it was deleted"`
	Before     json.RawMessage `json:"before,omitempty" doc:"Before the edit; absent for a new document"`
	Link       string          `json:"link" doc:"SHA-256 of the link before and of this entry, as hex"`
}

// Action is what was done to a document.
type Action string

// The actions.
const (
	ActionCreated Action = "created"
	ActionChanged Action = "changed"
	ActionDeleted Action = "deleted"
)
