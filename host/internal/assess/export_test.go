package assess

import (
	"context"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/period"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Listed returns the findings among items as an answer lists them.
func Listed(items []verdict.Item) []verdict.Item {
	f := findings{}
	for _, item := range items {
		f.keep(item)
	}
	return f.listed()
}

// JudgeAll returns every item of a test at one moment, by monitor.ItemID. It reads the records and the decisions as they were then,
// and keeps nothing from one moment to the next.
func (a *Assessor) JudgeAll(ctx context.Context, id string, at time.Time, exclusions []Excluded) (map[string]verdict.Item, error) {
	p, err := a.program(id)
	if err != nil {
		return nil, err
	}
	lists, err := a.pastLists(ctx, period.Span{From: at, To: a.parts.Now()}, "")
	if err != nil {
		return nil, err
	}
	r := &round{assessor: a, at: at}
	for _, l := range lists {
		if l.first.IsZero() || l.first.After(at) {
			l.AsOf = nil
		}
		r.lists = append(r.lists, l.list)
	}
	if r.kin, err = r.relations(ctx, []*monitor.Program{p}); err != nil {
		return nil, err
	}
	counting := map[string]verdict.Exclusion{}
	for _, e := range exclusions {
		if !at.Before(e.Exclusion.At) && (e.Exclusion.Until == nil || at.Before(*e.Exclusion.Until)) && (e.Withdrawn == nil || at.Before(*e.Withdrawn)) {
			counting[e.Item] = e.Exclusion
		}
	}
	round, items := p.Begin(at, nil, counting), map[string]verdict.Item{}
	for _, l := range lists {
		if kind.Kind(l.Kind) != kind.Kind(p.Test.Kind) || l.AsOf == nil && p.Test.Count != nil {
			continue
		}
		round.Expect(l.connection)
		err := r.records(ctx, l.list, func(record host.Record) error {
			item, err := round.Take(ctx, r.subject(l.list, record))
			if err == nil && p.Test.Count == nil {
				items[monitor.ItemID(item.Connection, item.Stream, item.Key)] = item
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	_, counts, err := round.End(ctx, nil)
	for _, item := range counts {
		items[monitor.ItemID(item.Connection, item.Stream, item.Key)] = item
	}
	return items, err
}

// Depends returns the lists that an item depends on, as connection and stream: of a record, and of a count of everything without both.
func (a *Assessor) Depends(ctx context.Context, id, connection, stream string) (all, joined []string, err error) {
	p, err := a.program(id)
	if err != nil {
		return nil, nil, err
	}
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
