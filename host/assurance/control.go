package assurance

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// State says what is known of a control, or of a requirement.
type State string

// The states of a control, the first that applies. Nothing but passing is a pass.
const (
	StateNotApplicable State = "not_applicable" // a person decided so, with a reason
	StateFailing       State = "failing"        // a test that counts fails
	StateStale         State = "stale"          // a test that counts read something that is too old
	StateUnproven      State = "unproven"       // a test that counts shows nothing: it is unproven, empty, unused or in error
	StateNeedsEvidence State = "needs_evidence" // evidence is needed, and none is valid
	StatePassing       State = "passing"        // every test that counts passes, and evidence is valid where it is needed
	StateUncovered     State = "uncovered"      // of a requirement: no control meets it
)

// States returns every state of a control, in the order in which they apply.
func States() []State {
	return []State{StateNotApplicable, StateFailing, StateStale, StateUnproven, StateNeedsEvidence, StatePassing}
}

// Control is something that a company does for its security, and what is known of it.
type Control struct {
	ID               string           `json:"id" doc:"Stable; lower-case letters, digits and hyphens"`
	Title            string           `json:"title"`
	Text             string           `json:"text"`
	Own              bool             `json:"own" doc:"The company wrote it; false = it ships with the product"`
	Role             string           `json:"role,omitempty" doc:"The role that usually answers for it"`
	Owner            string           `json:"owner,omitempty" doc:"The address or the name of who answers for it here; absent = not decided"`
	Applies          bool             `json:"applies" doc:"False only by a decision, which applicability has"`
	Applicability    *Applicability   `json:"applicability,omitempty" doc:"The decision on whether it applies; absent = none was made"`
	Requirements     []RequirementRef `json:"requirements" doc:"What it meets, by framework"`
	EvidenceRequired bool             `json:"evidence_required" doc:"Tests alone do not show it: evidence of people is needed"`
	State            State            `json:"state" enum:"not_applicable,failing,stale,unproven,needs_evidence,passing"`
	Reason           string           `json:"reason" doc:"Why it is in that state, in one sentence"`
	Lines            []Line           `json:"lines" doc:"The calculation: every test and every item of evidence"`
	ShownBy          ShownBy          `json:"shown_by" enum:"tests,evidence,both,nothing" doc:"What counts for it"`
	Populations      []Population     `json:"populations" doc:"The lists that its tests judge; of one control only"`
	Revision         uint64           `json:"revision" doc:"Of the decisions about it; 0 = none was made"`
	UpdatedAt        *time.Time       `json:"updated_at,omitempty" doc:"Of the latest decision"`
}

// ShownBy says what counts for a control.
type ShownBy string

// What counts for a control.
const (
	ShownByTests    ShownBy = "tests"
	ShownByEvidence ShownBy = "evidence"
	ShownByBoth     ShownBy = "both"
	ShownByNothing  ShownBy = "nothing"
)

// Applicability is a person's decision on whether a control applies.
type Applicability struct {
	Applies bool       `json:"applies"`
	Reason  string     `json:"reason,omitempty" doc:"Always there when it does not apply"`
	By      host.Actor `json:"by"`
	At      time.Time  `json:"at"`
}

// Line is one line of the calculation of a control's state.
type Line struct {
	Kind       LineKind   `json:"kind" enum:"test,evidence"`
	ID         string     `json:"id" doc:"Of the test or of the evidence"`
	Title      string     `json:"title"`
	State      string     `json:"state" doc:"Of the test or of the evidence"`
	Counts     bool       `json:"counts" doc:"False: it changes nothing, and why says so"`
	Says       State      `json:"says,omitempty" enum:"failing,stale,unproven,needs_evidence,passing" doc:"What it says of the control; absent when it does not count"`
	Why        string     `json:"why" doc:"In one sentence"`
	AsOf       *time.Time `json:"as_of,omitempty" doc:"Of a test: when it was judged. Of evidence: when it was collected"`
	ValidUntil *time.Time `json:"valid_until,omitempty" doc:"Of evidence"`
}

