package assess

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/assess/kin"
	"github.com/plumbline-dev/plumbline/host/internal/assess/listing"
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
	latest   bool // reads the records as they are, not as they were at the moment
	lists    []list
	kin      *kin.Kin
	rules    map[string]rulebook.Rule               // by id of the test
	finding  func(verdict.Test, verdict.Item) error // nil, or called with every finding
}

// list is a stream with what can be said of it.
type list struct {
	verdict.Reading
	connection monitor.Connection
	categories []host.Category
}

// evaluate judges tests for a moment: one pass over the records of each kind. A test that is disabled is not judged. For a past moment it
// relies on each list as far as it could be relied on then.
func (a *Assessor) evaluate(ctx context.Context, rules []rulebook.Rule, at time.Time, before bool) (map[string]verdict.Judged, error) {
	r := &round{assessor: a, at: at, rules: map[string]rulebook.Rule{}}
	judged := map[string]verdict.Judged{}
	programs := r.take(rules, judged)
	var err error
	if r.lists, err = a.listed(ctx, at); err != nil {
		return nil, err
	}
	if before {
		if _, err := r.then(ctx); err != nil {
			return nil, err
		}
	}
	if r.kin, err = r.relations(ctx, programs); err != nil {
		return nil, err
	}
	return judged, r.judge(ctx, programs, judged)
}

// judge judges tests kind by kind.
func (r *round) judge(ctx context.Context, programs []*monitor.Program, judged map[string]verdict.Judged) error {
	groups := byKind(programs)
	for _, k := range slices.Sorted(maps.Keys(groups)) {
		if err := r.kind(ctx, k, groups[k], judged); err != nil {
			return err
		}
	}
	return nil
}

// keep keeps an item of a test if it is a finding.
func (r *round) keep(one *running, item verdict.Item) error {
	one.found.Keep(item)
	if r.finding == nil || !slices.Contains(listing.FindingOrder(), item.Outcome) {
		return nil
	}
	return r.finding(one.program.Test, item)
}

// take takes the rules of the moment. It returns the programs that are judged; what a disabled test says is judged already.
func (r *round) take(rules []rulebook.Rule, judged map[string]verdict.Judged) (programs []*monitor.Program) {
	for _, rule := range rules {
		id := rule.Program.Test.ID
		r.rules[id] = rule
		if rule.Setting.Disabled {
			judged[id] = judgedBy(&rule, rule.Disabled(r.at), []verdict.Item{})
		} else {
			programs = append(programs, rule.Program)
		}
	}
	return programs
}

// judgedBy returns a test with what it found, and with what is decided about it.
func judgedBy(rule *rulebook.Rule, found verdict.Result, listed []verdict.Item) verdict.Judged {
	t := found.Tally
	return verdict.Judged{
		Test: rule.Program.Test, Decided: rule.Decided(found.State), Result: found, Findings: listed,
		Left: t.Fail + t.Unknown + t.Excluded - len(listed),
	}
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
	found   listing.Findings
}

// kind judges the tests of one kind.
func (r *round) kind(ctx context.Context, k kind.Kind, programs []*monitor.Program, judged map[string]verdict.Judged) error {
	tests := make([]*running, len(programs))
	for i, p := range programs {
		decided := r.rules[p.Test.ID]
		tests[i] = &running{program: p, round: p.Begin(r.at, decided.Parameters, decided.Exclusions), found: listing.Findings{}}
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
				item, err := one.round.Take(ctx, s)
				if err != nil && ctx.Err() != nil {
					return err
				}
				if err == nil {
					if err := r.keep(one, item); err != nil {
						return err
					}
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
			if err := r.keep(one, item); err != nil {
				return err
			}
		}
		rule := r.rules[one.program.Test.ID]
		judged[one.program.Test.ID] = judgedBy(&rule, result, one.found.Listed())
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
	if r.latest {
		q.AsOf = time.Time{}
	}
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
	return monitor.Shared(monitor.Subject{
		Connection: l.connection, Stream: l.Stream, Key: record.Key, Hash: record.Hash, ObservedAt: record.ObservedAt, Data: record.Data,
		Related: func(variable string) (any, bool) { return r.kin.Related(l.Reading, record, variable) },
	})
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
