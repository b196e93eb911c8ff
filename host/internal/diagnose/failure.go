package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// failure is one problem of a run.
type failure struct {
	step    string // name; empty for the run as a whole
	title   string // of the step
	scope   string // of a gap
	problem host.Problem
}

// failures returns what went wrong in a run, in the order of its steps. The error of a step
// that only repeats its first gap is left out.
func failures(run host.Run) (all []failure) {
	for _, step := range run.Steps {
		if !step.Failed() && len(step.Gaps) == 0 {
			continue
		}
		for _, gap := range step.Gaps {
			all = append(all, failure{step.Name, cmp.Or(step.Title, step.Name), gap.Scope, gap.Error})
		}
		if step.Error != nil && !repeats(step) {
			all = append(all, failure{step.Name, cmp.Or(step.Title, step.Name), "", *step.Error})
		}
	}
	said := slices.ContainsFunc(all, func(x failure) bool { return run.Error != nil && x.problem.Code == run.Error.Code })
	switch {
	case run.Error != nil && !said:
		all = slices.Insert(all, 0, failure{problem: *run.Error})
	case len(all) == 0 && run.Status == host.StatusInterrupted:
		all = append(all, failure{problem: host.Problem{Code: host.CodeInterrupted, Fault: host.FaultHost}})
	case len(all) == 0 && run.Status == host.StatusCancelled:
		all = append(all, failure{problem: host.Problem{Code: host.CodeCancelled}})
	case len(all) == 0 && run.Status != host.StatusSucceeded:
		all = append(all, failure{})
	}
	return all
}

// repeats reports whether a step's error sums up its gaps.
func repeats(step host.Step) bool {
	return slices.ContainsFunc(step.Gaps, func(g host.Gap) bool { return g.Error.Code == step.Error.Code })
}

// words returns everything that is said about a failure: by the vendor, by the connector,
// and in the log at its step.
func (x failure) words(f Facts) string {
	p := x.problem
	said := []string{p.Message, p.UpstreamCode, p.Detail}
	for _, line := range f.Lines {
		if serious(line) && (line.Step == x.step || line.Step == "") {
			said = append(said, line.Message)
		}
	}
	return strings.Join(said, "\n")
}

func serious(line host.Log) bool { return line.Level == "warn" || line.Level == "error" }

// fits reports whether a rule fits a failure.
func (r rule) fits(f Facts, x failure) bool {
	if !slices.ContainsFunc(r.codes, func(pattern string) bool { return matches(pattern, x.problem.Code) }) {
		return false
	}
	for _, demands := range r.when {
		if !demands(f, x) {
			return false
		}
	}
	return true
}
