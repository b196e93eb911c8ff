package health

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// failure is one thing that went wrong in a run.
type failure struct {
	step    string // title; empty for the run as a whole
	scope   string // of a gap
	status  host.RunStatus
	problem host.Problem
}

// failuresOf returns what went wrong in a run, in the order of its steps.
func failuresOf(run host.Run) []failure {
	var failures []failure
	for _, step := range run.Steps {
		if !errored(step) {
			continue
		}
		if !sumsUp(step) {
			failures = append(failures, failure{step: title(step), status: step.Status, problem: orNone(step.Error)})
		}
		for _, gap := range step.Gaps {
			failures = append(failures, failure{step: title(step), scope: gap.Scope, status: step.Status, problem: gap.Error})
		}
	}
	if len(failures) == 0 && (run.Status != host.StatusSucceeded || run.Error != nil) {
		failures = append(failures, failure{status: run.Status, problem: orNone(run.Error)})
	}
	return failures
}

// sumsUp reports whether a step's error only repeats its gaps.
func sumsUp(step host.Step) bool {
	if len(step.Gaps) == 0 {
		return false
	}
	first := step.Gaps[0]
	return step.Error == nil || step.Error.Code == first.Error.Code &&
		(step.Error.Scope == first.Scope || step.Error.Message == first.Error.Message)
}

// errored reports whether a step did not complete. One with gaps did not.
func errored(step host.Step) bool { return step.Failed() || len(step.Gaps) > 0 }

func orNone(p *host.Problem) host.Problem {
	if p == nil {
		return host.Problem{}
	}
	return *p
}

func title(step host.Step) string { return cmp.Or(step.Title, step.Name) }

// needsPerson reports whether a person has to act.
func (f failure) needsPerson() bool {
	return f.problem.Fault == host.FaultCustomer ||
		f.problem.Retry == host.RetryWhenConfigChanges ||
		f.problem.Retry == host.RetryWhenCredentialChanges
}

func (f failure) rateLimited() bool { return strings.HasPrefix(f.problem.Code, "rate.") }

// heals reports whether trying again can be expected to help.
func (f failure) heals() bool {
	switch {
	case f.status == host.StatusInterrupted, f.rateLimited(), f.problem.Retry == host.RetryAfter:
		return true
	case f.problem.Retry != "":
		return false
	}
	// Without a retry the network and the vendor recover, and a read in part goes on.
	return f.problem.Fault == host.FaultUpstream || f.problem.Fault == host.FaultNetwork ||
		(f.problem.Code == "" && f.status == host.StatusPartial)
}

// choose returns the failure that the reason comes from.
func choose(reason host.Reason, failures []failure) failure {
	for _, f := range failures {
		switch {
		case reason == host.ReasonActionRequired && f.needsPerson():
			return f
		case reason == host.ReasonFailing && !f.heals():
			return f
		}
	}
	return failures[0]
}

// sentence says the failure in words, and how many more there are.
func (f failure) sentence(total int) string {
	what := "The run " + f.verb()
	if f.step != "" {
		what = f.step + " " + f.verb()
	}
	if f.scope != "" {
		what = fmt.Sprintf("%s could not read %s", f.step, f.scope)
	}
	text := what
	if f.problem.Message != "" {
		text += ": " + trimStop(f.problem.Message)
	}
	switch {
	case total == 2:
		text += " (and one more failure)"
	case total > 2:
		text += fmt.Sprintf(" (and %d more failures)", total-1)
	}
	return text + "."
}

func (f failure) verb() string {
	switch f.status {
	case host.StatusPartial:
		return "was read in part"
	case host.StatusInterrupted:
		return "was interrupted"
	case host.StatusSucceeded:
		return "reported an error"
	}
	return "failed"
}

func trimStop(text string) string { return strings.TrimRight(strings.TrimSpace(text), ".") }
