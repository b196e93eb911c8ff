package app

import (
	"fmt"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/health"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
)

// past is what the store says of a connection that no run is writing to. It is the
// same until the next run ends, so it is kept: a list of a thousand connections
// would read thirty thousand runs each time a page is shown.
type past struct {
	summary    health.Summary
	history    []host.RunOutcome
	last       *host.Run // the latest run stored; nil = none
	streams    []host.StreamStats
	refused    *host.Notice // what containment refused the connector lately; nil = nothing
	generation uint64       // supervisor.Generation when this was read
}

// memory holds the past of connections, and schedules as they were read. It is
// about 6 KiB a connection.
type memory struct {
	mu        sync.Mutex
	pasts     map[string]past
	changes   map[string]uint64 // counts up when a past stops being true though no run ended
	schedules map[string]scheduler.Schedule
}

// mostSchedules bounds the schedules remembered.
const mostSchedules = 10_000

func newMemory() *memory {
	return &memory{pasts: map[string]past{}, changes: map[string]uint64{}, schedules: map[string]scheduler.Schedule{}}
}

// forget drops the past of a connection that a person changed or removed.
func (m *memory) forget(connection string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.pasts, connection)
	m.changes[connection]++
}

// recall returns the past of a connection as it was read in this generation.
func (m *memory) recall(connection string, generation uint64) (p past, known bool, change uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, known = m.pasts[connection]
	return p, known && p.generation == generation, m.changes[connection]
}

// keep remembers p, unless it stopped being true while it was read.
func (m *memory) keep(connection string, p past, change uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.changes[connection] == change {
		m.pasts[connection] = p
	}
}

// schedule returns what an expression means, false for one that means nothing.
func (m *memory) schedule(expression string, location *time.Location) (scheduler.Schedule, bool) {
	if expression == "" {
		return scheduler.Schedule{}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, known := m.schedules[expression]; known {
		return s, true
	}
	s, err := scheduler.Parse(expression, location)
	if err != nil {
		return s, false
	}
	if len(m.schedules) >= mostSchedules {
		clear(m.schedules)
	}
	m.schedules[expression] = s
	return s, true
}

// past returns the past of a connection, from memory when it is there.
func (a *App) past(connection string) (past, error) {
	generation := a.supervisor.Generation(connection)
	p, known, change := a.memory.recall(connection, generation)
	if known {
		return p, nil
	}
	p = past{generation: generation}
	runs, _, err := a.store.Runs(journal.RunQuery{Connection: connection, Limit: historyKept + 1})
	if err != nil {
		return past{}, fmt.Errorf("read runs: %w", err)
	}
	for i := range runs {
		// An outcome that could not be stored yet is known to the supervisor alone.
		if run, ok := a.supervisor.Run(runs[i].ID); ok && run.Status.Final() {
			runs[i] = run
		}
	}
	if p.streams, err = a.storedStreams(connection); err != nil {
		return past{}, err
	}
	p.summary, p.history, p.refused = health.Summarise(runs), history(runs), health.RefusalNotice(runs)
	if len(runs) > 0 {
		last := runs[0]
		p.last = &last
	}
	a.memory.keep(connection, p, change)
	return p, nil
}
