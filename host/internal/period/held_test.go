package period_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host/internal/period"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// stretches returns stretches of a day each from a word for each: pass, fail, unknown, excluded, out (of scope), gone.
func stretches(text string) (all []period.Stretch) {
	outcomes := map[string]verdict.Outcome{
		"pass": verdict.OutcomePass, "fail": verdict.OutcomeFail, "unknown": verdict.OutcomeUnknown, "excluded": verdict.OutcomeExcluded,
		"out": verdict.OutcomeNotApplicable, "gone": "",
	}
	for i, word := range strings.Fields(text) {
		outcome, known := outcomes[word]
		if !known {
			panic(word)
		}
		all = append(all, period.Stretch{
			Span: period.Span{From: at(1+i, 0), To: at(2+i, 0)}, Outcome: outcome,
			Version: &verdict.HeldVersion{ObservedAt: at(1+i, 0), Hash: word},
		})
	}
	return all
}

// known returns the days of September that are known, of the form "1-4 6-9".
func known(text string) period.Spans {
	var spans []period.Span
	for _, word := range strings.Fields(text) {
		var from, to int
		if _, err := fmt.Sscanf(word, "%d-%d", &from, &to); err != nil {
			panic(err)
		}
		spans = append(spans, period.Span{From: at(from, 0), To: at(to+1, 0)})
	}
	return period.Union(spans)
}

// TestHold has the table in the documentation of the package: each line is what a test says of an item on the days from 1, on which days
// it is known what decides, the answer, and the spans as cause, first and last day.
func TestHold(t *testing.T) {
	t.Parallel()
	all, gap := known("1-9"), known("1-1 3-3")
	looks := period.Ground{All: gap, Joined: gap, Looks: true}
	own := period.Ground{All: gap, Joined: all, Looks: true}
	tests := map[string]struct {
		row    string
		ground period.Ground
		want   verdict.HeldOutcome
		spans  string
	}{
		"it passes all the time":             {"pass pass pass", period.Ground{All: all}, verdict.HeldYes, ""},
		"it fails once":                      {"pass fail pass", period.Ground{All: all}, verdict.HeldNo, "fail 2-2"},
		"it fails twice":                     {"fail pass fail", period.Ground{All: all}, verdict.HeldNo, "fail 1-1 fail 3-3"},
		"a fact is not known":                {"pass unknown pass", period.Ground{All: all}, verdict.HeldCannotSay, "unknown 2-2"},
		"a gap is no yes":                    {"pass pass pass", period.Ground{All: gap}, verdict.HeldCannotSay, "gap 2-2"},
		"nothing is known":                   {"pass pass pass", period.Ground{}, verdict.HeldCannotSay, "gap 1-3"},
		"a fail counts in a gap":             {"pass fail pass", period.Ground{All: gap}, verdict.HeldNo, "fail 2-2 gap 2-2"},
		"a fail of what is looked up in one": {"pass fail pass", looks, verdict.HeldCannotSay, "gap 2-2"},
		"a fail whose own list has the gap":  {"pass fail pass", own, verdict.HeldNo, "fail 2-2 gap 2-2"},
		"a count that fails in a gap":        {"pass fail pass", period.Ground{All: gap, Counts: true}, verdict.HeldCannotSay, "gap 2-2"},
		"a count that fails":                 {"pass fail pass", period.Ground{All: all, Counts: true}, verdict.HeldNo, "fail 2-2"},
		"it came":                            {"gone pass pass", period.Ground{All: all}, verdict.HeldYes, ""},
		"it went":                            {"pass pass gone", period.Ground{All: all}, verdict.HeldYes, ""},
		"it came after a gap":                {"gone gone gone pass", period.Ground{All: known("1-1 4-4")}, verdict.HeldCannotSay, "gap 2-3"},
		"it came a day after a gap":          {"gone gone gone pass", period.Ground{All: known("1-1 3-4")}, verdict.HeldYes, ""},
		"it came into scope after a gap":     {"pass out out pass", period.Ground{All: known("1-2 4-4")}, verdict.HeldCannotSay, "gap 3-3"},
		"it was out of scope in a gap":       {"pass out pass", period.Ground{All: gap}, verdict.HeldCannotSay, "gap 2-2"},
		"it was never in scope":              {"out gone out", period.Ground{All: all}, "", ""},
		"it was excluded while it failed":    {"pass excluded pass", period.Ground{All: all}, verdict.HeldYes, "excluded 2-2"},
		"it was excluded all the time":       {"excluded excluded", period.Ground{All: all}, verdict.HeldExcluded, "excluded 1-2"},
		"it was excluded in a gap":           {"pass excluded pass", period.Ground{All: gap}, verdict.HeldYes, "excluded 2-2"},
		"no and cannot say is no": {"unknown fail pass", period.Ground{All: known("1-2")}, verdict.HeldNo,
			"unknown 1-1 fail 2-2 gap 3-3"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			item, there := period.Hold(stretches(test.row), test.ground, time.UTC)
			if there != (test.want != "") || item.Outcome != test.want {
				t.Errorf("%q, not %q", item.Outcome, test.want)
			}
			var words []string
			for _, s := range item.Spans {
				words = append(words, fmt.Sprintf("%s %d-%d", s.Cause, s.From.Day(), s.To.Day()-1))
			}
			if diff := cmp.Diff(test.spans, strings.Join(words, " ")); diff != "" {
				t.Errorf("the spans (-want +got):\n%s", diff)
			}
		})
	}
}

