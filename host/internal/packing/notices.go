package packing

import (
	"fmt"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/pack"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

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
		all = append(all, limits(&c.Populations[i])...)
	}
	return all
}

// limits says how far a list cannot be relied on.
func limits(p *pack.Population) (all []string) {
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
	of := p.Days.Proven + p.Days.Part + p.Days.Blind
	if n := p.Days.Blind; n > 0 {
		all = append(all, fmt.Sprintf("Of %s nothing is known for %d of %d days (blind): %s.", name, n, of, spans(p, verdict.CoverageBlind)))
	}
	if n := p.Days.Part; n > 0 {
		all = append(all, fmt.Sprintf("%s is known only in part for %d of %d days: %s.", name, n, of, spans(p, verdict.CoveragePart)))
	}
	return all
}

// mostSpans bounds how many spans of days a notice names.
const mostSpans = 6

// spans names the days that are covered alike, whatever the cause.
func spans(p *pack.Population, covered verdict.Coverage) string {
	var all []string
	for i := 0; i < len(p.Spans); i++ {
		first := p.Spans[i]
		if first.Coverage != covered {
			continue
		}
		last := first
		for i+1 < len(p.Spans) && p.Spans[i+1].Coverage == covered { // every day is in a span, so the next one follows
			i++
			last = p.Spans[i]
		}
		if span := first.From; span == last.To {
			all = append(all, span)
		} else {
			all = append(all, span+" to "+last.To)
		}
	}
	if len(all) > mostSpans {
		return strings.Join(all[:mostSpans], ", ") + fmt.Sprintf(" and %d more spans (coverage.csv has all)", len(all)-mostSpans)
	}
	return strings.Join(all, ", ")
}
