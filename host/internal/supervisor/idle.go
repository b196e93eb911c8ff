package supervisor

// Idle reports whether no run is queued or in progress.
func (s *Supervisor) Idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.active {
		if !a.ended() {
			return false
		}
	}
	return true
}
