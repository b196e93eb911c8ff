package supervisor

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/admission"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
)

// personsInARow is how many runs that people asked for may overtake the
// scheduled ones before one of those gets a slot.
const personsInARow = 3

// regrantEvery is how often the queue tries again while the machine has no room for a
// run that waits: processes other than runs may make room.
const regrantEvery = 250 * time.Millisecond

// ticket is a run in the queue: it waits, or it has a slot.
type ticket struct {
	number  uint64 // counts up with every run asked for
	lane    *lane
	granted chan struct{}   // closed when it has a slot
	slot    *admission.Slot // set before granted is closed
}

// share is what one connector, or one tenant, has of the slots.
type share struct {
	name    string
	running int
	served  uint64 // number of the last grant to it
	most    int    // of a connector, runs at one moment
}

// lane holds the waiting runs of one class, connector and tenant, in the order in which
// they asked.
type lane struct {
	person    bool
	connector *share
	tenant    *share
	budget    string
	shared    int  // runs of the tenant beside which none of these begins; 0 = any number
	held      bool // of a copy: the vendor allows the tenant nothing at present
	waiting   []*ticket
}

// queue decides which run gets the next slot. Its methods may be called from any
// goroutine.
type queue struct {
	admission *admission.Controller
	mostPer   int                           // runs of one connector at one moment; 0 = as many as there may be
	held      func(tenant string) time.Time // until when the vendor allows it nothing; must not call back

	mu         sync.Mutex
	lanes      []*lane // with waiting runs
	connectors map[string]*share
	tenants    map[string]*share
	running    int
	asked      uint64
	grants     uint64
	row        int                // grants to people in a row while a scheduled run could have run
	refusal    *admission.Refusal // why the machine has no room for the next run; nil = it has
	regrant    *time.Timer        // runs while refusal is set; nil = it never was
	positions  map[*ticket]int    // from 1, if no run ends before another begins; nil = not worked out
}

func newQueue(controller *admission.Controller, mostPer int, held func(tenant string) time.Time) *queue {
	return &queue{admission: controller, mostPer: mostPer, held: held, connectors: map[string]*share{}, tenants: map[string]*share{}}
}

// join puts a run into the queue. Its ticket's granted is closed when it may begin. The
// caller calls leave in the end, whether the run began or not.
func (q *queue) join(person bool, connector string, of tenant.Tenant) *ticket {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked++
	t := &ticket{number: q.asked, lane: q.laneLocked(person, connector, of), granted: make(chan struct{})}
	t.lane.waiting = append(t.lane.waiting, t)
	q.grantLocked()
	return t
}

func (q *queue) laneLocked(person bool, connector string, of tenant.Tenant) *lane {
	own := &lane{
		person: person, connector: shareOf(q.connectors, connector), tenant: shareOf(q.tenants, of.Key),
		budget: of.Name, shared: of.AtOnce(),
	}
	own.connector.most = q.admission.Rules().Most
	for _, limit := range []int{q.mostPer, of.Runs} {
		if limit > 0 {
			own.connector.most = min(own.connector.most, limit)
		}
	}
	for _, l := range q.lanes {
		if l.person == own.person && l.connector == own.connector && l.tenant == own.tenant {
			l.shared = own.shared
			return l
		}
	}
	q.lanes = append(q.lanes, own)
	return own
}

func shareOf(shares map[string]*share, name string) *share {
	s, ok := shares[name]
	if !ok {
		s = &share{name: name}
		shares[name] = s
	}
	return s
}

// leave frees the run's slot, or takes it out of the waiting runs.
func (q *queue) leave(t *ticket) {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-t.granted:
		q.running--
		t.lane.connector.running--
		t.lane.tenant.running--
		t.slot.Release()
	default:
		q.removeLocked(t)
	}
	q.grantLocked()
}

// grant grants slots again: a budget or the machine may have room that had none.
func (q *queue) grant() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.grantLocked()
}

func (q *queue) removeLocked(t *ticket) {
	t.lane.waiting = slices.DeleteFunc(t.lane.waiting, func(w *ticket) bool { return w == t })
	if len(t.lane.waiting) == 0 {
		q.lanes = slices.DeleteFunc(q.lanes, func(l *lane) bool { return l == t.lane })
	}
}

// grantLocked grants every free slot.
func (q *queue) grantLocked() {
	q.positions, q.refusal = nil, nil
	for {
		l := pick(q.lanes, q.row, q.mayRun)
		if l == nil {
			return
		}
		if q.refusal = q.admission.Refuse(l.connector.name, l.person); q.refusal != nil {
			q.regrantLaterLocked()
			return
		}
		t := l.waiting[0]
		q.row = rowAfter(q.lanes, l, q.row, q.mayRun)
		q.removeLocked(t)
		q.grants++
		l.serve(q.grants)
		q.running++
		t.slot = q.admission.Acquire(l.connector.name)
		close(t.granted)
	}
}

// regrantLaterLocked has slots granted again in a while. The timer is not started again
// once no run waits for the machine.
func (q *queue) regrantLaterLocked() {
	if q.regrant == nil {
		q.regrant = time.AfterFunc(regrantEvery, q.grant) // ends at once
		return
	}
	q.regrant.Reset(regrantEvery)
}

