package connections

import (
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// StatusCounts counts connections by health, and runs by what they are doing. A
// paused connection is counted as that alone.
type StatusCounts struct {
	Healthy      int `json:"healthy" doc:"Not paused"`
	Unhealthy    int `json:"unhealthy" doc:"Not paused"`
	Unknown      int `json:"unknown" doc:"Not paused"`
	Paused       int `json:"paused" doc:"Neither healthy nor unhealthy, whatever their last run says"`
	Disconnected int `json:"disconnected" doc:"Their history is kept; none of the others"`
	Queued       int `json:"queued"`
	Running      int `json:"running"`
}

// Counts counts connections and runs. It reads the past of each connection from the cache,
// also of those that are being synced.
func (s *Statuses) Counts() (n StatusCounts, err error) {
	connections, err := s.parts.Store.Connections()
	if err != nil {
		return n, fmt.Errorf("read connections: %w", err)
	}
	now := time.Now()
	periods := map[string]time.Duration{} // by schedule: many connections share a few
	for _, c := range connections {
		if c.Disconnection != nil {
			n.Disconnected++
			continue
		}
		if _, known := periods[c.Schedule]; !known {
			periods[c.Schedule] = s.Period(c.Schedule, now)
		}
		switch s.parts.Supervisor.Activity(c.ID) {
		case host.ActivityQueued:
			n.Queued++
		case host.ActivityRunning:
			n.Running++
		case host.ActivityIdle:
		}
		past, err := s.past(c.ID)
		if err != nil {
			return n, err
		}
		health := past.summary.Judge(c, HeldOf(past.streams), periods[c.Schedule], now).Health
		switch {
		case c.Paused != nil:
			n.Paused++
		case health == host.HealthHealthy:
			n.Healthy++
		case health == host.HealthUnhealthy:
			n.Unhealthy++
		default:
			n.Unknown++
		}
	}
	return n, nil
}
