package scheduler_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
)

// memory is what a store and a supervisor do for a scheduler.
type memory struct {
	mu      sync.Mutex
	plans   map[string]string
	since   time.Time // of every plan
	dues    map[string]time.Time
	fail    error         // what SetDue returns
	offset  time.Duration // how far the wall clock is ahead of the bubble's
	runs    []string
	times   []time.Time // of the same runs
	written int
	read    int
	ended   func(id string) // called when a run was triggered, as if it had ended at once; nil = it goes on
}

func newMemory(plans map[string]string) *memory {
	return &memory{plans: plans, dues: map[string]time.Time{}}
}

func (m *memory) config() scheduler.Config {
	return scheduler.Config{
		Location: time.UTC,
		Now: func() time.Time {
			m.mu.Lock()
			defer m.mu.Unlock()
			return time.Now().Add(m.offset)
		},
		Connections: func() (plans []host.Connection, err error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.read++
			for _, id := range slices.Sorted(maps.Keys(m.plans)) {
				plans = append(plans, host.Connection{ID: id, Schedule: m.plans[id], UpdatedAt: m.since})
			}
			return plans, nil
		},
		Dues: func() (map[string]time.Time, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			return maps.Clone(m.dues), nil
		},
		SetDue: func(id string, at time.Time) error {
			m.mu.Lock()
			defer m.mu.Unlock()
			if m.written++; m.fail != nil {
				return m.fail
			}
			if delete(m.dues, id); !at.IsZero() {
				m.dues[id] = at
			}
			return nil
		},
		Trigger: func(id string, due time.Time, why host.Trigger) {
			defer func() {
				if m.ended != nil {
					m.ended(id)
				}
			}()
			m.mu.Lock()
			defer m.mu.Unlock()
			words := fmt.Sprintf("%s %s", id, due.Format("Jan 2 15:04:05"))
			switch why {
			case host.TriggerCatchUp:
				words += " late"
			case host.TriggerRetry:
				words += " again"
			}
			m.runs, m.times = append(m.runs, words), append(m.times, due.UTC())
		},
	}
}

// edit changes the memory and wakes the scheduler.
func (m *memory) edit(s *scheduler.Scheduler, fn func()) {
	m.mu.Lock()
	fn()
	m.mu.Unlock()
	s.Wake()
	synctest.Wait()
}

// triggered returns the runs since the last call.
func (m *memory) triggered() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	runs := m.runs
	m.runs = nil
	return runs
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}

// due says when a connection on the schedule is due, its jitter included.
func due(t *testing.T, id, at string, period time.Duration) string {
	t.Helper()
	base, err := time.Parse("2006 Jan 2 15:04:05", "2000 "+at)
	if err != nil {
		t.Fatal(err)
	}
	return id + " " + base.Add(scheduler.Jitter(id, period)).Format("Jan 2 15:04:05")
}

// halfPast waits until half past midnight, well away from any due time: a
// bubble's clock begins at midnight of 1 January 2000 UTC.
func halfPast() { time.Sleep(30 * time.Minute) }

func TestTriggersWhenDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		halfPast()
		m := newMemory(map[string]string{"a": "@hourly", "b": "@every 6h", "bad": "nonsense"})
		s := scheduler.New(m.config())
		s.Start()
		s.Start()
		time.Sleep(7 * time.Hour)
		s.Stop()
		s.Stop()
		got := m.triggered()
		var want []string
		for h := 1; h <= 7; h++ {
			want = append(want, due(t, "a", fmt.Sprintf("Jan 1 %02d:00:00", h), time.Hour))
		}
		want = append(want, due(t, "b", "Jan 1 06:00:00", 6*time.Hour))
		slices.Sort(got)
		slices.Sort(want)
		same(t, "runs", got, want)
		time.Sleep(24 * time.Hour)
		same(t, "runs after stop", m.triggered(), []string(nil))
	})
}

func TestMissedRunsCoalesce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		halfPast()
		m := newMemory(map[string]string{"a": "@hourly"})
		s := scheduler.New(m.config())
		s.Start()
		synctest.Wait()
		s.Stop()
		time.Sleep(50 * time.Hour) // the host is off

		s = scheduler.New(m.config())
		s.Start()
		synctest.Wait()
		same(t, "runs after the host was off", m.triggered(), []string{due(t, "a", "Jan 1 01:00:00", time.Hour) + " late"})
		time.Sleep(time.Hour + 10*time.Minute)
		same(t, "then as usual", m.triggered(), []string{due(t, "a", "Jan 3 03:00:00", time.Hour)})

		// The machine sleeps: the wall clock jumps, timers do not.
		m.mu.Lock()
		m.offset = 100 * time.Hour
		m.mu.Unlock()
		time.Sleep(16 * time.Second)
		same(t, "runs after sleep", m.triggered(), []string{due(t, "a", "Jan 3 04:00:00", time.Hour) + " late"})
		s.Stop()
	})
}

