package scheduler_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
)

// walk is a wall clock that is set back and forth while a scheduler runs "a" hourly.
type walk struct {
	*memory
	t     *testing.T
	ran   map[time.Time]bool // every time that was ever triggered
	last  time.Time          // the latest of them by order
	fresh []time.Time        // those since the last call
}

func (w *walk) now() time.Time { return w.config().Now().UTC() }

// dues are the due times in (from, to].
func (w *walk) dues(from, to time.Time) (all []time.Time) {
	delay := scheduler.Jitter("a", time.Hour)
	for at := from.Add(-delay).Truncate(time.Hour); !at.Add(delay).After(to); at = at.Add(time.Hour) {
		if due := at.Add(delay); due.After(from) {
			all = append(all, due)
		}
	}
	return all
}

// observe waits until the scheduler has seen the clock, and takes what it triggered.
func (w *walk) observe() {
	time.Sleep(16 * time.Second)
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fresh = w.times
	w.times = nil
	for _, at := range w.fresh {
		w.ran[at], w.last = true, at
	}
}

// jump sets the clock. Times that it leaps over are one run, of a time that had none.
func (w *walk) jump(by time.Duration) {
	w.observe()
	from, last := w.now(), w.last
	w.mu.Lock()
	w.offset += by
	w.mu.Unlock()
	var missed []time.Time
	for _, due := range w.dues(from, from.Add(by)) {
		if !due.Equal(last) {
			missed = append(missed, due)
		}
	}
	w.observe()
	switch {
	case len(missed) == 0:
	case len(w.fresh) == 0:
		w.t.Errorf("the clock leapt from %s over %d due times, and none was run", from.Format(time.DateTime), len(missed))
	case len(w.fresh) > 2: // the one, and one that became due during the call
		w.t.Errorf("the clock leapt from %s over %d due times, and %d were run", from.Format(time.DateTime), len(missed), len(w.fresh))
	}
}

// pass lets time pass. Every due time in it is run, or was run before the clock was
// set back.
func (w *walk) pass(d time.Duration) {
	from := w.now()
	time.Sleep(d)
	w.observe()
	for _, due := range w.dues(from, from.Add(d)) {
		if !w.ran[due] {
			w.t.Errorf("%s came and was not run", due.Format(time.DateTime))
		}
	}
}

func TestEveryDueTimeIsRunWhileTheClockIsSet(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			halfPast()
			rng := rand.New(rand.NewPCG(seed, 1))
			w := &walk{memory: newMemory(map[string]string{"a": "@hourly"}), t: t, ran: map[time.Time]bool{}}
			w.offset = 365 * 24 * time.Hour
			s := scheduler.New(w.config())
			s.Start()
			w.observe()
			for range 100 {
				w.jump(time.Duration(rng.Int64N(int64(12*time.Hour))) - 6*time.Hour)
				w.pass(time.Duration(rng.Int64N(int64(3 * time.Hour))))
			}
			s.Stop()
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
