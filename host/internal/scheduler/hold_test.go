package scheduler_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
)

// While nothing can be started, what becomes due waits: it is triggered once when
// that is over, late, and nothing is written meanwhile.
func TestHeldRunsWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		halfPast()
		var held atomic.Bool
		m := newMemory(map[string]string{"a": "@hourly"})
		config := m.config()
		config.Writable = func() error {
			if held.Load() {
				return errors.New("disk full")
			}
			return nil
		}
		s := scheduler.New(config)
		s.Start()
		synctest.Wait()
		held.Store(true)
		written := m.written
		time.Sleep(10 * time.Hour)
		same(t, "runs while held", m.triggered(), []string(nil))
		same(t, "due times written while held", m.written, written)
		held.Store(false)
		s.Wake()
		synctest.Wait()
		same(t, "runs after that", m.triggered(), []string{due(t, "a", "Jan 1 01:00:00", time.Hour) + " late"})
		time.Sleep(time.Hour)
		same(t, "and then as usual", len(m.triggered()), 1)
		s.Stop()
	})
}
