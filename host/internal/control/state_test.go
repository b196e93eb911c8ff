package control_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/internal/control"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// tests returns a test for each word: the name of a state, with "off" before it when it is disabled and "aside" when it was set aside.
func tests(words string) (all []control.Tested) {
	for i, word := range strings.Fields(words) {
		t := control.Tested{ID: fmt.Sprintf("t%d", i), Result: verdict.Result{State: verdict.State(word), Reason: "Because."}}
		if state, is := strings.CutPrefix(word, "off-"); is {
			t.Disabled, t.Result.State = "Not wanted.", verdict.State(state)
		}
		if state, is := strings.CutPrefix(word, "aside-"); is {
			t.SetAside, t.Result.State = "Not used.", verdict.State(state)
		}
		t.Missing = word == "missing"
		all = append(all, t)
	}
	return all
}

// evidence returns an item for each word, which is the name of a state.
func evidence(words string) (all []assurance.Evidence) {
	for i, word := range strings.Fields(words) {
		all = append(all, assurance.Evidence{ID: fmt.Sprintf("e%d", i), State: assurance.EvidenceState(word), Reason: "Because."})
	}
	return all
}

func judged(tested []control.Tested, items []assurance.Evidence, required, applies bool) assurance.Control {
	decided := &assurance.Applicability{Applies: applies, Reason: "No office."}
	c := assurance.Control{Applies: applies, EvidenceRequired: required, Applicability: decided}
	control.Judge(&c, tested, items)
	return c
}

// TestStatesOfControls is the truth table.
func TestStatesOfControls(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		tests, evidence string
		required        bool
		state           assurance.State
		shownBy         assurance.ShownBy
	}{
		{"", "", false, assurance.StateNeedsEvidence, assurance.ShownByNothing},
		{"", "", true, assurance.StateNeedsEvidence, assurance.ShownByNothing},
		{"passing", "", false, assurance.StatePassing, assurance.ShownByTests},
		{"passing passing", "", false, assurance.StatePassing, assurance.ShownByTests},
		{"failing", "", false, assurance.StateFailing, assurance.ShownByTests},
		{"stale", "", false, assurance.StateStale, assurance.ShownByTests},
		{"unproven", "", false, assurance.StateUnproven, assurance.ShownByTests},
		{"empty", "", false, assurance.StateUnproven, assurance.ShownByTests},
		{"unused", "", false, assurance.StateUnproven, assurance.ShownByTests},
		{"error", "", false, assurance.StateUnproven, assurance.ShownByTests},
		{"missing", "", false, assurance.StateUnproven, assurance.ShownByTests},
		{"a-state-of-a-later-version", "", false, assurance.StateUnproven, assurance.ShownByTests},
		{"passing failing", "ready", true, assurance.StateFailing, assurance.ShownByBoth},
		{"passing stale", "ready", true, assurance.StateStale, assurance.ShownByBoth},
		{"passing empty", "ready", true, assurance.StateUnproven, assurance.ShownByBoth},
		{"stale failing unproven", "", false, assurance.StateFailing, assurance.ShownByTests},
		{"unproven stale", "", false, assurance.StateStale, assurance.ShownByTests},
		{"off-failing", "", false, assurance.StateNeedsEvidence, assurance.ShownByNothing},
		{"off-passing", "", false, assurance.StateNeedsEvidence, assurance.ShownByNothing},
		{"off-failing passing", "", false, assurance.StatePassing, assurance.ShownByTests},
		{"aside-failing passing", "", false, assurance.StatePassing, assurance.ShownByTests},
		{"aside-unused", "ready", false, assurance.StatePassing, assurance.ShownByEvidence},
		{"", "ready", true, assurance.StatePassing, assurance.ShownByEvidence},
		{"", "upcoming", true, assurance.StatePassing, assurance.ShownByEvidence},
		{"", "needs_renewal", true, assurance.StateNeedsEvidence, assurance.ShownByEvidence},
		{"", "needs_artifact", true, assurance.StateNeedsEvidence, assurance.ShownByEvidence},
		{"", "ready needs_renewal", true, assurance.StateNeedsEvidence, assurance.ShownByEvidence},
		{"", "removed", true, assurance.StateNeedsEvidence, assurance.ShownByNothing},
		{"", "ready removed", true, assurance.StatePassing, assurance.ShownByEvidence},
		{"passing", "", true, assurance.StateNeedsEvidence, assurance.ShownByTests},
		{"passing", "ready", true, assurance.StatePassing, assurance.ShownByBoth},
		{"passing", "needs_renewal", true, assurance.StateNeedsEvidence, assurance.ShownByBoth},
		{"passing", "needs_renewal", false, assurance.StatePassing, assurance.ShownByTests},
		{"failing", "ready", false, assurance.StateFailing, assurance.ShownByTests},
	} {
		c := judged(tests(test.tests), evidence(test.evidence), test.required, true)
		if c.State != test.state || c.ShownBy != test.shownBy || c.Reason == "" {
			t.Errorf("tests %q, evidence %q, required %t: %s by %s (%s), want %s by %s",
				test.tests, test.evidence, test.required, c.State, c.ShownBy, c.Reason, test.state, test.shownBy)
		}
		if n := len(strings.Fields(test.tests + " " + test.evidence)); len(c.Lines) != n {
			t.Errorf("tests %q, evidence %q: %d lines", test.tests, test.evidence, len(c.Lines))
		}
		for _, l := range c.Lines {
			if l.Why == "" || l.Counts == (l.Says == "") {
				t.Errorf("tests %q, evidence %q: the line %+v does not say why, or what it says", test.tests, test.evidence, l)
			}
		}
		if c := judged(tests(test.tests), evidence(test.evidence), test.required, false); c.State != assurance.StateNotApplicable {
			t.Errorf("a control that does not apply is %s", c.State)
		}
	}
}

