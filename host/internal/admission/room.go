package admission

import (
	"sync"
	"time"
)

const (
	// measuredFor is how long a measurement of the machine is believed.
	measuredFor = 200 * time.Millisecond
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
}

// Guest is a run that goes on, from Enter to Leave.
type Guest struct {
	room      *Room
	connector string
	entered   time.Time
	started   bool
	memory    func() (now, most int64) // bytes that its program takes and has taken; nil = not known yet
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
	}
	return r.rules.Refuse(r.machine, r.loadLocked(now), Demand{Person: person, Memory: r.expectedLocked(connector)})
}

func (r *Room) loadLocked(now time.Time) Load {
	l := Load{Running: len(r.guests)}
	taken := make(map[*Guest]int64, len(r.guests))
	for g := range r.guests {
		if g.memory == nil {
			continue
		}
		bytes, most := g.memory()
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

// Started notes that the program of the run has introduced itself. Memory says what it
// takes, 0 where the system does not tell; it must not call back.
func (g *Guest) Started(memory func() (now, most int64)) {
	g.room.mu.Lock()
	defer g.room.mu.Unlock()
	g.started, g.memory = true, memory
}

// Leave notes the end of the run, and what its program has taken.
func (g *Guest) Leave() {
	r := g.room
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.guests, g)
	if g.memory == nil {
		return
	}
	if _, most := g.memory(); most > 0 {
		before, seen := r.expected[g.connector]
		if !seen {
			before = most
		}
		r.expected[g.connector] = max(most, (before+most)/2)
	}
}
