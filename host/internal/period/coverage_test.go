package period_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host/internal/period"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// at returns an hour of a day of September 2026.
func at(day, hour int) time.Time { return time.Date(2026, 9, day, hour, 0, 0, 0, time.UTC) }

// reads returns reads that allow two days, of the form "1c 4p 7f": the day and whether it was complete, partial or failed, at noon.
func reads(text string) (all []period.Read) {
	for _, word := range strings.Fields(text) {
		var day int
		var result rune
		if _, err := fmt.Sscanf(word, "%d%c", &day, &result); err != nil {
			panic(err)
		}
		all = append(all, period.Read{
			At: at(day, 12), Run: word, Allowed: 48 * time.Hour, Words: []string{"why " + word},
			Result: map[rune]period.Result{'c': period.Complete, 'p': period.Partial, 'f': period.Failed}[result],
		})
	}
	return all
}

// connected is a connection that was there all the time.
var connected = []period.Standing{{From: at(-100, 0)}}

// TestCoverOfADay: the rule of the package, case by case. A word stands for a day: + proven, ~ in part, - blind, then the cause.
func TestCoverOfADay(t *testing.T) {
	t.Parallel()
	paused := period.Standing{From: at(4, 18), Cause: verdict.CausePaused, Why: "The connection was paused."}
	tests := map[string]struct {
		list period.List
		want string // of the days 1 to 8
	}{
		"a read every day": {period.List{Reads: reads("1c 2c 3c 4c 5c 6c 7c 8c"), Standings: connected},
			"+read +read +read +read +read +read +read +read"},
		"every second day, which is near enough": {period.List{Reads: reads("-1c 1c 3c 5c 7c"), Standings: connected},
			"+read +fresh +read +fresh +read +fresh +read +fresh"},
		"one read, which runs out": {period.List{Reads: reads("2c"), Standings: connected},
			"-no_read +read +fresh ~ran_out -no_read -no_read -no_read -no_read"},
		"partial reads prove nothing": {period.List{Reads: reads("1p 2p 4p"), Standings: connected},
			"~partial ~partial -no_read ~partial -no_read -no_read -no_read -no_read"},
		"a partial read on a day that is near enough": {period.List{Reads: reads("1c 2p 3p 4p"), Standings: connected},
			"+read +fresh ~partial ~partial -no_read -no_read -no_read -no_read"},
		"failed reads": {period.List{Reads: reads("1c 2f 3f 4f 5f"), Standings: connected},
			"+read +fresh ~ran_out -failed -failed -no_read -no_read -no_read"},
		"paused": {period.List{Reads: reads("1c 2c"), Standings: append(connected[:1:1], paused)},
			"+read +read +fresh ~ran_out -paused -paused -paused -paused"},
		"not connected yet": {period.List{Reads: reads("5c 7c"), Standings: []period.Standing{{From: at(5, 9)}}},
			"-not_connected -not_connected -not_connected -not_connected +read +fresh +read +fresh"},
		"history is pruned": {period.List{Reads: reads("1c 3c 5c 7c"), Standings: connected, Since: at(4, 0)},
			"-pruned -pruned -pruned +fresh +read +fresh +read +fresh"},
		"nothing was ever read": {period.List{Standings: connected}, strings.TrimSpace(strings.Repeat("-no_read ", 8))},
	}
	days := period.Days(period.Span{From: at(1, 0), To: at(9, 0)}, time.UTC)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var words []string
			for _, c := range test.list.Cover(days) {
				words = append(words, map[verdict.Coverage]string{"proven": "+", "part": "~", "blind": "-"}[c.Coverage]+string(c.Cause))
				if c.Why == "" {
					t.Error("a day has no reason")
				}
			}
			if diff := cmp.Diff(test.want, strings.Join(words, " ")); diff != "" {
				t.Errorf("the days 1 to 8 (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCoverAgreesWithEveryMoment compares the days with the rule applied to each half hour of them, over random reads.
func TestCoverAgreesWithEveryMoment(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		list := period.List{Standings: connected}
		if random.IntN(3) == 0 {
			list.Since = at(1+random.IntN(20), random.IntN(24))
		}
		hour := -100
		for hour < 30*24 {
			hour += 1 + random.IntN(60)
			list.Reads = append(list.Reads, period.Read{
				At: at(1, hour), Result: period.Result(random.IntN(3)), Allowed: time.Duration(12+random.IntN(40)) * time.Hour,
			})
		}
		days := period.Days(period.Span{From: at(1, 5), To: at(29, 17)}, time.UTC)
		for i, c := range list.Cover(days) {
			if want := slowly(&list, days[i]); c.Coverage != want {
				t.Fatalf("round %d: %s is %s, not %s", round, days[i].Name, c.Coverage, want)
			}
		}
	}
}

// slowly covers a day by looking at each half hour of it: reads end at full hours.
func slowly(l *period.List, d period.Day) verdict.Coverage {
	near, far, ended, partial := 0, 0, false, false
	for moment := d.From; moment.Before(d.To); moment = moment.Add(30 * time.Minute) {
		found := false
		for _, r := range l.Reads {
			found = found || r.Result == period.Complete && !r.At.After(moment) && moment.Sub(r.At) <= r.Allowed && !moment.Before(l.Since)
		}
		if found {
			near++
		} else {
			far++
		}
	}
	for _, r := range l.Reads {
		ended = ended || r.Result == period.Complete && d.Has(r.At)
		partial = partial || r.Result == period.Partial && d.Has(r.At)
	}
	switch {
	case d.From.Before(l.Since):
		return verdict.CoverageBlind
	case ended || far == 0:
		return verdict.CoverageProven
	case partial || near > 0:
		return verdict.CoveragePart
	}
	return verdict.CoverageBlind
}

// TestDaysOfATimeZone: the days are those of the zone, also where one has 25 hours.
func TestDaysOfATimeZone(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	days := period.Days(period.Span{
		From: time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC), To: time.Date(2026, 10, 26, 23, 30, 0, 0, time.UTC),
	}, zone)
	var lengths []string
	for _, d := range days {
		lengths = append(lengths, d.Name+" "+d.To.Sub(d.From).String())
	}
	want := []string{"2026-10-24 2h0m0s", "2026-10-25 25h0m0s", "2026-10-26 24h0m0s", "2026-10-27 30m0s"}
	if diff := cmp.Diff(want, lengths); diff != "" {
		t.Errorf("the days (-want +got):\n%s", diff)
	}
}

// TestSpansOfDays: days that are covered alike are one span with the reason, the gaps and the latest run.
func TestSpansOfDays(t *testing.T) {
	t.Parallel()
	days := period.Days(period.Span{From: at(1, 0), To: at(7, 0)}, time.UTC)
	list := period.List{Reads: reads("1c 2c 3c 6p"), Standings: connected}
	spans, count := period.Sum(days, list.Cover(days))
	if diff := cmp.Diff(verdict.DayCount{Proven: 4, Part: 2}, count); diff != "" {
		t.Errorf("the days (-want +got):\n%s", diff)
	}
	want := []verdict.CoverageSpan{
		{From: "2026-09-01", To: "2026-09-03", Days: 3, Coverage: verdict.CoverageProven, Cause: verdict.CauseRead,
			Why: "A complete read ended on each of these days.", Run: "3c"},
		{From: "2026-09-04", To: "2026-09-04", Days: 1, Coverage: verdict.CoverageProven, Cause: verdict.CauseFresh,
			Why: "No moment is longer after a complete read than the 2 days that are allowed.", Run: "3c"},
		{From: "2026-09-05", To: "2026-09-05", Days: 1, Coverage: verdict.CoveragePart, Cause: verdict.CauseRanOut,
			Why: "The latest complete read became older than the 2 days that are allowed.", Run: "3c"},
		{From: "2026-09-06", To: "2026-09-06", Days: 1, Coverage: verdict.CoveragePart, Cause: verdict.CausePartial,
			Why: "It was read in part.", Run: "6p", Gaps: []string{"why 6p"}},
	}
	if diff := cmp.Diff(want, spans); diff != "" {
		t.Errorf("the spans (-want +got):\n%s", diff)
	}
}

// TestListsTogether: a day is proven by all lists together only, and blind if none that is judged was read.
func TestListsTogether(t *testing.T) {
	t.Parallel()
	days := period.Days(period.Span{From: at(1, 0), To: at(2, 0)}, time.UTC)
	of := func(c verdict.Coverage, direct bool) period.Part {
		covered := []period.Covered{{Coverage: c, Cause: verdict.CauseRead, Why: string(c) + "."}}
		return period.Part{Covered: covered, Direct: direct, Title: "a list"}
	}
	list := func(parts ...period.Part) []period.Part { return parts }
	proven, part, blind := of(verdict.CoverageProven, true), of(verdict.CoveragePart, true), of(verdict.CoverageBlind, true)
	gone := period.Part{Covered: []period.Covered{{Coverage: verdict.CoverageBlind, Cause: verdict.CauseDisconnected}}, Direct: true}
	tests := map[string]struct {
		parts []period.Part
		want  verdict.Coverage
	}{
		"none":                            {nil, verdict.CoverageBlind},
		"nothing that is judged":          {list(of(verdict.CoverageProven, false)), verdict.CoverageBlind},
		"all proven":                      {list(proven, of(verdict.CoverageProven, false)), verdict.CoverageProven},
		"one in part":                     {list(proven, part), verdict.CoveragePart},
		"one blind":                       {list(proven, blind), verdict.CoveragePart},
		"what is looked up is blind":      {list(proven, of(verdict.CoverageBlind, false)), verdict.CoveragePart},
		"all that is judged is blind":     {list(blind, of(verdict.CoverageProven, false)), verdict.CoverageBlind},
		"what is disconnected is no part": {list(proven, gone), verdict.CoverageProven},
		"everything is disconnected":      {list(gone, gone), verdict.CoverageBlind},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := period.Together(days, test.parts)[0]; got.Coverage != test.want || got.Why == "" {
				t.Errorf("%+v, not %s", got, test.want)
			}
		})
	}
}
