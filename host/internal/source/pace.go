package source

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// keepPaced tells the connector of every change of its pace until stop, which
// waits for it.
func (c *conversation) keepPaced() (stop func()) {
	if c.open.Pace == nil {
		return func() {}
	}
	over, done := make(chan struct{}), make(chan struct{})
	go func() { // ends with stop
		defer close(done)
		for {
			select {
			case <-over:
				return
			case <-c.open.Repaced:
			}
			lease := &connectorv1.Lease{}
			lease.RequestsPerSecond, lease.ConcurrentRequests, lease.Hold = c.open.Pace().wire()
			if c.send(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Lease{Lease: lease}}) != nil {
				return // who reads hears why
			}
		}
	}()
	return func() {
		close(over)
		<-done
	}
}

func (p Pace) wire() (rate float64, concurrent uint32, hold *durationpb.Duration) {
	return p.RequestsPerSecond, uint32(max(p.Concurrent, 0)), durationpb.New(p.Hold)
}

// waitingFor says in words what a connector waits for.
func waitingFor(source string, wait time.Duration) string {
	round := wait.Round(time.Second)
	if wait < time.Second {
		round = wait.Round(10 * time.Millisecond)
	}
	switch source {
	case "budget":
		return fmt.Sprintf("waiting %s for its part of the rate that connections of one tenant share", round)
	case "retry":
		return fmt.Sprintf("waiting %s before trying again", round)
	}
	return fmt.Sprintf("waiting %s for the vendor's rate limit", round)
}
