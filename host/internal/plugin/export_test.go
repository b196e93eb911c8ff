package plugin

import (
	"errors"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/group"
)

// Run has a command run an open file.
var Run = group.Run

// SetStartTimeout shortens the wait for a program that never introduces itself.
func (l *Launcher) SetStartTimeout(d time.Duration) { l.startTimeout = d }

// SocketDir is where the sockets of processes are made.
func (l *Launcher) SocketDir() string { return l.socketDir }

// Starts is how many processes it began to start.
func (l *Launcher) Starts() uint64 { return l.starts.Load() }

// SetPatience shortens the wait for a program that does not describe itself.
func (c *Catalog) SetPatience(d time.Duration) { c.timeout = d }

// Exited is closed when the process has ended, or when Stop has let go of an attached one.
func (p *Process) Exited() <-chan struct{} {
	if p.attached != nil {
		return p.attached.gone
	}
	return p.runner.exited
}

// ExitProblem is exitProblem.
func (p *Process) ExitProblem() *host.Problem { return p.exitProblem() }

// StartError is startError for a program called x.
func StartError(err error) error { return startError(Program{ID: "x", Path: "/x"}, err) }

// StartProblem is startProblem for a program called x that exited and said this.
func StartProblem(stderr string) *host.Problem {
	return startProblem(Program{ID: "x", Path: "/x"}, errors.New("plugin exited before we could connect"), "exited with code 2", stderr)
}