// LineKind says what a line is about.
type LineKind string

// What a line is about.
const (
	LineTest     LineKind = "test"
	LineEvidence LineKind = "evidence"
)

// RequirementRef names a requirement.
type RequirementRef struct {
	Framework string `json:"framework" doc:"Id"`
	ID        string `json:"id" doc:"As the framework has it"`
	Title     string `json:"title,omitempty" doc:"Absent when the framework does not have the requirement any more"`
	Added     bool   `json:"added,omitempty" doc:"A person mapped it; false = the product did"`
}

// Population is a list that a test judges.
type Population struct {
	Connection string     `json:"connection"`
	Alias      string     `json:"alias"`
	Stream     string     `json:"stream"`
	Kind       string     `json:"kind"`
	AccessList bool       `json:"access_list" doc:"It says who has access: its records are accounts"`
	Records    int        `json:"records" doc:"How many there are"`
	AsOf       *time.Time `json:"as_of,omitempty" doc:"Absent = it was never read"`
	Complete   bool       `json:"complete" doc:"Its last read was complete"`
	Stale      bool       `json:"stale"`
	Gaps       []string   `json:"gaps,omitempty"`
	Tests      []string   `json:"tests" doc:"Ids of the tests that judge it"`
}

// SetAside is a person's decision that a test does not count for a control.
type SetAside struct {
	Test   string     `json:"test"`
	Reason string     `json:"reason"`
	By     host.Actor `json:"by"`
	At     time.Time  `json:"at"`
}

// Decisions are what people decided about a control, as the journal stores it.
type Decisions struct {
	Own              *OwnControl         `json:"own,omitempty"`
	Owner            string              `json:"owner,omitempty"`
	Applicability    *Applicability      `json:"applicability,omitempty"`
	EvidenceRequired *bool               `json:"evidence_required,omitempty"`
	Tests            []string            `json:"tests,omitempty"`     // mapped besides those that name the control
	SetAside         []SetAside          `json:"set_aside,omitempty"` // tests that do not count
	Requirements     map[string][]string `json:"requirements,omitempty"`
}

// OwnControl is a control that the company wrote.
type OwnControl struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text,omitempty"`
}

// NewControl is a control that a company writes.
type NewControl struct {
	ID               string              `json:"id" doc:"Lower-case letters, digits and single hyphens"`
	Title            string              `json:"title"`
	Text             string              `json:"text,omitempty"`
	Owner            string              `json:"owner,omitempty"`
	EvidenceRequired bool                `json:"evidence_required,omitempty"`
	Tests            []string            `json:"tests,omitempty" doc:"Ids of the tests that show it"`
	Requirements     map[string][]string `json:"requirements,omitempty" doc:"Ids of the requirements that it meets, by the id of their framework"`
}

// ControlEdit is what a request changes of the decisions about a control. What is absent stays.
type ControlEdit struct {
	Title              *string             `json:"title,omitempty" doc:"Of a control of the company's own"`
	Text               *string             `json:"text,omitempty" doc:"Of a control of the company's own"`
	Owner              *string             `json:"owner,omitempty" doc:"An address or a name; empty for none"`
	Applies            *bool               `json:"applies,omitempty" doc:"False needs a reason"`
	Reason             string              `json:"reason,omitempty" doc:"Why it applies or not, and why tests are set aside"`
	EvidenceRequired   *bool               `json:"evidence_required,omitempty"`
	AddTests           []string            `json:"add_tests,omitempty" doc:"Tests that show it besides those that name it"`
	RemoveTests        []string            `json:"remove_tests,omitempty" doc:"Tests that were added"`
	SetAside           []string            `json:"set_aside,omitempty" doc:"Tests that do not count for it any more; needs a reason"`
	CountAgain         []string            `json:"count_again,omitempty" doc:"Tests that were set aside"`
	AddRequirements    map[string][]string `json:"add_requirements,omitempty" doc:"By framework"`
	RemoveRequirements map[string][]string `json:"remove_requirements,omitempty" doc:"Requirements that were added, by framework"`
}
