package timeline

import (
	"context"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/period"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Bounds of a period.
const (
	usualDays = 90   // when nothing else is asked for
	mostDays  = 1100 // three years
)

// span returns the period from one moment to another: by default the 90 days that end today. What is still to come is not in it.
func (a *Timeline) span(from, to time.Time) (period.Span, verdict.Period, error) {
	now, zone := a.parts.Now(), a.zone()
	if to.IsZero() || to.After(now) {
		to = now
	}
	if from.IsZero() {
		year, month, day := to.In(zone).Date()
		from = time.Date(year, month, day-usualDays+1, 0, 0, 0, 0, zone)
	}
	if !from.Before(to) {
		return period.Span{}, verdict.Period{}, host.Invalid("from", from.In(zone).Format(time.RFC3339),
			"must be before the end of the period and before now")
	}
	if to.Sub(from) > mostDays*24*time.Hour {
		return period.Span{}, verdict.Period{}, host.Invalid("from", from.In(zone).Format(time.DateOnly),
			fmt.Sprintf("must be at most %d days before the end of the period", mostDays))
	}
	of := period.Span{From: from.In(zone), To: to.In(zone)}
	return of, verdict.Period{From: of.From, To: of.To, Zone: zone.String(), Days: len(period.Days(of, zone))}, nil
}

// zone returns the time zone of schedules.
func (a *Timeline) zone() *time.Location {
	if a.parts.Location == nil {
		return time.UTC
	}
	return a.parts.Location
}

// ConnectionCoverage returns how far it is known for each day of a period what the lists of a connection had. A period without a
// beginning has 90 days, one without an end ends now.
func (a *Timeline) ConnectionCoverage(ctx context.Context, ref string, from, to time.Time) (verdict.PeriodCoverage, error) {
	of, p, err := a.span(from, to)
	if err != nil {
		return verdict.PeriodCoverage{}, err
	}
	c, err := a.parts.Store.Connection(ref)
	if err != nil {
		return verdict.PeriodCoverage{}, err
	}
	lists, err := a.pastLists(ctx, of, c.ID)
	if err != nil {
		return verdict.PeriodCoverage{}, err
	}
	return a.covered(c.Alias, p, of, lists, func(*pastList) bool { return true }, false), nil
}

// TestCoverage returns how far it is known for each day of a period what the lists that a test reads had. A period without a beginning
// has 90 days, one without an end ends now.
func (a *Timeline) TestCoverage(ctx context.Context, id string, from, to time.Time) (verdict.PeriodCoverage, error) {
	of, p, err := a.span(from, to)
	if err != nil {
		return verdict.PeriodCoverage{}, err
	}
	rule, err := a.rule(ctx, id, of.To)
	if err != nil {
		return verdict.PeriodCoverage{}, err
	}
	lists, err := a.pastLists(ctx, of, "")
	if err != nil {
		return verdict.PeriodCoverage{}, err
	}
	read, direct := readBy(rule.Program, lists)
	return a.covered(id, p, of, read, func(l *pastList) bool { return direct[l] }, true), nil
}

// readBy returns the lists that a test reads, and which of them it judges.
func readBy(p *monitor.Program, lists []*pastList) (read []*pastList, direct map[*pastList]bool) {
	direct = map[*pastList]bool{}
	for _, l := range lists {
		if l.wanted(p.Test) {
			direct[l] = true
			read = append(read, l)
		}
	}
	for _, l := range lists {
		if !direct[l] && looksUp(p, l) {
			read = append(read, l)
		}
	}
	return read, direct
}

// looksUp reports whether a test looks things up in a list.
func looksUp(p *monitor.Program, l *pastList) bool {
	for _, k := range p.Kinds()[1:] {
		if l.Kind == string(k) {
			return true
		}
	}
	for _, name := range p.Reads() {
		if name == monitor.VarTwins && l.Kind == p.Test.Kind {
			return true
		}
	}
	return false
}

// covered draws together how lists are covered.
func (a *Timeline) covered(
	name string, p verdict.Period, of period.Span, lists []*pastList, direct func(*pastList) bool, ofTest bool,
) verdict.PeriodCoverage {
	made := verdict.PeriodCoverage{Of: name, Period: p, Lists: []verdict.ListCoverage{}}
	days := period.Days(of, a.zone())
	parts := make([]period.Part, 0, len(lists))
	for _, l := range lists {
		one := verdict.ListCoverage{
			Connection: l.Connection, Alias: l.Alias, Stream: l.Stream, Title: l.title, Kind: l.Kind, Direct: ofTest && direct(l),
			Allowed: l.allowed.String(),
		}
		part := period.Part{Covered: l.reads.Cover(days), Direct: direct(l), Title: l.title}
		if ofTest {
			part.Title = fmt.Sprintf("%s of %s", l.Stream, l.Alias)
		}
		one.Spans, one.Days = period.Sum(days, part.Covered)
		made.Lists, parts = append(made.Lists, one), append(parts, part)
	}
	made.Spans, made.Days = period.Sum(days, period.Together(days, parts))
	return made
}
