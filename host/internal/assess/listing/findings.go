package listing

import (
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// MostFindings is how many findings of one test are kept.
const MostFindings = 1000

// Findings are the items of a test that a person should look at, by outcome: a fail that comes late is not lost behind many unknowns.
type Findings map[verdict.Outcome][]verdict.Item

// Keep keeps an item if it is a finding and there is room for it.
func (f Findings) Keep(item verdict.Item) {
	if slices.Contains(FindingOrder(), item.Outcome) && len(f[item.Outcome]) < MostFindings {
		f[item.Outcome] = append(f[item.Outcome], item)
	}
}

// Listed returns the findings in their order, at most MostFindings.
func (f Findings) Listed() []verdict.Item {
	list := []verdict.Item{}
	for _, o := range FindingOrder() {
		list = append(list, f[o]...)
	}
	return list[:min(len(list), MostFindings)]
}

// FindingOrder has the outcomes that are findings, the worst first.
func FindingOrder() []verdict.Outcome {
	return []verdict.Outcome{verdict.OutcomeFail, verdict.OutcomeUnknown, verdict.OutcomeExcluded}
}

// FindingQuery asks for findings of one test.
type FindingQuery struct {
	Outcomes []verdict.Outcome // fail, unknown or excluded; empty = all of these
	Limit    int
	Cursor   string // what an earlier page returned as Next
}

// FindingPage is a page of findings: fails first, then unknown, then excluded, each by connection, stream and key.
type FindingPage struct {
	Items []verdict.Item
	Next  string // empty = there are no more
}

// Place is where a page of findings ended.
type Place struct {
	Outcome verdict.Outcome `json:"o"`
	Sheet   string          `json:"s"` // alias and name of the list
	Key     string          `json:"k"`
}

// String returns the cursor of the page after the place.
func (p Place) String() string {
	raw, _ := json.Marshal(p) // three texts
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Begin returns where a page begins; nil = at the beginning.
func (q *FindingQuery) Begin() (*Place, error) {
	for _, o := range q.Outcomes {
		if !slices.Contains(FindingOrder(), o) {
			return nil, host.Invalid("outcome", o, "is none of fail, unknown and excluded")
		}
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	if q.Cursor == "" {
		return nil, nil
	}
	var p Place
	raw, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err != nil || json.Unmarshal(raw, &p) != nil || !slices.Contains(FindingOrder(), p.Outcome) {
		return nil, host.Invalid("cursor", q.Cursor, "is not what an earlier page returned")
	}
	return &p, nil
}
