package supervisor

import (
	"errors"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/budget"
)

// hold holds a tenant's budget while its vendor allows it nothing, and grants slots again
// when that has passed.
func (s *Supervisor) hold(lease *budget.Lease, wait time.Duration) {
	until := lease.Limited(wait)
	if until.IsZero() {
		return
	}
	time.AfterFunc(until.Sub(s.config.Now())+time.Millisecond, s.queue.grant) // ends at once
}

// holdBudget holds the budget for the longest wait that a vendor asked for and that its
// connector did not wait out: a request before its end would only make it longer.
func (s *Supervisor) holdBudget(lease *budget.Lease, results []host.StreamResult, err error) {
	var longest float64
	note := func(p *host.Problem) {
		if p != nil && strings.HasPrefix(p.Code, "rate.") {
			longest = max(longest, p.RetryAfter)
		}
	}
	for _, r := range results {
		note(r.Problem)
		for _, g := range r.Gaps {
			note(&g.Error)
		}
	}
	var problem *host.Problem
	if errors.As(err, &problem) {
		note(problem)
	}
	if longest > 0 {
		s.hold(lease, time.Duration(longest*float64(time.Second)))
	}
}
