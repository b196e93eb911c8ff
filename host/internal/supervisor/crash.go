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

// crashes knows which programs crash again and again, by hash: whatever the
// connection, starting them once more only crashes once more. A program whose run
// completes, which a person can try at any time, is free again; so is another
// version, and every one after a restart of the host.
type crashes struct {
	mu       sync.Mutex
	recent   map[string][]time.Time
	isolated map[string]quarantine
}

type quarantine struct {
	since time.Time
	last  string // what was said of the last crash
}

func newCrashes() *crashes {
	return &crashes{recent: map[string][]time.Time{}, isolated: map[string]quarantine{}}
}

// note takes a run's end into account.
func (c *crashes) note(program plugin.Program, run host.Run, now time.Time) {
	if program.SHA256 == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	crash := crashOf(run)
	switch {
	case crash == nil && run.Status == host.StatusSucceeded:
		delete(c.recent, program.SHA256)
		delete(c.isolated, program.SHA256)
		return
	case crash == nil:
		return
	}
	var within []time.Time
	for _, at := range append(c.recent[program.SHA256], now) {
		if now.Sub(at) < crashWindow {
			within = append(within, at)
		}
	}
	c.recent[program.SHA256] = within
	if len(within) >= crashesToQuarantine {
		c.isolated[program.SHA256] = quarantine{since: now, last: crash.Message}
	}
}

// held returns why a program is not started by itself, if it is not.
func (c *crashes) held(program plugin.Program) (quarantine, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q, held := c.isolated[program.SHA256]
	return q, held
}

// crashOf returns the problem that says that the connector's program broke, or nil.
func crashOf(run host.Run) *host.Problem {
	for _, p := range problems(run) {
		switch p.Code {
		case host.CodeConnectorExited, host.CodeNotAConnector, host.CodeConnectorStart, host.CodeProtocol, sdk.CodeInternalPanic, sdk.CodeLimitMemory:
			return p
		}
	}
	return nil
}
