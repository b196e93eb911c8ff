package confine

import (
	"maps"
	"slices"
	"sync"
)

// maxRefused is how many different calls are kept apart.
const maxRefused = 64

// Refused are the system calls that a program made and that the kernel refused. It
// is safe for concurrent use; nil holds none.
type Refused struct {
	mu    sync.Mutex
	calls map[string]int
}

// Calls returns the names of the refused calls, sorted. A socket's family stands
// with it, such as "socket(AF_INET)".
func (r *Refused) Calls() []string {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.calls))
}

func (r *Refused) add(call string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls == nil {
		r.calls = map[string]int{}
	}
	if _, known := r.calls[call]; known || len(r.calls) < maxRefused {
		r.calls[call]++
	}
}
