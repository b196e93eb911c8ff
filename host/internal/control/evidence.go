package control

import (
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host/assurance"
)

// EvidenceState says whether evidence that a person adds can be relied on at a moment, and why.
func EvidenceState(e assurance.StoredEvidence, now time.Time) (assurance.EvidenceState, string) {
	day := func(t time.Time) string { return t.UTC().Format(time.DateOnly) }
	switch {
	case e.Removed != nil:
		return assurance.EvidenceRemoved, "Removed: " + e.Removed.Reason
	case e.Latest == nil:
		return assurance.EvidenceNeedsArtifact, "Nothing was added yet."
	case now.Before(e.Latest.CollectedAt):
		return assurance.EvidenceNeedsRenewal, fmt.Sprintf("It is of %s, which is still to come.", day(e.Latest.CollectedAt))
	case !now.Before(e.Latest.ValidUntil):
		return assurance.EvidenceNeedsRenewal, fmt.Sprintf("It was valid until %s.", day(e.Latest.ValidUntil))
	case !now.Before(e.Latest.ValidUntil.AddDate(0, 0, -assurance.SoonDays)):
		return assurance.EvidenceUpcoming, fmt.Sprintf("It is valid until %s: renew it before.", day(e.Latest.ValidUntil))
	}
	return assurance.EvidenceReady, fmt.Sprintf("It is valid until %s.", day(e.Latest.ValidUntil))
}
