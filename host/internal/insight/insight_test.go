package insight_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/internal/insight"
)

var noon = time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)

// run returns a run that was queued so long after noon and took a minute.
func run(after time.Duration, status host.RunStatus) *host.Run {
	began := noon.Add(after)
	ended := began.Add(time.Minute)
	return &host.Run{ID: after.String(), Status: status, QueuedAt: began, StartedAt: &began, FinishedAt: &ended, Trigger: host.TriggerSchedule}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	never := run(0, host.StatusInterrupted)
	never.StartedAt = nil
	for name, test := range map[string]struct {
		run   *host.Run
		cause diagnosis.CauseID
		want  insight.Outcome
		group insight.Group
	}{
		"completed":       {run(0, host.StatusSucceeded), "", insight.Completed, ""},
		"credential":      {run(0, host.StatusFailed), diagnosis.CauseCredentialExpired, insight.Failed, insight.GroupCredential},
		"outage":          {run(0, host.StatusFailed), diagnosis.CauseVendorOutage, insight.Inconclusive, insight.GroupVendor},
		"partial outage":  {run(0, host.StatusPartial), diagnosis.CauseVendorOutage, insight.Partial, insight.GroupVendor},
		"cut off":         {run(0, host.StatusInterrupted), diagnosis.CauseHostStopped, insight.Inconclusive, insight.GroupOurSide},
		"never began":     {never, "", insight.Cancelled, ""},
		"cancelled":       {run(0, host.StatusCancelled), diagnosis.CauseRunCancelled, insight.Cancelled, ""},
		"a cause to come": {run(0, host.StatusFailed), "never.heard.of", insight.Inconclusive, insight.GroupUnknown},
	} {
		fact := insight.FactOf(test.run, test.cause)
		if fact.Outcome() != test.want || fact.Group() != test.group {
			t.Errorf("%s: %s for %q, want %s for %q", name, fact.Outcome(), fact.Group(), test.want, test.group)
		}
	}
}

func TestARunIsLateFromAMinuteOn(t *testing.T) {
	t.Parallel()
	for late, want := range map[time.Duration]time.Duration{59 * time.Second: 0, time.Minute: time.Minute, time.Hour: time.Hour} {
		r := run(0, host.StatusSucceeded)
		r.DueAt = new(r.StartedAt.Add(-late))
		if fact := insight.FactOf(r, ""); fact.Late() != want {
			t.Errorf("a run that began %s late counts as %s late", late, fact.Late())
		}
		r.Trigger = host.TriggerManual
		if fact := insight.FactOf(r, ""); fact.Late() != 0 {
			t.Error("a run that a person started is late")
		}
	}
}

// TestDaysAreDaysOfTheZone looks at the night in which the clocks of Oslo go forward.
func TestDaysAreDaysOfTheZone(t *testing.T) {
	t.Parallel()
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	facts := []insight.Fact{
		insight.FactOf(run(10*time.Hour+59*time.Minute, host.StatusSucceeded), ""),                     // 23:59 in Oslo
		insight.FactOf(run(11*time.Hour, host.StatusFailed), diagnosis.CauseCredentialExpired),         // 00:00, the next day
		insight.FactOf(run(33*time.Hour+59*time.Minute, host.StatusPartial), diagnosis.CauseQuotaUsed), // 23:59 of a day of 23 hours
		insight.FactOf(run(34*time.Hour, host.StatusSucceeded), ""),                                    // 00:00
		insight.FactOf(run(35*time.Hour, host.StatusFailed), diagnosis.CauseVendorOutage),              // the same day
		insight.FactOf(run(36*time.Hour, host.StatusCancelled), ""),                                    // counts in no cell
		insight.FactOf(run(360*time.Hour, host.StatusFailed), diagnosis.CauseCredentialExpired),        // after the span
		insight.FactOf(run(-360*time.Hour, host.StatusFailed), diagnosis.CauseCredentialExpired),       // before it
	}
	span := insight.Span{Since: noon, Until: noon.Add(48 * time.Hour), Zone: oslo}
	key := insight.RowKey{Key: "c", Title: "corp"}
	report := insight.Compute(span, []insight.Source{{Connection: "c", Alias: "corp", Rows: []insight.RowKey{key}, Facts: facts}})
	var days []string
	for _, d := range report.Days {
		days = append(days, d.Day)
	}
	if want := []string{"2026-03-28", "2026-03-29", "2026-03-30"}; !slices.Equal(days, want) {
		t.Errorf("the days are %v, want %v", days, want)
	}
	row := report.Rows[0]
	if row.Strip.States != "cfi" || !slices.Equal(row.Strip.Runs, []int{1, 2, 2}) || !slices.Equal(row.Strip.Incomplete, []int{0, 2, 1}) {
		t.Errorf("the calendar is %+v", row.Strip)
	}
	if row.Repairs != 1 || row.Broken != 1 || *row.Repair != (23*time.Hour).Seconds() || *row.Success != 0.4 || row.Cancelled != 1 {
		t.Errorf("the figures are %+v", row.Figures)
	}
	if c := report.Cause; len(c) != 3 || c[0].Group != insight.GroupCredential || c[0].Inconclusive || !c[1].Inconclusive {
		t.Errorf("the causes are %+v", report.Cause)
	}
}

// TestQuantilesAreOfRunsThereAre compares with sorted durations.
func TestQuantilesAreOfRunsThereAre(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for size := 1; size < 200; size++ {
		var facts []insight.Fact
		var took []time.Duration
		for i := range size {
			r := run(time.Duration(i)*time.Second, host.StatusSucceeded)
			took = append(took, time.Duration(random.IntN(size/2+1))*time.Second)
			r.FinishedAt = new(r.StartedAt.Add(took[i]))
			facts = append(facts, insight.FactOf(r, ""))
		}
		slices.Sort(took)
		span := insight.Span{Since: noon, Until: noon.Add(time.Hour), Zone: time.UTC}
		total := insight.Compute(span, []insight.Source{{Facts: facts}}).Total
		median, p95 := took[(size+1)/2-1].Seconds(), took[(size*95+99)/100-1].Seconds()
		if *total.Median != median || *total.P95 != p95 {
			t.Fatalf("of %d runs the median is %v and the 95th percentile %v, want %v and %v", size, *total.Median, *total.P95, median, p95)
		}
	}
}
