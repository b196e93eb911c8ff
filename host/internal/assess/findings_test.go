package assess_test

import (
	"slices"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// TestAFailIsNotLostBehindUnknowns: the list of findings has a bound, and what fails comes first however late it was read.
func TestAFailIsNotLostBehindUnknowns(t *testing.T) {
	t.Parallel()
	items := slices.Repeat([]verdict.Item{{Outcome: verdict.OutcomeUnknown}}, 1500)
	items = append(items, verdict.Item{Outcome: verdict.OutcomePass}, verdict.Item{Outcome: verdict.OutcomeNotApplicable},
		verdict.Item{Outcome: verdict.OutcomeExcluded}, verdict.Item{Outcome: verdict.OutcomeFail, Key: "late"})
	listed := assess.Listed(items)
	if len(listed) != 1000 || listed[0].Key != "late" || listed[1].Outcome != verdict.OutcomeUnknown {
		t.Errorf("%d findings, the first %+v", len(listed), listed[0])
	}
	if listed := assess.Listed(items[1500:]); len(listed) != 2 || listed[1].Outcome != verdict.OutcomeExcluded {
		t.Errorf("of a fail, an exclusion and what is none: %+v", listed)
	}
}
