package host

import "encoding/json"

// DryRun is what a run of a connection would change. Nothing of it is stored.
type DryRun struct {
	Connection string         `json:"connection" doc:"Id of the connection"`
	Alias      string         `json:"alias"`
	Connector  string         `json:"connector" doc:"Id and version of the connector that was tried"`
	Streams    []DryRunStream `json:"streams"`
}

// DryRunStream is what a run would change in one stream.
type DryRunStream struct {
	Stream    string         `json:"stream"`
	Kind      string         `json:"kind"`
	Outcome   Outcome        `json:"outcome" enum:"complete,complete_with_gaps,partial,failed,unfinished"`
	Error     *Problem       `json:"error,omitempty" doc:"Why it was not read whole"`
	Gaps      []Gap          `json:"gaps"`
	Read      int            `json:"read" doc:"Records that were read"`
	Added     int            `json:"added"`
	Changed   int            `json:"changed"`
	Unchanged int            `json:"unchanged"`
	Removed   int            `json:"removed" doc:"Stored records that a run would remove; 0 when the stream was not read whole"`
	Held      string         `json:"held,omitempty" doc:"Why a run would hold these removals for a person; empty when it would not"`
	Changes   []DryRunChange `json:"changes" doc:"The first changes of each kind, 20 at most"`
}

// DryRunChange is one record that a run would add, change or remove.
type DryRunChange struct {
	Kind   ChangeKind    `json:"change" enum:"added,changed,removed"`
	Key    string        `json:"key"`
	Fields []FieldChange `json:"fields" doc:"What differs, 20 fields at most; empty for a removal"`
}

// FieldChange is a field of a record before and after a change.
type FieldChange struct {
	Field  string          `json:"field" doc:"Names from the outermost in, with dots between them"`
	Before json.RawMessage `json:"before,omitempty" doc:"Absent when the record had no such field"`
	After  json.RawMessage `json:"after,omitempty" doc:"Absent when it has none any more"`
}

// DryRunSample is what the first page of each stream holds with settings that need not be
// stored. Nothing of it is stored.
type DryRunSample struct {
	Connector string         `json:"connector" doc:"Id and version of the connector that was tried"`
	Streams   []SampleStream `json:"streams" doc:"The streams that exist with these settings"`
}

// SampleOutcome says how much of a stream a sample read.
type SampleOutcome string

// The outcomes.
const (
	SampleComplete SampleOutcome = "complete" // the stream has no more records
	SampleMore     SampleOutcome = "more"     // the stream has more, which were not read
	SampleFailed   SampleOutcome = "failed"
	SampleUntried  SampleOutcome = "untried" // an earlier stream could not sign in, or the time was over
)

// SampleStream is what a sample found in one stream.
type SampleStream struct {
	Stream  string         `json:"stream"`
	Title   string         `json:"title"`
	Kind    string         `json:"kind"`
	Outcome SampleOutcome  `json:"outcome" enum:"complete,more,failed,untried"`
	Error   *Problem       `json:"error,omitempty" doc:"Why it failed or was not tried"`
	Gaps    []Gap          `json:"gaps" doc:"Parts that could not be read"`
	Read    int            `json:"read" doc:"Records that were read"`
	Bytes   int            `json:"bytes" doc:"Size of what would be stored of them"`
	Fields  []SampleField  `json:"fields" doc:"The fields of the kind, in the order of its documentation"`
	Records []SampleRecord `json:"records" doc:"The first records, 5 at most"`
}

// SampleField says how many records of a sample have a field.
type SampleField struct {
	Name     string `json:"name"`
	Title    string `json:"title" doc:"For people"`
	Doc      string `json:"doc" doc:"What the field means"`
	Known    int    `json:"known" doc:"Records in which it has a value"`
	Personal bool   `json:"personal" doc:"Its values are masked in a sample"`
}

// SampleRecord is a record in which personal data is masked, without the vendor's document.
type SampleRecord struct {
	Key string          `json:"key"`
	Doc json.RawMessage `json:"doc"`
}
