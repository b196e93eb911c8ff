package host

import "time"

// AttentionKind says what asks for a person. AttentionKinds has them by consequence.
type AttentionKind string

// The kinds, those with the gravest consequence first.
const (
	AttentionDisk       AttentionKind = "disk"            // nothing is written: every sync waits
	AttentionDoctor     AttentionKind = "doctor"          // the installation does not work as it has to
	AttentionAction     AttentionKind = "action_required" // a connection reads nothing until a person acts
	AttentionPaused     AttentionKind = "paused"          // the host gave a connection up
	AttentionFailing    AttentionKind = "failing"         // a connection is not read
	AttentionHeld       AttentionKind = "held_removals"   // a list is not complete until a person decides
	AttentionBackup     AttentionKind = "backup"          // a lost disk would lose the history
	AttentionTrust      AttentionKind = "trust"           // no person has vouched for a program that reads the company's systems
	AttentionDegraded   AttentionKind = "degraded"        // a part of a connection is not read
	AttentionLate       AttentionKind = "late"            // the records of a connection are older than its schedule promises
	AttentionStopped    AttentionKind = "stopped"         // the host ended in the middle of syncs
	AttentionCredential AttentionKind = "credential"      // a credential is old
	AttentionEvidence   AttentionKind = "evidence"        // evidence of people is missing, or its validity ends
	AttentionUpdate     AttentionKind = "update"          // a newer connector waits for consent, or one was taken back
	AttentionDraft      AttentionKind = "draft"           // a connection was made and never synced
)

// AttentionKinds returns every kind, those with the gravest consequence first.
func AttentionKinds() []AttentionKind {
	return []AttentionKind{
		AttentionDisk, AttentionDoctor, AttentionAction, AttentionPaused, AttentionFailing, AttentionHeld, AttentionBackup,
		AttentionTrust, AttentionDegraded, AttentionLate, AttentionStopped, AttentionCredential, AttentionEvidence,
		AttentionUpdate, AttentionDraft,
	}
}

// Severity says how soon a person should act.
type Severity string

// The severities.
const (
	SeverityCritical Severity = "critical" // evidence is lost while it lasts
	SeverityError    Severity = "error"    // something is not read, or not complete
	SeverityWarning  Severity = "warning"  // it will become an error, or heals by itself
	SeverityInfo     Severity = "info"     // when there is time
)

// Attention is one thing that a person should know or do.
type Attention struct {
	ID         string        `json:"id" doc:"The same as long as it is the same thing"`
	Kind       AttentionKind `json:"kind" enum:"disk,doctor,action_required,paused,failing,held_removals,backup,trust,degraded,late,stopped,credential,evidence,update,draft"`
	Severity   Severity      `json:"severity" enum:"critical,error,warning,info"`
	Title      string        `json:"title" doc:"What is the matter, in a few words"`
	Why        string        `json:"why" doc:"Why it matters or how it came, in one sentence"`
	Remedy     string        `json:"remedy,omitempty" doc:"What to do about it"`
	Since      *time.Time    `json:"since,omitempty" doc:"Absent when it is not known"`
	Connection string        `json:"connection,omitempty" doc:"Id of the connection that it is about"`
	Alias      string        `json:"alias,omitempty" doc:"Of that connection"`
	Owner      string        `json:"owner,omitempty" doc:"Who looks after that connection; empty for none"`
	Fault      Fault         `json:"fault,omitempty" enum:"customer,upstream,connector,network,host" doc:"Who can put it right"`
	Action     NextAction    `json:"action"`
}

// NextAction is the one thing to do next, and the screen on which it is done.
type NextAction struct {
	Title   string `json:"title"`
	Href    string `json:"href" doc:"Address of a screen"`
	Command string `json:"command" doc:"What does or shows the same on a terminal"`
}
