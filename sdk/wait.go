package sdk

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline-dev/plumbline/sdk/internal/clock"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Wait waits for d, for a system that prepares something. Note says in a few words what it
// prepares; people see it together with the end of the wait. Wait returns at once when the run is
// cancelled, and with limit.deadline when d would not end before the run's deadline.
func (o *Output) Wait(ctx context.Context, d time.Duration, note string) error {
	if end, ok := ctx.Deadline(); ok && !time.Now().Add(d).Before(end) {
		return Errorf(CodeLimitDeadline, "the run has to end before the system is ready: %s", note)
	}
	o.mu.Lock()
	o.note = note
	o.run.session.sendProgress(&connectorv1.Progress{
		State: connectorv1.Progress_STATE_RUNNING, Seen: o.total, Expected: o.expected, Note: note,
		WaitUntil: timestamppb.New(time.Now().Add(d)),
	})
	o.mu.Unlock()
	if err := clock.Sleep(ctx, d); err != nil {
		return orCause(ctx, err)
	}
	return nil
}
