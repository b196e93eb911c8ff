package plugin

import (
	"slices"
	"sync"
)

// tail keeps the last bytes written to it. Writes never fail and never block.
type tail struct {
	mu   sync.Mutex
	size int
	kept []byte // the last bytes, at most twice size
	all  int64  // bytes ever written
}

func newTail(size int) *tail { return &tail{size: size} }

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all += int64(len(b))
	t.kept = append(t.kept, b...)
	if len(t.kept) > 2*t.size {
		t.kept = slices.Clone(t.kept[len(t.kept)-t.size:])
	}
	return len(b), nil
}

// total returns how many bytes were ever written.
func (t *tail) total() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all
}

// String returns the last size bytes.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept[max(0, len(t.kept)-t.size):])
}
