package supervisor

import (
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/admission"
	"github.com/plumbline-dev/plumbline/host/internal/budget"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
)

// Queue is the queue by itself, for tests that play thousands of runs.
type Queue struct {
	q *queue
}

// Asker is a run in Queue.
type Asker struct {
	Person            bool
	Connector, Tenant string
	Most, Shared      int
}

// NewQueue returns a queue with these limits; admits stands for the budgets.
func NewQueue(most, mostPer int, admits func(string) bool) *Queue {
	return newQueueOf(admission.New(admission.Rules{Most: most}, nil, time.Now), mostPer, admits)
}

// NewQueueOn returns a queue for a machine.
func NewQueueOn(most int, machine func() admission.Machine) *Queue {
	return newQueueOf(admission.New(admission.Rules{Most: most}, machine, time.Now), 0, nil)
}

func newQueueOf(controller *admission.Controller, mostPer int, admits func(string) bool) *Queue {
	return &Queue{q: newQueue(controller, mostPer, func(tenant string) (until time.Time) {
		if admits != nil && !admits(tenant) {
			until = time.Unix(1, 0)
		}
		return until
	})}
}

// Place is a run in Queue.
type Place struct{ t *ticket }

// Join asks for a slot.
func (q *Queue) Join(a Asker) *Place {
	of := tenant.Tenant{Key: a.Tenant, Name: a.Tenant, Runs: a.Most, Limit: budget.Limit{Concurrent: a.Shared}}
	return &Place{q.q.join(a.Person, a.Connector, of)}
}

// Leave takes a run out.
func (q *Queue) Leave(p *Place) { q.q.leave(p.t) }

// Grant grants slots again.
func (q *Queue) Grant() { q.q.grant() }

// Started says that p's program takes so many bytes.
func (p *Place) Started(bytes int64) {
	p.t.slot.Started(func() (int64, int64, time.Duration) { return bytes, bytes, 0 })
}

// Runs reports whether p has a slot.
func (p *Place) Runs() bool {
	select {
	case <-p.t.granted:
		return true
	default:
		return false
	}
}

// Says returns p's position in words, "" when it has a slot.
func (q *Queue) Says(p *Place) string {
	place := q.q.position(p.t)
	if place == nil {
		return ""
	}
	return fmt.Sprintf("%d of %d %s %s", place.Position, place.Waiting, place.WaitsFor, place.Subject)
}

// Why returns what keeps p, in words.
func (q *Queue) Why(p *Place) string {
	if place := q.q.position(p.t); place != nil {
		return place.Explanation
	}
	return ""
}

// PauseFor is pauseFor.
func PauseFor(c host.Connection, runs []host.Run, now time.Time) (host.Pause, bool) {
	return pauseFor(c, runs, now)
}

// CanHeal is canHeal.
func CanHeal(run host.Run) bool { return canHeal(run) }
