package assurance

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// MaxFile is the most bytes that a file of evidence may have.
const MaxFile = 25_000_000

// SoonDays is how many days before its validity ends evidence counts as upcoming.
const SoonDays = 30

// EvidenceState says whether evidence can be relied on.
type EvidenceState string

// The states of evidence. Upcoming and ready are valid.
const (
	EvidenceNeedsArtifact EvidenceState = "needs_artifact" // there is nothing yet but a title
	EvidenceNeedsRenewal  EvidenceState = "needs_renewal"  // its validity has ended, or has not begun
	EvidenceUpcoming      EvidenceState = "upcoming"       // valid; a renewal is due within SoonDays
	EvidenceReady         EvidenceState = "ready"
	EvidenceRemoved       EvidenceState = "removed"
)

// Valid reports whether evidence in this state counts.
func (s EvidenceState) Valid() bool { return s == EvidenceUpcoming || s == EvidenceReady }

// EvidenceKind says what evidence is made of.
type EvidenceKind string

// The kinds of evidence. A result and a population are made from what was read; the others people add.
const (
	EvidenceFile        EvidenceKind = "file"
	EvidenceLink        EvidenceKind = "link"
	EvidenceTicket      EvidenceKind = "ticket"
	EvidenceAttestation EvidenceKind = "attestation" // a person says so
	EvidenceResult      EvidenceKind = "test_result"
	EvidencePopulation  EvidenceKind = "population"
	EvidenceAccessList  EvidenceKind = "access_list" // a population of accounts
)

// Evidence is something that shows that a control works.
type Evidence struct {
	ID         string        `json:"id"`
	Title      string        `json:"title"`
	Automated  bool          `json:"automated" doc:"It was made from what was read; false = a person added it"`
	Kind       EvidenceKind  `json:"kind,omitempty" enum:"file,link,ticket,attestation,test_result,population,access_list" doc:"Absent while there is no artifact"`
	State      EvidenceState `json:"state" enum:"needs_artifact,needs_renewal,upcoming,ready,removed"`
	Reason     string        `json:"reason" doc:"Why it is in that state, in one sentence"`
	Owner      string        `json:"owner,omitempty" doc:"The address or the name of who renews it"`
	Controls   []string      `json:"controls" doc:"Ids of the controls that it shows"`
	RenewDays  int           `json:"renew_every_days,omitempty" doc:"Days for which a new artifact is valid unless it says otherwise"`
	Latest     *Artifact     `json:"latest,omitempty" doc:"Absent while there is none"`
	Population *Population   `json:"population,omitempty" doc:"Of a population and of an access list"`
	Result     string        `json:"result,omitempty" doc:"Of a test result: the state of the test"`
	Versions   []Artifact    `json:"versions" doc:"Every artifact, newest first; of one item only"`
	Removed    *Removal      `json:"removed,omitempty"`
	Revision   uint64        `json:"revision" doc:"0 for evidence that was made from what was read"`
}

// Artifact is one version of what evidence is made of.
type Artifact struct {
	Number      int          `json:"number" doc:"Counts up from 1"`
	Kind        EvidenceKind `json:"kind" enum:"file,link,ticket,attestation"`
	File        *File        `json:"file,omitempty" doc:"Of the kind file"`
	Link        string       `json:"link,omitempty" doc:"Of a link; of a ticket, if it has an address"`
	Ticket      string       `json:"ticket,omitempty" doc:"Number or name of a ticket"`
	Statement   string       `json:"statement,omitempty" doc:"Of an attestation: what the person says. Otherwise a note"`
	CollectedAt time.Time    `json:"collected_at" doc:"When it was true; a file may be older than its upload"`
	ValidUntil  time.Time    `json:"valid_until"`
	By          host.Actor   `json:"by" doc:"Who added it, and who attests it"`
	At          time.Time    `json:"at" doc:"When it was added"`
}

// File is a file that is stored under the hash of its content.
type File struct {
	Name   string `json:"name" doc:"Cleaned: no path, no hidden characters"`
	Type   string `json:"type" doc:"Media type, which the content was compared with"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256" doc:"Lower-case hex"`
}

// Removal says who removed evidence, and why. The entry and its files stay.
type Removal struct {
	Reason string     `json:"reason"`
	By     host.Actor `json:"by"`
	At     time.Time  `json:"at"`
}

// NewArtifact is what a person adds to evidence. A file is uploaded first, and named by its hash.
type NewArtifact struct {
	Kind        EvidenceKind `json:"kind" enum:"file,link,ticket,attestation"`
	File        *File        `json:"file,omitempty" doc:"What the upload answered"`
	Link        string       `json:"link,omitempty"`
	Ticket      string       `json:"ticket,omitempty"`
	Statement   string       `json:"statement,omitempty" doc:"An attestation needs one"`
	CollectedAt *time.Time   `json:"collected_at,omitempty" doc:"Absent = now"`
	ValidUntil  *time.Time   `json:"valid_until,omitempty" doc:"Absent = renew_every_days after it was collected"`
}

// NewEvidence is evidence that a person adds. Without an artifact it is a request for one.
type NewEvidence struct {
	Title     string       `json:"title"`
	Owner     string       `json:"owner,omitempty"`
	Controls  []string     `json:"controls,omitempty"`
	RenewDays int          `json:"renew_every_days,omitempty" minimum:"0" maximum:"3660" doc:"Absent = 365"`
	Artifact  *NewArtifact `json:"artifact,omitempty"`
}

// EvidenceEdit is what a request changes of evidence. What is absent stays.
type EvidenceEdit struct {
	Title     *string   `json:"title,omitempty"`
	Owner     *string   `json:"owner,omitempty"`
	Controls  *[]string `json:"controls,omitempty"`
	RenewDays *int      `json:"renew_every_days,omitempty" minimum:"1" maximum:"3660"`
}

// StoredEvidence is evidence as the journal stores it. The artifacts before the latest are in the document's history.
type StoredEvidence struct {
	Title     string    `json:"title"`
	Owner     string    `json:"owner,omitempty"`
	Controls  []string  `json:"controls,omitempty"`
	RenewDays int       `json:"renew_every_days"`
	Latest    *Artifact `json:"latest,omitempty"`
	Removed   *Removal  `json:"removed,omitempty"`
}
