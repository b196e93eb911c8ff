package admission

import (
	"sync"
	"time"
)

const (
	// measuredFor is how long a measurement of the machine is believed.
	measuredFor = 200 * time.Millisecond
	// busyTime is over how long it is watched how busy programs keep the processors. What
	// they take is told once a second.
	busyTime = 3 * time.Second
	// startTime is how long a program counts as starting that does not introduce itself:
	// one that hangs must not keep the others.
	startTime = 3 * time.Second
)

// Room is where runs go on. Its methods may be called from any goroutine.
type Room struct {
	rules   Rules
	measure func() Machine // nil = nothing but the number of runs is looked at
	now     func() time.Time

	mu       sync.Mutex
	machine  Machine
	measured time.Time
	guests   map[*Guest]struct{}
	expected map[string]int64 // bytes that a program of a connector takes, by connector

	spent   time.Duration // processor time of the programs of runs that have ended
	total   time.Duration // and of the others, when it was watched
	watched time.Time
	busy    float64 // share of the processors that programs took before that
}

// Use says what the program of a run takes, 0 where the system does not tell: bytes of
// memory now, and the most so far; processor time so far. It must not call back.
type Use func() (memory, most int64, processor time.Duration)

// Guest is a run that goes on, from Enter to Leave.
type Guest struct {
	room      *Room
	connector string
	entered   time.Time
	started   bool
	use       Use
}

// New returns an empty room. Measure is asked at most five times a second; nil means
// that only the number of runs counts.
func New(rules Rules, measure func() Machine, now func() time.Time) *Room {
	return &Room{rules: rules, measure: measure, now: now, guests: map[*Guest]struct{}{}, expected: map[string]int64{}}
}

// Rules returns the rules of the room.
func (r *Room) Rules() Rules { return r.rules }

// Refuse returns why a run of connector may not begin now, nil when it may.
func (r *Room) Refuse(connector string, person bool) *Refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.measure == nil {
		roomy := Machine{Processors: 1, Total: 1 << 62, Free: 1 << 62}
		return r.rules.Refuse(roomy, Load{Running: len(r.guests)}, Demand{Person: person})
	}
	now := r.now()
	if age := now.Sub(r.measured); age < 0 || age >= measuredFor {
		r.machine, r.measured = r.measure(), now
		r.watchLocked(now)
	}
	return r.rules.Refuse(r.machine, r.loadLocked(now), Demand{Person: person, Memory: r.expectedLocked(connector)})
}

// watchLocked works out how busy the programs keep the processors, every busyTime.
func (r *Room) watchLocked(now time.Time) {
	over := now.Sub(r.watched)
	if over >= 0 && over < busyTime {
		return
	}
	total := r.spent
	for g := range r.guests {
		if g.use != nil {
			_, _, processor := g.use()
			total += processor
		}
	}
	r.busy = 0 // after a long while without a look nothing is known
	if over >= 0 && over < 10*busyTime {
		r.busy = max(total-r.total, 0).Seconds() / over.Seconds() / float64(max(r.machine.Processors, 1))
	}
	r.watched, r.total = now, total
}

func (r *Room) loadLocked(now time.Time) Load {
	l := Load{Running: len(r.guests), Busy: r.busy}
	taken := make(map[*Guest]int64, len(r.guests))
	for g := range r.guests {
		if g.use == nil {
			continue
		}
		bytes, most, _ := g.use()
		taken[g] = bytes
		if most > r.expectedLocked(g.connector) {
			r.expected[g.connector] = most // more than any before it: the others may come to that, too
		}
	}
	for g := range r.guests {
		l.Growth += max(r.expectedLocked(g.connector)-taken[g], 0)
		if !g.started && now.Sub(g.entered) < startTime {
			l.Starting++
		}
	}
	return l
}

// expectedLocked returns what a program of connector comes to take.
func (r *Room) expectedLocked(connector string) int64 {
	expected, seen := r.expected[connector]
	if !seen {
		return unseenMemory
	}
	return expected
}

// Enter counts a run that begins.
func (r *Room) Enter(connector string) *Guest {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := &Guest{room: r, connector: connector, entered: r.now()}
	r.guests[g] = struct{}{}
	return g
}

// Started notes that the program of the run has introduced itself.
func (g *Guest) Started(use Use) {
	g.room.mu.Lock()
	defer g.room.mu.Unlock()
	g.started, g.use = true, use
}

// Leave notes the end of the run, and what its program has taken.
func (g *Guest) Leave() {
	r := g.room
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.guests, g)
	if g.use == nil {
		return
	}
	_, most, processor := g.use()
	if r.spent += processor; most > 0 {
		before, seen := r.expected[g.connector]
		if !seen {
			before = most
		}
		r.expected[g.connector] = max(most, (before+most)/2)
	}
}
