package monitor

import (
	"context"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/host/verdict"
)

// End concludes the round. It returns the result, and for a test that counts the items.
func (r *Round) End(ctx context.Context, sources []verdict.Reading) (verdict.Result, []verdict.Item, error) {
	var items []verdict.Item
	if r.err == nil && r.program.Test.Count != nil {
		var err error
		if items, err = r.judgeCounts(ctx); err != nil {
			if ctx.Err() != nil {
				return verdict.Result{}, nil, err
			}
			r.err = err
		}
	}
	result := verdict.Result{
		Test: r.program.Test.ID, Version: r.program.Test.Version, At: r.now, Tally: r.tally, Sources: sources,
	}
	result.State, result.Reason = Conclude(r.tally, sources, r.err)
	return result, items, nil
}

// Conclude returns the state of a test and the reason for it: the first that applies, in the order of the constants. A pass is what
// remains when nothing speaks against it.
func Conclude(t verdict.Tally, sources []verdict.Reading, failure error) (verdict.State, string) {
	direct := func(s verdict.Reading) bool { return s.Direct }
	old := slices.IndexFunc(sources, func(s verdict.Reading) bool { return s.Stale })
	part := slices.IndexFunc(sources, func(s verdict.Reading) bool { return !s.Complete || len(s.Gaps) > 0 })
	switch {
	case failure != nil:
		return verdict.StateError, fmt.Sprintf("It could not be judged: %v.", failure)
	case !slices.ContainsFunc(sources, direct):
		return verdict.StateUnused, "No connection supplies what it judges."
	case t.Fail > 0:
		return verdict.StateFailing, fmt.Sprintf("%d of %d in scope fail.", t.Fail, t.InScope)
	case old >= 0:
		return verdict.StateStale, fmt.Sprintf("%s of %s is older than the test allows.", sources[old].Stream, sources[old].Alias)
	case t.Unknown > 0:
		return verdict.StateUnproven, fmt.Sprintf("Of %d of %d in scope it is not known.", t.Unknown, t.InScope)
	case part >= 0:
		return verdict.StateUnproven, fmt.Sprintf("%s of %s was not read whole.", sources[part].Stream, sources[part].Alias)
	case t.InScope == 0:
		return verdict.StateEmpty, "Nothing is in scope."
	case t.Pass == 0:
		return verdict.StateEmpty, "Everything in scope is excluded."
	}
	return verdict.StatePassing, fmt.Sprintf("All %d in scope pass.", t.Pass)
}
