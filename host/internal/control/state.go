package control

import (
	"fmt"
	"strings"

	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Tested is a test that is mapped to a control, with what it found.
type Tested struct {
	ID, Title string
	Disabled  string // why it is disabled; empty = it is not
	SetAside  string // why it does not count for the control; empty = it does
	Missing   bool   // there is no such test any more
	Result    verdict.Result
}

// Judge works out the state of a control from its tests, its evidence and the decision on whether it applies, which c has. It sets
// State, Reason, Lines and ShownBy. Evidence counts where it is required or no test counts; then there must be some, and all of it valid.
func Judge(c *assurance.Control, tests []Tested, evidence []assurance.Evidence) {
	c.Lines = []assurance.Line{}
	byTest, byEvidence := false, false
	for _, t := range tests {
		line := testLine(t)
		byTest = byTest || line.Counts
		c.Lines = append(c.Lines, line)
	}
	needed := c.EvidenceRequired || !byTest
	for _, e := range evidence {
		line := evidenceLine(e, needed)
		byEvidence = byEvidence || line.Counts
		c.Lines = append(c.Lines, line)
	}
	c.ShownBy = shownBy(byTest, byEvidence)
	c.State, c.Reason = conclude(c, needed && !byEvidence)
}

// shownBy says what counts.
func shownBy(tests, evidence bool) assurance.ShownBy {
	switch {
	case tests && evidence:
		return assurance.ShownByBoth
	case tests:
		return assurance.ShownByTests
	case evidence:
		return assurance.ShownByEvidence
	}
	return assurance.ShownByNothing
}

// says returns what a test that counts says of a control. A state that is not listed here shows nothing.
func says(s verdict.State) assurance.State {
	switch s {
	case verdict.StatePassing:
		return assurance.StatePassing
	case verdict.StateFailing:
		return assurance.StateFailing
	case verdict.StateStale:
		return assurance.StateStale
	default:
		return assurance.StateUnproven
	}
}

// testLine is the line of a test.
func testLine(t Tested) assurance.Line {
	line := assurance.Line{Kind: assurance.LineTest, ID: t.ID, Title: t.Title, State: string(t.Result.State)}
	if !t.Result.At.IsZero() {
		line.AsOf = &t.Result.At
	}
	switch {
	case t.Disabled != "":
		line.Why = "The test is disabled: " + t.Disabled
	case t.SetAside != "":
		line.Why = "It was set aside for this control: " + t.SetAside
	case t.Missing:
		line.Counts, line.Says, line.Why = true, assurance.StateUnproven, "There is no such test any more."
	default:
		line.Counts, line.Says, line.Why = true, says(t.Result.State), t.Result.Reason
	}
	return line
}

// evidenceLine is the line of an item of evidence. It counts where evidence is needed.
func evidenceLine(e assurance.Evidence, needed bool) assurance.Line {
	line := assurance.Line{Kind: assurance.LineEvidence, ID: e.ID, Title: e.Title, State: string(e.State), Why: e.Reason}
	if e.Latest != nil {
		line.AsOf, line.ValidUntil = &e.Latest.CollectedAt, &e.Latest.ValidUntil
	}
	switch {
	case e.State == assurance.EvidenceRemoved:
	case !needed:
		line.Why += " Tests show this control; evidence is not required."
	case e.State.Valid():
		line.Counts, line.Says = true, assurance.StatePassing
	default:
		line.Counts, line.Says = true, assurance.StateNeedsEvidence
	}
	return line
}

// conclude returns the state of a control, the first that applies, and why. A control lacks evidence when it needs some and has none.
func conclude(c *assurance.Control, lacksEvidence bool) (assurance.State, string) {
	if !c.Applies {
		return assurance.StateNotApplicable, "It does not apply: " + c.Applicability.Reason
	}
	said := map[assurance.State][]string{}
	for _, l := range c.Lines {
		if l.Counts {
			said[l.Says] = append(said[l.Says], l.ID)
		}
	}
	for _, r := range []struct {
		state  assurance.State
		reason string
	}{
		{assurance.StateFailing, "Failing: "},
		{assurance.StateStale, "Reads something that is too old: "},
		{assurance.StateUnproven, "Shows nothing: "},
	} {
		if ids := said[r.state]; len(ids) > 0 {
			return r.state, r.reason + named(ids) + "."
		}
	}
	if lacksEvidence {
		if c.ShownBy == assurance.ShownByTests {
			return assurance.StateNeedsEvidence, "It needs evidence besides its tests, and there is none."
		}
		return assurance.StateNeedsEvidence, "No test counts for it, and there is no evidence."
	}
	if ids := said[assurance.StateNeedsEvidence]; len(ids) > 0 {
		return assurance.StateNeedsEvidence, "Not valid: evidence " + named(ids) + "."
	}
	return assurance.StatePassing, map[assurance.ShownBy]string{
		assurance.ShownByTests:    "Every test that counts passes.",
		assurance.ShownByEvidence: "Its evidence is valid.",
		assurance.ShownByBoth:     "Every test that counts passes, and its evidence is valid.",
	}[c.ShownBy]
}

// named names at most three, and says how many more there are.
func named(ids []string) string {
	if len(ids) <= 3 {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:3], ", "), len(ids)-3)
}

// JudgeRequirement works out the state of a requirement from those of the controls that meet it.
func JudgeRequirement(controls []assurance.ControlRef) (assurance.State, string) {
	if len(controls) == 0 {
		return assurance.StateUncovered, "No control meets it."
	}
	in := map[assurance.State][]string{}
	for _, c := range controls {
		in[c.State] = append(in[c.State], c.ID)
	}
	for _, s := range []assurance.State{
		assurance.StateFailing, assurance.StateStale, assurance.StateUnproven, assurance.StateNeedsEvidence,
	} {
		if ids := in[s]; len(ids) > 0 {
			return s, fmt.Sprintf("%d of %d controls: %s.", len(ids), len(controls), named(ids))
		}
	}
	if passing := len(in[assurance.StatePassing]); passing > 0 {
		return assurance.StatePassing, fmt.Sprintf("%d of %d controls pass; the others do not apply.", passing, len(controls))
	}
	return assurance.StateNotApplicable, "None of its controls applies."
}
