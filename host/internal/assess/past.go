package assess

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// ReadDay is a day of a list, by what the runs that ended on it read.
type ReadDay string

// The days. A day without one of them is blind: no run read the list.
const (
	DayWhole ReadDay = "whole" // a run read all of it
	DayPart  ReadDay = "part"  // runs read it, none of them all of it
)

// Reads is what runs read of a list up to a moment.
type Reads struct {
	Whole *host.Run          // the latest run that read all of it; nil = none
	Last  *host.Run          // the latest run that read it at all; nil = none
	Gaps  []string           // what Last could not read, in words
	Days  map[string]ReadDay // by date, since the beginning that was asked for
}

// History is what tests found at a moment, and what had been read by then.
type History struct {
	Judged []Judged // by id
	Reads  map[string]*Reads
}

// ListID names a list in History.Reads.
func ListID(connection, stream string) string { return connection + "\x00" + stream }

// PastQuery asks for what tests found at a moment.
type PastQuery struct {
	At       time.Time
	Since    time.Time      // from when on days are told
	Location *time.Location // of days
	Wanted   func(verdict.Test) bool
	Finding  func(test verdict.Test, item verdict.Item) error // nil, or called with every finding, tests of one kind after another
}

// Past judges tests as of a moment, by the records and the reads of that moment. Finding gets every finding, while Judged lists some.
func (a *Assessor) Past(ctx context.Context, q PastQuery) (History, error) {
	rules, err := a.parts.Rules.Rules(ctx, q.At)
	if err != nil {
		return History{}, err
	}
	rules = slices.DeleteFunc(slices.Clone(rules), func(rule rulebook.Rule) bool { return !q.Wanted(rule.Program.Test) })
	r := &round{assessor: a, at: q.At, finding: q.Finding, rules: map[string]rulebook.Rule{}}
	judged := map[string]Judged{}
	programs := r.take(rules, judged)
	if r.lists, err = a.lists(ctx, q.At); err != nil {
		return History{}, err
	}
	h := History{Reads: map[string]*Reads{}}
	for _, l := range r.lists {
		h.Reads[ListID(l.Connection, l.Stream)] = &Reads{Days: map[string]ReadDay{}}
	}
	for i := range r.lists {
		l := &r.lists[i]
		if i == 0 || r.lists[i-1].Connection != l.Connection {
			if err := a.reads(ctx, l.Connection, q, h.Reads); err != nil {
				return History{}, err
			}
		}
		a.back(l, *h.Reads[ListID(l.Connection, l.Stream)], q.At)
	}
	if r.kin, err = r.relations(ctx, programs); err != nil {
		return History{}, err
	}
	if err := r.judge(ctx, programs, judged); err != nil {
		return History{}, err
	}
	h.Judged = slices.SortedFunc(maps.Values(judged), func(x, y Judged) int { return strings.Compare(x.ID, y.ID) })
	return h, nil
}

// back makes the reading of a list that of an earlier moment.
func (a *Assessor) back(l *list, reads Reads, at time.Time) {
	l.AsOf, l.Run, l.Stale, l.Complete, l.Gaps = nil, "", false, false, reads.Gaps
	if reads.Last != nil {
		l.Run = reads.Last.ID
	}
	if reads.Whole == nil {
		if l.Gaps = []string{"It was never read by then."}; reads.Last != nil {
			l.Gaps = []string{"It was not read to its end by then."}
		}
		return
	}
	read := reads.Whole.FinishedAt.UTC()
	l.AsOf, l.Complete = &read, reads.Whole.ID == reads.Last.ID
	l.Stale = at.Sub(read) > max(freshFor, 2*a.parts.Statuses.Period(a.schedule(l.Connection), at))
}

// schedule returns the schedule of a connection; empty when it has none or is gone.
func (a *Assessor) schedule(connection string) string {
	c, err := a.parts.Store.Connection(connection)
	if err != nil {
		return ""
	}
	return c.Schedule
}

// reads notes what runs read of the lists of a connection.
func (a *Assessor) reads(ctx context.Context, connection string, q PastQuery, all map[string]*Reads) error {
	query := journal.RunQuery{Connection: connection, Until: q.At, Limit: 200}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		runs, next, err := a.parts.Store.Runs(query)
		if err != nil {
			return fmt.Errorf("read runs: %w", err)
		}
		for i := range runs {
			take(all, &runs[i], q)
		}
		if next == "" || runs[len(runs)-1].QueuedAt.Before(q.Since) && known(all, connection) {
			return nil
		}
		query.Before = next
	}
}

// known reports whether older runs tell nothing more of the lists of a connection.
func known(all map[string]*Reads, connection string) bool {
	for id, r := range all {
		if strings.HasPrefix(id, ListID(connection, "")) && r.Whole == nil {
			return false
		}
	}
	return true
}

// take notes what a run read; runs come newest first.
func take(all map[string]*Reads, run *host.Run, q PastQuery) {
	if !run.Status.Final() || run.FinishedAt == nil || run.FinishedAt.After(q.At) {
		return
	}
	for _, step := range run.Steps {
		r := all[ListID(run.Connection, step.Stream)]
		if r == nil || step.Stream == "" || step.Status == host.StatusSkipped {
			continue
		}
		whole := step.Status == host.StatusSucceeded && len(step.Gaps) == 0 && step.Held == 0
		if whole && r.Whole == nil {
			r.Whole = run
		}
		if r.Last == nil {
			r.Last, r.Gaps = run, gapsOf(step, whole)
		}
		if run.FinishedAt.Before(q.Since) {
			continue
		}
		day := run.FinishedAt.In(q.Location).Format(time.DateOnly)
		switch {
		case whole:
			r.Days[day] = DayWhole
		case r.Days[day] == "" && step.Read > 0:
			r.Days[day] = DayPart
		}
	}
}

// gapsOf says in words what a step could not read.
func gapsOf(step host.Step, whole bool) (gaps []string) {
	for _, g := range step.Gaps {
		gaps = append(gaps, g.Scope+": "+g.Error.Message)
	}
	switch {
	case whole || len(gaps) > 0:
	case step.Held > 0:
		gaps = []string{fmt.Sprintf("%d removals wait for a person to confirm them.", step.Held)}
	case step.Error != nil:
		gaps = []string{"The latest run failed: " + step.Error.Message}
	default:
		gaps = []string{"The latest run read it in part."}
	}
	return gaps
}
