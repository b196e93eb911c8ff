// Package diagnosis has the nouns of why a run was not complete: causes, what supports them, and what removes them.
package diagnosis

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// CauseID names what keeps a run from being complete. Causes has the closed set.
type CauseID string

// The causes.
const (
	CauseCredentialExpired CauseID = "credential.expired" // it worked, and the vendor no longer takes it
	CauseCredentialWrong   CauseID = "credential.wrong"   // the vendor never took it as it is stored now
	CauseConsentWithdrawn  CauseID = "consent.withdrawn"  // a person at the vendor took the access back
	CausePermissionMissing CauseID = "permission.missing"
	CausePlanLimit         CauseID = "plan.limit"      // the vendor's plan does not include it
	CauseTenantWrong       CauseID = "tenant.wrong"    // the address, site or tenant in the settings does not exist
	CauseSettingWrong      CauseID = "setting.wrong"   // another setting
	CauseAddressBlocked    CauseID = "address.blocked" // an allow-list or a firewall of the vendor refuses this network
	CauseClockSkew         CauseID = "clock.skew"
	CauseNetworkDNS        CauseID = "network.dns"
	CauseNetworkConnect    CauseID = "network.unreachable"
	CauseNetworkProxy      CauseID = "network.proxy"
	CauseTLSIntercepted    CauseID = "tls.intercepted" // another certificate authority answers than the vendor's
	CauseTLSCertificate    CauseID = "tls.certificate" // the certificate of the vendor is not valid
	CauseTLSAuthority      CauseID = "tls.authority"   // the settings lack the authority that signed the server's certificate
	CauseRateLimit         CauseID = "rate.limit"
	CauseQuotaUsed         CauseID = "quota.used"
	CauseVendorOutage      CauseID = "vendor.outage"
	CauseVendorMaintenance CauseID = "vendor.maintenance"
	CauseAnswerChanged     CauseID = "answer.changed" // the vendor's API answers otherwise than documented
	CauseItemVanished      CauseID = "item.vanished"  // an item was deleted while it was read
	CauseCursorExpired     CauseID = "cursor.expired"
	CauseHostUndeclared    CauseID = "host.undeclared" // the connector asks for a host that it does not declare
	CauseConnectorBug      CauseID = "connector.bug"
	CauseConnectorGone     CauseID = "connector.gone"
	CauseConnectorRefused  CauseID = "connector.refused" // the host does not start the program
	CauseResourceLimit     CauseID = "resource.limit"    // the program took more memory or output than it may
	CauseRunTime           CauseID = "run.time"          // the run took longer than it may
	CauseRunCancelled      CauseID = "run.cancelled"
	CauseHostStopped       CauseID = "host.stopped"
	CauseStoreFull         CauseID = "store.full"
	CauseHostBug           CauseID = "host.bug"
	CauseRemovalHeld       CauseID = "removal.held" // a removal waits for a person
	CauseUnknown           CauseID = "unknown"
)

// Confidence says how sure an explanation is of its cause.
type Confidence string

// The confidences.
const (
	ConfidenceCertain  Confidence = "certain"  // the vendor or the host says it in so many words
	ConfidenceLikely   Confidence = "likely"   // everything that is known agrees with it
	ConfidencePossible Confidence = "possible" // other causes would look the same
	ConfidenceUnknown  Confidence = "unknown"
)

// ActingParty says who can remove a cause.
type ActingParty string

// Who can act.
const (
	ActYou         ActingParty = "you"          // whoever runs this host and edits its connections
	ActVendorAdmin ActingParty = "vendor_admin" // an administrator of the company's account at the vendor
	ActVendor      ActingParty = "vendor"
	ActAuthor      ActingParty = "author" // of the connector
	ActPlumbline   ActingParty = "plumbline"
	ActNobody      ActingParty = "none" // it passes by itself
)

// Explanation says why a run was not complete, what supports that, and what to do. It is
// derived from stored facts each time and is stored nowhere.
type Explanation struct {
	Connection string           `json:"connection" doc:"Id of the connection"`
	Alias      string           `json:"alias"`
	Run        string           `json:"run,omitempty" doc:"The run that is explained; absent when no run has finished"`
	RunAt      *time.Time       `json:"run_at,omitempty" doc:"When that run finished"`
	State      ExplanationState `json:"state" enum:"none,explained,inconclusive,unknown" doc:"none: nothing failed; inconclusive: the vendor's outage or a bug, which says nothing about the company's systems"`
	Cause      *Cause           `json:"cause,omitempty" doc:"What to remove first; absent when nothing failed"`
	Also       []Cause          `json:"also" doc:"Other causes in the same run"`
	Partial    bool             `json:"partial,omitempty" doc:"Something was read, and something was not"`
	Streams    []UnreadStream   `json:"streams" doc:"Streams that the run did not read whole, each with its last success"`
	Worked     *WorkedRun       `json:"worked,omitempty" doc:"The last run in which every step completed; absent when there is none"`
}

