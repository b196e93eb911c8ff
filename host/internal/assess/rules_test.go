package assess_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

func (w *world) disks() verdict.Judged {
	w.t.Helper()
	one, err := w.assessor.Test(w.t.Context(), "disks")
	must(w.t, err)
	return one
}

// TestAnExclusionEndsWithoutACommit: what is stored of a test no longer holds from that moment on, and the follower wakes for it.
func TestAnExclusionEndsWithoutACommit(t *testing.T) {
	t.Parallel()
	w := laptops(t)
	w.write("mdm", map[string]any{"a": device("a", kind.Yes), "b": device("b", kind.No)})
	w.judge()
	out := verdict.NewExclusion{Reason: "on its way out", Until: w.now.Add(3 * time.Minute).Format(time.RFC3339)}
	out.ItemRef = verdict.ItemRef{Connection: w.ids["mdm"], Key: "b"}
	_, err := w.rules.Exclude(w.acting(), "disks", out)
	must(t, err)
	w.judge()
	j := w.disks()
	if r := j.Result; r.State != verdict.StatePassing || r.Tally.Excluded != 1 || r.Judging != nil || j.Findings[0].Exclusion == nil {
		t.Errorf("with an exclusion the test is %+v", j)
	}
	if left := w.assessor.Ending(time.Hour); left != 3*time.Minute {
		t.Errorf("the follower waits for %s", left)
	}
	w.now = w.now.Add(3 * time.Minute)
	if left := w.assessor.Ending(time.Hour); left != 0 {
		t.Errorf("the follower still waits for %s", left)
	}
	w.assessor.Follows(true) // in a moment, as an answer must not wait for long
	j = w.disks()
	w.assessor.Follows(false)
	if j.Result.State == verdict.StatePassing || j.Result.Judging == nil {
		t.Errorf("before it is judged again the test is %+v", j.Result)
	}
	w.judge()
	if r := w.disks().Result; r.State != verdict.StateFailing || r.Tally.Excluded != 0 || r.Judging != nil {
		t.Errorf("after the exclusion the test is %+v", r)
	}
	if h := w.history(); h.Entries[0].State != verdict.StateFailing || h.Entries[0].FirstFailedAt == nil {
		t.Errorf("the history says %+v", h.Entries[0])
	}
}

// TestADisabledTestIsUnused: it finds nothing, and is judged by what changed meanwhile once it is on again.
func TestADisabledTestIsUnused(t *testing.T) {
	t.Parallel()
	w := laptops(t)
	w.write("mdm", map[string]any{"a": device("a", kind.No)})
	w.judge()
	_, err := w.rules.SetTest(w.acting(), "disks", nil, verdict.Choice{Disabled: true, Reason: "we have no disks"})
	must(t, err)
	w.judge()
	j := w.disks()
	said := fmt.Sprint(j.Result.State, ": ", j.Result.Reason, " ", j.Lifecycle, " ", len(j.Findings), " ", j.Left)
	if said != "unused: It is disabled: we have no disks disabled 0 0" {
		t.Errorf("a disabled test says %s", said)
	}
	if _, err := w.assessor.RunTests(w.acting(), []string{"disks"}); err == nil {
		t.Error("a disabled test is judged by hand")
	}
	w.write("mdm", map[string]any{"a": device("a", kind.Yes)})
	w.judge()
	_, err = w.rules.SetTest(w.acting(), "disks", nil, verdict.Choice{})
	must(t, err)
	w.judge()
	if r := w.disks().Result; r.State != verdict.StatePassing || r.Tally.Pass != 1 {
		t.Errorf("enabled again the test is %+v", r)
	}
	if h := w.history(); fmt.Sprint(h.Entries[0].State, " ", h.Entries[1].State, " ", h.Entries[2].State) != "passing unused failing" {
		t.Errorf("the history is %+v", h.Entries)
	}
}

// TestVersionsOfOwnTestsJoin: a test is judged once it is published, and says so in its history when it is retired.
func TestVersionsOfOwnTestsJoin(t *testing.T) {
	t.Parallel()
	w := laptops(t)
	w.write("mdm", map[string]any{"a": device("a", kind.No)})
	w.judge()
	test := w.tests[0]
	test.ID, test.Expect = "own-disks", "r.hostname == 'a'"
	_, err := w.rules.NewCustomTest(w.acting(), verdict.Writing{Test: &test})
	must(t, err)
	if _, err := w.assessor.Test(t.Context(), test.ID); err == nil {
		t.Error("a draft is judged")
	}
	_, err = w.rules.PublishCustomTest(w.acting(), test.ID, nil, "")
	must(t, err)
	w.judge()
	j, err := w.assessor.Test(t.Context(), test.ID)
	must(t, err)
	if j.Result.State != verdict.StatePassing || j.Origin != verdict.OriginCustom {
		t.Errorf("a published test is %+v", j)
	}
	_, err = w.rules.RetireCustomTest(w.acting(), test.ID, nil, "tried")
	must(t, err)
	w.now = w.now.Add(time.Second)
	w.judge()
	h, err := w.assessor.TestHistory(t.Context(), test.ID, 0)
	must(t, err)
	if len(h.Entries) != 2 || h.Entries[0].State != verdict.StateUnused || h.Entries[0].Reason != "It is no longer in use." {
		t.Errorf("the history of a retired test is %+v", h.Entries)
	}
}
