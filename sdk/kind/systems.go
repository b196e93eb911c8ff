package kind

import "encoding/json"

// Device is a computer or phone that people work on, or a server.
type Device struct {
	// ExternalID is the system's own id of the device.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Hostname is the host name of the device.
	Hostname string `json:"hostname,omitempty"`
	// Serial is the hardware serial number.
	Serial string `json:"serial,omitempty"`
	// Manufacturer is the maker of the hardware.
	Manufacturer string `json:"manufacturer,omitempty"`
	// Model is the manufacturer's name of the model.
	Model string `json:"model,omitempty"`
	// OSName is the operating system, e.g. "macOS", "Windows", "Debian".
	OSName string `json:"os_name,omitempty"`
	// OSVersion is the version of the operating system, as its maker writes it.
	OSVersion string `json:"os_version,omitempty"`
	// Kernel is the version of the kernel.
	Kernel string `json:"kernel,omitempty"`
	// OwnerEmail is the email address of the person who uses the device.
	OwnerEmail string `json:"owner_email,omitempty"`
	// DiskEncryption says whether the disk that holds the system and the users' files is encrypted.
	DiskEncryption Tri `json:"disk_encryption"`
	// Firewall says whether a firewall on the device filters incoming connections.
	Firewall Tri `json:"firewall"`
	// ScreenLock says whether the screen locks automatically and requires a password.
	ScreenLock Tri `json:"screen_lock"`
	// ScreenLockSeconds is the number of seconds without input after which the screen locks.
	ScreenLockSeconds *int `json:"screen_lock_seconds,omitempty" jsonschema:"minimum=0"`
	// AutomaticUpdates says whether the device installs security updates automatically.
	AutomaticUpdates Tri `json:"automatic_updates"`
	// Antivirus says whether malware protection is running.
	Antivirus Tri `json:"antivirus"`
	// UpdatesPending is how many updates wait to be installed; absent when it is unknown.
	UpdatesPending *int `json:"updates_pending,omitempty" jsonschema:"minimum=0"`
	// LastBootAt is when the device was last started, to the minute.
	LastBootAt Time `json:"last_boot_at,omitzero"`
	// LastSeenAt is the last day of contact between the device and the system.
	LastSeenAt Time `json:"last_seen_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindDevice.
func (Device) Kind() Kind { return KindDevice }

// Repository is a source code repository.
type Repository struct {
	// ExternalID is the system's own id of the repository.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Name is the full name, e.g. "owner/name".
	Name string `json:"name" jsonschema:"required"`
	// URL is where people open it.
	URL string `json:"url,omitempty"`
	// Visibility says who can read it.
	Visibility Word `json:"visibility" jsonschema:"required,enum=private,enum=internal,enum=public,enum=unknown"`
	// Archived says whether it is permanently read-only.
	Archived Tri `json:"archived"`
	// DefaultBranch is the branch that changes go to.
	DefaultBranch string `json:"default_branch,omitempty"`
	// BranchProtected says whether the default branch refuses direct changes.
	BranchProtected Tri `json:"branch_protected"`
	// ReviewRequired says whether a change needs the approval of another person.
	ReviewRequired Tri `json:"review_required"`
	// RequiredApprovals is how many approvals a change needs.
	RequiredApprovals *int `json:"required_approvals,omitempty" jsonschema:"minimum=0"`
	// ChecksRequired says whether automatic checks must pass before a merge.
	ChecksRequired Tri `json:"checks_required"`
	// SecretScanning says whether the system scans pushes for secrets.
	SecretScanning Tri `json:"secret_scanning"`
	// DependencyAlerts says whether the system reports vulnerable dependencies.
	DependencyAlerts Tri `json:"dependency_alerts"`
	// CreatedAt is when it was created.
	CreatedAt Time `json:"created_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindRepository.
func (Repository) Kind() Kind { return KindRepository }

// Change is one change to code or configuration, e.g. a pull request.
type Change struct {
	// ExternalID is the system's own id of the change.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Title is its one-line description.
	Title string `json:"title,omitempty"`
	// Repository is the full name of its repository.
	Repository string `json:"repository,omitempty"`
	// URL is where people open it.
	URL string `json:"url,omitempty"`
	// Status is the state of the change.
	Status Word `json:"status" jsonschema:"required,enum=open,enum=merged,enum=closed,enum=unknown"`
	// Author is the username of its author.
	Author string `json:"author,omitempty"`
	// Approvers are the usernames of its approvers. Absent when they were not read.
	Approvers []string `json:"approvers,omitzero"`
	// MergedBy is the username of the person who merged it.
	MergedBy string `json:"merged_by,omitempty"`
	// Target is the branch into which it is merged.
	Target string `json:"target,omitempty"`
	// ChecksPassed says whether the automatic checks passed.
	ChecksPassed Tri `json:"checks_passed"`
	// CreatedAt is when it was opened.
	CreatedAt Time `json:"created_at,omitzero"`
	// MergedAt is when it was merged.
	MergedAt Time `json:"merged_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindChange.
func (Change) Kind() Kind { return KindChange }

// Resource is something in a cloud or data centre: a bucket, a database, a key.
type Resource struct {
	// ExternalID is the system's own id, e.g. an ARN.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Type is the vendor's name of its type, e.g. "s3.bucket".
	Type string `json:"type" jsonschema:"required,minLength=1"`
	// Name is its name.
	Name string `json:"name,omitempty"`
	// Account is the cloud account, project or subscription to which it belongs.
	Account string `json:"account,omitempty"`
	// Region is its region.
	Region string `json:"region,omitempty"`
	// Encrypted says whether its data is encrypted at rest.
	Encrypted Tri `json:"encrypted"`
	// Public says whether everyone on the internet can reach it.
	Public Tri `json:"public"`
	// BackedUp says whether backups are made automatically.
	BackedUp Tri `json:"backed_up"`
	// Logged says whether access to it is logged.
	Logged Tri `json:"logged"`
	// Tags are the customer's tags. Absent when they were not read.
	Tags map[string]string `json:"tags,omitzero"`
	// CreatedAt is when it was created.
	CreatedAt Time `json:"created_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindResource.
func (Resource) Kind() Kind { return KindResource }

// Monitor is a rule that watches a system and alerts people.
type Monitor struct {
	// ExternalID is the system's own id of the monitor.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Name is its name.
	Name string `json:"name,omitempty"`
	// Type is the vendor's word for the subject that it watches.
	Type string `json:"type,omitempty"`
	// Enabled says whether it is switched on.
	Enabled Tri `json:"enabled"`
	// Status is its latest result.
	Status Word `json:"status" jsonschema:"required,enum=ok,enum=warning,enum=alerting,enum=no_data,enum=unknown"`
	// Notifies are the people or channels that it alerts. Absent when they were not read.
	Notifies []string `json:"notifies,omitzero"`
	// CreatedAt is when it was created.
	CreatedAt Time `json:"created_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindMonitor.
func (Monitor) Kind() Kind { return KindMonitor }
