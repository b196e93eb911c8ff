package supervisor

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/admission"
)

// personsInARow is how many runs that people asked for may overtake the
// scheduled ones before one of those has its turn.
const personsInARow = 3

// ticket is a run's place in the queue: it waits, or it has one of the slots.
type ticket struct {
	number uint64 // counts up with every run asked for
	lane   *lane
	turn   chan struct{}   // closed when it is its turn
	guest  *admission.Slot // set before turn is closed
}

// request says what a run needs to have its turn.
type request struct {
	person    bool
	connector string
	most      int    // runs of the connector at one moment, as it declares; 0 = as many as there may be
	tenant    string // key of the rate budget it draws on; empty = none
	shared    int    // runs that budget can be divided among; 0 = as many as there may be
	budget    string // that budget in words
}

// share is what one connector, or one tenant, has of the slots.
type share struct {
	name    string
	running int
	served  uint64 // which grant was the last to it
	most    int    // of a connector, runs at one moment
}

// lane holds those who wait for the same: one class, connector and tenant. They
// go in the order of asking.
type lane struct {
	person    bool
	connector *share
	tenant    *share
	budget    string
	shared    int  // runs of the tenant beside which none of these begins; 0 = any number
	held      bool // of a copy: the vendor allows the tenant nothing at present
	waiting   []*ticket
}

// queue decides whose turn it is. It starts no goroutine and knows no clock; its
// methods may be called from any goroutine.
type queue struct {
	room    *admission.Controller
	mostPer int                           // runs of one connector at one moment; 0 = as many as there may be
	held    func(tenant string) time.Time // until when the vendor allows it nothing; must not call back
	refused func()                        // called when a run waits for the machine: look in a while; must not call back

	mu         sync.Mutex
	lanes      []*lane // with somebody waiting
	connectors map[string]*share
	tenants    map[string]*share
	running    int
	asked      uint64
	grants     uint64
	row        int                // grants to people in a row that a scheduled run had to look on
	refusal    *admission.Refusal // why the next has no turn though only the machine keeps it; nil = nothing does
	order      []*ticket          // who goes when, as far as can be foreseen; nil = not worked out
	places     map[*ticket]int
}

func newQueue(room *admission.Controller, mostPer int) *queue {
	return &queue{
		room: room, mostPer: mostPer,
		held:       func(string) time.Time { return time.Time{} },
		refused:    func() {},
		connectors: map[string]*share{}, tenants: map[string]*share{},
	}
}

// join puts a run into the queue. Its turn is closed when it may begin; leave must
// be called in the end, whether it did or not.
func (q *queue) join(r request) *ticket {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked++
	t := &ticket{number: q.asked, lane: q.laneLocked(r), turn: make(chan struct{})}
	t.lane.waiting = append(t.lane.waiting, t)
	q.grantLocked()
	return t
}

func (q *queue) laneLocked(r request) *lane {
	connector, tenant := shareOf(q.connectors, r.connector), shareOf(q.tenants, r.tenant)
	connector.most = q.room.Rules().Most
	for _, limit := range []int{q.mostPer, r.most} {
		if limit > 0 {
			connector.most = min(connector.most, limit)
		}
	}
	for _, l := range q.lanes {
		if l.person == r.person && l.connector == connector && l.tenant == tenant {
			l.shared = r.shared
			return l
		}
	}
	l := &lane{person: r.person, connector: connector, tenant: tenant, budget: r.budget, shared: r.shared}
	q.lanes = append(q.lanes, l)
	return l
}

func shareOf(shares map[string]*share, name string) *share {
	s, ok := shares[name]
	if !ok {
		s = &share{name: name}
		shares[name] = s
	}
	return s
}

// leave gives the run's slot, or its place among the waiting, to the others.
func (q *queue) leave(t *ticket) {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-t.turn:
		q.running--
		t.lane.connector.running--
		t.lane.tenant.running--
		t.guest.Release()
	default:
		q.removeLocked(t)
	}
	q.grantLocked()
}

