package host

import (
	"encoding/json"
	"time"
)

// Record is one version of one item of a stream.
type Record struct {
	Connection string          `json:"connection,omitempty" doc:"Id of the connection, in lists over several"`
	Alias      string          `json:"alias,omitempty" doc:"Name of the connection, in lists over several"`
	Stream     string          `json:"stream"`
	Kind       string          `json:"kind"`
	Key        string          `json:"key"`
	Data       json.RawMessage `json:"data" doc:"The fields of the kind, with the vendor's own beside them"`
	Hash       string          `json:"hash" doc:"SHA-256 of the data as canonical JSON, lower-case hex"`
	Run        string          `json:"run" doc:"The run that first saw this version"`
	ObservedAt time.Time       `json:"observed_at" doc:"When this version was committed"`

	// As its run has them, while that is kept.
	ConnectorVersion string `json:"connector_version,omitempty" doc:"Version of the connector that read it"`
	ConnectorTrust   Trust  `json:"connector_trust,omitempty" enum:"bundled,signed,trusted,unverified,development" doc:"What that program was taken for"`
}

// ChangeKind says what happened to a record.
type ChangeKind string

// The kinds of change.
const (
	ChangeAdded   ChangeKind = "added"
	ChangeChanged ChangeKind = "changed"
	ChangeRemoved ChangeKind = "removed"
)

// Change is what one run did to one record.
type Change struct {
	Run    string     `json:"run"`
	Stream string     `json:"stream"`
	Key    string     `json:"key"`
	Kind   ChangeKind `json:"change" enum:"added,changed,removed"`
	Hash   string     `json:"hash,omitempty" doc:"Of the new version; empty for a removal"`
	At     time.Time  `json:"at"`
}
