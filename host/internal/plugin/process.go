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
	"github.com/plumbline-dev/plumbline/host/internal/plugin/group"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// blameGrace is how long Blame waits for the process to end.
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
	usage     *group.Usage
	attached  *attached // of an attached process, which has no runner

	stop    sync.Once
	stopped chan struct{} // closed with Stop
	left    error         // what Stop returns

	memory, together, mostMemory atomic.Int64 // in bytes: now, now with helpers, the most
	processor                    atomic.Int64 // in nanoseconds

	mu   sync.Mutex
	over *host.Problem // why the host ended it, if it did
}

// Client returns the connector's calls.
func (p *Process) Client() connectorv1.ConnectorClient { return p.wire }

// Attached reports whether the process is attached: nothing contains it.
func (p *Process) Attached() bool { return p.attached != nil }

// PID returns the process id.
func (p *Process) PID() int {
	if p.attached != nil {
		return p.attached.pid
	}
	return p.runner.pid()
}

// RefusedCalls returns the names of the system calls that the kernel refused the process; nil for an attached one.
func (p *Process) RefusedCalls() []string {
	if p.attached != nil || !p.runner.started() {
		return nil
	}
	return p.runner.refused.Calls()
}

// Stop ends the process and its group within the grace and 5 seconds, or lets go of an
// attached process. It may be called again; later calls wait for the first. An error says
// what is left: a process or files.
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

// end takes the steps of design.md.
func (p *Process) end() error {
	killed := make(chan struct{})
	go func() { // ends when the pipes are closed, with runner.kill at the latest
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
	if !p.runner.started() {
		return nil
	}
	<-p.runner.exited
	return p.runner.left
}

// handshake waits for the program's handshake, or for ctx.
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
	// go-plugin holds its lock during the handshake. Ending the process ends the
	// handshake, so that Stop can take the lock.
	select {
	case <-p.runner.begun:
		p.runner.kill()
		<-answers
	case <-answers: // it could not be started
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

// explain turns the error of a failed start into a problem.
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

// Blame returns err, or, when the process has ended or ends within blameGrace, the
// problem that says how it ended.
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
	return p.exitProblem().Because(err)
}

// exitProblem says how a process that is not attached has ended.
func (p *Process) exitProblem() *host.Problem {
	p.runner.awaitStderr()
	text := p.stderr.String()
	if over := p.ended(); over != nil {
		problem := *over
		problem.Detail = clip(text, 4000)
		return new(wire.Door).Outward(&problem)
	}
	code, how := host.CodeConnectorExited, p.runner.exit()+" in the middle of its work"
	if crash, crashed := crashOf(text); crashed {
		code, how = "internal.panic", "crashed: "+crash
	}
	problem := problem(code, host.FaultConnector, host.RetryAfter,
		"Sync again; if it keeps happening, report it to the connector's author with the run's log.",
		"the connector program %s %s", p.program.ID, how)
	problem.Detail = clip(text, 4000)
	return new(wire.Door).Outward(problem)
}
