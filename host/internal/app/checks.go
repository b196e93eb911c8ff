package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/stream"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	"github.com/plumbline-dev/plumbline/sdk"
)

// checkLimits bound checks.
type checkLimits struct {
	timeout time.Duration
	atOnce  int
	kept    int // older ones are forgotten once they have finished
}

var defaultCheckLimits = checkLimits{timeout: time.Minute, atOnce: 8, kept: 50}

// CheckRequest asks for a test of settings that need not be stored.
type CheckRequest struct {
	Connector  string            `json:"connector,omitempty" doc:"Id of the connector; may be left out with connection"`
	Connection string            `json:"connection,omitempty" doc:"Id or alias: its settings and secrets stand in for those not given"`
	Settings   json.RawMessage   `json:"settings,omitempty"`
	Secrets    map[string]string `json:"secrets,omitempty"`
}

// checks are the tests under way and the latest results. They live in memory:
// a check proves something about a moment that has passed.
type checks struct {
	app    *App
	limits checkLimits
	wait   sync.WaitGroup

	mu     sync.Mutex
	closed bool
	order  []string
	states map[string]*checkState
}

type checkState struct {
	check   host.Check
	cancel  context.CancelCauseFunc
	changed chan struct{} // closed at the next change
}

func newChecks(e *App) *checks {
	return &checks{app: e, limits: defaultCheckLimits, states: map[string]*checkState{}}
}

func (c *checks) stop() {
	c.mu.Lock()
	c.closed = true
	for _, s := range c.states {
		s.cancel(checkStopped())
	}
	c.mu.Unlock()
	c.wait.Wait()
}

// StartCheck validates the request and begins to probe; Check follows it.
func (a *App) StartCheck(ctx context.Context, request CheckRequest) (host.Check, error) {
	connector, open, err := a.checkInput(ctx, request)
	if err != nil {
		return host.Check{}, err
	}
	c := a.checks
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.runningLocked() >= c.limits.atOnce {
		return host.Check{}, &host.Problem{Code: host.CodeBusy, Message: "too many checks are running", Remedy: "Wait for one of them.", Fault: host.FaultCustomer, Retry: host.RetryAfter}
	}
	check := host.Check{ID: ulid.Make().String(), Version: 1, Status: "running", Probes: []host.Probe{}}
	// The check outlives the request that started it.
	checkCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	c.states[check.ID] = &checkState{check: check, cancel: cancel, changed: make(chan struct{})}
	c.order = append(c.order, check.ID)
	c.forgetLocked()
	c.wait.Add(1)
	go c.run(checkCtx, check.ID, connector, open) // ends within the timeout and the stop ladder
	return check, nil
}

func (c *checks) runningLocked() int {
	n := 0
	for _, s := range c.states {
		if s.check.Status == "running" {
			n++
		}
	}
	return n
}

func (c *checks) forgetLocked() {
	for i := 0; i < len(c.order) && len(c.order) > c.limits.kept; i++ {
		if id := c.order[i]; c.states[id].check.Status != "running" {
			delete(c.states, id)
			c.order = append(c.order[:i], c.order[i+1:]...)
			i--
		}
	}
}

// Check returns a check once it is past version, has finished, or ctx ends.
func (a *App) Check(ctx context.Context, id string, version int) (host.Check, error) {
	for {
		a.checks.mu.Lock()
		state, ok := a.checks.states[id]
		if !ok {
			a.checks.mu.Unlock()
			return host.Check{}, host.NotFound("check", id, "Start another check: results are kept for a short time only.")
		}
		check, changed := state.check, state.changed
		check.Probes = append([]host.Probe{}, check.Probes...)
		a.checks.mu.Unlock()
		if check.Version > version || check.Status != "running" {
			return check, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return check, nil
		}
	}
}

func (c *checks) run(ctx context.Context, id string, connector host.Connector, open stream.Open) {
	defer c.wait.Done()
	identity, err := c.probe(ctx, id, connector, open)
	c.finish(id)
	c.update(id, func(check *host.Check) {
		check.Identity, check.Status = identity, "ok"
		if err != nil {
			check.Error = host.AsProblem(err)
		}
		for i := range check.Probes {
			p := &check.Probes[i]
			if p.State == host.ProbeRunning {
				p.State, p.Message = host.ProbeUnknown, "Not found out: the check ended before."
			}
			if p.Required && p.State != host.ProbeOK && p.State != host.ProbeTooBroad && p.State != host.ProbeUnknown {
				check.Status = "failed"
			}
		}
		if check.Error != nil {
			check.Status = "failed"
		}
	})
}

func (c *checks) probe(ctx context.Context, id string, connector host.Connector, open stream.Open) (identity string, err error) {
	return c.app.runCheck(ctx, connector, open, c.limits.timeout, func(p host.Probe) {
		p.Error = connector.NameSettings(p.Error)
		c.update(id, func(check *host.Check) { check.Probes = withProbe(check.Probes, p) })
	})
}

