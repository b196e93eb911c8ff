package host

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// RemovalLimits say how many records one complete read may remove before a
// person has to agree. A read that removes every record of a stream, or more
// than half of five or more, always waits.
type RemovalLimits struct {
	Share float64 // of the stream's records
	Count int     // the larger of Count and Share holds
}

// DefaultRemovalLimits are those of a configuration that sets none.
var DefaultRemovalLimits = RemovalLimits{Share: 0.1, Count: 20}

// RemovalRule names the rule that holds a removal.
type RemovalRule string

// The rules, in the order in which they are tried.
const (
	RemovalOfAll  RemovalRule = "all"  // every record
	RemovalOfMost RemovalRule = "most" // more than half of five or more
	RemovalOfMany RemovalRule = "many" // more than the limits allow
)

// fewRecords is how many records a stream has at least for RemovalOfMost: one of
// two, or two of three, is no sign of a fault.
const fewRecords = 5

// Holds says whether a read that no longer lists gone of known records waits for
// a person, and because of which rule.
func (l RemovalLimits) Holds(known, gone int) (rule RemovalRule, held bool) {
	switch {
	case gone <= 0:
		return "", false
	case gone >= known:
		return RemovalOfAll, true
	case known >= fewRecords && 2*gone > known:
		return RemovalOfMost, true
	case gone > l.most(known):
		return RemovalOfMany, true
	}
	return "", false
}

// most is how many of known records the limits let go.
func (l RemovalLimits) most(known int) int { return max(l.Count, int(l.Share*float64(known))) }

// RemovalOverride is what a connection sets instead of the configuration's limits. What
// is nil is the configuration's.
type RemovalOverride struct {
	Share *float64 `json:"share,omitempty" doc:"Share of a stream that a sync removes without a person, 0 to 1; absent = sync.removal_share"`
	Count *int     `json:"count,omitempty" doc:"Records that a sync removes, if that is more than the share; absent = sync.removal_count"`
}

// Over returns the limits that apply where the configuration says base.
func (o *RemovalOverride) Over(base RemovalLimits) RemovalLimits {
	if o == nil {
		return base
	}
	if o.Share != nil {
		base.Share = *o.Share
	}
	if o.Count != nil {
		base.Count = *o.Count
	}
	return base
}

// OrNone returns nil for an override that sets nothing.
func (o *RemovalOverride) OrNone() *RemovalOverride {
	if o == nil || *o == (RemovalOverride{}) {
		return nil
	}
	return o
}

// maxRemovalCount is more records than any stream has.
const maxRemovalCount = 1_000_000_000

// Validate returns a problem that names the field when the override is no limit.
func (o *RemovalOverride) Validate() error {
	switch {
	case o == nil:
		return nil
	case o.Share != nil && !(*o.Share >= 0 && *o.Share <= 1):
		return Invalid("removals.share", *o.Share, "must be a share from 0 to 1 such as 0.1")
	case o.Count != nil && (*o.Count < 0 || *o.Count > maxRemovalCount):
		return Invalid("removals.count", *o.Count, fmt.Sprintf("must be a whole number from 0 to %d", maxRemovalCount))
	}
	return nil
}

// HeldRemoval is the removal of records that a complete read no longer listed and
// that waits for a person. The records stay as they are until the person agrees.
type HeldRemoval struct {
	ID          string       `json:"id" doc:"Names exactly this list of records: send it to confirm or to reject it"`
	Stream      string       `json:"stream"`
	Title       string       `json:"title" doc:"Of the stream"`
	Kind        string       `json:"kind"`
	Run         string       `json:"run" doc:"The run that found it last"`
	Since       time.Time    `json:"since" doc:"When a run first found it"`
	Removes     int          `json:"removes" doc:"How many records would be removed"`
	Known       int          `json:"known" doc:"How many records were stored before that run"`
	Rule        RemovalRule  `json:"rule" enum:"all,most,many" doc:"The rule: every record, more than half of five or more, beyond the limits"`
	Explanation string       `json:"explanation" doc:"What is held and by which rule, in one sentence"`
	Remedy      string       `json:"remedy" doc:"What a person can do"`
	Sample      []HeldRecord `json:"sample" doc:"The first few of the records; GET /connections/{ref}/held/{stream} lists all"`
	RejectedAt  *time.Time   `json:"rejected_at" doc:"When a person said that the records still exist; null while it waits for a person"`
}

// HeldRecord is a record that would be removed.
type HeldRecord struct {
	Key  string `json:"key"`
	Name string `json:"name" doc:"Its name or title, as it is stored; empty when it has none"`
}

// Waits reports whether a person still has to decide.
func (h *HeldRemoval) Waits() bool { return h.RejectedAt == nil }

// Explain writes the explanation and the remedy.
func (h *HeldRemoval) Explain(limits RemovalLimits) {
	h.Explanation = h.words(limits)
	h.Remedy = fmt.Sprintf("Look at the list of %s. If the records are gone, confirm the removal; if they still exist, "+
		"reject it and check permissions and filters at the source.", h.Title)
	if !h.Waits() {
		h.Remedy = "Check permissions and filters at the source. The next complete read that lists the records ends this; " +
			"confirm the removal if they are gone after all."
	}
}

func (h *HeldRemoval) words(limits RemovalLimits) string {
	what := fmt.Sprintf("The system no longer lists %d of %d records of %s.", h.Removes, h.Known, h.Title)
	if !h.Waits() {
		return what + " A person decided that they still exist, so they are kept."
	}
	const kept = " They are kept until a person decides, because "
	switch h.Rule {
	case RemovalOfAll:
		return what + kept + "removing them would leave none of those that were stored."
	case RemovalOfMost:
		return what + kept + "that is more than half."
	default:
		return fmt.Sprintf("%s%sthat is more than %d, the larger of %d records and %s %%.",
			what, kept, limits.most(h.Known), limits.Count, percent(limits.Share))
	}
}

// percent writes a share as a number of hundredths.
func percent(share float64) string {
	return fmt.Sprint(math.Round(share*1e4) / 100)
}

// NameOf returns what a person calls a record: the first of its usual names that
// its document has.
func NameOf(doc json.RawMessage) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(doc, &fields) != nil {
		return ""
	}
	for _, field := range []string{"name", "title", "person_name", "hostname", "email", "username"} {
		var text string
		if json.Unmarshal(fields[field], &text) == nil && text != "" {
			return text
		}
	}
	return ""
}

// Verdict is what a person decided on a held removal.
type Verdict string

// The verdicts.
const (
	DecisionConfirmed Verdict = "confirmed" // the next complete read may remove what it still does not see
	DecisionRejected  Verdict = "rejected"  // the records still exist and are kept
)

// Decision is what a person decided last on the held removals of a stream. The audit
// log says who, and when.
type Decision struct {
	Connection string  `json:"connection" doc:"Id"`
	Stream     string  `json:"stream"`
	List       string  `json:"list" doc:"Id of the held removal"`
	Verdict    Verdict `json:"verdict" enum:"confirmed,rejected"`
	Removes    int     `json:"removes" doc:"Records on the list"`
	Known      int     `json:"known" doc:"Records the stream had"`
}
