package assess

import (
	"slices"

	"github.com/plumbline-dev/plumbline/host/verdict"
)

// mostFindings is how many findings of one test are kept.
const mostFindings = 1000

// findings are the items of a test that a person should look at, by outcome: a fail that comes late is not lost behind many unknowns.
type findings map[verdict.Outcome][]verdict.Item

// keep keeps an item if it is a finding and there is room for it.
func (f findings) keep(item verdict.Item) {
	if slices.Contains(findingOrder(), item.Outcome) && len(f[item.Outcome]) < mostFindings {
		f[item.Outcome] = append(f[item.Outcome], item)
	}
}

// listed returns the findings in their order, at most mostFindings.
func (f findings) listed() []verdict.Item {
	list := []verdict.Item{}
	for _, o := range findingOrder() {
		list = append(list, f[o]...)
	}
	return list[:min(len(list), mostFindings)]
}

// findingOrder has the outcomes that are findings, the worst first.
func findingOrder() []verdict.Outcome {
	return []verdict.Outcome{verdict.OutcomeFail, verdict.OutcomeUnknown, verdict.OutcomeExcluded}
}
