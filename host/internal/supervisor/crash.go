package supervisor

import (
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/sdk"
)

const (
	crashesToQuarantine = 5
	crashWindow         = 15 * time.Minute
)

// crashes knows which programs crash again and again, by hash: they are not started by
// themselves, whatever the connection. A program is free again when one of its runs
// completes, which a person can start at any time, and when the host restarts.
type crashes struct {
	mu          sync.Mutex
	recent      map[string][]time.Time
	quarantines map[string]quarantine
}

type quarantine struct {
	since time.Time
	last  string // what was said of the last crash
}

func newCrashes() *crashes {
	return &crashes{recent: map[string][]time.Time{}, quarantines: map[string]quarantine{}}
}

// note counts the crash of a program whose run has ended. It returns how the program
// broke, nil when it did not, and how often it has within crashWindow.
func (c *crashes) note(program plugin.Program, run host.Run, now time.Time) (broke *host.Problem, times int) {
	if program.SHA256 == "" {
		return nil, 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	crash := crashOf(run)
	switch {
	case crash == nil && run.Status == host.StatusSucceeded:
		delete(c.recent, program.SHA256)
		delete(c.quarantines, program.SHA256)
		return nil, 0
	case crash == nil:
		return nil, 0
	}
	var within []time.Time
	for _, at := range append(c.recent[program.SHA256], now) {
		if now.Sub(at) < crashWindow {
			within = append(within, at)
		}
	}
	c.recent[program.SHA256] = within
	if len(within) >= crashesToQuarantine {
		c.quarantines[program.SHA256] = quarantine{since: now, last: crash.Message}
	}
	return crash, len(within)
}

// quarantine returns why a program is not started by itself, false when it is.
func (c *crashes) quarantine(program plugin.Program) (q quarantine, is bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q, is = c.quarantines[program.SHA256]
	return q, is
}

// crashOf returns the problem that says that the connector's program broke, or nil.
func crashOf(run host.Run) *host.Problem {
	for _, p := range problems(run) {
		if Broke(p) {
			return p
		}
	}
	return nil
}

// Broke reports whether a problem says that a connector's program is broken.
func Broke(p *host.Problem) bool {
	switch p.Code {
	case host.CodeConnectorExited, host.CodeNotAConnector, host.CodeConnectorStart, host.CodeProtocol,
		sdk.CodeInternalPanic, sdk.CodeLimitMemory:
		return true
	}
	return false
}