// runCheck starts a connector, has it check and ends it.
func (a *App) runCheck(ctx context.Context, connector host.Connector, open stream.Open, timeout time.Duration, found func(host.Probe)) (identity string, err error) {
	ctx, stop := context.WithTimeoutCause(ctx, timeout, checkDeadline(timeout))
	defer stop()
	allowed, gate, err := supervisor.Contain(a.proxy, connector, open.Settings, a.ofTheHouse(connector), a.launcher.Private())
	if err != nil {
		return "", err
	}
	defer gate.Close()
	process, err := a.launcher.Start(ctx, plugin.ProgramOf(connector), allowed)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, process.Stop()) }()
	if allowed.Link {
		gate.Serve(process.Client())
	}
	identity, err = stream.Check(ctx, process.Client(), open, timeout, found)
	if err == nil {
		return identity, nil
	}
	if cause := endOf(ctx); cause != nil {
		return identity, cause
	}
	// How a process ended is told with its last words, which may hold a secret.
	return identity, (&wire.Door{Scrub: open.Scrub}).Outward(supervisor.Unreadable(process.Blame(err)))
}

// endOf returns why ctx has ended, nil while it goes on. Whoever looks at the clock,
// as gRPC does, knows that a deadline has passed before the timer has said so.
func endOf(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		<-ctx.Done()
	}
	return context.Cause(ctx)
}

func checkDeadline(after time.Duration) *host.Problem {
	return &host.Problem{
		Code:    sdk.CodeLimitDeadline,
		Message: fmt.Sprintf("the check took longer than the %s it may take", after),
		Remedy:  "Check that the system answers from this machine, and try again.",
		Fault:   host.FaultUpstream,
		Retry:   host.RetryAfter,
	}
}

func checkStopped() *host.Problem {
	return &host.Problem{
		Code:    host.CodeInterrupted,
		Message: "Plumbline was stopped in the middle of the check",
		Remedy:  "Start another check.",
		Fault:   host.FaultHost,
		Retry:   host.RetryAfter,
	}
}

// finish lets go of the check's context.
func (c *checks) finish(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state, ok := c.states[id]; ok {
		state.cancel(nil)
	}
}

// withProbe replaces the probe of the same id, or adds it.
func withProbe(probes []host.Probe, p host.Probe) []host.Probe {
	for i := range probes {
		if probes[i].ID == p.ID {
			probes[i] = p
			return probes
		}
	}
	return append(probes, p)
}

func (c *checks) update(id string, edit func(*host.Check)) {
	c.mu.Lock()
	state, ok := c.states[id]
	if ok {
		edit(&state.check)
		state.check.Version++
		close(state.changed)
		state.changed = make(chan struct{})
	}
	c.mu.Unlock()
	c.app.events.Publish("check", id, "changed")
}

// checkInput draws the settings and secrets of a check together.
func (a *App) checkInput(ctx context.Context, request CheckRequest) (host.Connector, stream.Open, error) {
	settings, id := request.Settings, request.Connector
	var connection host.Connection
	var err error
	if request.Connection != "" {
		if connection, err = a.store.Connection(request.Connection); err != nil {
			return host.Connector{}, stream.Open{}, err
		}
		if id = connection.Connector; !given(settings) {
			settings = connection.Settings
		}
	}
	connector, err := a.catalog.Lookup(ctx, id)
	if err != nil {
		return host.Connector{}, stream.Open{}, err
	}
	open, err := a.openFor(connector, connection, settings, request.Secrets)
	return connector, open, err
}

// openFor draws the settings and secrets of a connection and those that stand in
// their place together.
func (a *App) openFor(connector host.Connector, connection host.Connection, settings json.RawMessage, instead map[string]string) (stream.Open, error) {
	secrets, err := a.unseal(connection.ID, connector)
	if err != nil {
		return stream.Open{}, err
	}
	typed := map[string]string{} // an empty value stands for the stored one
	for name, value := range instead {
		if value != "" {
			secrets[name], typed[name] = value, value
		}
	}
	if !given(settings) {
		settings = json.RawMessage("{}")
	}
	if err := checkSettings(connector, settings, typed, connection.Secrets); err != nil {
		return stream.Open{}, err
	}
	values := make([]string, 0, len(secrets))
	for _, v := range secrets {
		values = append(values, v)
	}
	return stream.Open{Settings: settings, Secrets: secrets, Scrub: secret.NewScrubber(values...).Scrub}, nil
}

// unseal returns the stored secrets of a connection that the connector asks for.
// One that an earlier version of it asked for stays sealed.
func (a *App) unseal(connection string, connector host.Connector) (map[string]string, error) {
	shape, err := shapeOf(connector)
	if err != nil {
		return nil, err
	}
	sealed, err := a.store.SealedSecrets(connection)
	if err != nil {
		return nil, fmt.Errorf("read secrets: %w", err)
	}
	secrets := make(map[string]string, len(sealed))
	for name, box := range sealed {
		if !shape.Properties[name].WriteOnly {
			continue
		}
		plain, err := a.master.Open(connection, name, box)
		if err != nil {
			return nil, fmt.Errorf("unseal secret %s: %w", name, err)
		}
		secrets[name] = string(plain)
	}
	return secrets, nil
}
