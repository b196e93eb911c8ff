package supervisor

import "sync"

// generations counts the runs of each connection that have ended. A count goes up before
// the outcome can be seen, so a cache of what was read about a connection is out of date
// when the count has changed.
type generations struct {
	mu sync.Mutex
	of map[string]uint64 // by connection id
}

func (g *generations) next(connection string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.of[connection]++
}

// Generation returns a number that goes up when a run of the connection ends, and once
// more when an outcome that a full disk did not take is stored.
func (s *Supervisor) Generation(connection string) uint64 {
	s.generations.mu.Lock()
	defer s.generations.mu.Unlock()
	return s.generations.of[connection]
}