// serve counts one more run of the lane.
func (l *lane) serve(grant uint64) {
	l.connector.running++
	l.tenant.running++
	l.connector.served, l.tenant.served = grant, grant
}

// mayRun reports whether only the machine can keep the first of the lane from running.
// The last slots are for people: scheduled runs do not take them.
func (q *queue) mayRun(l *lane) bool {
	return (l.person || q.running < q.admission.Rules().Scheduled()) && l.hasRoom() && q.held(l.tenant.name).IsZero()
}

// hasRoom reports whether connector and tenant of the lane have room for another run.
func (l *lane) hasRoom() bool {
	return l.connector.running < l.connector.most && !l.full() && !l.held
}

// full reports whether the tenant has as many runs as its budget can be divided among.
func (l *lane) full() bool { return l.shared > 0 && l.tenant.running >= l.shared }

// pick returns the lane whose first run gets the next slot, nil when none may run.
// Runs that people asked for go first, but no more than personsInARow of them while a
// scheduled one could run. Then the connector with the fewest runs goes, of equals the
// one whose last grant is longest ago; of its tenants the same; and of one tenant's
// connections the one that asked first.
func pick(lanes []*lane, row int, may func(*lane) bool) *lane {
	var best [2]*lane // scheduled, people
	for _, l := range lanes {
		class := 0
		if l.person {
			class = 1
		}
		if (best[class] == nil || l.before(best[class])) && may(l) {
			best[class] = l
		}
	}
	if best[1] == nil || best[0] != nil && row >= personsInARow {
		return best[0]
	}
	return best[1]
}

// rowAfter returns the row after a grant to the picked lane.
func rowAfter(lanes []*lane, picked *lane, row int, may func(*lane) bool) int {
	if picked.person && slices.ContainsFunc(lanes, func(l *lane) bool { return !l.person && may(l) }) {
		return row + 1
	}
	return 0
}

func (l *lane) before(m *lane) bool {
	return cmp.Or(
		cmp.Compare(l.connector.running, m.connector.running), cmp.Compare(l.connector.served, m.connector.served),
		cmp.Compare(l.tenant.running, m.tenant.running), cmp.Compare(l.tenant.served, m.tenant.served),
		cmp.Compare(l.waiting[0].number, m.waiting[0].number),
	) < 0
}

// position says where a waiting run stands and what it waits for; nil when it has a slot
// or has left.
func (q *queue) position(t *ticket) *host.QueuePlace {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.positions == nil {
		q.predictLocked()
	}
	at, waits := q.positions[t]
	if !waits {
		return nil
	}
	p := &host.QueuePlace{Position: at, Waiting: len(q.positions)}
	l := t.lane
	switch {
	case l.connector.most < q.admission.Rules().Most && l.connector.running >= l.connector.most:
		p.WaitsFor, p.Subject = host.WaitsForConnector, l.connector.name
		p.Explanation = fmt.Sprintf("waits because at most %s of %s may run at once", syncs(l.connector.most), l.connector.name)
	case l.full() || !q.held(l.tenant.name).IsZero():
		p.WaitsFor, p.Subject = host.WaitsForBudget, l.budget
		p.Explanation = "waits for the rate budget of " + l.budget
		if until := q.held(l.tenant.name); !until.IsZero() {
			until = until.UTC()
			p.Until = &until
		}
	case q.refusal != nil:
		p.WaitsFor, p.Explanation = q.refusal.For, q.refusal.Why
	default:
		p.WaitsFor = host.WaitsForSlot
		p.Explanation = fmt.Sprintf("waits for a free slot: at most %s may run at once", syncs(q.admission.Rules().Scheduled()))
	}
	return p
}

func syncs(n int) string {
	if n == 1 {
		return "1 sync"
	}
	return fmt.Sprintf("%d syncs", n)
}

// predictLocked works out the positions: it grants slots on a copy of the lanes, first to
// the runs that only the machine keeps from running.
func (q *queue) predictLocked() {
	lanes := copyLanes(q.lanes)
	for _, l := range lanes { // once for each lane: there may be as many tenants as runs
		l.held = !q.held(l.tenant.name).IsZero()
	}
	row := q.row
	grant := q.grants
	always := func(*lane) bool { return true }
	q.positions = map[*ticket]int{}
	for len(lanes) > 0 {
		may := (*lane).hasRoom
		l := pick(lanes, row, may)
		if l == nil {
			may = always
			l = pick(lanes, row, may)
		}
		row = rowAfter(lanes, l, row, may)
		q.positions[l.waiting[0]] = len(q.positions) + 1
		if l.waiting = l.waiting[1:]; len(l.waiting) == 0 {
			lanes = slices.DeleteFunc(lanes, func(m *lane) bool { return m == l })
		}
		grant++
		l.serve(grant)
	}
}

// copyLanes copies lanes and the shares they point to.
func copyLanes(lanes []*lane) []*lane {
	copies, shares := make([]*lane, len(lanes)), map[*share]*share{}
	of := func(s *share) *share {
		if shares[s] == nil {
			own := *s
			shares[s] = &own
		}
		return shares[s]
	}
	for i, l := range lanes {
		own := *l
		own.connector, own.tenant = of(l.connector), of(l.tenant)
		copies[i] = &own
	}
	return copies
}
