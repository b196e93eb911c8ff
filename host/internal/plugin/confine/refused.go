package confine

import (
	"maps"
	"slices"
	"sync"
)

// maxRefused is how many different calls are kept.
const maxRefused = 64

// Refused are the system calls that the kernel refused a program. It is safe for
// concurrent use; nil holds none.
type Refused struct {
	mu    sync.Mutex
	calls map[string]bool
}

// Calls returns the names of the refused calls, sorted. A socket's name has its family: "socket(AF_INET)".
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
		r.calls = map[string]bool{}
	}
	if len(r.calls) < maxRefused {
		r.calls[call] = true
	}
}