// ExplanationState says what an explanation amounts to.
type ExplanationState string

// The states.
const (
	ExplanationNone         ExplanationState = "none"
	ExplanationExplained    ExplanationState = "explained"
	ExplanationInconclusive ExplanationState = "inconclusive"
	ExplanationUnknown      ExplanationState = "unknown"
)

// Cause is one cause, with what supports it and what removes it.
type Cause struct {
	ID           CauseID     `json:"id" doc:"Stable, such as credential.expired"`
	Title        string      `json:"title" doc:"A few words"`
	Sentence     string      `json:"sentence" doc:"The cause in the reader's words"`
	Confidence   Confidence  `json:"confidence" enum:"certain,likely,possible,unknown"`
	Who          ActingParty `json:"who" enum:"you,vendor_admin,vendor,author,plumbline,none" doc:"Who can remove it"`
	Inconclusive bool        `json:"inconclusive,omitempty" doc:"It says nothing about the company's own systems"`
	Steps        []string    `json:"steps" doc:"Names of the steps that it kept from completing"`
	Evidence     []Evidence  `json:"evidence"`
	Remedies     []CauseFix  `json:"remedies" doc:"In the order in which to try them"`
	TellsMore    []string    `json:"tells_more,omitempty" doc:"What would make an unknown or possible cause certain"`
	Code         string      `json:"code,omitempty" doc:"Of the problem that it was derived from"`
}

// EvidenceKind says what a piece of evidence links to.
type EvidenceKind string

// The kinds of evidence.
const (
	EvidenceStep       EvidenceKind = "step"       // a step of a run
	EvidenceLine       EvidenceKind = "line"       // a line of a run's log
	EvidenceChange     EvidenceKind = "change"     // an entry of the audit log
	EvidenceRun        EvidenceKind = "run"        // another run of the connection
	EvidenceConnection EvidenceKind = "connection" // another connection
	EvidenceContact    EvidenceKind = "contact"    // what became of a connection to a host
)

// Evidence is one fact that supports a cause.
type Evidence struct {
	Kind  EvidenceKind `json:"kind" enum:"step,line,change,run,connection,contact"`
	Text  string       `json:"text" doc:"The fact in words; may hold the vendor's own"`
	Run   string       `json:"run,omitempty"`
	Step  string       `json:"step,omitempty" doc:"Name of the step"`
	Line  int          `json:"line,omitempty" doc:"Number of the line in the run's log"`
	Entry uint64       `json:"entry,omitempty" doc:"Number of the entry in the audit log"`
	Alias string       `json:"alias,omitempty" doc:"Of the other connection"`
}

// CauseFix is one thing to do.
type CauseFix struct {
	Text   string       `json:"text" doc:"One imperative sentence"`
	Who    ActingParty  `json:"who" enum:"you,vendor_admin,vendor,author,plumbline,none"`
	Action host.Helping `json:"action,omitempty" enum:"edit,resume,decide,sync,read" doc:"What helps on this side; absent when it is done elsewhere"`
	Guide  string       `json:"guide,omitempty" doc:"Id of the step of the connector's setup guide that shows it"`
}

// UnreadStream is a stream that a run did not read whole, with its last success.
type UnreadStream struct {
	Name           string         `json:"name"`
	Title          string         `json:"title"`
	Step           string         `json:"step" doc:"Name of the step that reads it"`
	Status         host.RunStatus `json:"status" enum:"queued,running,succeeded,partial,failed,cancelled,interrupted,skipped"`
	Records        int            `json:"records" doc:"Current records, as of the last success and what was read since"`
	LastCompleteAt *time.Time     `json:"last_complete_at" doc:"Null when it was never read whole"`
}

// WorkedRun is a run in which every step completed.
type WorkedRun struct {
	Run     string    `json:"run"`
	At      time.Time `json:"at" doc:"When it finished"`
	Version string    `json:"connector_version"`
}
