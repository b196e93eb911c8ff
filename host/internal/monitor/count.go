package monitor

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/expr"
)

// counted is how many records of a group there are. What is not known of a record makes a range of each number.
type counted struct {
	connection        Connection
	count, maybeCount int // certainly counted; perhaps too
	total, maybeTotal int // certainly in scope; perhaps too
}

// Expect tells the round that there is a connection, so that one without records has a count of 0.
func (r *Round) Expect(c Connection) {
	if r.program.Test.Count != nil {
		r.group(c)
	}
}

// group returns the group of the records of a connection.
func (r *Round) group(c Connection) *counted {
	if r.program.Test.Count.By == verdict.CountByAll {
		c = Connection{}
	}
	g := r.counts[c.ID]
	if g == nil {
		g = &counted{connection: c}
		r.counts[c.ID] = g
	}
	return g
}

// countMark says how one record counts.
func (r *Round) countMark(ctx context.Context, scope three, values map[string]any) (Mark, error) {
	if scope == fails {
		return MarkNone, nil
	}
	of, err := truth(ctx, r.program.of, values)
	if err != nil {
		return MarkError, err
	}
	switch {
	case of == fails && scope == holds:
		return MarkIn, nil
	case of == fails:
		return MarkPerhapsIn, nil
	case of == holds && scope == holds:
		return MarkCounted, nil
	case scope == holds:
		return MarkPerhapsCounted, nil
	}
	return MarkPerhapsBoth, nil
}

// take counts records that have a mark.
func (g *counted) take(mark Mark, n int) {
	switch mark {
	case MarkIn:
		g.total += n
	case MarkPerhapsIn:
		g.maybeTotal += n
	case MarkCounted:
		g.total, g.count = g.total+n, g.count+n
	case MarkPerhapsCounted:
		g.total, g.maybeCount = g.total+n, g.maybeCount+n
	case MarkPerhapsBoth:
		g.maybeTotal, g.maybeCount = g.maybeTotal+n, g.maybeCount+n
	}
}

// mostNumbers is how many numbers of a range are tried. A wider range is not known.
const mostNumbers = 200

// judgeCounts judges each group.
func (r *Round) judgeCounts(ctx context.Context) ([]verdict.Item, error) {
	groups := make([]*counted, 0, len(r.counts))
	for _, g := range r.counts {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *counted) int {
		return cmp.Or(cmp.Compare(a.connection.Alias, b.connection.Alias), cmp.Compare(a.connection.ID, b.connection.ID))
	})
	var items []verdict.Item
	for _, g := range groups {
		switch apart, err := r.apart(ctx, g); {
		case err != nil:
			return nil, err
		case apart:
			continue
		}
		state, err := r.spread(ctx, g)
		if err != nil {
			return nil, err
		}
		item := verdict.Item{
			Outcome: outcome(holds, state), Connection: g.connection.ID, Alias: g.connection.Alias, Name: g.connection.Alias,
			Message: g.String(),
		}
		r.exclude(&item)
		r.Add(g.connection, markOf(item.Outcome), 1)
		items = append(items, item)
	}
	return items, nil
}

// apart reports whether no record of a connection can be in scope, whatever it says: such a connection has no count.
func (r *Round) apart(ctx context.Context, g *counted) (bool, error) {
	if g.total > 0 || g.maybeTotal > 0 || r.program.Test.Count.By == verdict.CountByAll {
		return false, nil
	}
	values := map[string]any{
		varRecord: expr.Absent{}, varParameters: r.parameters, varNow: r.now, varConnection: g.connection.facts(),
	}
	for name := range related() {
		values[name] = expr.Absent{}
	}
	scope, err := truth(ctx, r.program.scope, values)
	return scope == fails, err
}

// String says the numbers of a group.
func (g *counted) String() string {
	text := fmt.Sprintf("%d of %d", g.count, g.total)
	if g.maybeCount > 0 || g.maybeTotal > 0 {
		text += fmt.Sprintf("; of %d more it is not known", max(g.maybeCount, g.maybeTotal))
	}
	return text
}

// spread evaluates the expectation for each number that the count may be.
func (r *Round) spread(ctx context.Context, g *counted) (three, error) {
	if g.maybeCount > mostNumbers {
		return dontKnow, nil
	}
	said := map[three]bool{}
	for more := 0; more <= g.maybeCount; more++ {
		for _, total := range []int{max(g.total, g.count+more), g.total + g.maybeTotal} {
			count := g.count + more
			share := 0.0
			if total > 0 {
				share = float64(count) / float64(total)
			}
			state, err := truth(ctx, r.program.expect, map[string]any{
				varCount: int64(count), varTotal: int64(total), varShare: share, varParameters: r.parameters, varNow: r.now,
				varConnection: g.connection.facts(),
			})
			if err != nil {
				return dontKnow, err
			}
			said[state] = true
		}
	}
	switch {
	case len(said) > 1:
		return dontKnow, nil
	case said[holds]:
		return holds, nil
	case said[fails]:
		return fails, nil
	}
	return dontKnow, nil
}
