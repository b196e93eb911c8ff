package scheduler

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// Config is what a Scheduler works with. Connections, Dues, SetDue and Writable are
// methods of the store, which lies below; they are functions so that a test which owns
// the clock needs no store.
type Config struct {
	Location *time.Location   // of cron fields; nil = local
	Tick     time.Duration    // how often the clock is looked at; 0 = 15 s
	Now      func() time.Time // nil = time.Now
	Logger   *slog.Logger     // nil = discard

	// Connections returns every connection. Those with a schedule that are not paused
	// are planned.
	Connections func() ([]host.Connection, error)
	// Dues returns when each connection is due, as SetDue stored it.
	Dues func() (map[string]time.Time, error)
	// SetDue stores when a connection is due next; the zero time means not at all.
	SetDue func(connection string, at time.Time) error
	// Writable returns why the store takes nothing at present. What becomes due
	// meanwhile waits and is triggered once, late. nil = it always takes everything.
	Writable func() error
	// Trigger starts a run that is due, and must not wait for it. Why is
	// host.TriggerSchedule, host.TriggerCatchUp when the time came while the host was
	// off or asleep (several missed times give one call), or host.TriggerRetry.
	//
	// It calls up, to the use case that starts a run: the scheduler owns the moment.
	Trigger func(connection string, due time.Time, why host.Trigger)
}

// Scheduler triggers runs when they are due. Create it with New.
type Scheduler struct {
	config Config
	wake   chan struct{} // of one: wake-ups coalesce

	// What the store holds, as of the last wake-up; only the goroutine looks.
	known  map[string]known // by connection
	plans  []host.Connection
	dues   map[string]time.Time
	loaded time.Time // zero = has to be read

	retrying struct {
		mu sync.Mutex
		at map[string]time.Time // due times that are a retry, by connection
	}

	mu   sync.Mutex
	stop chan struct{} // closed by Stop; nil = not started
	done chan struct{} // closed when the goroutine has ended
}

// known is a connection's schedule, and the latest due time that was triggered:
// one that cannot be stored must not be triggered at every tick.
type known struct {
	schedule  Schedule
	delay     time.Duration
	triggered time.Time
	unstored  bool      // the time after it could not be stored
	from, at  time.Time // the next time after any moment of [from, at) is at
}

// longestMemory is how long due times are believed without a look at the store.
const longestMemory = 5 * time.Minute

// New returns a scheduler that does nothing until Start.
func New(config Config) *Scheduler {
	if config.Location == nil {
		config.Location = time.Local
	}
	if config.Tick <= 0 {
		config.Tick = 15 * time.Second
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	config.Now = wallClock(config.Now)
	s := &Scheduler{config: config, wake: make(chan struct{}, 1), known: map[string]known{}}
	s.retrying.at = map[string]time.Time{}
	return s
}

// wallClock takes the monotonic reading off every time. Two times that have one are
// compared by it, and it does not move when the clock is set: a schedule would wait
// until the old time comes again.
func wallClock(now func() time.Time) func() time.Time {
	return func() time.Time { return now().Round(0) }
}

// Start begins to look at the clock. While it runs, another Start does nothing.
func (s *Scheduler) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != nil {
		return
	}
	s.stop, s.done = make(chan struct{}), make(chan struct{})
	go s.run(s.stop, s.done) // ends in Stop
}

// Stop ends it and waits for a tick in progress, so it must not be called from a
// function of Config. It may be called twice, before Start, and before another
// Start.
func (s *Scheduler) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop == nil {
		return
	}
	close(s.stop)
	<-s.done
	s.stop = nil
}

// Wake makes the scheduler look now: call it when a schedule, a pause or a
// connection changed. It never waits.
func (s *Scheduler) Wake() {
	select {
	case s.wake <- struct{}{}:
	default: // one is waiting already
	}
}

func (s *Scheduler) run(stop <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	ticker := time.NewTicker(s.config.Tick)
	defer ticker.Stop()
	for {
		begun := time.Now()
		if err := s.look(); err != nil {
			s.loaded = time.Time{}
			s.config.Logger.Error("look at schedules", "error", err)
		}
		select {
		case <-stop:
			return
		case <-ticker.C:
		case <-s.wake:
			s.loaded = time.Time{}
			// A thousand connections added one after the other wake it a thousand
			// times: it takes half of the time at most.
			if !rest(stop, time.Since(begun)) {
				return
			}
		}
	}
}

// rest waits for d at most a second; false means stop.
func rest(stop <-chan struct{}, d time.Duration) bool {
	select {
	case <-stop:
		return false
	case <-time.After(min(d, time.Second)):
		return true
	}
}

// look triggers what is due and stores what is due next.
func (s *Scheduler) look() error {
	if !s.writable() {
		return nil
	}
	if err := s.load(); err != nil {
		return err
	}
	for _, plan := range s.plans {
		if err := s.attend(plan, s.dues[plan.ID]); err != nil {
			s.config.Logger.Error("schedule connection", "connection", plan.ID, "error", err)
		}
	}
	return nil
}

// writable reports whether the store takes anything; the doctor says why it does not.
func (s *Scheduler) writable() bool { return s.config.Writable == nil || s.config.Writable() == nil }

