package scheduler

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// Config has what a Scheduler needs. Connections, Dues, SetDue and Writable are methods of
// the store; as functions they need no store in a test.
type Config struct {
	Location *time.Location   // of cron fields; nil = local
	Now      func() time.Time // nil = time.Now
	Logger   *slog.Logger     // nil = discard

	// Connections returns every connection. Those with a schedule and without a pause are planned.
	Connections func() ([]host.Connection, error)
	// Dues returns when each connection is due, as SetDue stored it.
	Dues func() (map[string]time.Time, error)
	// SetDue stores when a connection is due next; the zero time means not at all.
	SetDue func(connection string, at time.Time) error
	// Writable returns why the store takes nothing now; nil = it always takes everything.
	Writable func() error
	// Trigger starts a run and does not wait for it. Why is host.TriggerSchedule,
	// host.TriggerRetry, or host.TriggerCatchUp for a run that is late; several missed
	// times give one call.
	Trigger func(connection string, due time.Time, why host.Trigger)
}

// Scheduler triggers runs when they are due. Create it with New.
type Scheduler struct {
	config Config
	wake   chan struct{} // of one: wake-ups coalesce

	// What the store had at the last wake-up; only run uses it.
	known  map[string]*known // by connection
	plans  []host.Connection
	dues   map[string]time.Time
	loaded time.Time // zero = read again

	mu      sync.Mutex           // held while a due time is stored: Retry is called from any goroutine
	retries map[string]time.Time // due times of retries, by connection

	start, stop sync.Once
	stopping    chan struct{} // closed by Stop
	done        chan struct{} // closed when run has ended
}

const (
	tick = 15 * time.Second
	// onTime is how long after its time a run is not late: two ticks, and what a loaded machine adds.
	onTime = 2*tick + 30*time.Second
	// maxAge is how long the due times in memory are used.
	maxAge = 5 * time.Minute
)

// known is a connection's schedule and the last due time that was triggered, so that a
// due time that cannot be stored is not triggered at every tick.
type known struct {
	schedule  Schedule
	delay     time.Duration
	triggered time.Time
	unstored  bool      // the time after it could not be stored
	from, at  time.Time // the next time after any moment of [from, at) is at
}

// New returns a scheduler that does nothing until Start.
func New(config Config) *Scheduler {
	if config.Location == nil {
		config.Location = time.Local
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	return &Scheduler{
		config: config, wake: make(chan struct{}, 1), known: map[string]*known{}, retries: map[string]time.Time{},
		stopping: make(chan struct{}), done: make(chan struct{}),
	}
}

// now returns the time without its monotonic reading, which does not change when the clock is set.
func (s *Scheduler) now() time.Time { return s.config.Now().Round(0) }

// Start begins to trigger. It may be called again and does nothing then.
func (s *Scheduler) Start() {
	s.start.Do(func() { go s.run() }) // ends in Stop
}

// Stop ends the scheduler and waits for a tick in progress, so no function of Config may
// call it. It may be called before Start and again.
func (s *Scheduler) Stop() {
	s.start.Do(func() { close(s.done) })
	s.stop.Do(func() { close(s.stopping) })
	<-s.done
}

// Wake makes the scheduler read the store now: it is called when a schedule, a pause or a
// connection changed. It does not wait.
func (s *Scheduler) Wake() {
	select {
	case s.wake <- struct{}{}:
	default: // one is waiting already
	}
}

func (s *Scheduler) run() {
	defer close(s.done)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		begun := time.Now()
		if err := s.triggerAll(); err != nil {
			s.loaded = time.Time{}
			s.config.Logger.Error("read schedules", "error", err)
		}
		select {
		case <-s.stopping:
			return
		case <-ticker.C:
		case <-s.wake:
			s.loaded = time.Time{}
			// A thousand connections that are added wake it a thousand times. It pauses as
			// long as it worked, so it takes at most half of the time.
			select {
			case <-s.stopping:
				return
			case <-time.After(min(time.Since(begun), time.Second)):
			}
		}
	}
}

// triggerAll triggers what is due and stores the next due times.
func (s *Scheduler) triggerAll() error {
	if !s.writable() {
		return nil
	}
	if err := s.load(); err != nil {
		return err
	}
	for _, plan := range s.plans {
		if err := s.update(plan, s.dues[plan.ID]); err != nil {
			s.config.Logger.Error("schedule connection", "connection", plan.ID, "error", err)
		}
	}
	return nil
}

// writable reports whether the store takes anything; doctor says why it does not.
func (s *Scheduler) writable() bool { return s.config.Writable == nil || s.config.Writable() == nil }

