package upkeep_test

import (
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/upkeep"
)

// What a clock that was ahead has stored must not keep upkeep waiting until that
// time comes again.
func TestATimeStoredByAClockThatWasAheadSaysNothing(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for ago, want := range map[time.Duration]bool{time.Hour: true, 24 * time.Hour: false, -time.Hour: false, -9000 * time.Hour: false} {
		if got := upkeep.Within(20*time.Hour, now.Add(-ago), now); got != want {
			t.Errorf("stored %s ago: within a day %t, want %t", ago, got, want)
		}
	}
}
