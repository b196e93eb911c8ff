package assess

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/assess/past"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Then is what tests found at a moment, and what had been read by then.
type Then struct {
	Judged []verdict.Judged                  // by id
	Reads  map[string]map[string]*past.Reads // by id of the connection and name of the stream
}

// ThenQuery asks for what tests found at a moment.
type ThenQuery struct {
	At      time.Time
	Wanted  func(verdict.Test) bool
	Finding func(test verdict.Test, item verdict.Item) error // nil, or called with every finding, tests of one kind after another
}

// Past judges tests as of a moment, by the records and the reads of that moment. Finding gets every finding, while Judged lists some.
func (a *Assessor) Past(ctx context.Context, q ThenQuery) (Then, error) {
	rules, err := a.parts.Rules.Rules(ctx, q.At)
	if err != nil {
		return Then{}, err
	}
	rules = slices.DeleteFunc(slices.Clone(rules), func(rule rulebook.Rule) bool { return !q.Wanted(rule.Program.Test) })
	r := &round{assessor: a, at: q.At, finding: q.Finding, rules: map[string]rulebook.Rule{}}
	judged := map[string]verdict.Judged{}
	programs := r.take(rules, judged)
	if r.lists, err = a.listed(ctx, q.At); err != nil {
		return Then{}, err
	}
	reads, err := r.then(ctx)
	if err != nil {
		return Then{}, err
	}
	if r.kin, err = r.relations(ctx, programs); err != nil {
		return Then{}, err
	}
	if err := r.judge(ctx, programs, judged); err != nil {
		return Then{}, err
	}
	found := slices.SortedFunc(maps.Values(judged), func(x, y verdict.Judged) int { return strings.Compare(x.ID, y.ID) })
	return Then{Judged: found, Reads: reads}, nil
}

// then makes what is said of each list that of the moment: by the runs of its connection that had ended by then.
func (r *round) then(ctx context.Context) (map[string]map[string]*past.Reads, error) {
	streams, all := map[string][]string{}, map[string]map[string]*past.Reads{}
	for _, l := range r.lists {
		streams[l.Connection] = append(streams[l.Connection], l.Stream)
	}
	store := r.assessor.parts.Store
	for id, names := range streams {
		found, err := past.Find(ctx, store, id, names, r.at)
		if err != nil {
			return nil, err
		}
		all[id] = found
	}
	for i := range r.lists {
		l := &r.lists[i]
		l.Reading = all[l.Connection][l.Stream].Reading(l.Reading)
		if l.AsOf == nil {
			continue
		}
		c, err := store.Connection(l.Connection)
		if err != nil {
			return nil, err
		}
		l.Stale = r.at.Sub(*l.AsOf) > max(freshFor, 2*r.assessor.parts.Statuses.Period(c.Schedule, r.at))
	}
	return all, nil
}