// load reads plans and due times when they changed or are old, and clears the due times of
// connections that are not planned any more.
func (s *Scheduler) load() (err error) {
	now := time.Now()
	if !s.loaded.IsZero() && now.Sub(s.loaded) < maxAge {
		return nil
	}
	connections, err := s.config.Connections()
	if err != nil {
		return fmt.Errorf("read connections: %w", err)
	}
	s.plans = slices.DeleteFunc(slices.Clone(connections), func(c host.Connection) bool {
		return c.Schedule == "" || c.Paused != nil ||
			c.Disconnection != nil
	})
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

// setDue stores a due time. A retry that is due earlier keeps its time; the zero time drops it.
func (s *Scheduler) setDue(connection string, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if retry, ok := s.retries[connection]; at.IsZero() {
		delete(s.retries, connection)
	} else if ok && retry.Before(at) {
		at = retry
	}
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

// update triggers a connection that is due and stores its next due time.
func (s *Scheduler) update(plan host.Connection, due time.Time) error {
	k, changed, err := s.recall(plan)
	if err != nil {
		return err
	}
	now := s.now()
	next := k.cachedNext(now)
	if due.IsZero() && !changed && !plan.UpdatedAt.IsZero() && plan.UpdatedAt.Before(now) {
		// The host ended before it stored a due time.
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
		s.trigger(plan.ID, k, due, now)
	}
	err = s.setDue(plan.ID, next)
	if k.unstored = err != nil; k.unstored {
		return fmt.Errorf("store due time: %w", err)
	}
	return nil
}

// trigger triggers what is due, unless it was triggered already. Then either the next due
// time could not be stored, or the clock was set back; in the second case the clock may
// have passed further times since, which were missed.
func (s *Scheduler) trigger(connection string, k *known, due, now time.Time) {
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
}

// why returns the kind of trigger of a due time.
func (s *Scheduler) why(connection string, due, now time.Time) host.Trigger {
	s.mu.Lock()
	retry, ok := s.retries[connection]
	delete(s.retries, connection)
	s.mu.Unlock()
	switch {
	case ok && retry.Equal(due):
		return host.TriggerRetry
	case now.Sub(due) > onTime:
		return host.TriggerCatchUp
	}
	return host.TriggerSchedule
}

// Retry moves the next run of a connection forward to at.
func (s *Scheduler) Retry(connection string, at time.Time) error {
	if err := s.storeRetry(connection, at); err != nil {
		return err
	}
	s.Wake()
	return nil
}

func (s *Scheduler) storeRetry(connection string, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	dues, err := s.config.Dues()
	if err != nil {
		return fmt.Errorf("read due times: %w", err)
	}
	// A due time that has come is being triggered: the run to repeat may be its own.
	if due, ok := dues[connection]; ok && due.Before(at) && due.After(s.now()) {
		return nil
	}
	if err := s.config.SetDue(connection, at); err != nil {
		return fmt.Errorf("store due time: %w", err)
	}
	s.retries[connection] = at
	return nil
}

// cachedNext is next with a cache.
func (k *known) cachedNext(now time.Time) time.Time {
	if now.Before(k.from) || !now.Before(k.at) {
		k.from, k.at = now, k.next(now)
	}
	return k.at
}

// NextDue returns the first time after a moment at which a planned connection is due.
func NextDue(plan host.Connection, location *time.Location, after time.Time) (time.Time, error) {
	schedule, err := Parse(plan.Schedule, location)
	if err != nil {
		return time.Time{}, err
	}
	k := &known{schedule: schedule, delay: Jitter(plan.ID, schedule.shortestGap())}
	return k.next(after), nil
}

// recall returns what is known of a planned connection, and whether its schedule has changed since the last time.
func (s *Scheduler) recall(plan host.Connection) (k *known, changed bool, err error) {
	k, seen := s.known[plan.ID]
	if seen && k.schedule.String() == plan.Schedule {
		return k, false, nil
	}
	schedule, err := Parse(plan.Schedule, s.config.Location)
	if err != nil {
		return k, false, err
	}
	schedule.expr = plan.Schedule
	if !seen {
		k = &known{}
		s.known[plan.ID] = k
	}
	k.schedule, k.delay = schedule, Jitter(plan.ID, schedule.shortestGap())
	k.from, k.at = time.Time{}, time.Time{}
	return k, seen, nil
}

// next returns the first time after now at which the connection is due.
func (k *known) next(now time.Time) time.Time {
	at := k.schedule.Next(now.Add(-k.delay))
	if at.IsZero() {
		return at
	}
	return at.Add(k.delay)
}
