package assess

import (
	"context"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// PreviewTest judges a test that somebody writes over what is stored, and stores nothing. The zero time is now; for a past moment it judges
// the records, the persons and the exclusions of then. Of what is given, id names an own test whose draft is judged; else w is.
func (a *Assessor) PreviewTest(ctx context.Context, id string, w verdict.Writing, at time.Time) (verdict.Judged, error) {
	if id != "" {
		c, err := a.parts.Rules.CustomTest(id)
		if err != nil {
			return verdict.Judged{}, err
		}
		w = verdict.Writing{Test: &c.Test}
	}
	program, err := a.parts.Rules.ReadCustomTest(w)
	if err != nil {
		return verdict.Judged{}, err
	}
	rules, err := a.parts.Rules.Rules(ctx, at)
	if err != nil {
		return verdict.Judged{}, err
	}
	rule := rulebook.Rule{Program: program, Origin: verdict.OriginCustom}
	for _, one := range rules {
		if one.Program.Test.ID == program.Test.ID { // what is decided about its published version
			rule.Exclusions = one.Exclusions
		}
	}
	past := !at.IsZero()
	if !past {
		at = a.parts.Now()
	}
	found, err := undisturbed(ctx, a, func() (map[string]verdict.Judged, error) {
		return a.evaluate(ctx, []rulebook.Rule{rule}, at, past)
	})
	if err != nil {
		return verdict.Judged{}, err
	}
	judged := found[program.Test.ID]
	judged.Lifecycle = verdict.LifecycleDraft
	return judged, nil
}
