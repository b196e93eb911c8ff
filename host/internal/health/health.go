package health

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// History is what Judge judges.
type History struct {
	Connection host.Connection
	Runs       []host.Run         // newest first
	Held       []host.HeldRemoval // removals that a person has not agreed to
	Period     time.Duration      // between two scheduled runs; 0 = runs only when asked
	Now        time.Time
}

// Verdict is the state of a connection.
type Verdict struct {
	Health       host.Health
	Reason       host.Reason
	Explanation  string     // the reason in one sentence
	Remedy       string     // empty when there is nothing to do
	Since        time.Time  // since when health and reason are these, as far as the history goes
	FailingSteps []string   // names of the steps that errored in the latest finished run
	FromStatus   bool       // the run recorded no steps and is judged by its outcome
	LastSuccess  *time.Time // when the latest run in which every step completed finished
}

// Summary is the verdict on a connection's runs without the clock. It holds until another run ends.
type Summary struct {
	verdict   Verdict
	part      []string // names of the steps that were read in part
	code      string   // of the failure that the reason comes from
	cancelled bool     // the latest finished run was cancelled; the verdict is on the run before
	judged    bool     // a run counts
}

// InPart returns the names of the steps that the latest run read in part.
func (s Summary) InPart() []string { return s.part }
