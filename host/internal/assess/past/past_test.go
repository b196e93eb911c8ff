package past_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/assess/past"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// TestDays: a day has the state at its end, and says whether the test failed on it.
func TestDays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	at := func(day, hour int, s verdict.State) past.TestEntry {
		return past.TestEntry{At: time.Date(2026, 3, day, hour, 0, 0, 0, time.UTC), Recorded: verdict.Recorded{State: s}}
	}
	days := past.Days([]past.TestEntry{
		at(10, 12, verdict.StatePassing), at(10, 9, verdict.StateFailing), at(8, 0, verdict.StatePassing), at(5, 9, verdict.StateFailing),
	}, now)
	got := map[string]string{}
	for _, d := range days {
		got[d.Day] = fmt.Sprint(d.State, d.Failed)
	}
	for day, want := range map[string]string{
		"2026-03-02": "false", "2026-03-04": "false", "2026-03-05": "failingtrue", "2026-03-07": "failingtrue", "2026-03-08": "passingtrue",
		"2026-03-09": "passingfalse", "2026-03-10": "passingtrue", "2026-03-31": "passingfalse",
	} {
		if got[day] != want {
			t.Errorf("%s is %q, not %q", day, got[day], want)
		}
	}
	if len(days) != 30 || days[29].Day != "2026-03-31" {
		t.Errorf("%d days to %s", len(days), days[len(days)-1].Day)
	}
}
