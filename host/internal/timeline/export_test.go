package timeline

import (
	"context"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/assess/kin"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/period"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// JudgeAll returns every item of a test at one moment, by monitor.ItemID. It reads the records and the decisions as they were then,
// and keeps nothing from one moment to the next.
func (a *Timeline) JudgeAll(ctx context.Context, id string, at time.Time) (map[string]verdict.Item, error) {
	rule, err := a.rule(ctx, id, a.parts.Now())
	if err != nil {
		return nil, err
	}
	counting, err := a.excludedAt(ctx, id, at)
	if err != nil {
		return nil, err
	}
	p := rule.Program
	lists, err := a.pastLists(ctx, period.Span{From: at, To: a.parts.Now()}, "")
	if err != nil {
		return nil, err
	}
	kin, err := a.kinAt(ctx, p, lists, at)
	if err != nil {
		return nil, err
	}
	round, items := p.Begin(at, rule.Parameters, counting), map[string]verdict.Item{}
	for _, l := range lists {
		if l.Kind != p.Test.Kind || (l.first.IsZero() || l.first.After(at)) && p.Test.Count != nil {
			continue
		}
		round.Expect(l.connection)
		records, _, err := a.parts.Store.Records(ctx, journal.RecordQuery{Connection: l.Connection, Stream: l.Stream, AsOf: at, Limit: 1000})
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			item, err := round.Take(ctx, monitor.Subject{
				Connection: l.connection, Stream: l.Stream, Key: r.Key, Hash: r.Hash, ObservedAt: r.ObservedAt, Data: r.Data,
				Related: func(variable string) (any, bool) { return kin.Related(l.Reading, r, variable) },
			})
			if err != nil {
				return nil, err
			}
			if p.Test.Count == nil {
				items[monitor.ItemID(item.Connection, item.Stream, item.Key)] = item
			}
		}
	}
	_, counts, err := round.End(ctx, nil)
	for _, item := range counts {
		items[monitor.ItemID(item.Connection, item.Stream, item.Key)] = item
	}
	return items, err
}

// excludedAt returns the exclusions of a test that counted at a moment, as judging as of then finds them.
func (a *Timeline) excludedAt(ctx context.Context, id string, at time.Time) (map[string]verdict.Exclusion, error) {
	then, err := a.parts.Rules.Rules(ctx, at)
	for _, r := range then {
		if r.Program.Test.ID == id {
			return r.Exclusions, err
		}
	}
	return nil, err
}

// kinAt returns who and what belonged to whom at a moment, read as of then.
func (a *Timeline) kinAt(ctx context.Context, p *monitor.Program, lists []*pastList, at time.Time) (*kin.Kin, error) {
	categories, has, kinds := map[string]string{}, map[kind.Kind]bool{}, map[kind.Kind]bool{}
	for _, l := range lists {
		categories[l.Connection] = l.connection.Category
		kinds[kind.Kind(l.Kind)] = true
		if l.ever && !l.first.IsZero() && !l.first.After(at) {
			has[kind.Kind(l.Kind)] = true
		}
	}
	found := kin.For([]*monitor.Program{p}, categories)
	found.Has = has
	people, err := a.parts.People.Kin(ctx, at)
	if err != nil {
		return nil, err
	}
	found.People = people
	for k := range kinds {
		err := found.Take(k, func(fn func(verdict.Reading, string, map[string]any)) error {
			return a.eachAt(ctx, k, lists, at, fn)
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// eachAt calls fn with the facts of every record of a kind as it was at a moment.
func (a *Timeline) eachAt(
	ctx context.Context, k kind.Kind, lists []*pastList, at time.Time, fn func(verdict.Reading, string, map[string]any),
) error {
	for _, l := range lists {
		if l.Kind != string(k) {
			continue
		}
		records, _, err := a.parts.Store.Records(ctx, journal.RecordQuery{Connection: l.Connection, Stream: l.Stream, AsOf: at, Limit: 1000})
		if err != nil {
			return err
		}
		for _, r := range records {
			facts, err := monitor.Facts(k, r.Data, false)
			if err != nil {
				return err
			}
			facts["alias"], facts["category"] = l.Alias, l.connection.Category
			fn(l.Reading, r.Key, facts)
		}
	}
	return nil
}

// Depends returns the lists that an item depends on, as connection and stream: of a record, and of a count of everything without both.
func (a *Timeline) Depends(ctx context.Context, id, connection, stream string) (all, joined []string, err error) {
	rule, err := a.rule(ctx, id, a.parts.Now())
	if err != nil {
		return nil, nil, err
	}
	p := rule.Program
	lists, err := a.pastLists(ctx, period.Span{From: a.parts.Now().Add(-time.Hour), To: a.parts.Now()}, "")
	for _, l := range lists {
		name := l.Connection + "/" + l.Stream
		if looksUp(p, l) {
			joined = append(joined, name)
			all = append(all, name)
			continue
		}
		own := l.Kind == p.Test.Kind && (connection == "" || l.Connection == connection) && (stream == "" || l.Stream == stream)
		if own {
			all = append(all, name)
		}
	}
	return all, joined, err
}