// TestRandomControlsAgainstTheRuleInWords compares the rule with the sentence "it passes only if …", worked out in another way.
func TestRandomControlsAgainstTheRuleInWords(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	testWords := []string{"passing", "passing", "failing", "stale", "unproven", "empty", "unused", "error", "missing",
		"off-passing", "off-failing", "aside-failing", "aside-passing"}
	evidenceWords := []string{"ready", "ready", "upcoming", "needs_renewal", "needs_artifact", "removed"}
	some := func(words []string, most int) (picked []string) {
		for range random.IntN(most + 1) {
			picked = append(picked, words[random.IntN(len(words))])
		}
		return picked
	}
	seen := map[assurance.State]int{}
	for range 20_000 {
		tested, items, required := some(testWords, 4), some(evidenceWords, 3), random.IntN(2) == 0
		c := judged(tests(strings.Join(tested, " ")), evidence(strings.Join(items, " ")), required, true)
		want := bruteForce(tested, items, required)
		seen[c.State]++
		if c.State != want {
			t.Fatalf("tests %v, evidence %v, required %t: %s (%s), want %s", tested, items, required, c.State, c.Reason, want)
		}
	}
	for _, s := range assurance.States() {
		if s != assurance.StateNotApplicable && seen[s] == 0 {
			t.Errorf("no random control was %s", s)
		}
	}
}

// bruteForce says the state of a control in words.
func bruteForce(tested, items []string, required bool) assurance.State {
	count := func(words []string, one ...string) (n int) {
		for _, w := range words {
			for _, o := range one {
				if w == o {
					n++
				}
			}
		}
		return n
	}
	counting := len(tested) - count(tested, "off-passing", "off-failing", "aside-failing", "aside-passing")
	kept := len(items) - count(items, "removed")
	needs := required || counting == 0
	switch {
	case count(tested, "failing") > 0:
		return assurance.StateFailing
	case count(tested, "stale") > 0:
		return assurance.StateStale
	case count(tested, "passing") < counting:
		return assurance.StateUnproven
	case needs && (kept == 0 || count(items, "ready", "upcoming") < kept):
		return assurance.StateNeedsEvidence
	}
	return assurance.StatePassing
}

func TestStatesOfRequirements(t *testing.T) {
	t.Parallel()
	for controls, want := range map[string]assurance.State{
		"":                              assurance.StateUncovered,
		"not_applicable":                assurance.StateNotApplicable,
		"passing":                       assurance.StatePassing,
		"passing not_applicable":        assurance.StatePassing,
		"passing needs_evidence":        assurance.StateNeedsEvidence,
		"needs_evidence unproven":       assurance.StateUnproven,
		"unproven stale":                assurance.StateStale,
		"stale failing":                 assurance.StateFailing,
		"not_applicable needs_evidence": assurance.StateNeedsEvidence,
	} {
		var refs []assurance.ControlRef
		for _, s := range strings.Fields(controls) {
			refs = append(refs, assurance.ControlRef{ID: s, State: assurance.State(s)})
		}
		if got, why := control.JudgeRequirement(refs); got != want || why == "" {
			t.Errorf("%q: %s (%s), want %s", controls, got, why, want)
		}
	}
}

func TestStatesOfEvidence(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }
	made := &assurance.Artifact{CollectedAt: day(0), ValidUntil: day(365)}
	for _, test := range []struct {
		name string
		of   assurance.StoredEvidence
		at   time.Time
		want assurance.EvidenceState
	}{
		{"nothing", assurance.StoredEvidence{}, day(0), assurance.EvidenceNeedsArtifact},
		{"first moment", assurance.StoredEvidence{Latest: made}, day(0), assurance.EvidenceReady},
		{"before it begins", assurance.StoredEvidence{Latest: made}, day(-1), assurance.EvidenceNeedsRenewal},
		{"last day before it is upcoming", assurance.StoredEvidence{Latest: made}, day(334), assurance.EvidenceReady},
		{"upcoming", assurance.StoredEvidence{Latest: made}, day(335), assurance.EvidenceUpcoming},
		{"last moment", assurance.StoredEvidence{Latest: made}, day(365).Add(-1), assurance.EvidenceUpcoming},
		{"ended", assurance.StoredEvidence{Latest: made}, day(365), assurance.EvidenceNeedsRenewal},
		{"removed", assurance.StoredEvidence{Latest: made, Removed: &assurance.Removal{Reason: "Wrong."}}, day(1), assurance.EvidenceRemoved},
	} {
		if got, why := control.EvidenceState(test.of, test.at); got != test.want || why == "" {
			t.Errorf("%s: %s (%s), want %s", test.name, got, why, test.want)
		}
	}
}
