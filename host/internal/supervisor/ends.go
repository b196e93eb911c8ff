package supervisor

import "sync"

// ends counts the runs of each connection that have ended. A count goes up before the
// outcome can be seen, so that a reader that keeps what it read about a connection
// knows that it is out of date.
type ends struct {
	mu sync.Mutex
	of map[string]uint64 // by connection id
}

func (e *ends) add(connection string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.of[connection]++
}

// Ends returns how many runs of a connection have ended since the host started. It
// goes up once more when an outcome that a full disk did not take is stored.
func (s *Supervisor) Ends(connection string) uint64 {
	s.ends.mu.Lock()
	defer s.ends.mu.Unlock()
	return s.ends.of[connection]
}
