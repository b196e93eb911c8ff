package assess

import (
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// take takes the rules of the moment. It returns the programs that are judged; what a disabled test says is judged already.
func (r *round) take(rules []rulebook.Rule, judged map[string]Judged) (programs []*monitor.Program) {
	for _, rule := range rules {
		test := rule.Program.Test
		r.rules[test.ID] = rule
		if !rule.Setting.Disabled {
			programs = append(programs, rule.Program)
			continue
		}
		result := verdict.Result{
			Test: test.ID, Version: test.Version, State: verdict.StateUnused, Reason: "It is disabled: " + rule.Setting.Reason, At: r.at,
			Sources: []verdict.Reading{},
		}
		judged[test.ID] = Judged{Test: test, Decided: r.decided(result), Result: result, Findings: []verdict.Item{}}
	}
	return programs
}

// decided returns what is known of a test beside what it is and what it found.
func (r *round) decided(found verdict.Result) verdict.Decided {
	rule := r.rules[found.Test]
	d := verdict.Decided{Lifecycle: verdict.LifecycleEnabled, Origin: rule.Origin, Setting: rule.Setting}
	switch {
	case rule.Setting.Disabled:
		d.Lifecycle = verdict.LifecycleDisabled
	case found.State == verdict.StateUnused:
		d.Lifecycle = verdict.LifecycleUnused
	}
	return d
}
