package verdict

import "time"

// Period is a span of time that is asked about.
type Period struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to" doc:"Its end, which is not in the period; now at the latest"`
	Zone string    `json:"zone" doc:"Whose days its days are: the time zone of schedules"`
	Days int       `json:"days" doc:"How many days it touches"`
}

// Coverage says how far it is known for a day what a list had.
type Coverage string

// The coverages.
const (
	CoverageProven Coverage = "proven" // a complete read ended on that day, or every moment of it is near enough after one
	CoveragePart   Coverage = "part"   // it was read in part, or some moments of the day are near enough after a complete read
	CoverageBlind  Coverage = "blind"  // nothing that was read says what the list had
)

// Cause says why a day is covered as it is.
type Cause string

// The causes.
const (
	CauseRead         Cause = "read"          // proven: a complete read ended on that day
	CauseFresh        Cause = "fresh"         // proven: no moment of the day is longer after a complete read than the list allows
	CausePartial      Cause = "partial"       // in part: what was read that day has gaps, or a removal that is held
	CauseRanOut       Cause = "ran_out"       // in part: the latest complete read became too old on that day
	CauseFailed       Cause = "failed"        // blind: every read of that day failed
	CauseNoRead       Cause = "no_read"       // blind: there was no read
	CausePaused       Cause = "paused"        // blind: there was no read, and the connection was paused
	CauseNotConnected Cause = "not_connected" // blind: the connection was not there yet
	CauseDisconnected Cause = "disconnected"  // blind: the connection was disconnected
	CausePruned       Cause = "pruned"        // blind: the history of that day is no longer kept
	CauseLists        Cause = "lists"         // of a test: the days of its lists differ
)

// CoverageSpan is some days in a row that are covered alike, for the same cause.
type CoverageSpan struct {
	From     string   `json:"from" doc:"Its first day, such as 2026-09-30"`
	To       string   `json:"to" doc:"Its last day"`
	Days     int      `json:"days"`
	Coverage Coverage `json:"coverage" enum:"proven,part,blind"`
	Cause    Cause    `json:"cause" enum:"read,fresh,partial,ran_out,failed,no_read,paused,not_connected,disconnected,pruned,lists"`
	Why      string   `json:"why" doc:"Why these days are covered so, in one sentence"`
	Run      string   `json:"run,omitempty" doc:"The latest run that decides it; absent when there is none"`
	Gaps     []string `json:"gaps,omitempty" doc:"What could not be read, in words"`
}

// DayCount counts the days of a period by their coverage.
type DayCount struct {
	Proven int `json:"proven"`
	Part   int `json:"part"`
	Blind  int `json:"blind"`
}

// ListCoverage is how far it is known for the days of a period what one list had.
type ListCoverage struct {
	Connection string         `json:"connection"`
	Alias      string         `json:"alias"`
	Stream     string         `json:"stream"`
	Title      string         `json:"title"`
	Kind       string         `json:"kind"`
	Direct     bool           `json:"direct" doc:"The test judges its records; false = the test looks things up in it. Always false for a connection"`
	Allowed    string         `json:"allowed" doc:"How long after a complete read its days are still proven, such as 48h0m0s; as the schedule is now"`
	Days       DayCount       `json:"days"`
	Spans      []CoverageSpan `json:"spans" doc:"Every day of the period once, oldest first"`
}

// PeriodCoverage is how far it is known for the days of a period what was there: of a connection, or of all lists that a test reads.
type PeriodCoverage struct {
	Of     string         `json:"of" doc:"Alias of the connection, or id of the test"`
	Period Period         `json:"period"`
	Days   DayCount       `json:"days" doc:"A day is proven if it is for every list, and blind if it is for every list that is judged"`
	Spans  []CoverageSpan `json:"spans" doc:"Every day of the period once, oldest first"`
	Lists  []ListCoverage `json:"lists"`
}

// HeldOutcome says whether a test held for an item, or as a whole, at every moment of a period.
type HeldOutcome string

// The outcomes. Nothing but yes says that it held.
const (
	HeldYes       HeldOutcome = "yes"        // it held at every moment at which the item was in scope
	HeldNo        HeldOutcome = "no"         // it did not hold at a moment
	HeldCannotSay HeldOutcome = "cannot_say" // no moment is known at which it did not hold, but for some it is not known whether it did
	HeldExcluded  HeldOutcome = "excluded"   // whenever it did not hold or was not known, a person had excluded the item
	HeldNothing   HeldOutcome = "nothing"    // of a test: nothing was in scope, or it is disabled
)

