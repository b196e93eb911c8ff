package source

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/catalog"
	"github.com/plumbline-dev/plumbline/host/internal/egress"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
)

// Starter starts connector programs, each with no more than its connector declares.
type Starter struct {
	Catalog  *catalog.Catalog
	Launcher *plugin.Launcher
	Proxy    *egress.Proxy
}

// Connector is a connector's process and its way out to the network.
type Connector struct {
	Process *plugin.Process // set by Start
	Gate    *egress.Gate

	info     host.Connector
	launcher *plugin.Launcher
	allowed  plugin.Allowance
}

// Open opens the way out for a process of connector with a connection's settings, a JSON
// object. The caller closes it.
func (s Starter) Open(connector host.Connector, settings []byte) (*Connector, error) {
	c := &Connector{info: connector, launcher: s.Launcher}
	if err := c.contain(s.Proxy, settings, s.Catalog.Bundled(connector), s.Launcher.Private()); err != nil {
		return nil, err
	}
	return c, nil
}

// Start starts the process.
func (c *Connector) Start(ctx context.Context) (err error) {
	if c.Process, err = c.launcher.Start(ctx, plugin.ProgramOf(c.info), c.allowed); err != nil {
		return err
	}
	if c.allowed.Link {
		c.Gate.Serve(c.Process.Client())
	}
	return nil
}

// Close ends the process and closes its way out. An error means that something of the
// process is left.
func (c *Connector) Close() (err error) {
	if c.Process != nil {
		err = c.Process.Stop()
	}
	c.Gate.Close()
	return err
}

// Sync reads the streams of open into sink and returns one result per stream. The error
// is the cause of ctx when the connector stopped because ctx ended; else a problem that
// is fit to be shown.
func (c *Connector) Sync(ctx context.Context, open Open, sink Sink) ([]host.StreamResult, error) {
	results, err := Sync(ctx, c.Process.Client(), open, sink)
	if cause := context.Cause(ctx); cause != nil && (err != nil || slices.ContainsFunc(results, stopped)) {
		return results, cause
	}
	return results, c.explain(open, err)
}

// stopped reports whether a stream ended because the connector was asked to stop.
func stopped(r host.StreamResult) bool {
	return r.Problem != nil && r.Problem.Code == host.CodeCancelled
}

// Check asks the connector to probe its system; see the function Check. The error is like
// that of Sync.
func (c *Connector) Check(ctx context.Context, open Open, timeout time.Duration, found func(host.Probe)) (identity string, err error) {
	identity, err = Check(ctx, c.Process.Client(), open, timeout, found)
	if cause := context.Cause(ctx); cause != nil && err != nil {
		return identity, cause
	}
	return identity, c.explain(open, err)
}

// explain says whose fault the end of a conversation is: an error of the sink is the
// host's, any other without a problem is the connector's. The error of a
// process that ended holds its last output, from which secrets are removed.
func (c *Connector) explain(open Open, err error) error {
	if err == nil {
		return nil
	}
	var problem *host.Problem
	if own := new(sinkError); errors.As(err, &own) {
		problem = host.AsProblem(own.error)
	} else {
		problem = unreadable(c.Process.Blame(err))
	}
	return (&wire.Door{Scrub: open.scrub()}).Outward(c.info.NameSettings(problem))
}

// unreadable returns the problem in err's chain. An error without one comes from the
// wire: the process lives and what it sent cannot be read, which is the connector's
// fault and not Plumbline's.
func unreadable(err error) *host.Problem {
	var problem *host.Problem
	if errors.As(err, &problem) {
		return problem
	}
	return (&host.Problem{
		Code:    host.CodeProtocol,
		Message: "the connector's answer cannot be read: " + err.Error(),
		Remedy:  "Report this to the connector's author with the run's log; an update of the connector may mend it.",
		Fault:   host.FaultConnector,
		Retry:   host.RetryNever,
	}).Because(err)
}
