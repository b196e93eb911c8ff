package connections

import (
	"fmt"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/health"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
)

// past is what the store says of a connection that no run is writing to. It stays true
// until the next run ends, so it is cached: a list of a thousand connections would read
// thirty thousand runs for each page.
type past struct {
	summary    health.Summary
	history    []host.RunOutcome
	last       *host.Run // the latest run stored; nil = none
	streams    []host.StreamStats
	refused    *host.Notice // what containment refused the connector lately; nil = nothing
	generation uint64       // supervisor.Generation when this was read
}

// cache holds the past of connections and parsed schedules, about 6 KiB a connection.
type cache struct {
	mu        sync.Mutex
	pasts     map[string]past
	changes   map[string]uint64 // counts up when a person changes or removes a connection
	schedules map[string]scheduler.Schedule
}

// mostSchedules bounds the schedules in the cache.
const mostSchedules = 10_000

func newCache() *cache {
	return &cache{pasts: map[string]past{}, changes: map[string]uint64{}, schedules: map[string]scheduler.Schedule{}}
}

// drop drops the past of a connection that a person changed or removed.
func (c *cache) drop(connection string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pasts, connection)
	c.changes[connection]++
}

// get returns the past of a connection if it was read when this many runs had ended, and
// the number of changes that put asks for.
func (c *cache) get(connection string, generation uint64) (p past, known bool, change uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, known = c.pasts[connection]
	return p, known && p.generation == generation, c.changes[connection]
}

// put stores p, unless the connection was changed while p was read.
func (c *cache) put(connection string, p past, change uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes[connection] == change {
		c.pasts[connection] = p
	}
}

// schedule returns the schedule of an expression, false when it has none.
func (c *cache) schedule(expression string, location *time.Location) (scheduler.Schedule, bool) {
	if expression == "" {
		return scheduler.Schedule{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, known := c.schedules[expression]; known {
		return s, true
	}
	s, err := scheduler.Parse(expression, location)
	if err != nil {
		return s, false
	}
	if len(c.schedules) >= mostSchedules {
		clear(c.schedules)
	}
	c.schedules[expression] = s
	return s, true
}

// past returns the past of a connection, from the cache if it can.
func (s *Statuses) past(connection string) (past, error) {
	generation := s.parts.Supervisor.Generation(connection)
	p, known, change := s.cache.get(connection, generation)
	if known {
		return p, nil
	}
	p = past{generation: generation}
	runs, _, err := s.parts.Store.Runs(journal.RunQuery{Connection: connection, Limit: HistoryKept + 1})
	if err != nil {
		return past{}, fmt.Errorf("read runs: %w", err)
	}
	for i := range runs {
		// An outcome that could not be stored yet is known to the supervisor alone.
		if run, ok := s.parts.Supervisor.Run(runs[i].ID); ok && run.Status.Final() {
			runs[i] = run
		}
	}
	if p.streams, err = s.StoredStreams(connection); err != nil {
		return past{}, err
	}
	p.summary, p.history, p.refused = health.Summarise(runs), history(runs), health.RefusalNotice(runs)
	if len(runs) > 0 {
		last := runs[0]
		p.last = &last
	}
	s.cache.put(connection, p, change)
	return p, nil
}
