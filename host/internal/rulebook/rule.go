package rulebook

import (
	"time"

	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Disabled returns what a test says that is disabled.
func (r *Rule) Disabled(at time.Time) verdict.Result {
	test := r.Program.Test
	return verdict.Result{
		Test: test.ID, Version: test.Version, State: verdict.StateUnused, Reason: "It is disabled: " + r.Setting.Reason, At: at,
		Sources: []verdict.Reading{},
	}
}

// Decided returns what is known of a test beside what it is and what it found.
func (r *Rule) Decided(found verdict.State) verdict.Decided {
	d := verdict.Decided{Lifecycle: verdict.LifecycleEnabled, Origin: r.Origin, Setting: r.Setting}
	switch {
	case r.Setting.Disabled:
		d.Lifecycle = verdict.LifecycleDisabled
	case found == verdict.StateUnused:
		d.Lifecycle = verdict.LifecycleUnused
	}
	return d
}
