package supervisor

// Idle reports whether no run is queued or in progress.
func (s *Supervisor) Idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.active) == 0
}
