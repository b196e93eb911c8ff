package diagnose_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/internal/diagnose"
)

// recorded is a file of the corpus, which plugins/internal/corpus records.
type recorded struct {
	Name  string            `json:"name"`
	Label diagnosis.CauseID `json:"label"`
	How   string            `json:"how"`
	Cure  host.Helping      `json:"cure"`
	Cured host.RunStatus    `json:"cured"`
	Facts diagnose.Facts    `json:"facts"`
}

// The bars, in per cent.
const (
	barAll  = 95
	barHeld = 90
	fewest  = 40 // cases
)

// vendorsFault holds the labels that a customer cannot be blamed for.
func vendorsFault() []diagnosis.CauseID {
	return []diagnosis.CauseID{
		diagnosis.CauseVendorOutage, diagnosis.CauseVendorMaintenance, diagnosis.CauseRateLimit, diagnosis.CauseQuotaUsed,
		diagnosis.CauseAnswerChanged,
		diagnosis.CauseItemVanished, diagnosis.CauseConnectorBug, diagnosis.CauseHostUndeclared, diagnosis.CauseHostBug,
	}
}

func corpus(t *testing.T, pattern string) (all []recorded) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var r recorded
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, r)
	}
	return all
}

// TestCorpus explains every recorded run, and prints which share has its labelled cause.
func TestCorpus(t *testing.T) {
	t.Parallel()
	written, held := corpus(t, "testdata/corpus/*.json"), corpus(t, "testdata/corpus/held/*.json")
	if total := len(written) + len(held); total < fewest || len(held)*4 < total {
		t.Fatalf("the corpus has %d cases, %d of them held", total, len(held))
	}
	all := slices.Concat(written, held)
	right, rightHeld := share(t, "all", all), share(t, "held", held)
	if right < barAll {
		t.Errorf("the labelled cause is named in %.1f %% of all cases, want at least %d", right, barAll)
	}
	if rightHeld < barHeld {
		t.Errorf("the labelled cause is named in %.1f %% of the held cases, want at least %d", rightHeld, barHeld)
	}
	byLabel(t, all)
}

// share returns which per cent of cases have the labelled cause.
func share(t *testing.T, what string, cases []recorded) float64 {
	t.Helper()
	right := 0
	for _, c := range cases {
		e := diagnose.Explain(c.Facts)
		if e.Cause != nil && e.Cause.ID == c.Label {
			right++
			continue
		}
		t.Logf("%s: missed %s (%s): %s", what, c.Name, c.Label, brief(e))
	}
	percent := 100 * float64(right) / float64(max(1, len(cases)))
	t.Logf("%s: %d of %d cases have the labelled cause, %.1f %%", what, right, len(cases), percent)
	return percent
}

func brief(e diagnosis.Explanation) string {
	if e.Cause == nil {
		return "none"
	}
	said := ""
	if len(e.Cause.Evidence) > 0 {
		said = e.Cause.Evidence[0].Text
	}
	return fmt.Sprintf("%s (%s, code %s): %s", e.Cause.ID, e.Cause.Confidence, e.Cause.Code, said)
}

// byLabel prints the share of each label.
func byLabel(t *testing.T, cases []recorded) {
	t.Helper()
	total, right := map[diagnosis.CauseID]int{}, map[diagnosis.CauseID]int{}
	for _, c := range cases {
		total[c.Label]++
		if e := diagnose.Explain(c.Facts); e.Cause != nil && e.Cause.ID == c.Label {
			right[c.Label]++
		}
	}
	for _, label := range slices.Sorted(maps.Keys(total)) {
		t.Logf("%-20s %2d of %2d", label, right[label], total[label])
	}
}

// TestCorpusBlamesNoCustomer demands that a vendor's fault, or a bug, is never explained as
// something that the customer has to put right, and is inconclusive.
func TestCorpusBlamesNoCustomer(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, c := range slices.Concat(corpus(t, "testdata/corpus/*.json"), corpus(t, "testdata/corpus/held/*.json")) {
		if !slices.Contains(vendorsFault(), c.Label) {
			continue
		}
		checked++
		e := diagnose.Explain(c.Facts)
		if e.Cause != nil && !e.Cause.Inconclusive && (e.Cause.Who == diagnosis.ActYou || e.Cause.Who == diagnosis.ActVendorAdmin) {
			t.Errorf("%s is %s, and the explanation blames %s: %s", c.Name, c.Label, e.Cause.Who, brief(e))
		}
	}
	if checked < 10 {
		t.Errorf("only %d cases are a vendor's fault", checked)
	}
	t.Logf("%d cases are a vendor's fault or a bug", checked)
}

// TestCorpusFirstRemedyCures demands that the first remedy is what cured the recorded run.
func TestCorpusFirstRemedyCures(t *testing.T) {
	t.Parallel()
	cured := 0
	for _, c := range slices.Concat(corpus(t, "testdata/corpus/*.json"), corpus(t, "testdata/corpus/held/*.json")) {
		e := diagnose.Explain(c.Facts)
		if c.Cure == "" || e.Cause == nil || e.Cause.ID != c.Label {
			continue
		}
		switch {
		case c.Cured != host.StatusSucceeded:
			t.Errorf("%s: the run after the cure is %s", c.Name, c.Cured)
		case len(e.Cause.Remedies) == 0:
			t.Errorf("%s: %s has no remedy", c.Name, e.Cause.ID)
		case c.Cure == host.HelpEdit && e.Cause.Remedies[0].Action != host.HelpEdit:
			t.Errorf("%s: an edit cured it, and the first remedy is %q (%s)", c.Name, e.Cause.Remedies[0].Text, e.Cause.Remedies[0].Action)
		default:
			cured++
		}
	}
	t.Logf("in %d cases the run after the first remedy succeeded", cured)
}
