package verdict

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// Lifecycle says whether a test is judged. It is apart from what the test finds.
//
//	draft ── publish ──▶ enabled ◀── enable, disable ──▶ disabled
//	                        │
//	                        └── retire ──▶ retired
//
// Enabled and unused differ by the connections alone: unused is an enabled test for which no connection supplies records.
type Lifecycle string

// The stages.
const (
	LifecycleDraft    Lifecycle = "draft"    // written and not published: it is judged in previews only
	LifecycleEnabled  Lifecycle = "enabled"  // it is judged
	LifecycleDisabled Lifecycle = "disabled" // a person turned it off, with a reason: it is not judged
	LifecycleUnused   Lifecycle = "unused"   // it is on, but no connection supplies what it judges
	LifecycleRetired  Lifecycle = "retired"  // the company no longer uses its own test; its versions are kept
)

// Origin says who wrote a test.
type Origin string

// The origins.
const (
	OriginLibrary Origin = "library" // it comes with the product
	OriginCustom  Origin = "custom"  // the company wrote it
)

// Choice is what people choose for a test. What is absent is as the test says.
type Choice struct {
	Disabled   bool           `json:"disabled,omitempty" doc:"The test is not judged, and counts for no control"`
	Reason     string         `json:"reason,omitempty" maxLength:"2000" doc:"Why it is disabled; compulsory then"`
	Parameters map[string]any `json:"parameters,omitempty" doc:"Own values of parameters by name, each of the type of its default"`
	Days       *int           `json:"days_allowed,omitempty" minimum:"0" maximum:"3650" doc:"In place of the test's own"`
	Severity   *Severity      `json:"severity,omitempty" enum:"critical,high,medium,low,info" doc:"In place of the test's own"`
	Owner      string         `json:"owner,omitempty" maxLength:"200" doc:"Who answers for it: a name or an address"`
}

// Setting is what is chosen for a test, by whom and when.
type Setting struct {
	Choice
	Test     string      `json:"test" doc:"Id of the test"`
	By       *host.Actor `json:"by,omitempty" doc:"Who chose; absent when nobody did"`
	At       *time.Time  `json:"at,omitempty"`
	Revision uint64      `json:"revision" doc:"Send as If-Match with a change; 0 = nobody chose yet"`
}

// ItemRef names an item of a test. A record keeps its name when it changes, so what is decided about it holds for every version.
type ItemRef struct {
	Connection string `json:"connection,omitempty" doc:"Id or alias; absent for a count of everything"`
	Stream     string `json:"stream,omitempty" doc:"Absent for a count"`
	Key        string `json:"key,omitempty" doc:"Of the record in its stream; absent for a count"`
}

// NewExclusion is what a person says to take an item out of a test.
type NewExclusion struct {
	ItemRef
	Reason string `json:"reason" maxLength:"2000" doc:"Why; compulsory"`
	Until  string `json:"until,omitempty" doc:"When it ends: a time, or the last day, such as 2027-01-31; absent = it does not end by itself"`
}

// ExclusionState says whether an exclusion counts.
type ExclusionState string

// The states.
const (
	ExclusionStands    ExclusionState = "stands"
	ExclusionEnded     ExclusionState = "ended"     // its time is over
	ExclusionWithdrawn ExclusionState = "withdrawn" // a person took it back
)

// ItemExclusion is an exclusion with the item that it is of. It is kept when it has ended.
type ItemExclusion struct {
	ID   string `json:"id"`
	Test string `json:"test" doc:"Id of the test"`
	ItemRef
	Alias string `json:"alias,omitempty" doc:"Name of the connection when it was excluded"`
	Name  string `json:"name,omitempty" doc:"What the record was called when it was excluded"`
	Exclusion
	Withdrawn *Withdrawal    `json:"withdrawn,omitempty"`
	State     ExclusionState `json:"state" enum:"stands,ended,withdrawn"`
	Revision  uint64         `json:"revision" doc:"Send as If-Match to withdraw it"`
}

// Withdrawal is a person's decision that something no longer holds.
type Withdrawal struct {
	Reason string     `json:"reason"`
	By     host.Actor `json:"by"`
	At     time.Time  `json:"at"`
}

// StateAt returns whether an exclusion counts at a moment.
func (e *ItemExclusion) StateAt(at time.Time) ExclusionState {
	switch {
	case e.Withdrawn != nil && !e.Withdrawn.At.After(at):
		return ExclusionWithdrawn
	case e.Until != nil && !e.Until.After(at):
		return ExclusionEnded
	}
	return ExclusionStands
}

// Decided is what is known of a test beside what it is and what it finds.
type Decided struct {
	Lifecycle Lifecycle `json:"lifecycle" enum:"draft,enabled,disabled,unused,retired"`
	Origin    Origin    `json:"origin" enum:"library,custom"`
	Setting   Setting   `json:"setting" doc:"What people chose for it"`
}
