// Package history holds what is known of a record over time: what it is at a moment, its
// versions, how they differ, and the changes of many records as lists show them.
package history

import (
	"encoding/json"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// RecordState says whether a record exists at a moment.
type RecordState string

// The states of a record.
const (
	RecordPresent RecordState = "present"
	RecordRemoved RecordState = "removed" // it was read before, and then it was gone
	RecordAbsent  RecordState = "absent"  // it was not read by then
)

// RecordDetail is everything that is known of one record at a moment.
type RecordDetail struct {
	Stream      string           `json:"stream"`
	StreamTitle string           `json:"stream_title"`
	Kind        string           `json:"kind"`
	Key         string           `json:"key"`
	State       RecordState      `json:"state" enum:"present,removed,absent" doc:"removed: it was read before the moment, and then it was gone; absent: it was not read by then"`
	Title       string           `json:"title" doc:"What people call the record: its name, title or host name, else its key"`
	Record      *host.Record     `json:"record,omitempty" doc:"As of the moment; absent unless it is present then"`
	Last        *host.Record     `json:"last,omitempty" doc:"Of a removed record the last version before it was gone; fields and vendor are of this version then"`
	Fields      []FieldValue     `json:"fields" doc:"In the order of the kind; those that the kind does not have come last, by name. Empty for an absent record"`
	Vendor      json.RawMessage  `json:"vendor,omitempty" doc:"The vendor's own document"`
	Connection  RecordConnection `json:"connection"`
	Account     string           `json:"account,omitempty" doc:"Id of the account that it is, as it is now, for get-account; also of a background check"`
	Person      string           `json:"person,omitempty" doc:"Id of the person whom it tells of, as it is now, for get-person"`
	Run         *RecordRun       `json:"run,omitempty" doc:"The run that first saw this version, or that found the record gone; absent for an absent record"`

	Versions     int        `json:"versions" doc:"Versions and removals that are kept, also later ones"`
	FirstSeenAt  *time.Time `json:"first_seen_at,omitempty" doc:"When the oldest version that is kept was stored"`
	ChangedAt    *time.Time `json:"changed_at,omitempty" doc:"When this version was stored"`
	ReadAt       *time.Time `json:"read_at,omitempty" doc:"End of the last complete read of the stream by the moment: until then the state is known to be true. Absent while there was none"`
	PrunedBefore *time.Time `json:"pruned_before,omitempty" doc:"Versions before this time are no longer kept, so the record may have been seen earlier"`
	AsOf         *time.Time `json:"as_of,omitempty" doc:"The moment that was asked for, with the offset of the time zone of schedules; absent for now"`
	Explanation  string     `json:"explanation,omitempty" doc:"Set when nothing was read of the stream by the moment: then it is not known whether the record existed"`
	Demo         bool       `json:"demo,omitempty" doc:"The record is of a company that does not exist"`
}

// FieldValue is one field of a record as people read it.
type FieldValue struct {
	Name  string          `json:"name" doc:"As in the document"`
	Title string          `json:"title" doc:"Such as Last boot"`
	Doc   string          `json:"doc,omitempty" doc:"What the field means; absent for one that the kind does not have"`
	Type  string          `json:"type" enum:"text,word,time,number,list"`
	Unit  string          `json:"unit,omitempty" doc:"Of a number: %, s or bytes; absent for a count"`
	Value json.RawMessage `json:"value,omitempty" doc:"Absent when the document does not have the field"`
	Known bool            `json:"known" doc:"false: the system does not tell, or it was not read"`
}

// RecordConnection is the connection of a record.
type RecordConnection struct {
	ID            string      `json:"id"`
	Alias         string      `json:"alias"`
	Connector     string      `json:"connector"`
	ConnectorName string      `json:"connector_name"`
	Health        host.Health `json:"health" enum:"healthy,unhealthy,unknown"`
	Reason        host.Reason `json:"reason" enum:"on_time,late,degraded,failing,action_required,paused,draft,disconnected"`
	Explanation   string      `json:"explanation" doc:"The reason in one sentence"`
}

// RecordRun is the run that a version of a record is from.
type RecordRun struct {
	ID               string       `json:"id"`
	Kept             bool         `json:"kept" doc:"false: the run was pruned, and only its id is known"`
	StartedAt        *time.Time   `json:"started_at,omitempty"`
	Trigger          host.Trigger `json:"trigger,omitempty"`
	Actor            *host.Actor  `json:"actor,omitempty" doc:"Who started it; absent when it is not known"`
	ConnectorVersion string       `json:"connector_version,omitempty"`
	ConnectorTrust   host.Trust   `json:"connector_trust,omitempty" enum:"bundled,signed,trusted,unverified,development" doc:"What the program was taken for"`
}

// RecordVersion is one version of a record, or its removal, and what differs from the
// version before.
type RecordVersion struct {
	Number int             `json:"number" doc:"Counts up from 1 for the oldest version that is kept"`
	Run    string          `json:"run"`
	At     time.Time       `json:"at" doc:"When it was stored"`
	Change host.ChangeKind `json:"change" enum:"added,changed,removed"`
	Hash   string          `json:"hash,omitempty" doc:"SHA-256 of the document; absent for a removal"`
	Diff   []FieldDiff     `json:"diff" doc:"Of an added or a removed record its fields without the vendor's document; empty for a changed record whose version before is no longer kept"`
	Cut    int             `json:"diff_cut,omitempty" doc:"How many more differences there are than diff has"`
	Lost   bool            `json:"diff_lost,omitempty" doc:"A version that the difference is made from is no longer kept"`
}

// FieldDiff is one difference between two versions of a record.
type FieldDiff struct {
	Path   string          `json:"path" doc:"JSON pointer (RFC 6901) into the document"`
	Field  string          `json:"field,omitempty" doc:"Name of the field of the kind that it is in; absent in the vendor's document"`
	Before json.RawMessage `json:"before,omitempty" doc:"Absent for what was added"`
	After  json.RawMessage `json:"after,omitempty" doc:"Absent for what was removed"`
}

// RecordChange is one change as lists show it.
type RecordChange struct {
	Connection string `json:"connection" doc:"The connection's id"`
	Alias      string `json:"alias" doc:"The connection's name now"`
	host.Change
	RecordKind string      `json:"record_kind" doc:"Kind of the record, such as account"`
	Title      string      `json:"title" doc:"What people call the record, else its key"`
	Diff       []FieldDiff `json:"diff,omitempty" doc:"When it was asked for: as in list-record-versions"`
	Cut        int         `json:"diff_cut,omitempty" doc:"How many more differences there are than diff has"`
	Lost       bool        `json:"diff_lost,omitempty" doc:"A version that the difference is made from is no longer kept"`
}

// StreamChanges counts what happened to the records of one stream.
type StreamChanges struct {
	Connection  string `json:"connection" doc:"The connection's id"`
	Alias       string `json:"alias" doc:"The connection's name now"`
	Stream      string `json:"stream"`
	StreamTitle string `json:"stream_title"`
	RecordKind  string `json:"record_kind"`
	Added       int    `json:"added"`
	Changed     int    `json:"changed"`
	Removed     int    `json:"removed"`
}
