package plugin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/census"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// blameGrace is how long an end of the process may follow the error it caused.
const blameGrace = 3 * time.Second

// Process is one running connector program.
type Process struct {
	program   Program
	grace     time.Duration
	limits    Limits
	workDir   string
	socketDir string
	stderr    *tail
	client    *goplugin.Client
	runner    *processRunner
	wire      connectorv1.ConnectorClient
	census    *census.Census
	attached  *attached // set when somebody else started it; what concerns a process of ours is not set then

	stop    sync.Once
	stopped chan struct{} // closed with Stop
	left    error         // what Stop could not clean up

	memory, together, mostMemory atomic.Int64 // bytes seen: of now, with helpers, of ever
	processor                    atomic.Int64 // time seen, in nanoseconds

	mu   sync.Mutex
	over *host.Problem // why the host ended it, if it did
}

// Client returns the connector's verbs.
func (p *Process) Client() connectorv1.ConnectorClient { return p.wire }

// Attached reports whether somebody else started the process: nothing contains it.
func (p *Process) Attached() bool { return p.attached != nil }

// PID returns the process id.
func (p *Process) PID() int {
	if p.attached != nil {
		return p.attached.pid
	}
	return p.runner.pid()
}

// Exited is closed when the process has ended, for whatever reason, or when the host
// has let go of one that somebody else started.
func (p *Process) Exited() <-chan struct{} {
	if p.attached != nil {
		return p.attached.gone
	}
	return p.runner.exited
}

// Stderr returns the last 64 KiB the process wrote to its standard error; nothing of
// one that somebody else started.
func (p *Process) Stderr() string {
	if p.attached != nil {
		return ""
	}
	return p.stderr.String()
}

// RefusedCalls returns the system calls that the process made and that the kernel
// refused, by name; nil for an attached process.
func (p *Process) RefusedCalls() []string {
	if p.attached != nil || !p.runner.started() {
		return nil
	}
	return p.runner.refused.Calls()
}

// Stop ends the process and everything in its group, within 5 seconds and the
// grace. It is safe to call more than once; later calls wait for the first. An
// error means that something is left: a process that cannot be killed, or files.
// One that somebody else started is let go of and goes on.
func (p *Process) Stop() error {
	p.stop.Do(func() {
		if p.attached != nil {
			p.left = p.attached.conn.Close()
			close(p.attached.gone)
			return
		}
		close(p.stopped)
		p.left = p.end()
	})
	return p.left
}

// end climbs down the stop ladder of the package comment.
func (p *Process) end() error {
	killed := make(chan struct{})
	go func() { // ends when the pipes are closed, which runner.kill does at the latest
		defer close(killed)
		p.client.Kill()
	}()
	if p.runner.started() {
		select {
		case <-p.runner.exited:
		case <-time.After(p.grace):
		}
		p.runner.kill()
	}
	select {
	case <-killed:
	case <-time.After(5 * time.Second):
		return fmt.Errorf("process %d of connector %s cannot be killed", p.runner.pid(), p.program.ID)
	}
	if err := errors.Join(os.RemoveAll(p.workDir), os.RemoveAll(p.socketDir)); err != nil {
		return fmt.Errorf("remove directories of %s: %w", p.program.ID, err)
	}
	return p.runner.remains()
}

// handshake waits for the program to introduce itself, or for ctx.
func (p *Process) handshake(ctx context.Context) error {
	type answer struct {
		wire connectorv1.ConnectorClient
		err  error
	}
	answers := make(chan answer, 1)
	go func() { // ends with the start timeout at the latest
		wire, err := p.dispense()
		answers <- answer{wire, err}
	}()
	select {
	case a := <-answers:
		p.wire = a.wire
		return p.explain(a.err)
	case <-ctx.Done():
	}
	// go-plugin holds its lock while it waits for the handshake. Ending the
	// process ends the wait, so that Stop can take the lock.
	select {
	case <-p.runner.begun:
		p.runner.kill()
		<-answers
	case <-answers: // it could not even be started
	}
	return context.Cause(ctx)
}

func (p *Process) dispense() (connectorv1.ConnectorClient, error) {
	rpc, err := p.client.Client()
	if err != nil {
		return nil, err
	}
	raw, err := rpc.Dispense(sdk.PluginName)
	if err != nil {
		return nil, err
	}
	wire, ok := raw.(connectorv1.ConnectorClient)
	if !ok {
		return nil, fmt.Errorf("dispensed a %T", raw)
	}
	return wire, nil
}

// explain turns a failed start into a problem; a problem it already is stays.
func (p *Process) explain(err error) error {
	var problem *host.Problem
	if err == nil || errors.As(err, &problem) {
		return err
	}
	if over := p.ended(); over != nil {
		return over.Because(err)
	}
	exit := ""
	if p.runner.started() {
		exit = p.runner.exit()
	}
	return startProblem(p.program, err, exit, p.stderr.String())
}

// Blame returns err, or, when the process has ended or ends within a moment,
// the problem that says how it ended. Without it a crash reads "connection
// reset".
func (p *Process) Blame(err error) error {
	var problem *host.Problem
	if err == nil || errors.As(err, &problem) {
		return err
	}
	if p.attached != nil {
		if status.Code(err) == codes.Unavailable {
			return p.attached.problem(p.program, err)
		}
		return err
	}
	select {
	case <-p.runner.exited:
	case <-time.After(blameGrace):
		return err
	}
	return p.ExitProblem().Because(err)
}

// ExitProblem says how the process ended, for a process of ours that has.
func (p *Process) ExitProblem() *host.Problem {
	p.runner.told()
	text := p.stderr.String()
	if over := p.ended(); over != nil {
		problem := *over
		problem.Detail = clip(text, 4000)
		return new(wire.Door).Outward(&problem)
	}
	problem := &host.Problem{
		Code:    host.CodeConnectorExited,
		Message: fmt.Sprintf("the connector program %s %s in the middle of its work", p.program.ID, p.runner.exit()),
		Remedy:  "Sync again; if it keeps happening, report it to the connector's author with the run's log.",
		Fault:   host.FaultConnector,
		Retry:   host.RetryAfter,
		Detail:  clip(text, 4000),
	}
	if crash, crashed := crashOf(text); crashed {
		problem.Code = "internal.panic"
		problem.Message = fmt.Sprintf("the connector program %s crashed: %s", p.program.ID, crash)
	}
	return new(wire.Door).Outward(problem) // it has the program's own words
}