// load reads plans and due times when something changed, and clears the due times
// of what is not planned any more.
func (s *Scheduler) load() (err error) {
	now := time.Now()
	if !s.loaded.IsZero() && now.Sub(s.loaded) < longestMemory {
		return nil
	}
	connections, err := s.config.Connections()
	if err != nil {
		return fmt.Errorf("read connections: %w", err)
	}
	s.plans = slices.DeleteFunc(slices.Clone(connections), func(c host.Connection) bool { return c.Schedule == "" || c.Paused != nil })
	if s.dues, err = s.config.Dues(); err != nil {
		return fmt.Errorf("read due times: %w", err)
	}
	s.loaded = now
	planned := make(map[string]bool, len(s.plans))
	for _, plan := range s.plans {
		planned[plan.ID] = true
	}
	for connection := range s.dues {
		if planned[connection] {
			continue
		}
		delete(s.known, connection)
		if err := s.setDue(connection, time.Time{}); err != nil {
			s.config.Logger.Error("clear due time", "connection", connection, "error", err)
		}
	}
	return nil
}

// setDue stores a due time and remembers it.
func (s *Scheduler) setDue(connection string, at time.Time) error {
	if err := s.config.SetDue(connection, at); err != nil {
		return err
	}
	if at.IsZero() {
		delete(s.dues, connection)
		return nil
	}
	s.dues[connection] = at
	return nil
}

// attend brings one connection's due time up to its schedule and the clock.
func (s *Scheduler) attend(plan host.Connection, due time.Time) error {
	k, changed, err := s.recall(plan)
	if err != nil {
		return err
	}
	now := s.config.Now()
	next := s.next(plan.ID, k, now)
	if due.IsZero() && !changed && !plan.UpdatedAt.IsZero() && plan.UpdatedAt.Before(now) {
		// No due time was stored yet: the host ended first.
		due = k.next(plan.UpdatedAt)
	}
	switch {
	case due.IsZero(), changed:
	case due.After(next): // the clock was set back
	case due.After(now):
		if !s.dues[plan.ID].IsZero() {
			return nil
		}
	default:
		s.trigger(plan.ID, due, now)
	}
	err = s.setDue(plan.ID, next)
	k = s.known[plan.ID]
	k.unstored = err != nil
	s.known[plan.ID] = k
	if err != nil {
		return fmt.Errorf("store due time: %w", err)
	}
	return nil
}

// trigger triggers what is due, unless that was triggered already: then the time
// after it could not be stored, or the clock was set back to before it. In the second
// case the clock may have passed further times since, which were not run.
func (s *Scheduler) trigger(connection string, due, now time.Time) {
	k := s.known[connection]
	if due.Equal(k.triggered) {
		if k.unstored {
			return
		}
		if due = k.next(due); due.IsZero() || due.After(now) {
			return
		}
	}
	s.config.Trigger(connection, due, s.why(connection, due, now))
	k.triggered = due
	s.known[connection] = k
}

// why says what kind of trigger a due time is.
func (s *Scheduler) why(connection string, due, now time.Time) host.Trigger {
	s.retrying.mu.Lock()
	defer s.retrying.mu.Unlock()
	at, retry := s.retrying.at[connection]
	delete(s.retrying.at, connection)
	switch {
	case retry && at.Equal(due):
		return host.TriggerRetry
	case now.Sub(due) > s.patience():
		return host.TriggerCatchUp
	}
	return host.TriggerSchedule
}

// Retry brings the next run of a connection forward to at.
func (s *Scheduler) Retry(connection string, at time.Time) error {
	dues, err := s.config.Dues()
	if err != nil {
		return fmt.Errorf("read due times: %w", err)
	}
	if due, ok := dues[connection]; ok && due.Before(at) {
		return nil
	}
	if err := s.config.SetDue(connection, at); err != nil {
		return fmt.Errorf("store due time: %w", err)
	}
	s.retrying.mu.Lock()
	s.retrying.at[connection] = at
	s.retrying.mu.Unlock()
	s.Wake()
	return nil
}

// next is k.next, worked out once for each time that is due.
func (s *Scheduler) next(connection string, k known, now time.Time) time.Time {
	if !now.Before(k.from) && now.Before(k.at) {
		return k.at
	}
	k.from, k.at = now, k.next(now)
	s.known[connection] = k
	return k.at
}

// recall returns what is known of a planned connection and whether its schedule
// is another than at the last look.
func (s *Scheduler) recall(plan host.Connection) (k known, changed bool, err error) {
	k, seen := s.known[plan.ID]
	if seen && k.schedule.String() == plan.Schedule {
		return k, false, nil
	}
	schedule, err := Parse(plan.Schedule, s.config.Location)
	if err != nil {
		return k, false, err
	}
	schedule.expr = plan.Schedule
	k.schedule, k.delay = schedule, Jitter(plan.ID, schedule.shortestGap())
	k.from, k.at = time.Time{}, time.Time{}
	s.known[plan.ID] = k
	return k, seen, nil
}

// next returns the first time after now at which the connection is due.
func (k known) next(now time.Time) time.Time {
	at := k.schedule.Next(now.Add(-k.delay))
	if at.IsZero() {
		return at
	}
	return at.Add(k.delay)
}

// patience is how long after its time a run still counts as on time: two ticks
// and what a loaded machine may add.
func (s *Scheduler) patience() time.Duration { return 2*s.config.Tick + 30*time.Second }
