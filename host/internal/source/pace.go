package source

import (
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/plumbline-dev/plumbline/host/internal/budget"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// keepPaced tells the connector of every change of its part of the rate budget until
// stop, which waits for it.
func (c *conversation) keepPaced() (stop func()) {
	if c.open.Lease == nil {
		return func() {}
	}
	over, done := make(chan struct{}), make(chan struct{})
	go func() { // ends with stop
		defer close(done)
		for {
			select {
			case <-over:
				return
			case <-c.open.Lease.Changed():
			}
			lease := &connectorv1.Lease{}
			lease.RequestsPerSecond, lease.ConcurrentRequests, lease.Hold = paceOf(c.open.Lease.Share())
			if c.send(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Lease{Lease: lease}}) != nil {
				return // the reading goroutine finds out why
			}
		}
	}()
	return func() {
		close(over)
		<-done
	}
}

func paceOf(s budget.Share) (rate float64, concurrent uint32, hold *durationpb.Duration) {
	return s.Rate, uint32(max(s.Concurrent, 0)), durationpb.New(s.Hold)
}
