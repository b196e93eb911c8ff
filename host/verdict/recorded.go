package verdict

import "time"

// Recorded is an entry of the history of a test: what it found when its state or its counts changed.
type Recorded struct {
	Test          string     `json:"test" doc:"Id of the test"`
	Version       int        `json:"version" doc:"Of the test"`
	State         State      `json:"state" enum:"unused,error,failing,stale,unproven,empty,passing"`
	Reason        string     `json:"reason"`
	Tally         Tally      `json:"tally"`
	JudgedAt      time.Time  `json:"judged_at" doc:"The moment for which it was judged"`
	Since         time.Time  `json:"since" doc:"Since when it is in that state"`
	FirstFailedAt *time.Time `json:"first_failed_at,omitempty" doc:"Since when it fails and has not passed"`
	Position      string     `json:"position" doc:"Of the journal, up to which records were judged"`
	Exact         bool       `json:"exact" doc:"Everything up to the position was judged, and nothing after it; false while runs go on for long"`
	Sources       []Source   `json:"sources,omitempty"`
	SourcesLeft   int        `json:"sources_left,omitempty" doc:"How many more lists it read than are named"`
}

// Source is a list that a test read, in short.
type Source struct {
	Connection string     `json:"connection"`
	Stream     string     `json:"stream"`
	AsOf       *time.Time `json:"as_of,omitempty"`
	Run        string     `json:"run,omitempty"`
	Complete   bool       `json:"complete"`
	Stale      bool       `json:"stale,omitempty"`
}

// Fails reports whether a test in a state fails for what is known.
func (s State) Fails() bool { return s == StateFailing }

// Settles reports whether a state ends a failure: what is not known, old or in error does not.
func (s State) Settles() bool { return s == StatePassing || s == StateEmpty || s == StateUnused }