// TestASpanNamesItsVersions: the version that a fail begins with, and the one that ends it.
func TestASpanNamesItsVersions(t *testing.T) {
	t.Parallel()
	item, _ := period.Hold(stretches("pass fail pass fail"), period.Ground{All: known("1-9")}, time.UTC)
	first, last := item.Spans[0], item.Spans[1]
	if first.Begun.Hash != "fail" || first.Ended.Hash != "pass" || first.Open || first.Days != 1 {
		t.Errorf("the first span: %+v", first)
	}
	if last.Ended != nil || !last.Open {
		t.Errorf("the span that lasts: %+v", last)
	}
}

// TestConclude has the order in which a test as a whole is concluded: nothing but yes is one.
func TestConclude(t *testing.T) {
	t.Parallel()
	gap := known("3-3")
	tests := map[string]struct {
		whole period.Whole
		want  verdict.HeldOutcome
	}{
		"all yes":                     {period.Whole{Tally: verdict.HeldTally{Yes: 3}}, verdict.HeldYes},
		"yes and excluded":            {period.Whole{Tally: verdict.HeldTally{Yes: 3, Excluded: 1}}, verdict.HeldYes},
		"one no":                      {period.Whole{Tally: verdict.HeldTally{Yes: 3, No: 1, CannotSay: 1}, Unread: gap}, verdict.HeldNo},
		"one cannot say":              {period.Whole{Tally: verdict.HeldTally{Yes: 3, CannotSay: 1}}, verdict.HeldCannotSay},
		"a list was not read":         {period.Whole{Tally: verdict.HeldTally{Yes: 3}, Unread: gap}, verdict.HeldCannotSay},
		"nothing, and a list unread":  {period.Whole{Unread: gap}, verdict.HeldCannotSay},
		"nothing in scope":            {period.Whole{}, verdict.HeldNothing},
		"everything excluded":         {period.Whole{Tally: verdict.HeldTally{Excluded: 2}}, verdict.HeldNothing},
		"no connection":               {period.Whole{Unused: true}, verdict.HeldCannotSay},
		"it could not be judged":      {period.Whole{Failure: "it costs too much", Tally: verdict.HeldTally{Yes: 2}}, verdict.HeldCannotSay},
		"it failed before the mishap": {period.Whole{Failure: "it costs too much", Tally: verdict.HeldTally{No: 1}}, verdict.HeldNo},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, reason := period.Conclude(test.whole); got != test.want || reason == "" {
				t.Errorf("%s (%s), not %s", got, reason, test.want)
			}
		})
	}
}
