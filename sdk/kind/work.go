package kind

import "encoding/json"

// Ticket is a tracked task or request.
type Ticket struct {
	// ExternalID is the system's own id of the ticket, e.g. "OPS-17".
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Title is its one-line description.
	Title string `json:"title,omitempty"`
	// Project is the project or queue to which it belongs.
	Project string `json:"project,omitempty"`
	// URL is where people open it.
	URL string `json:"url,omitempty"`
	// Type is the vendor's word, e.g. "incident".
	Type string `json:"type,omitempty"`
	// Status is the state of the ticket. The vendor's own word is in vendor.
	Status Word `json:"status" jsonschema:"required,enum=open,enum=in_progress,enum=done,enum=cancelled,enum=unknown"`
	// Priority is the vendor's word.
	Priority string `json:"priority,omitempty"`
	// Reporter is the email or username of the person who filed it.
	Reporter string `json:"reporter,omitempty"`
	// Assignee is the email or username of the person who works on it.
	Assignee string `json:"assignee,omitempty"`
	// Labels are its labels. Absent when they were not read.
	Labels []string `json:"labels,omitzero"`
	// CreatedAt is when it was filed.
	CreatedAt Time `json:"created_at,omitzero"`
	// UpdatedAt is when it was last changed.
	UpdatedAt Time `json:"updated_at,omitzero"`
	// ResolvedAt is when it was finished.
	ResolvedAt Time `json:"resolved_at,omitzero"`
	// DueAt is the deadline.
	DueAt Time `json:"due_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindTicket.
func (Ticket) Kind() Kind { return KindTicket }

// Finding is a detected weakness: a vulnerability, a misconfiguration.
type Finding struct {
	// ExternalID is the system's own id of the finding.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Title describes the weakness in one line.
	Title string `json:"title" jsonschema:"required"`
	// Severity is how serious it is. Info needs no action.
	Severity Word `json:"severity" jsonschema:"required,enum=critical,enum=high,enum=medium,enum=low,enum=info,enum=unknown"`
	// Status says whether it still exists. Accepted means that people decided to leave it.
	Status Word `json:"status" jsonschema:"required,enum=open,enum=fixed,enum=accepted,enum=false_positive,enum=unknown"`
	// Resource is the affected resource.
	Resource string `json:"resource,omitempty"`
	// Identifier is the public name of the weakness, e.g. a CVE number.
	Identifier string `json:"identifier,omitempty"`
	// Description gives more details.
	Description string `json:"description,omitempty"`
	// Fix says how to fix it.
	Fix string `json:"fix,omitempty"`
	// URL is where people open it.
	URL string `json:"url,omitempty"`
	// FoundAt is when it was first detected.
	FoundAt Time `json:"found_at,omitzero"`
	// FixedAt is when it was fixed.
	FixedAt Time `json:"fixed_at,omitzero"`
	// DueAt is the deadline for the fix.
	DueAt Time `json:"due_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindFinding.
func (Finding) Kind() Kind { return KindFinding }

// Signature is the signature of one person under one document.
type Signature struct {
	// ExternalID is the system's own id of the signature or envelope recipient.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Document is the title of the document.
	Document string `json:"document,omitempty"`
	// SignerName is the name of the signer.
	SignerName string `json:"signer_name,omitempty"`
	// SignerEmail is the email address of the signer.
	SignerEmail string `json:"signer_email,omitempty"`
	// Status is the state of the signature.
	Status Word `json:"status" jsonschema:"required,enum=sent,enum=viewed,enum=signed,enum=declined,enum=voided,enum=expired,enum=unknown"`
	// SentAt is when it was requested.
	SentAt Time `json:"sent_at,omitzero"`
	// SignedAt is when it was given.
	SignedAt Time `json:"signed_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindSignature.
func (Signature) Kind() Kind { return KindSignature }

// Document is a file that may serve as evidence.
type Document struct {
	// ExternalID is the system's own id of the document.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Title is its title.
	Title string `json:"title" jsonschema:"required"`
	// URL is where people open it.
	URL string `json:"url,omitempty"`
	// MediaType is the file's type, e.g. "application/pdf".
	MediaType string `json:"media_type,omitempty"`
	// Bytes is the size of the file.
	Bytes *int64 `json:"bytes,omitempty" jsonschema:"minimum=0"`
	// SHA256 is the hash of the file, lower-case hex.
	SHA256 string `json:"sha256,omitempty"`
	// Owner is the email or username of the responsible person.
	Owner string `json:"owner,omitempty"`
	// SharedPublicly says whether everyone with the address can read it.
	SharedPublicly Tri `json:"shared_publicly"`
	// CreatedAt is when it was created.
	CreatedAt Time `json:"created_at,omitzero"`
	// UpdatedAt is when it was last changed.
	UpdatedAt Time `json:"updated_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindDocument.
func (Document) Kind() Kind { return KindDocument }

// Policy is one version of a rule that the company has set for itself.
type Policy struct {
	// ExternalID is the system's own id of the policy.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Title is its title.
	Title string `json:"title" jsonschema:"required"`
	// Version is the version in force, as the system writes it.
	Version string `json:"version,omitempty"`
	// Status is the state of the policy.
	Status Word `json:"status" jsonschema:"required,enum=draft,enum=in_review,enum=approved,enum=retired,enum=unknown"`
	// Owner is the email or username of the responsible person.
	Owner string `json:"owner,omitempty"`
	// URL is where people open it.
	URL string `json:"url,omitempty"`
	// ApprovedAt is when it was approved.
	ApprovedAt Time `json:"approved_at,omitzero"`
	// ReviewDueAt is when it must be reviewed again.
	ReviewDueAt Time `json:"review_due_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindPolicy.
func (Policy) Kind() Kind { return KindPolicy }

// Assessment is the result of an examination: a security review, an audit, a
// questionnaire, an insurance rating.
type Assessment struct {
	// ExternalID is the system's own id of the assessment.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Title is its title.
	Title string `json:"title" jsonschema:"required"`
	// Subject is the assessed subject, e.g. the name of a vendor.
	Subject string `json:"subject,omitempty"`
	// Type is the vendor's word, e.g. "penetration test".
	Type string `json:"type,omitempty"`
	// Status is the state of the assessment.
	Status Word `json:"status" jsonschema:"required,enum=planned,enum=in_progress,enum=complete,enum=expired,enum=unknown"`
	// Result is the outcome.
	Result Word `json:"result" jsonschema:"required,enum=passed,enum=failed,enum=mixed,enum=unknown"`
	// Score is the rating, as the vendor writes it.
	Score string `json:"score,omitempty"`
	// Assessor is the person or company that made the assessment.
	Assessor string `json:"assessor,omitempty"`
	// StartedAt is when it started.
	StartedAt Time `json:"started_at,omitzero"`
	// CompletedAt is when it was finished.
	CompletedAt Time `json:"completed_at,omitzero"`
	// ExpiresAt is when it expires.
	ExpiresAt Time `json:"expires_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindAssessment.
func (Assessment) Kind() Kind { return KindAssessment }

// Automation is something that runs automatically: a workflow, a scheduled job, a
// token that a program uses.
type Automation struct {
	// ExternalID is the system's own id of the automation.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Name is its name.
	Name string `json:"name,omitempty"`
	// Type is the vendor's word for it.
	Type string `json:"type,omitempty"`
	// Enabled says whether it is switched on.
	Enabled Tri `json:"enabled"`
	// Owner is the email or username of the responsible person.
	Owner string `json:"owner,omitempty"`
	// Trigger is the event or schedule that starts it, as the vendor writes it.
	Trigger string `json:"trigger,omitempty"`
	// LastResult says how its last run ended.
	LastResult Word `json:"last_result" jsonschema:"required,enum=succeeded,enum=failed,enum=unknown"`
	// LastRunAt is when it last ran.
	LastRunAt Time `json:"last_run_at,omitzero"`
	// CreatedAt is when it was created.
	CreatedAt Time `json:"created_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindAutomation.
func (Automation) Kind() Kind { return KindAutomation }

// Custom is a record that fits no other kind.
type Custom struct {
	// ExternalID is the system's own id of the record.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Type is the customer's name of its type.
	Type string `json:"type,omitempty"`
	// Name is its name.
	Name string `json:"name,omitempty"`
	// Fields are its fields by name.
	Fields map[string]any `json:"fields,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindCustom.
func (Custom) Kind() Kind { return KindCustom }
