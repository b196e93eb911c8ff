package kind

import "encoding/json"

// Ticket is a piece of work that is tracked.
type Ticket struct {
	// ExternalID is the system's own id of the ticket, e.g. "OPS-17".
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Title is its one-line description.
	Title string `json:"title,omitempty"`
	// Project is where it is filed.
	Project string `json:"project,omitempty"`
	// URL is where people open it.
	URL string `json:"url,omitempty"`
	// Type is the vendor's word, e.g. "incident".
	Type string `json:"type,omitempty"`
	// Status says how far it is; the vendor's own word is in vendor.
	Status Word `json:"status" jsonschema:"required,enum=open,enum=in_progress,enum=done,enum=cancelled,enum=unknown"`
	// Priority is the vendor's word.
	Priority string `json:"priority,omitempty"`
	// Reporter is who filed it, by email or username.
	Reporter string `json:"reporter,omitempty"`
	// Assignee is who works on it, by email or username.
	Assignee string `json:"assignee,omitempty"`
	// Labels are the words put on it. Absent when they were not read.
	Labels []string `json:"labels,omitzero"`
	// CreatedAt is when it was filed.
	CreatedAt Time `json:"created_at,omitzero"`
	// UpdatedAt is when it was last changed.
	UpdatedAt Time `json:"updated_at,omitzero"`
	// ResolvedAt is when it was done.
	ResolvedAt Time `json:"resolved_at,omitzero"`
	// DueAt is when it has to be done.
	DueAt Time `json:"due_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindTicket.
func (Ticket) Kind() Kind { return KindTicket }

// Finding is a weakness that was found: a vulnerability, a misconfiguration.
type Finding struct {
	// ExternalID is the system's own id of the finding.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Title says in one line what is wrong.
	Title string `json:"title" jsonschema:"required"`
	// Severity says how bad it is. Info needs nobody to act.
	Severity Word `json:"severity" jsonschema:"required,enum=critical,enum=high,enum=medium,enum=low,enum=info,enum=unknown"`
	// Status says whether it still holds. Accepted was looked at and left.
	Status Word `json:"status" jsonschema:"required,enum=open,enum=fixed,enum=accepted,enum=false_positive,enum=unknown"`
	// Resource is what it was found on.
	Resource string `json:"resource,omitempty"`
	// Identifier is the public name of the weakness, e.g. a CVE number.
	Identifier string `json:"identifier,omitempty"`
	// Description says more about it.
	Description string `json:"description,omitempty"`
	// Fix says how to put it right.
	Fix string `json:"fix,omitempty"`
	// URL is where people open it.
	URL string `json:"url,omitempty"`
	// FoundAt is when it was first found.
	FoundAt Time `json:"found_at,omitzero"`
	// FixedAt is when it was put right.
	FixedAt Time `json:"fixed_at,omitzero"`
	// DueAt is when it has to be put right.
	DueAt Time `json:"due_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindFinding.
func (Finding) Kind() Kind { return KindFinding }

// Signature is one person's signature under one document.
type Signature struct {
	// ExternalID is the system's own id of the signature or envelope recipient.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Document is the title of what was signed.
	Document string `json:"document,omitempty"`
	// SignerName is who signs.
	SignerName string `json:"signer_name,omitempty"`
	// SignerEmail is the address of who signs.
	SignerEmail string `json:"signer_email,omitempty"`
	// Status says how far it is.
	Status Word `json:"status" jsonschema:"required,enum=sent,enum=viewed,enum=signed,enum=declined,enum=voided,enum=expired,enum=unknown"`
	// SentAt is when it was asked for.
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
	// Title is what people call it.
	Title string `json:"title" jsonschema:"required"`
	// URL is where people open it.
	URL string `json:"url,omitempty"`
	// MediaType is the file's type, e.g. "application/pdf".
	MediaType string `json:"media_type,omitempty"`
	// Bytes is the size of the file.
	Bytes *int64 `json:"bytes,omitempty" jsonschema:"minimum=0"`
	// SHA256 is the hash of the file, lower-case hex.
	SHA256 string `json:"sha256,omitempty"`
	// Owner is who answers for it, by email or username.
	Owner string `json:"owner,omitempty"`
	// SharedPublicly says whether anybody with the address can read it.
	SharedPublicly Tri `json:"shared_publicly"`
	// CreatedAt is when it was made.
	CreatedAt Time `json:"created_at,omitzero"`
	// UpdatedAt is when it was last changed.
	UpdatedAt Time `json:"updated_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindDocument.
func (Document) Kind() Kind { return KindDocument }

// Policy is a rule the company gave itself, in one version.
type Policy struct {
	// ExternalID is the system's own id of the policy.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Title is what people call it.
	Title string `json:"title" jsonschema:"required"`
	// Version is the version in force, in the system's words.
	Version string `json:"version,omitempty"`
	// Status says how far it is.
	Status Word `json:"status" jsonschema:"required,enum=draft,enum=in_review,enum=approved,enum=retired,enum=unknown"`
	// Owner is who answers for it, by email or username.
	Owner string `json:"owner,omitempty"`
	// URL is where people open it.
	URL string `json:"url,omitempty"`
	// ApprovedAt is when it was approved.
	ApprovedAt Time `json:"approved_at,omitzero"`
	// ReviewDueAt is when it has to be looked at again.
	ReviewDueAt Time `json:"review_due_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindPolicy.
func (Policy) Kind() Kind { return KindPolicy }

// Assessment is somebody's judgement of something: a security review, an audit,
// a questionnaire, an insurance rating.
type Assessment struct {
	// ExternalID is the system's own id of the assessment.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Title is what people call it.
	Title string `json:"title" jsonschema:"required"`
	// Subject is what was assessed, e.g. a vendor's name.
	Subject string `json:"subject,omitempty"`
	// Type is the vendor's word, e.g. "penetration test".
	Type string `json:"type,omitempty"`
	// Status says how far it is.
	Status Word `json:"status" jsonschema:"required,enum=planned,enum=in_progress,enum=complete,enum=expired,enum=unknown"`
	// Result says what came of it.
	Result Word `json:"result" jsonschema:"required,enum=passed,enum=failed,enum=mixed,enum=unknown"`
	// Score is the rating in the vendor's words.
	Score string `json:"score,omitempty"`
	// Assessor is who judged.
	Assessor string `json:"assessor,omitempty"`
	// StartedAt is when it began.
	StartedAt Time `json:"started_at,omitzero"`
	// CompletedAt is when it was done.
	CompletedAt Time `json:"completed_at,omitzero"`
	// ExpiresAt is until when it counts.
	ExpiresAt Time `json:"expires_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindAssessment.
func (Assessment) Kind() Kind { return KindAssessment }

// Automation is something that acts by itself: a workflow, a scheduled job, a
// token that a program uses.
type Automation struct {
	// ExternalID is the system's own id of the automation.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Name is what people call it.
	Name string `json:"name,omitempty"`
	// Type is the vendor's word for it.
	Type string `json:"type,omitempty"`
	// Enabled says whether it acts now.
	Enabled Tri `json:"enabled"`
	// Owner is who answers for it, by email or username.
	Owner string `json:"owner,omitempty"`
	// Trigger says what sets it off, in the vendor's words.
	Trigger string `json:"trigger,omitempty"`
	// LastResult says how its last run ended.
	LastResult Word `json:"last_result" jsonschema:"required,enum=succeeded,enum=failed,enum=unknown"`
	// LastRunAt is when it last ran.
	LastRunAt Time `json:"last_run_at,omitzero"`
	// CreatedAt is when it was made.
	CreatedAt Time `json:"created_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindAutomation.
func (Automation) Kind() Kind { return KindAutomation }

// Custom is anything that no other kind fits.
type Custom struct {
	// ExternalID is the system's own id of the thing.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Type says what it is, in the customer's words.
	Type string `json:"type,omitempty"`
	// Name is what people call it.
	Name string `json:"name,omitempty"`
	// Fields are its facts by name.
	Fields map[string]any `json:"fields,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindCustom.
func (Custom) Kind() Kind { return KindCustom }
