package period

import (
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Read is a read of a list that has ended.
type Read struct {
	At      time.Time // when it ended
	Run     string
	Result  Result
	Allowed time.Duration // how long after it the list is near enough, by the schedule of then
	Words   []string      // what could not be read, and why
}

// Result says how a read ended.
type Result int8

// The results.
const (
	Failed Result = iota
	Partial
	Complete
)

// Standing is how a connection stands from a moment on.
type Standing struct {
	From  time.Time
	Cause verdict.Cause // empty = it is read as its schedule says; else paused or disconnected
	Why   string        // in one sentence
}

// List is what is known of the reads of a list.
type List struct {
	Reads     []Read     // oldest first
	Standings []Standing // oldest first; before the first the connection was not there
	Since     time.Time  // since when history is kept; zero = from the beginning
}

// Known returns the moments that are near enough after a complete read.
func (l *List) Known() Spans {
	spans := make([]Span, 0, len(l.Reads))
	for _, r := range l.Reads {
		if r.Result == Complete {
			// A list that is exactly as old as allowed is not too old.
			spans = append(spans, Span{later(r.At, l.Since), r.At.Add(r.Allowed).Add(1)})
		}
	}
	return Union(spans)
}

// standing returns how the connection stands at a moment.
func (l *List) standing(at time.Time) Standing {
	stands := Standing{Cause: verdict.CauseNotConnected, Why: "The connection was not there yet."}
	for _, s := range l.Standings {
		if s.From.After(at) {
			break
		}
		stands = s
	}
	return stands
}

// Day is as much of a day as is in a period.
type Day struct {
	Span
	Name string // such as 2026-09-30
}

// Days returns the days of a span in a time zone, oldest first.
func Days(of Span, zone *time.Location) (days []Day) {
	for at := of.From; at.Before(of.To); {
		year, month, day := at.In(zone).Date()
		next := time.Date(year, month, day+1, 0, 0, 0, 0, zone)
		days = append(days, Day{Span: Span{at, earlier(next, of.To)}, Name: at.In(zone).Format(time.DateOnly)})
		at = next
	}
	return days
}

// Covered is how far a day is covered, and why.
type Covered struct {
	Coverage verdict.Coverage
	Cause    verdict.Cause
	Why      string
	Run      string
	Gaps     []string
}

// Cover returns how far each day is covered.
func (l *List) Cover(days []Day) []Covered {
	known := l.Known()
	all := make([]Covered, len(days))
	for i, d := range days {
		all[i] = l.day(d, known)
	}
	return all
}

// day returns how far a day is covered: the rule in the documentation of the package.
func (l *List) day(d Day, known Spans) Covered {
	if d.From.Before(l.Since) {
		return Covered{
			Coverage: verdict.CoverageBlind, Cause: verdict.CausePruned, Why: "The history of these days is no longer kept.",
		}
	}
	var latest, partial, failed *Read // complete by the day's end; the others on the day
	for i := range l.Reads {
		r := &l.Reads[i]
		switch {
		case !r.At.Before(d.To):
		case r.Result == Complete:
			latest = r
		case !r.At.Before(d.From) && r.Result == Partial:
			partial = r
		case !r.At.Before(d.From):
			failed = r
		}
	}
	switch near := known.In(d.Span); {
	case latest != nil && d.Has(latest.At):
		return Covered{
			Coverage: verdict.CoverageProven, Cause: verdict.CauseRead, Why: "A complete read ended on each of these days.", Run: latest.Run,
		}
	case known.Cover(d.Span):
		return Covered{
			Coverage: verdict.CoverageProven, Cause: verdict.CauseFresh, Run: latest.Run,
			Why: fmt.Sprintf("No moment is longer after a complete read than the %s that are allowed.", spoken(latest.Allowed)),
		}
	case partial != nil:
		return Covered{
			Coverage: verdict.CoveragePart, Cause: verdict.CausePartial, Why: "It was read in part.", Run: partial.Run, Gaps: partial.Words,
		}
	case len(near) > 0:
		return Covered{
			Coverage: verdict.CoveragePart, Cause: verdict.CauseRanOut, Run: latest.Run,
			Why: fmt.Sprintf("The latest complete read became older than the %s that are allowed.", spoken(latest.Allowed)),
		}
	}
	return l.blind(d, failed)
}

// blind says why a day is blind.
func (l *List) blind(d Day, failed *Read) Covered {
	if failed != nil {
		return Covered{
			Coverage: verdict.CoverageBlind, Cause: verdict.CauseFailed, Why: "Every read failed.", Run: failed.Run, Gaps: failed.Words,
		}
	}
	stands := l.standing(d.To.Add(-1))
	if stands.Cause == "" {
		stands = Standing{Cause: verdict.CauseNoRead, Why: "There was no read."}
	}
	return Covered{Coverage: verdict.CoverageBlind, Cause: stands.Cause, Why: stands.Why}
}

// spoken returns a duration in words.
func spoken(d time.Duration) string {
	if days := d / (24 * time.Hour); d%(24*time.Hour) == 0 && days > 1 {
		return fmt.Sprintf("%d days", days)
	}
	return fmt.Sprintf("%d hours", int(d.Round(time.Hour).Hours()))
}

// Sum returns days that follow each other as spans, and counts them.
func Sum(days []Day, covered []Covered) (spans []verdict.CoverageSpan, count verdict.DayCount) {
	spans = []verdict.CoverageSpan{}
	for i, c := range covered {
		switch c.Coverage {
		case verdict.CoverageProven:
			count.Proven++
		case verdict.CoveragePart:
			count.Part++
		case verdict.CoverageBlind:
			count.Blind++
		}
		if n := len(spans); n > 0 {
			last := &spans[n-1]
			if last.Coverage == c.Coverage && last.Cause == c.Cause && last.Why == c.Why && slices.Equal(last.Gaps, c.Gaps) {
				last.To, last.Days, last.Run = days[i].Name, last.Days+1, c.Run
				continue
			}
		}
		spans = append(spans, verdict.CoverageSpan{
			From: days[i].Name, To: days[i].Name, Days: 1, Coverage: c.Coverage, Cause: c.Cause, Why: c.Why, Run: c.Run, Gaps: c.Gaps,
		})
	}
	return spans, count
}

// Part is one of several lists that are covered together.
type Part struct {
	Covered []Covered // by day
	Direct  bool      // what it has is judged; false = things are looked up in it
	Title   string    // as a sentence names it
}

// Together returns how far days are covered by several lists together.
func Together(days []Day, parts []Part) []Covered {
	all := make([]Covered, len(days))
	for i := range days {
		all[i] = together(parts, i)
	}
	return all
}

// together is Together for one day.
func together(parts []Part, day int) Covered {
	var counted, least []Part
	judged, seeing := 0, 0 // lists that are judged; those of them that are not blind
	for _, p := range parts {
		c := p.Covered[day]
		if c.Cause == verdict.CauseDisconnected {
			continue
		}
		counted = append(counted, p)
		if p.Direct {
			judged++
			if c.Coverage != verdict.CoverageBlind {
				seeing++
			}
		}
		if c.Coverage != verdict.CoverageProven {
			least = append(least, p)
		}
	}
	switch {
	case judged == 0 && len(parts) > len(counted):
		return Covered{Coverage: verdict.CoverageBlind, Cause: verdict.CauseDisconnected, Why: "The connection was disconnected."}
	case judged == 0:
		return Covered{Coverage: verdict.CoverageBlind, Cause: verdict.CauseNotConnected, Why: "No connection supplied what is judged."}
	case len(least) == 0:
		return alike(counted, day, Covered{Coverage: verdict.CoverageProven, Cause: verdict.CauseLists, Why: "Every list is proven."})
	}
	made := Covered{Coverage: verdict.CoveragePart, Cause: verdict.CauseLists}
	if len(least) == 1 {
		one := least[0].Covered[day]
		made.Cause, made.Why, made.Run, made.Gaps = one.Cause, least[0].Title+": "+one.Why, one.Run, one.Gaps
	} else {
		made.Why = fmt.Sprintf("%d of %d lists are not proven, first %s.", len(least), len(counted), least[0].Title)
	}
	if len(least) == len(counted) {
		made = alike(counted, day, made)
	}
	made.Coverage = verdict.CoveragePart
	if seeing == 0 {
		made.Coverage = verdict.CoverageBlind
	}
	return made
}

// alike returns how all lists are covered on a day if that is the same of each, else what is given.
func alike(parts []Part, day int, otherwise Covered) Covered {
	first := parts[0].Covered[day]
	for _, p := range parts {
		if c := p.Covered[day]; c.Coverage != first.Coverage || c.Cause != first.Cause || c.Why != first.Why {
			return otherwise
		}
	}
	return first
}