func TestAHostThatEndedBeforeItLookedMissesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		halfPast()
		m := newMemory(map[string]string{"a": "@hourly"})
		m.since = time.Now()       // a command adds the connection; no due time is stored
		time.Sleep(50 * time.Hour) // then comes an agent
		s := scheduler.New(m.config())
		s.Start()
		synctest.Wait()
		same(t, "runs", m.triggered(), []string{due(t, "a", "Jan 1 01:00:00", time.Hour) + " late"})
		s.Stop()

		m.since = time.Now()
		m.dues = map[string]time.Time{}
		s = scheduler.New(m.config())
		s.Start()
		synctest.Wait()
		same(t, "runs of one just added", m.triggered(), []string(nil))
		same(t, "due times", len(m.dues), 1)
		s.Stop()
	})
}

// TestClockJumps moves the wall clock at 02:30 by as much as a wrong time zone does,
// or a sleep: no time is run twice by the same clock, and many missed are one.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	hourly := func(t *testing.T, hours ...string) (runs []string) {
		for _, h := range hours {
			h, late := strings.CutSuffix(h, " late")
			words := due(t, "a", "Jan 1 "+h+":00:00", time.Hour)
			if late {
				words += " late"
			}
			runs = append(runs, words)
		}
		return runs
	}
	tests := map[string]struct {
		jump time.Duration
		want []string
	}{
		"an hour forward":            {time.Hour, []string{"03 late", "04", "05", "06"}},
		"an hour back":               {-time.Hour, []string{"03", "04"}},
		"a minute forward and no":    {time.Minute, []string{"03", "04", "05"}},
		"asleep for many hours":      {9 * time.Hour, []string{"03 late", "12", "13", "14"}},
		"asleep for less than a run": {20 * time.Minute, []string{"03", "04", "05"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				halfPast()
				m := newMemory(map[string]string{"a": "@hourly"})
				s := scheduler.New(m.config())
				s.Start()
				time.Sleep(2 * time.Hour)
				same(t, "runs before", m.triggered(), hourly(t, "01", "02"))
				m.mu.Lock()
				m.offset = test.jump // nothing wakes the scheduler
				m.mu.Unlock()
				time.Sleep(2*time.Hour + 50*time.Minute)
				same(t, "runs after", m.triggered(), hourly(t, test.want...))
				s.Stop()
			})
		})
	}
}

func TestNothingDueReadsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		halfPast()
		m := newMemory(map[string]string{"a": "@daily"})
		s := scheduler.New(m.config())
		s.Start()
		time.Sleep(12 * time.Hour)
		m.mu.Lock()
		read := m.read
		m.mu.Unlock()
		if read > 12*12+1 {
			t.Errorf("the plans were read %d times in 12 hours, want every five minutes at most", read)
		}
		m.edit(s, func() { m.plans["b"] = "@hourly" })
		if len(m.dues) != 2 {
			t.Error("a change was not seen at once")
		}
		s.Stop()
	})
}

// A clock that is set leaves the monotonic reading of a time as it is, and two times
// that have one are compared by it. So the scheduler must keep none.
func TestOnlyTheWallClockIsKept(t *testing.T) {
	t.Parallel()
	outside := time.Now() // the times of a bubble have no such reading
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		halfPast()
		m := newMemory(map[string]string{"a": "@hourly", "b": "@every 6h"})
		config := m.config()
		config.Now = func() time.Time { return outside.Add(time.Since(begun)) }
		s := scheduler.New(config)
		s.Start()
		time.Sleep(7 * time.Hour)
		s.Stop()
		kept := s.Kept()
		if len(kept) != 6 {
			t.Fatalf("%d times are kept, want three of each connection", len(kept))
		}
		for _, at := range kept {
			if at != at.Round(0) { // == sees the monotonic reading, Equal does not
				t.Errorf("%v has a monotonic reading", at)
			}
		}
	})
}

func TestClockSetBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		halfPast()
		m := newMemory(map[string]string{"a": "@hourly"})
		m.offset = 4 * 365 * 24 * time.Hour
		s := scheduler.New(m.config())
		s.Start()
		synctest.Wait()
		m.edit(s, func() { m.offset = 0 })
		time.Sleep(time.Hour + 10*time.Minute)
		same(t, "runs", m.triggered(), []string{due(t, "a", "Jan 1 01:00:00", time.Hour)})
		s.Stop()
	})
}

func TestPlansChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		halfPast()
		m := newMemory(map[string]string{"a": "@daily"})
		s := scheduler.New(m.config())
		s.Start()
		synctest.Wait()

		m.edit(s, func() { m.plans["a"] = "@hourly" })
		time.Sleep(time.Hour + 10*time.Minute)
		same(t, "a shorter schedule holds at once", m.triggered(), []string{due(t, "a", "Jan 1 01:00:00", time.Hour)})

		m.edit(s, func() { m.plans["a"] = "0 12 * * *" })
		time.Sleep(3 * time.Hour)
		same(t, "so does a longer one", m.triggered(), []string(nil))

		m.edit(s, func() { delete(m.plans, "a") })
		same(t, "no plan, no due time", len(m.dues), 0)
		time.Sleep(24 * time.Hour)
		m.edit(s, func() { m.plans["a"] = "@hourly" })
		same(t, "planned again, nothing was missed", m.triggered(), []string(nil))
		same(t, "due times", len(m.dues), 1)
		s.Stop()
	})
}

func TestIrregularScheduleRunsOnceEachTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		halfPast()
		plans := map[string]string{}
		for i := range 50 {
			plans[fmt.Sprint("c", i)] = "0,10 * * * *"
		}
		m := newMemory(plans)
		s := scheduler.New(m.config())
		s.Start()
		time.Sleep(10 * time.Hour)
		s.Stop()
		if got := len(m.triggered()); got != 50*20 {
			t.Errorf("%d runs, want 20 of each of 50", got)
		}
	})
}

func TestDueTimeThatCannotBeStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		halfPast()
		m := newMemory(map[string]string{"a": "@hourly"})
		s := scheduler.New(m.config())
		s.Start()
		synctest.Wait()
		m.edit(s, func() { m.fail = errors.New("disk full") })
		time.Sleep(90 * time.Minute)
		same(t, "triggered once, not at every tick", m.triggered(), []string{due(t, "a", "Jan 1 01:00:00", time.Hour)})
		m.edit(s, func() { m.fail = nil })
		time.Sleep(time.Hour)
		same(t, "then as usual", m.triggered(), []string{due(t, "a", "Jan 1 02:00:00", time.Hour)})
		s.Stop()
	})
}

func TestNothingDueWritesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		halfPast()
		m := newMemory(map[string]string{"a": "@daily"})
		s := scheduler.New(m.config())
		s.Start()
		time.Sleep(12 * time.Hour)
		s.Stop()
		same(t, "writes", m.written, 1)
	})
}

func TestStopAndWakeAtAnyTime(t *testing.T) {
	t.Parallel()
	s := scheduler.New(newMemory(nil).config())
	s.Stop()
	s.Wake()
	s.Wake()
	s.Start()
	s.Stop()
	s.Start()
	s.Stop()
}

func TestARetryBringsTheNextRunForward(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		halfPast()
		m := newMemory(map[string]string{"a": "@daily"})
		s := scheduler.New(m.config())
		s.Start()
		synctest.Wait()
		soon := time.Now().Add(10 * time.Minute)
		for _, at := range []time.Time{soon, soon.Add(time.Hour)} { // a later one changes nothing
			if err := s.Retry("a", at); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		time.Sleep(2 * time.Hour)
		same(t, "runs", m.triggered(), []string{"a " + soon.Format("Jan 2 15:04:05") + " again"})
		time.Sleep(24 * time.Hour)
		same(t, "then as usual", m.triggered(), []string{due(t, "a", "Jan 2 00:00:00", 24*time.Hour)})
		s.Stop()
	})
}

// A run may fail before the scheduler has stored when its connection is due next.
func TestARetryOfARunThatFailsAtOnceIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		halfPast()
		m := newMemory(map[string]string{"a": "@daily"})
		s := scheduler.New(m.config())
		var retries int
		m.ended = func(id string) {
			if retries++; retries == 1 {
				if err := s.Retry(id, time.Now().Add(10*time.Minute)); err != nil {
					t.Error(err)
				}
			}
		}
		s.Start()
		time.Sleep(26 * time.Hour)
		runs := m.triggered()
		if len(runs) < 2 || !strings.HasSuffix(runs[1], " again") {
			t.Errorf("runs %q, want one that was due and then its retry", runs)
		}
		s.Stop()
	})
}