// look gives turns again: a budget or the machine may have room that had none.
func (q *queue) look() {
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

// grantLocked gives every turn there is to give.
func (q *queue) grantLocked() {
	q.order, q.places, q.refusal = nil, nil, nil
	for {
		l := pick(q.lanes, q.row, q.mayRun)
		if l == nil {
			return
		}
		if q.refusal = q.room.Refuse(l.connector.name, l.person); q.refusal != nil {
			q.refused()
			return
		}
		t := l.waiting[0]
		q.row = rowAfter(q.lanes, l, q.row, q.mayRun)
		q.removeLocked(t)
		q.grants++
		l.serve(q.grants)
		q.running++
		t.guest = q.room.Acquire(l.connector.name)
		close(t.turn)
	}
}

// serve counts one more run of the lane.
func (l *lane) serve(grant uint64) {
	l.connector.running++
	l.tenant.running++
	l.connector.served, l.tenant.served = grant, grant
}

// mayRun reports whether nothing but the machine keeps the first of the lane. The
// last places are for people: what is scheduled does not take them.
func (q *queue) mayRun(l *lane) bool {
	return (l.person || q.running < q.room.Rules().Scheduled()) && l.mayTalk() && q.held(l.tenant.name).IsZero()
}

// mayTalk reports whether connector and tenant of the lane have room for another run.
func (l *lane) mayTalk() bool {
	return l.connector.running < l.connector.most && !l.crowded() && !l.held
}

// crowded reports whether the tenant has as many runs as its budget can be divided among.
func (l *lane) crowded() bool { return l.shared > 0 && l.tenant.running >= l.shared }

// pick returns the lane whose first has the next turn, nil when none may run.
// People go first, but not for ever. Then the connector goes that has the
// fewest runs, of equals the one that waited longest for a turn; of its tenants
// the same; and of one tenant's connections the one that asked first.
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

// rowAfter counts the turns of people that a scheduled run had to look on.
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

// place says where a waiting run stands and what for; nil when it has its turn.
func (q *queue) place(t *ticket) *host.QueuePlace {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-t.turn:
		return nil
	default:
	}
	if q.places == nil {
		q.foreseeLocked()
	}
	at, waits := q.places[t]
	if !waits {
		return nil // it has left
	}
	p := &host.QueuePlace{Position: at, Waiting: len(q.order)}
	l := t.lane
	switch {
	case l.connector.most < q.room.Rules().Most && l.connector.running >= l.connector.most:
		p.WaitsFor, p.Subject = host.WaitsForConnector, l.connector.name
		p.Explanation = fmt.Sprintf("waits because at most %s of %s may run at once", syncs(l.connector.most), l.connector.name)
	case l.crowded() || !q.held(l.tenant.name).IsZero():
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
		p.Explanation = fmt.Sprintf("waits for a free slot: at most %s may run at once", syncs(q.room.Rules().Scheduled()))
	}
	return p
}

func syncs(n int) string {
	if n == 1 {
		return "1 sync"
	}
	return fmt.Sprintf("%d syncs", n)
}

// foreseeLocked works out who goes when if no run ends before another begins:
// those first whom only the machine keeps. It plays the turns on a copy.
func (q *queue) foreseeLocked() {
	lanes := copyLanes(q.lanes)
	for _, l := range lanes { // asked once for each: a crowd has as many tenants as runs
		l.held = !q.held(l.tenant.name).IsZero()
	}
	row := q.row
	grant := q.grants
	anyone := func(*lane) bool { return true }
	q.places = map[*ticket]int{}
	for len(lanes) > 0 {
		may := (*lane).mayTalk
		l := pick(lanes, row, may)
		if l == nil {
			may = anyone
			l = pick(lanes, row, may)
		}
		row = rowAfter(lanes, l, row, may)
		q.order = append(q.order, l.waiting[0])
		q.places[l.waiting[0]] = len(q.order)
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