// HeldCause says why a test did not hold for a time, or why that cannot be said.
type HeldCause string

// The causes.
const (
	HeldCauseFail     HeldCause = "fail"     // a version that was read does not pass
	HeldCauseUnknown  HeldCause = "unknown"  // a fact that decides is not known
	HeldCauseGap      HeldCause = "gap"      // what decides was not read whole and lately
	HeldCauseExcluded HeldCause = "excluded" // a person took the item out
)

// HeldVersion is the version of a record that shows something.
type HeldVersion struct {
	ObservedAt time.Time `json:"observed_at" doc:"When it was first seen"`
	Hash       string    `json:"hash,omitempty" doc:"Of the version; absent for a removal"`
	Removed    bool      `json:"removed,omitempty" doc:"The record was gone"`
}

// HeldSpan is a time for which a test did not hold for an item, for which that cannot be said, or for which the item was excluded. A
// time of one cause may overlap one of another: what failed when it was last read was not read since.
type HeldSpan struct {
	Outcome   HeldOutcome  `json:"outcome" enum:"no,cannot_say,excluded"`
	Cause     HeldCause    `json:"cause" enum:"fail,unknown,gap,excluded"`
	From      time.Time    `json:"from"`
	To        time.Time    `json:"to" doc:"From this moment on it is otherwise; the end of the period when it lasted that long"`
	Open      bool         `json:"open,omitempty" doc:"It lasted to the end of the period"`
	Days      int          `json:"days" doc:"How many days it touches"`
	Message   string       `json:"message,omitempty" doc:"Why"`
	Begun     *HeldVersion `json:"begun,omitempty" doc:"The version that shows it; absent for a count, and for a gap"`
	Ended     *HeldVersion `json:"ended,omitempty" doc:"The version that ended it; absent when something else did, such as a record that belongs to it"`
	Exclusion *Exclusion   `json:"exclusion,omitempty" doc:"With the outcome excluded"`
}

// HeldItem is whether a test held for one record, or one count, over a period.
type HeldItem struct {
	Outcome    HeldOutcome `json:"outcome" enum:"yes,no,cannot_say,excluded"`
	Connection string      `json:"connection,omitempty" doc:"Id of the connection; absent for a count of everything"`
	Alias      string      `json:"alias,omitempty" doc:"Name of the connection"`
	Stream     string      `json:"stream,omitempty" doc:"Absent for a count"`
	Key        string      `json:"key,omitempty" doc:"Of the record in its stream; absent for a count"`
	Name       string      `json:"name,omitempty" doc:"What a person calls it: the name, the title or the address"`
	From       time.Time   `json:"from" doc:"The first moment of the period at which it is known to be in scope"`
	To         time.Time   `json:"to" doc:"The end of the last time for which it is"`
	Spans      []HeldSpan  `json:"spans" doc:"When it did not hold or that cannot be said, oldest first"`
}

// HeldTally counts the items of a test by whether it held for them.
type HeldTally struct {
	Yes       int `json:"yes"`
	No        int `json:"no"`
	CannotSay int `json:"cannot_say"`
	Excluded  int `json:"excluded"`
}

// Held is whether a test held over a period.
type Held struct {
	Test     string        `json:"test" doc:"Id of the test"`
	Version  int           `json:"version" doc:"Of the test"`
	Title    string        `json:"title"`
	Outcome  HeldOutcome   `json:"outcome" enum:"yes,no,cannot_say,nothing"`
	Reason   string        `json:"reason" doc:"Why, in one sentence"`
	Period   Period        `json:"period"`
	Tally    HeldTally     `json:"tally"`
	Days     DayCount      `json:"days" doc:"The days of the period by how far the lists that it reads were read"`
	Sources  []Reading     `json:"sources" doc:"The lists that it read; what is said of each is of the end of the period"`
	Disabled bool          `json:"disabled,omitempty" doc:"A person has disabled the test, so it was not judged"`
	Clock    bool          `json:"clock,omitempty" doc:"It depends on the time of day, and was judged at the end of each day too"`
	Judged   int           `json:"judged" doc:"How many times a record was judged"`
	At       time.Time     `json:"at" doc:"When it was worked out"`
	Took     time.Duration `json:"-"`
	Items    []HeldItem    `json:"items" doc:"Those for which it did not hold first, then those for which that cannot be said, then excluded ones, then the rest"`
	Demo     bool          `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
	Left     int           `json:"items_left,omitempty" doc:"How many more items there are than are listed"`
	Next     string        `json:"next_cursor,omitempty" doc:"Send as cursor for the following items; absent on the last page"`
}
