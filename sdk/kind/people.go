package kind

import "encoding/json"

// Account is something that can sign in to a system: a person's login, a
// service account, a bot.
type Account struct {
	// ExternalID is the system's own id of the account.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Username is what the holder types to sign in.
	Username string `json:"username,omitempty"`
	// Email is the address as the system has it, not changed in any way.
	Email string `json:"email,omitempty"`
	// Name is the display name.
	Name string `json:"name,omitempty"`
	// Status says whether the account can be used now. Suspended can be reversed; deprovisioned is final.
	Status Word `json:"status" jsonschema:"required,enum=active,enum=suspended,enum=deprovisioned,enum=unknown"`
	// Type says who or what holds the account. External is a person outside the company.
	Type Word `json:"type" jsonschema:"required,enum=human,enum=service,enum=bot,enum=external,enum=group,enum=unknown"`
	// Roles are the vendor's names of what the account may do. Absent when they were not read.
	Roles []string `json:"roles,omitzero"`
	// Groups are the groups the account is a member of, by name. Absent when they were not read.
	Groups []string `json:"groups,omitzero"`
	// MFA says whether a second factor is enrolled.
	MFA Tri `json:"mfa"`
	// Admin says whether the account may change other people's access.
	Admin Tri `json:"admin"`
	// LastLoginAt is the last successful sign-in, to the day if the system updates it often.
	LastLoginAt Time `json:"last_login_at,omitzero"`
	// CreatedAt is when the account was created.
	CreatedAt Time `json:"created_at,omitzero"`
	// PasswordChangedAt is when the password was last set.
	PasswordChangedAt Time `json:"password_changed_at,omitzero"`
	// Title is the holder's job title.
	Title string `json:"title,omitempty"`
	// Department is the holder's department.
	Department string `json:"department,omitempty"`
	// Manager is the holder's manager, by email or else by the system's id.
	Manager string `json:"manager,omitempty"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindAccount.
func (Account) Kind() Kind { return KindAccount }

// Person is someone who works for the company, as an HR system knows them.
type Person struct {
	// ExternalID is the system's own id of the person.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Name is the display name.
	Name string `json:"name,omitempty"`
	// Email is the work address.
	Email string `json:"email,omitempty"`
	// Status says whether the person works for the company now.
	Status Word `json:"status" jsonschema:"required,enum=future,enum=active,enum=on_leave,enum=terminated,enum=unknown"`
	// Employment says on what terms the person works.
	Employment Word `json:"employment" jsonschema:"required,enum=employee,enum=contractor,enum=intern,enum=other,enum=unknown"`
	// StartedAt is the first day of work.
	StartedAt Time `json:"started_at,omitzero"`
	// EndedAt is the last day of work.
	EndedAt Time `json:"ended_at,omitzero"`
	// Title is the job title.
	Title string `json:"title,omitempty"`
	// Department is the person's department.
	Department string `json:"department,omitempty"`
	// Manager is the manager, by email or else by the system's id.
	Manager string `json:"manager,omitempty"`
	// Location is where the person works.
	Location string `json:"location,omitempty"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindPerson.
func (Person) Kind() Kind { return KindPerson }

// BackgroundCheck is one screening of one person.
type BackgroundCheck struct {
	// ExternalID is the system's own id of the check.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// PersonName is the name of the checked person.
	PersonName string `json:"person_name,omitempty"`
	// PersonEmail is the email address of the checked person.
	PersonEmail string `json:"person_email,omitempty"`
	// Package is what was ordered, in the vendor's words.
	Package string `json:"package,omitempty"`
	// Status is the state of the check.
	Status Word `json:"status" jsonschema:"required,enum=pending,enum=in_progress,enum=complete,enum=cancelled,enum=unknown"`
	// Clear says whether nothing was found; unknown until the check is complete.
	Clear Tri `json:"clear"`
	// OrderedAt is when the check was ordered.
	OrderedAt Time `json:"ordered_at,omitzero"`
	// CompletedAt is when the result was ready.
	CompletedAt Time `json:"completed_at,omitzero"`
	// Vendor is the system's own document, without the findings themselves.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindBackgroundCheck.
func (BackgroundCheck) Kind() Kind { return KindBackgroundCheck }

// Training is one course assigned to one person.
type Training struct {
	// ExternalID is the system's own id of the assignment.
	ExternalID string `json:"external_id" jsonschema:"required,minLength=1"`
	// Course is the title of the course.
	Course string `json:"course,omitempty"`
	// PersonName is the name of the assigned person.
	PersonName string `json:"person_name,omitempty"`
	// PersonEmail is the email address of the assigned person.
	PersonEmail string `json:"person_email,omitempty"`
	// Status is the state of the assignment.
	Status Word `json:"status" jsonschema:"required,enum=assigned,enum=in_progress,enum=complete,enum=overdue,enum=waived,enum=unknown"`
	// Score is the result in per cent, when there is one.
	Score *float64 `json:"score,omitempty" jsonschema:"minimum=0,maximum=100"`
	// AssignedAt is when it was assigned.
	AssignedAt Time `json:"assigned_at,omitzero"`
	// DueAt is the deadline.
	DueAt Time `json:"due_at,omitzero"`
	// CompletedAt is when it was finished.
	CompletedAt Time `json:"completed_at,omitzero"`
	// ExpiresAt is when it must be repeated.
	ExpiresAt Time `json:"expires_at,omitzero"`
	// Vendor is the system's own document.
	Vendor json.RawMessage `json:"vendor,omitempty"`
}

// Kind returns KindTraining.
func (Training) Kind() Kind { return KindTraining }
