package assure

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/internal/control"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

func compare(a, b string) int { return cmp.Compare(a, b) }

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Controls returns every control with its state and its calculation.
func (a *Assurer) Controls(ctx context.Context) ([]assurance.Control, error) {
	p, err := a.look(ctx)
	if err != nil {
		return nil, err
	}
	return p.controls(), nil
}

// Control returns one control with its state, its calculation and the lists that its tests judge.
func (a *Assurer) Control(ctx context.Context, id string) (assurance.Control, error) {
	p, err := a.look(ctx)
	if err != nil {
		return assurance.Control{}, err
	}
	all := p.controls()
	at := slices.IndexFunc(all, func(c assurance.Control) bool { return c.ID == id })
	if at < 0 {
		return assurance.Control{}, noControl(id)
	}
	c := all[at]
	populations, err := a.populations(p)
	if err != nil {
		return c, err
	}
	shows := map[string]bool{}
	for _, l := range c.Lines {
		shows[l.ID] = l.Kind == assurance.LineTest
	}
	for _, one := range populations {
		one.Tests = slices.DeleteFunc(one.Tests, func(test string) bool { return !shows[test] })
		if len(one.Tests) > 0 {
			c.Populations = append(c.Populations, one)
		}
	}
	return c, nil
}

// populations returns the lists that tests judge, with how many records they have now, by alias and name.
func (a *Assurer) populations(p *picture) ([]assurance.Population, error) {
	var all []assurance.Population
	at := map[[2]string]int{}
	counts := map[string][]host.StreamStats{}
	for _, j := range p.tests {
		for _, s := range j.Result.Sources {
			if !s.Direct {
				continue
			}
			name := [2]string{s.Connection, s.Stream}
			i, known := at[name]
			if !known {
				if counts[s.Connection] == nil {
					stored, err := a.parts.Statuses.StoredStreams(s.Connection)
					if err != nil {
						return nil, err
					}
					counts[s.Connection] = stored
				}
				i = len(all)
				at[name], all = i, append(all, population(s, counts[s.Connection]))
			}
			all[i].Tests = append(all[i].Tests, j.ID)
		}
	}
	slices.SortFunc(all, func(a, b assurance.Population) int {
		return cmp.Or(compare(a.Alias, b.Alias), compare(a.Stream, b.Stream))
	})
	return all, nil
}

func population(s verdict.Reading, counts []host.StreamStats) assurance.Population {
	one := assurance.Population{
		Connection: s.Connection, Alias: s.Alias, Stream: s.Stream, Kind: s.Kind, AccessList: s.Kind == string(kind.KindAccount),
		AsOf: s.AsOf, Complete: s.Complete, Stale: s.Stale, Gaps: s.Gaps,
	}
	for _, c := range counts {
		if c.Name == s.Stream {
			one.Records = c.Records
		}
	}
	return one
}

// Frameworks returns every framework with how many of its requirements are in which state, without the requirements.
func (a *Assurer) Frameworks(ctx context.Context) ([]assurance.Framework, error) {
	p, err := a.look(ctx)
	if err != nil {
		return nil, err
	}
	all := p.judgedFrameworks()
	for i := range all {
		all[i].Requirements = []assurance.Requirement{}
	}
	return all, nil
}

// Framework returns one framework with its requirements.
func (a *Assurer) Framework(ctx context.Context, id string) (assurance.Framework, error) {
	p, err := a.look(ctx)
	if err != nil {
		return assurance.Framework{}, err
	}
	for _, f := range p.judgedFrameworks() {
		if f.ID == id {
			return f, nil
		}
	}
	return assurance.Framework{}, noFramework(id)
}

func noFramework(id string) error {
	return host.NotFound("framework", id, "`plumbline framework list` names every framework.")
}

// judgedFrameworks returns every framework with the states of its requirements.
func (p *picture) judgedFrameworks() []assurance.Framework {
	controls := p.controls()
	type name struct{ framework, id string }
	meet := map[name][]assurance.ControlRef{}
	for _, c := range controls {
		for _, r := range c.Requirements {
			n := name{r.Framework, r.ID}
			meet[n] = append(meet[n], assurance.ControlRef{ID: c.ID, Title: c.Title, State: c.State})
		}
	}
	all := make([]assurance.Framework, 0, len(p.frameworks))
	for _, f := range p.frameworks {
		one := assurance.Framework{
			ID: f.ID, Title: f.Title, Version: f.Version, Licence: f.Licence, Own: f.own, Text: f.info, Total: len(f.Requirements),
		}
		for _, r := range f.Requirements {
			made := assurance.Requirement{ID: r.ID, Title: r.Title, Text: f.texts[r.ID], Controls: append([]assurance.ControlRef{},
				meet[name{f.ID, r.ID}]...)}
			made.State, made.Reason = control.JudgeRequirement(made.Controls)
			one.Counts.Add(made.State)
			one.Requirements = append(one.Requirements, made)
		}
		for _, c := range controls {
			if c.Applies && slices.ContainsFunc(c.Requirements, func(r assurance.RequirementRef) bool { return r.Framework == f.ID }) {
				one.Share.Add(c.ShownBy)
			}
		}
		all = append(all, one)
	}
	return all
}

// ImpactOnControls says what would no longer be proven if a connection could not be read any more.
func (a *Assurer) ImpactOnControls(ctx context.Context, ref string) (assurance.Impact, error) {
	c, err := a.parts.Store.Connection(ref)
	if err != nil {
		return assurance.Impact{}, err
	}
	before, err := a.look(ctx)
	if err != nil {
		return assurance.Impact{}, err
	}
	impact := assurance.Impact{
		Connection: c.ID, Alias: c.Alias, Tests: []assurance.ImpactTest{}, Controls: []assurance.ImpactControl{},
		Requirements: []assurance.ImpactRequirement{},
	}
	after := *before
	after.tests = make([]verdict.Judged, len(before.tests))
	for i, j := range before.tests {
		reads := slices.ContainsFunc(j.Result.Sources, func(s verdict.Reading) bool { return s.Connection == c.ID })
		if reads {
			j.Result = unread(j.Result)
			impact.Tests = append(impact.Tests, assurance.ImpactTest{
				Test: j.ID, Title: j.Title, Before: string(before.tests[i].Result.State), After: string(j.Result.State),
				Only: !slices.ContainsFunc(j.Result.Sources, func(s verdict.Reading) bool { return s.Direct && s.Connection != c.ID }),
			})
		}
		after.tests[i] = j
	}
	was := before.controls()
	for i, now := range after.controls() {
		if was[i].State != now.State {
			impact.Controls = append(impact.Controls,
				assurance.ImpactControl{Control: now.ID, Title: now.Title, Before: was[i].State, After: now.State})
		}
	}
	wasMet := before.judgedFrameworks()
	for i, f := range after.judgedFrameworks() {
		for k, r := range f.Requirements {
			if old := wasMet[i].Requirements[k].State; old != r.State {
				impact.Requirements = append(impact.Requirements, assurance.ImpactRequirement{
					Framework: f.ID, Requirement: r.ID, Title: r.Title, Before: old, After: r.State,
				})
			}
		}
	}
	return impact, nil
}

// unread returns what a test would find once a list that it reads is too old: the same but where the order of states puts stale first.
func unread(r verdict.Result) verdict.Result {
	switch r.State {
	case verdict.StatePassing, verdict.StateUnproven, verdict.StateEmpty:
		r.State, r.Reason = verdict.StateStale, "A list that it reads would be too old."
	default: // unused, in error, failing and stale come before it
	}
	return r
}
