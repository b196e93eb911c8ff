package verdict

import "time"

// Judged is a test with what it found.
type Judged struct {
	Test
	Decided
	Result   Result     `json:"result"`
	Findings []Item     `json:"findings" doc:"The items that do not pass and are in scope: fails first, then unknown, then excluded"`
	Left     int        `json:"findings_left,omitempty" doc:"How many more findings there are than are listed"`
	AsOf     *time.Time `json:"as_of,omitempty" doc:"As of when the oldest list that it reads is; absent = one was never read"`
}

// Oldest returns as of when the oldest list that a test reads is; nil if one was never read, or there is none.
func (j Judged) Oldest() *time.Time {
	var at *time.Time
	for _, s := range j.Result.Sources {
		if s.AsOf == nil {
			return nil
		}
		if at == nil || s.AsOf.Before(*at) {
			at = s.AsOf
		}
	}
	return at
}
