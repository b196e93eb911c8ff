package packing

import (
	"fmt"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/pack"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// days returns the days of the period up to the moment, in the time zone of schedules.
func days(c *pack.Content) (all []string) {
	year, month, day := c.From.In(c.Location).Date()
	for at := time.Date(year, month, day, 0, 0, 0, 0, c.Location); !at.After(c.Moment); {
		all = append(all, at.Format(time.DateOnly))
		year, month, day := at.Date()
		at = time.Date(year, month, day+1, 0, 0, 0, 0, c.Location)
	}
	return all
}

// notices returns what limits a pack, in sentences.
func notices(c *pack.Content, connections []host.Connection) (all []string) {
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	spoken := func(at time.Time) string { return at.In(c.Location).Format("2 January 2006, 15:04 MST") }
	if c.Moment.Before(c.Until) {
		say("The period ends %s, which was still to come. Everything is of %s.", spoken(c.Until), spoken(c.Moment))
	}
	for _, one := range connections {
		if d := one.Disconnection; d != nil && d.At.After(c.From) {
			say("The connection %s was disconnected %s. Its records are not in this pack.", one.Alias, spoken(d.At))
		}
	}
	unused := 0
	for i := range c.Tests {
		switch t := &c.Tests[i]; {
		case t.Setting.Disabled:
			say("The test %s is disabled: %s", t.ID, t.Setting.Reason)
		case t.Result.State == verdict.StateUnused:
			unused++
		}
	}
	if unused > 0 {
		say("%d of %d tests are unused: no connection supplies what they judge.", unused, len(c.Tests))
	}
	if len(c.Controls) == 0 {
		say("No control meets a requirement of this framework, so the pack has no tests and no lists.")
	}
	shown := 0
	for i := range c.Controls {
		if len(c.Controls[i].Tests) == 0 {
			shown++
		}
	}
	if shown > 0 {
		say("%d of %d controls have no test. Only documents and decisions of people show them.", shown, len(c.Controls))
	}
	for i := range c.Populations {
		all = append(all, limits(&c.Populations[i], len(days(c)))...)
	}
	return all
}

// limits says how far a list cannot be relied on.
func limits(p *pack.Population, of int) (all []string) {
	name := p.Stream + " of " + p.Alias
	switch {
	case p.LastRun == nil:
		return []string{fmt.Sprintf("%s was never read by the end of the period.", name)}
	case p.WholeRun == nil:
		all = append(all, fmt.Sprintf("%s was not read to its end by the end of the period.", name))
	case !p.Complete:
		all = append(all, fmt.Sprintf("The latest read of %s was not whole: %s", name, strings.Join(p.Gaps, "; ")))
	case p.Stale:
		all = append(all, fmt.Sprintf("The latest whole read of %s is older than tests allow.", name))
	}
	if len(p.Blind) > 0 {
		all = append(all, fmt.Sprintf("%s was not read on %d of %d days (blind): %s.", name, len(p.Blind), of, spans(p.Blind)))
	}
	if len(p.Part) > 0 {
		all = append(all, fmt.Sprintf("%s was read only in part on %d of %d days: %s.", name, len(p.Part), of, spans(p.Part)))
	}
	return all
}

// mostSpans bounds how many spans of days a notice names.
const mostSpans = 6

// spans writes sorted days as spans.
func spans(days []string) string {
	var all []string
	for i := 0; i < len(days); {
		last := i
		for last+1 < len(days) && follows(days[last], days[last+1]) {
			last++
		}
		if span := days[i]; last > i {
			all = append(all, span+" to "+days[last])
		} else {
			all = append(all, span)
		}
		i = last + 1
	}
	if len(all) > mostSpans {
		return strings.Join(all[:mostSpans], ", ") + fmt.Sprintf(" and %d more spans (days-read.csv has all)", len(all)-mostSpans)
	}
	return strings.Join(all, ", ")
}

// follows reports whether a day is the one after another.
func follows(day, next string) bool {
	at, err := time.Parse(time.DateOnly, day)
	return err == nil && at.AddDate(0, 0, 1).Format(time.DateOnly) == next
}
