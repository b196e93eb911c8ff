package admission

import (
	"sync"
	"time"
)

const (
	// maxAge is how long a measurement of the machine is used.
	maxAge = 200 * time.Millisecond
	// busyTime is the time over which the use of the processors is measured.
	busyTime = 3 * time.Second
	// startTime is how long a program counts as starting. One that hangs must not block the others.
	startTime = 3 * time.Second
)

// Controller admits runs. Its methods may be called from any goroutine.
type Controller struct {
	rules   Rules
	measure func() Machine // nil = only the number of runs counts
	now     func() time.Time

	mu       sync.Mutex
	machine  Machine
	measured time.Time
	slots    map[*Slot]struct{}
	expected map[string]int64 // bytes that a program takes, by connector

	spent   time.Duration // processor time of the programs of runs that have ended
	total   time.Duration // and of the others, at the last measurement
	watched time.Time
	busy    float64 // share of the processors that programs took before it
}

// Use returns what the program of a run takes, 0 if unknown: bytes of memory now and the
// most so far; processor time so far. It must not call back.
type Use func() (memory, most int64, processor time.Duration)

// Slot is a run that goes on, from Acquire to Release.
type Slot struct {
	of        *Controller
	connector string
	entered   time.Time
	started   bool
	use       Use
}

// New returns a controller without runs. It calls measure at most five times a second; nil
// means that only the number of runs counts.
func New(rules Rules, measure func() Machine, now func() time.Time) *Controller {
	return &Controller{rules: rules, measure: measure, now: now, slots: map[*Slot]struct{}{}, expected: map[string]int64{}}
}

// Rules returns the controller's rules.
func (c *Controller) Rules() Rules { return c.rules }

// Refuse returns why a run of connector may not begin now, nil when it may.
func (c *Controller) Refuse(connector string, person bool) *Refusal {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.measure == nil {
		roomy := Machine{Processors: 1, Total: 1 << 62, Free: 1 << 62}
		return c.rules.Refuse(roomy, Load{Running: len(c.slots)}, Demand{Person: person})
	}
	now := c.now()
	if age := now.Sub(c.measured); age < 0 || age >= maxAge {
		c.machine, c.measured = c.measure(), now
		c.watchLocked(now)
	}
	return c.rules.Refuse(c.machine, c.loadLocked(now), Demand{Person: person, Memory: c.expectedLocked(connector)})
}

// watchLocked measures, every busyTime, how busy programs keep the processors.
func (c *Controller) watchLocked(now time.Time) {
	over := now.Sub(c.watched)
	if over >= 0 && over < busyTime {
		return
	}
	total := c.spent
	for s := range c.slots {
		if s.use != nil {
			_, _, processor := s.use()
			total += processor
		}
	}
	c.busy = 0 // unknown after a long time
	if over >= 0 && over < 10*busyTime {
		c.busy = max(total-c.total, 0).Seconds() / over.Seconds() / float64(max(c.machine.Processors, 1))
	}
	c.watched, c.total = now, total
}

func (c *Controller) loadLocked(now time.Time) Load {
	l := Load{Running: len(c.slots), Busy: c.busy}
	taken := make(map[*Slot]int64, len(c.slots))
	for s := range c.slots {
		if s.use == nil {
			continue
		}
		bytes, most, _ := s.use()
		taken[s] = bytes
		if most > c.expectedLocked(s.connector) {
			c.expected[s.connector] = most // the others may take that much, too
		}
	}
	for s := range c.slots {
		l.Growth += max(c.expectedLocked(s.connector)-taken[s], 0)
		if !s.started && now.Sub(s.entered) < startTime {
			l.Starting++
		}
	}
	return l
}

// expectedLocked returns what a program of connector is expected to take.
func (c *Controller) expectedLocked(connector string) int64 {
	expected, seen := c.expected[connector]
	if !seen {
		return unseenMemory
	}
	return expected
}

// Acquire counts a run that begins.
func (c *Controller) Acquire(connector string) *Slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &Slot{of: c, connector: connector, entered: c.now()}
	c.slots[s] = struct{}{}
	return s
}

// Started notes that the handshake with the run's program is done.
func (s *Slot) Started(use Use) {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.started, s.use = true, use
}

// Release notes the end of the run and what its program took.
func (s *Slot) Release() {
	c := s.of
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.slots, s)
	if s.use == nil {
		return
	}
	_, most, processor := s.use()
	if c.spent += processor; most > 0 {
		before, seen := c.expected[s.connector]
		if !seen {
			before = most
		}
		c.expected[s.connector] = max(most, (before+most)/2)
	}
}
