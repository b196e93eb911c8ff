package assurance

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// Framework is a list of requirements that others have published, and how far they are met.
type Framework struct {
	ID           string        `json:"id"`
	Title        string        `json:"title"`
	Version      string        `json:"version"`
	Licence      string        `json:"licence" doc:"What may be done with it, and whose the titles are"`
	Own          bool          `json:"own" doc:"A person imported it; false = it ships with the product"`
	Text         *TextInfo     `json:"text,omitempty" doc:"The text that a person imported for it; absent = none"`
	Total        int           `json:"total" doc:"How many requirements there are"`
	Counts       Counts        `json:"counts" doc:"Requirements by state"`
	Share        Share         `json:"share" doc:"What its controls that apply are shown by"`
	Requirements []Requirement `json:"requirements" doc:"In the order of the framework; empty in a list of frameworks"`
}

// Counts counts requirements by state.
type Counts struct {
	NotApplicable int `json:"not_applicable"`
	Failing       int `json:"failing"`
	Stale         int `json:"stale"`
	Unproven      int `json:"unproven"`
	NeedsEvidence int `json:"needs_evidence"`
	Passing       int `json:"passing"`
	Uncovered     int `json:"uncovered"`
}

// Add counts one more of a state.
func (c *Counts) Add(s State) {
	switch s {
	case StateNotApplicable:
		c.NotApplicable++
	case StateFailing:
		c.Failing++
	case StateStale:
		c.Stale++
	case StateUnproven:
		c.Unproven++
	case StateNeedsEvidence:
		c.NeedsEvidence++
	case StatePassing:
		c.Passing++
	case StateUncovered:
		c.Uncovered++
	}
}

// Share counts controls that apply by what counts for them.
type Share struct {
	Tests    int `json:"tests" doc:"Shown by tests alone"`
	Evidence int `json:"evidence" doc:"Shown by evidence of people alone"`
	Both     int `json:"both"`
	Nothing  int `json:"nothing" doc:"Neither a test counts for them nor is there evidence"`
}

// Add counts one more control.
func (s *Share) Add(by ShownBy) {
	switch by {
	case ShownByTests:
		s.Tests++
	case ShownByEvidence:
		s.Evidence++
	case ShownByBoth:
		s.Both++
	case ShownByNothing:
		s.Nothing++
	}
}

// Requirement is what a framework asks for, and how far it is met.
type Requirement struct {
	ID       string       `json:"id"`
	Title    string       `json:"title"`
	Text     string       `json:"text,omitempty" doc:"As imported; absent when no text was"`
	State    State        `json:"state" enum:"uncovered,not_applicable,failing,stale,unproven,needs_evidence,passing"`
	Reason   string       `json:"reason" doc:"Why it is in that state, in one sentence"`
	Controls []ControlRef `json:"controls"`
}

// ControlRef names a control and its state.
type ControlRef struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	State State  `json:"state" enum:"not_applicable,failing,stale,unproven,needs_evidence,passing"`
}

// TextInfo says which text a person imported for a framework.
type TextInfo struct {
	Name         string     `json:"name" doc:"Of the file"`
	Format       string     `json:"format" enum:"oscal,csv"`
	SHA256       string     `json:"sha256" doc:"Of the imported requirements as they are stored"`
	Requirements int        `json:"requirements" doc:"How many it has a text or a title for"`
	By           host.Actor `json:"by"`
	At           time.Time  `json:"at"`
	Revision     uint64     `json:"revision"`
	Problem      string     `json:"problem,omitempty" doc:"Why the text cannot be read, and what to do"`
}

// TextImport says what an import of the text of a framework does, or would do.
type TextImport struct {
	Framework string       `json:"framework"`
	Title     string       `json:"title"`
	New       bool         `json:"new" doc:"The product does not bring this framework"`
	Preview   bool         `json:"preview" doc:"Nothing was stored"`
	Format    string       `json:"format" enum:"oscal,csv"`
	Matched   int          `json:"matched" doc:"Requirements that get a text or a title"`
	Unknown   []string     `json:"unknown" doc:"Ids in the file that the framework does not have; they are left out"`
	Missing   []string     `json:"missing" doc:"Ids of the framework that the file does not have"`
	Sample    []TextSample `json:"sample" doc:"The first requirements, as they will be"`
	Replaces  *TextInfo    `json:"replaces,omitempty" doc:"The text that was imported before"`
}

// TextSample is a requirement of a text that is imported.
type TextSample struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text,omitempty"`
}

// Impact says what would no longer be proven if a connection could not be read.
type Impact struct {
	Connection   string              `json:"connection"`
	Alias        string              `json:"alias"`
	Tests        []ImpactTest        `json:"tests" doc:"Every test that reads it"`
	Controls     []ImpactControl     `json:"controls" doc:"Controls whose state would change"`
	Requirements []ImpactRequirement `json:"requirements" doc:"Requirements whose state would change"`
}

// ImpactTest is a test that reads the connection.
type ImpactTest struct {
	Test   string `json:"test"`
	Title  string `json:"title"`
	Before string `json:"before" enum:"unused,error,failing,stale,unproven,empty,passing"`
	After  string `json:"after" enum:"unused,error,failing,stale,unproven,empty,passing"`
	Only   bool   `json:"only" doc:"It judges no list of another connection"`
}

// ImpactControl is a control whose state would change.
type ImpactControl struct {
	Control string `json:"control"`
	Title   string `json:"title"`
	Before  State  `json:"before"`
	After   State  `json:"after"`
}

// ImpactRequirement is a requirement whose state would change.
type ImpactRequirement struct {
	Framework   string `json:"framework"`
	Requirement string `json:"requirement"`
	Title       string `json:"title"`
	Before      State  `json:"before"`
	After       State  `json:"after"`
}
