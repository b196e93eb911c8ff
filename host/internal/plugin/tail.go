package plugin

import "sync"

// tail keeps the last bytes written to it. Writes never fail and never block,
// so a connector that floods its standard error only overwrites itself.
type tail struct {
	mu   sync.Mutex
	ring []byte
	next int
	full bool
	all  int64 // bytes ever written
}

func newTail(size int) *tail { return &tail{ring: make([]byte, size)} }

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	written := len(b)
	t.all += int64(written)
	if len(b) >= len(t.ring) {
		b = b[len(b)-len(t.ring):]
	}
	n := copy(t.ring[t.next:], b)
	rest := copy(t.ring, b[n:])
	t.full = t.full || t.next+len(b) >= len(t.ring)
	t.next = (t.next + n + rest) % len(t.ring)
	return written, nil
}

// total returns how many bytes were ever written.
func (t *tail) total() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all
}

// String returns what is kept, oldest first.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.full {
		return string(t.ring[:t.next])
	}
	return string(t.ring[t.next:]) + string(t.ring[:t.next])
}
