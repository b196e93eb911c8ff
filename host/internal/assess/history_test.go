package assess_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/internal/assess/listing"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

func device(key string, encrypted kind.Tri) kind.Device {
	return kind.Device{ExternalID: key, Hostname: key, DiskEncryption: encrypted}
}

// laptops is a world with one test: that disks are encrypted.
func laptops(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, 1, "")
	w.use([]verdict.Test{{
		ID: "disks", Version: 1, Title: "t", Why: "w", Remedy: "m", Severity: verdict.SeverityHigh, Kind: "device", Expect: "r.disk_encryption",
		Message: "r.hostname + ' is not encrypted'", Days: 2,
	}})
	return w
}

func (w *world) judge() {
	w.t.Helper()
	must(w.t, w.assessor.Judge(w.acting()))
}

func (w *world) history() assess.TestHistory {
	w.t.Helper()
	h, err := w.assessor.TestHistory(w.t.Context(), "disks", 0)
	must(w.t, err)
	return h
}

// TestAChangeOfStateOrCountsIsAnEntry: and nothing else is. The entry says since when the test fails, until it passes.
func TestAChangeOfStateOrCountsIsAnEntry(t *testing.T) {
	t.Parallel()
	w := laptops(t)
	w.judge() // unused, which is no news
	w.write("mdm", map[string]any{"a": device("a", kind.Yes), "b": device("b", kind.No)})
	w.judge()
	w.judge()
	first := w.now
	w.now = w.now.AddDate(0, 0, 1)
	w.write("mdm", map[string]any{"a": kind.Device{ExternalID: "a", Hostname: "another name", DiskEncryption: kind.Yes}})
	w.judge() // nothing of the test changed
	w.write("mdm", map[string]any{"c": device("c", kind.No)})
	w.judge()
	w.now = w.now.AddDate(0, 0, 2)
	one, err := w.assessor.Test(t.Context(), "disks")
	must(t, err)
	if r := one.Result; r.Since == nil || !r.Since.Equal(first) || r.FirstFailedAt == nil || !r.Overdue || r.State != verdict.StateFailing {
		t.Errorf("it fails as %+v", r)
	}
	overdue := map[string]bool{}
	for _, f := range one.Findings {
		overdue[f.Key] = f.Overdue
	}
	if len(overdue) != 2 || !overdue["b"] || overdue["c"] {
		t.Errorf("overdue are %v", overdue)
	}
	w.write("mdm", map[string]any{"b": device("b", kind.Unknown), "c": device("c", kind.Yes)})
	w.judge()
	w.write("mdm", map[string]any{"b": device("b", kind.No)})
	w.judge()
	one, err = w.assessor.Test(t.Context(), "disks")
	must(t, err)
	if at := one.Result.FirstFailedAt; at == nil || at.Sub(first).Abs() > time.Minute {
		t.Errorf("what is not known ended a failure: it fails since %v", at)
	}
	w.write("mdm", map[string]any{"b": device("b", kind.Yes)})
	w.judge()
	h := w.history()
	var states []string
	for _, e := range h.Entries {
		states = append(states, fmt.Sprint(e.State, " ", e.Tally.Fail, " of ", e.Tally.InScope))
		if e.Actor.ID != tester.ID || e.Position == "" || len(e.Sources) != 1 || !e.Exact {
			t.Errorf("an entry says %+v", e)
		}
	}
	want := "[passing 0 of 3 failing 1 of 3 unproven 0 of 3 failing 2 of 3 failing 1 of 2]"
	if fmt.Sprint(states) != want {
		t.Errorf("the history is %v, not %s", states, want)
	}
	if h.Entries[0].FirstFailedAt != nil || h.Entries[1].FirstFailedAt == nil {
		t.Error("a pass does not end a failure")
	}
}

// TestFindingsByPage: each finding is on one page, fails first.
func TestFindingsByPage(t *testing.T) {
	t.Parallel()
	w := laptops(t)
	for _, name := range []string{"mdm", "edr"} {
		docs := map[string]any{}
		for i := range 7 {
			key := fmt.Sprint("k", i)
			docs[key] = device(key, []kind.Tri{kind.No, kind.Unknown, kind.Yes}[i%3])
		}
		w.write(name, docs)
	}
	var got []string
	q := listing.FindingQuery{Limit: 2}
	for {
		page, err := w.assessor.TestFindings(t.Context(), "disks", q)
		must(t, err)
		if len(page.Items) > 2 {
			t.Fatalf("a page has %d findings", len(page.Items))
		}
		for _, f := range page.Items {
			got = append(got, fmt.Sprint(f.Outcome, " ", f.Alias, " ", f.Key))
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	want := "[fail edr k0 fail edr k3 fail edr k6 fail mdm k0 fail mdm k3 fail mdm k6 " +
		"unknown edr k1 unknown edr k4 unknown mdm k1 unknown mdm k4]"
	if fmt.Sprint(got) != want {
		t.Errorf("the findings are %v", got)
	}
	q = listing.FindingQuery{Outcomes: []verdict.Outcome{verdict.OutcomeUnknown}, Limit: 9}
	page, err := w.assessor.TestFindings(t.Context(), "disks", q)
	must(t, err)
	if len(page.Items) != 4 || page.Items[0].Message == "" || page.Items[0].Hash == "" || page.Next != "" {
		t.Errorf("unknown are %+v", page)
	}
	for _, q := range []listing.FindingQuery{{Cursor: "x"}, {Outcomes: []verdict.Outcome{verdict.OutcomePass}}} {
		if _, err := w.assessor.TestFindings(t.Context(), "disks", q); err == nil {
			t.Errorf("%+v is answered", q)
		}
	}
}

// TestACommitCostsWhatItConcerns: a stream that did not change is not gone through.
func TestACommitCostsWhatItConcerns(t *testing.T) {
	t.Parallel()
	w := laptops(t)
	w.write("mdm", map[string]any{"a": device("a", kind.Yes), "b": device("b", kind.No)})
	w.write("edr", map[string]any{"a": device("a", kind.Yes)})
	w.judge()
	if got := w.assessor.Judged(); got != 3 {
		t.Errorf("%d records were judged at first", got)
	}
	w.write("edr", map[string]any{"b": device("b", kind.Yes)})
	w.judge()
	if got := w.assessor.Judged(); got != 1 {
		t.Errorf("%d records were judged for one that is new", got)
	}
	w.judge()
	if got := w.assessor.Judged(); got != 0 {
		t.Errorf("%d records were judged for nothing", got)
	}
}
