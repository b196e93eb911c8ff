package check_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/check"
)

// lateTimer is a context whose deadline is over while its timer has not fired yet.
type lateTimer struct{ context.Context }

func (lateTimer) Deadline() (time.Time, bool) { return time.Now(), true }

func TestADeadlineIsToldThoughItsTimerIsLate(t *testing.T) {
	t.Parallel()
	late := errors.New("took too long")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(late) })
	if err := check.EndOf(lateTimer{ctx}); !errors.Is(err, late) {
		t.Errorf("it ended for %v", err)
	}
	if err := check.EndOf(t.Context()); err != nil {
		t.Errorf("what goes on has ended for %v", err)
	}
}
