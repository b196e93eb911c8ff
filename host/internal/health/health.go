package health

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// History is what a verdict is drawn from.
type History struct {
	Connection host.Connection
	Runs       []host.Run         // newest first; runs that are not finished are passed over
	Held       []host.HeldRemoval // removals that a person has not agreed to
	Period     time.Duration      // between two scheduled runs; 0 = runs only when asked
	Now        time.Time
}

// Verdict is what to think of a connection now.
type Verdict struct {
	Health       host.Health
	Reason       host.Reason
	Explanation  string     // the reason in one sentence
	Remedy       string     // what to do about it; empty when there is nothing to do
	Since        time.Time  // since when this health and reason hold, as far as the history goes
	FailingSteps []string   // names of the steps that errored in the latest finished run
	FromStatus   bool       // the run recorded no steps: judged by its outcome, and Explanation says so
	LastSuccess  *time.Time // when the latest run in which every step completed finished
}

// Summary is what a connection's runs say by themselves, whatever the clock. It
// holds until another run ends.
type Summary struct {
	verdict   Verdict
	part      []string // names of the steps that were read in part
	code      string   // of the failure that the reason comes from
	cancelled bool     // the latest finished run was cancelled; the verdict is that of the one before
	said      bool     // a run says something
}

// InPart returns the names of the steps that the latest run read in part.
func (s Summary) InPart() []string { return s.part }
