package supervisor_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/sdk"
)

// findings is a script of the incremental stream: records from a number on.
func findings(start, records int, more string) string {
	return fmt.Sprintf(`{"streams":[{"name":"findings","cursor":true,"start":%d,"records":%d%s}]}`, start, records, more)
}

func TestARefusedCursorHeals(t *testing.T) {
	t.Parallel()
	for _, code := range []string{sdk.CodeCursorExpired, sdk.CodeCursorInvalid} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			c := b.connection(t, "fake", "corp", findings(0, 5, ""))
			b.sync(t, c)
			// It goes on behind record 5, and is refused there.
			c = b.play(t, c, findings(0, 8, `,"fail_at":5,"error":"`+code+`"`))
			refused := step(b.sync(t, c), "findings")
			if refused.Error == nil || refused.Error.Code != code || refused.Error.Retry != host.RetryAfter || refused.Read != 0 {
				t.Fatalf("the refusal is told as %+v, read %d", refused.Error, refused.Read)
			}
			if again := <-b.retries; again.connection != c.ID {
				t.Errorf("tried again: %+v", again)
			}
			// Two of the first five are gone meanwhile; the next run reads everything and sees it.
			c = b.play(t, c, findings(2, 6, ""))
			healed := step(b.sync(t, c), "findings")
			if healed.Status != host.StatusSucceeded || healed.Read != 6 || healed.Added != 3 || healed.Removed != 2 ||
				healed.Full != host.FullRefused {
				t.Errorf("the next run: %s, %+v, full read %q", healed.Status, healed.Counts, healed.Full)
			}
			if usual := step(b.sync(t, c), "findings"); usual.Read != 0 || usual.Full != "" {
				t.Errorf("the run after it read %d, full read %q", usual.Read, usual.Full)
			}
		})
	}
}

// A connector that refuses a cursor it was not given would be asked for ever.
func TestARefusalWithoutACursorIsTheConnectorsFault(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := step(b.sync(t, b.connection(t, "fake", "corp", findings(0, 5, `,"error":"cursor.expired"`))), "findings").Error
	if p == nil || p.Fault != host.FaultConnector || p.Retry != host.RetryNever {
		t.Errorf("told as %+v", p)
	}
	if len(b.retries) > 0 {
		t.Error("it is tried again by itself")
	}
}

func TestAnIncrementalStreamIsReadInFullEveryNowAndThen(t *testing.T) {
	t.Parallel()
	now := time.Now()
	b := setup(t, func(_ *bundle, config *supervisor.Config) {
		config.FullEvery, config.Now = 7*24*time.Hour, func() time.Time { return now }
	})
	c := b.connection(t, "fake", "corp", findings(0, 10, ""))
	b.sync(t, c)
	c = b.play(t, c, findings(1, 9, "")) // the first is deleted
	if usual := step(b.sync(t, c), "findings"); usual.Read != 0 || usual.Removed != 0 {
		t.Errorf("an incremental read: %+v", usual.Counts)
	}
	now = now.Add(7*24*time.Hour + time.Minute)
	full := step(b.sync(t, c), "findings")
	if full.Full != host.FullInterval || full.Read != 9 || full.Removed != 1 {
		t.Errorf("after the interval: full read %q, %+v", full.Full, full.Counts)
	}
}

func TestAPersonCanAskForAFullRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connection(t, "fake", "corp", findings(0, 10, ""))
	b.sync(t, c)
	c = b.play(t, c, findings(1, 9, ""))
	run := b.ended(t, b.start(t, c, supervisor.Options{Trigger: host.TriggerManual, Full: true}).ID)
	full := step(run, "findings")
	if !run.Full || full.Full != host.FullAsked || full.Read != 9 || full.Removed != 1 || step(run, "users").Status != host.StatusSucceeded {
		t.Errorf("run %s, full %v, full read %q, %+v", told(run), run.Full, full.Full, full.Counts)
	}
}
