package sdk

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/internal/clock"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

const (
	// A wait for the lease is reported to the host at once if it is at least reportWait. Shorter
	// waits are reported once every reportEvery.
	reportWait  = 250 * time.Millisecond
	reportEvery = time.Second
)

// errRenewed is the cause of a wait that ended because the lease changed.
var errRenewed = errors.New("the lease changed")

// lease is this run's share of the tenant's limits. All clients of a session share it. The host
// may change it at any time; waiting requests then wait again.
type lease struct {
	mu       sync.Mutex
	rate     float64       // requests per second; 0 = no limit
	most     int           // requests at one moment; 0 = no limit
	using    int           // requests under way
	nextAt   time.Time     // the rate allows no earlier request
	hold     time.Time     // the host allows no earlier request
	reported time.Time     // time of the last report of a wait
	renewed  chan struct{} // closed by the next set
	freed    chan struct{} // closed at the end of a request
}

func newLease() *lease { return &lease{renewed: make(chan struct{}), freed: make(chan struct{})} }

// set replaces the lease.
func (l *lease) set(rate float64, most uint32, hold time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.rate, l.most = max(rate, 0), int(most)
	// The next request is planned again, from now and at the new rate.
	if l.nextAt.After(now) {
		l.nextAt = now
		if l.rate > 0 {
			l.nextAt = now.Add(l.interval())
		}
	}
	l.hold = now.Add(max(hold, 0))
	l.renewed = renew(l.renewed)
	l.freed = renew(l.freed)
}

// renew closes c, which wakes its waiters, and returns a new channel.
func renew(c chan struct{}) chan struct{} {
	close(c)
	return make(chan struct{})
}

func (l *lease) interval() time.Duration { return time.Duration(float64(time.Second) / l.rate) }

// reserve takes the next moment for a request and returns the wait until then. Full says that
// too many requests are under way. The caller reserves again when changed is closed.
func (l *lease) reserve(now time.Time) (wait time.Duration, full bool, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.most > 0 && l.using >= l.most {
		return 0, true, l.freed
	}
	start := now
	for _, earliest := range []time.Time{l.nextAt, l.hold} {
		if earliest.After(start) {
			start = earliest
		}
	}
	if l.rate > 0 {
		l.nextAt = start.Add(l.interval())
	}
	l.using++
	return start.Sub(now), false, l.renewed
}

// release returns the slot of a request that has ended or did not start.
func (l *lease) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.using--
	l.freed = renew(l.freed)
}

// reports says whether a wait is reported to the host.
func (l *lease) reports(wait time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if wait < reportWait && now.Sub(l.reported) < reportEvery {
		return false
	}
	l.reported = now
	return true
}

// takeLease waits until the lease allows a request. After nil the caller must call release at
// the end of the request.
func (s *Session) takeLease(ctx context.Context) error {
	for {
		wait, full, changed := s.lease.reserve(time.Now())
		if full {
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				return AsError(context.Cause(ctx))
			}
		}
		if wait <= 0 {
			return nil
		}
		err := s.waitForLease(ctx, wait, changed)
		if err == nil {
			return nil
		}
		s.lease.release()
		if !errors.Is(err, errRenewed) {
			return orCause(ctx, err)
		}
	}
}

// waitForLease waits. It returns errRenewed when the lease changes.
func (s *Session) waitForLease(ctx context.Context, wait time.Duration, changed <-chan struct{}) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { // ends with the wait
		select {
		case <-changed:
			cancel(errRenewed)
		case <-ctx.Done():
		}
	}()
	if !s.lease.reports(wait) {
		return clock.Sleep(ctx, wait)
	}
	return s.pause(ctx, "budget", wait, -1, 0)
}

// renew applies a new lease from the host.
func (s *Session) renew(m *connectorv1.Lease) {
	s.lease.set(m.GetRequestsPerSecond(), m.GetConcurrentRequests(), m.GetHold().AsDuration())
}
