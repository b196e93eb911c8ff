package assess

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// round is one evaluation of several tests.
type round struct {
	assessor *Assessor
	at       time.Time
	lists    []list
	kin      *kin
	rules    map[string]rulebook.Rule // by id of the test
}

// list is a stream with what can be said of it.
type list struct {
	verdict.Reading
	connection monitor.Connection
	categories []host.Category
}

// evaluate judges tests for a moment: one pass over the records of each kind. A test that is disabled is not judged.
func (a *Assessor) evaluate(ctx context.Context, rules []rulebook.Rule, at time.Time) (map[string]Judged, error) {
	r := &round{assessor: a, at: at, rules: map[string]rulebook.Rule{}}
	judged := map[string]Judged{}
	programs := r.take(rules, judged)
	var err error
	if r.lists, err = a.lists(ctx, at); err != nil {
		return nil, err
	}
	if r.kin, err = r.relations(ctx, programs); err != nil {
		return nil, err
	}
	for k, group := range byKind(programs) {
		if err := r.kind(ctx, k, group, judged); err != nil {
			return nil, err
		}
	}
	return judged, nil
}

func byKind(programs []*monitor.Program) map[kind.Kind][]*monitor.Program {
	groups := map[kind.Kind][]*monitor.Program{}
	for _, p := range programs {
		k := kind.Kind(p.Test.Kind)
		groups[k] = append(groups[k], p)
	}
	return groups
}

// running is a test while it is judged.
type running struct {
	program *monitor.Program
	round   *monitor.Round
	found   findings
}

// kind judges the tests of one kind.
func (r *round) kind(ctx context.Context, k kind.Kind, programs []*monitor.Program, judged map[string]Judged) error {
	tests := make([]*running, len(programs))
	for i, p := range programs {
		decided := r.rules[p.Test.ID]
		tests[i] = &running{program: p, round: p.Begin(r.at, decided.Parameters, decided.Exclusions), found: findings{}}
	}
	for _, l := range r.lists {
		if l.Kind != string(k) {
			continue
		}
		var wanting []*running
		for _, one := range tests {
			if one.wants(l) {
				one.round.Expect(l.connection)
				wanting = append(wanting, one)
			}
		}
		if len(wanting) == 0 {
			continue
		}
		err := r.records(ctx, l, func(record host.Record) error {
			s := r.subject(l, record)
			for _, one := range wanting {
				if item, err := one.round.Take(ctx, s); err == nil {
					one.found.keep(item)
				} else if ctx.Err() != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, one := range tests {
		result, counts, err := one.round.End(ctx, r.sources(one.program))
		if err != nil {
			return err
		}
		for _, item := range counts {
			one.found.keep(item)
		}
		t, listed := result.Tally, one.found.listed()
		judged[one.program.Test.ID] = Judged{
			Test: one.program.Test, Decided: r.decided(result), Result: result, Findings: listed, Left: t.Fail + t.Unknown + t.Excluded - len(listed),
		}
	}
	return nil
}

// wants reports whether a test judges the records of a list.
func (one *running) wants(l list) bool {
	wanted := one.program.Test.Categories
	return len(wanted) == 0 || slices.ContainsFunc(l.categories, func(c host.Category) bool { return slices.Contains(wanted, c) })
}

// records calls fn with every record of a list as it was at the moment.
func (r *round) records(ctx context.Context, l list, fn func(host.Record) error) error {
	q := journal.RecordQuery{Connection: l.Connection, Stream: l.Stream, AsOf: r.at, Limit: 1000}
	for {
		page, next, err := r.assessor.parts.Store.Records(ctx, q)
		if err != nil {
			return fmt.Errorf("read %s of %s: %w", l.Stream, l.Alias, err)
		}
		for _, record := range page {
			if err := fn(record); err != nil {
				return err
			}
		}
		if q.After = next; next == "" {
			return nil
		}
	}
}

// subject returns a record as tests judge it.
func (r *round) subject(l list, record host.Record) monitor.Subject {
	return monitor.Subject{
		Connection: l.connection, Stream: l.Stream, Key: record.Key, Hash: record.Hash, ObservedAt: record.ObservedAt, Data: record.Data,
		Related: func(variable string) (any, bool) { return r.kin.related(l, record, variable) },
	}
}

// sources returns the lists that a test reads: those that it judges first.
func (r *round) sources(p *monitor.Program) []verdict.Reading {
	sources := []verdict.Reading{}
	one := running{program: p}
	for _, l := range r.lists {
		if l.Kind == p.Test.Kind && one.wants(l) {
			direct := l.Reading
			direct.Direct = true
			sources = append(sources, direct)
		}
	}
	for _, k := range p.Kinds()[1:] {
		for _, l := range r.lists {
			if l.Kind == string(k) && !slices.ContainsFunc(sources, func(s verdict.Reading) bool { return same(s, l.Reading) }) {
				sources = append(sources, l.Reading)
			}
		}
	}
	return sources
}

func same(a, b verdict.Reading) bool { return a.Connection == b.Connection && a.Stream == b.Stream }
