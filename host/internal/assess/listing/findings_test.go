package listing_test

import (
	"slices"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/assess/listing"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// TestAFailIsNotLostBehindUnknowns: the list of findings has a bound, and what fails comes first however late it was read.
func TestAFailIsNotLostBehindUnknowns(t *testing.T) {
	t.Parallel()
	items := slices.Repeat([]verdict.Item{{Outcome: verdict.OutcomeUnknown}}, 1500)
	items = append(items, verdict.Item{Outcome: verdict.OutcomePass}, verdict.Item{Outcome: verdict.OutcomeNotApplicable},
		verdict.Item{Outcome: verdict.OutcomeExcluded}, verdict.Item{Outcome: verdict.OutcomeFail, Key: "late"})
	found := listed(items)
	if len(found) != 1000 || found[0].Key != "late" || found[1].Outcome != verdict.OutcomeUnknown {
		t.Errorf("%d findings, the first %+v", len(found), found[0])
	}
	if found := listed(items[1500:]); len(found) != 2 || found[1].Outcome != verdict.OutcomeExcluded {
		t.Errorf("of a fail, an exclusion and what is none: %+v", found)
	}
}

// listed returns the findings among items as an answer lists them.
func listed(items []verdict.Item) []verdict.Item {
	f := listing.Findings{}
	for _, item := range items {
		f.Keep(item)
	}
	return f.Listed()
}
