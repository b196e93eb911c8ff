package scheduler

import "time"

// Kept returns the clock readings that the scheduler has kept. Call it after Stop.
func (s *Scheduler) Kept() (times []time.Time) {
	for _, k := range s.known {
		times = append(times, k.from, k.at, k.triggered)
	}
	return times
}
