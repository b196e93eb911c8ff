package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	"github.com/plumbline-dev/plumbline/sdk"
)

// Limits bound checks.
type Limits struct {
	Timeout time.Duration
	AtOnce  int
	Kept    int // older ones are forgotten once they have finished
}

// DefaultLimits are the limits unless others are set.
var DefaultLimits = Limits{Timeout: time.Minute, AtOnce: 8, Kept: 50}

// Config is what checks work with.
type Config struct {
	Starter source.Starter
	Vault   setting.Vault
	Events  *event.Log
}

// Checks are the checks under way and the latest results. They live in memory: a check
// proves something about a moment that has passed.
type Checks struct {
	config Config
	wait   sync.WaitGroup

	mu     sync.Mutex
	limits Limits
	closed bool
	order  []string
	states map[string]*state
}

type state struct {
	check   host.Check
	cancel  context.CancelCauseFunc
	changed chan struct{} // closed at the next change
}

// New returns an empty table of checks.
func New(config Config) *Checks {
	return &Checks{config: config, limits: DefaultLimits, states: map[string]*state{}}
}

// Limit sets the bounds of the checks that are started from now on.
func (c *Checks) Limit(limits Limits) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limits = limits
}

// Stop ends every check and waits for all of them. No check starts afterwards.
func (c *Checks) Stop() {
	c.mu.Lock()
	c.closed = true
	for _, s := range c.states {
		s.cancel(stopped())
	}
	c.mu.Unlock()
	c.wait.Wait()
}

// Start begins to probe; Get follows the check.
func (c *Checks) Start(ctx context.Context, connector host.Connector, open source.Open) (host.Check, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.runningLocked() >= c.limits.AtOnce {
		return host.Check{}, &host.Problem{
			Code: host.CodeBusy, Message: "too many checks are running", Remedy: "Wait for one of them.",
			Fault: host.FaultCustomer, Retry: host.RetryAfter,
		}
	}
	check := host.Check{ID: ulid.Make().String(), Version: 1, Status: "running", Probes: []host.Probe{}}
	// The check outlives the request that started it.
	checkCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	c.states[check.ID] = &state{check: check, cancel: cancel, changed: make(chan struct{})}
	c.order = append(c.order, check.ID)
	c.forgetLocked()
	c.wait.Add(1)
	go c.run(checkCtx, check.ID, connector, open, c.limits.Timeout) // ends within the timeout and the stop ladder
	return check, nil
}

func (c *Checks) runningLocked() int {
	n := 0
	for _, s := range c.states {
		if s.check.Status == "running" {
			n++
		}
	}
	return n
}

func (c *Checks) forgetLocked() {
	for i := 0; i < len(c.order) && len(c.order) > c.limits.Kept; i++ {
		if id := c.order[i]; c.states[id].check.Status != "running" {
			delete(c.states, id)
			c.order = append(c.order[:i], c.order[i+1:]...)
			i--
		}
	}
}

// Get returns a check once it is past version, has finished, or ctx ends.
func (c *Checks) Get(ctx context.Context, id string, version int) (host.Check, error) {
	for {
		c.mu.Lock()
		state, ok := c.states[id]
		if !ok {
			c.mu.Unlock()
			return host.Check{}, host.NotFound("check", id, "Start another check: results are kept for a short time only.")
		}
		check, changed := state.check, state.changed
		check.Probes = append([]host.Probe{}, check.Probes...)
		c.mu.Unlock()
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

func (c *Checks) run(ctx context.Context, id string, connector host.Connector, open source.Open, timeout time.Duration) {
	defer c.wait.Done()
	identity, err := c.probe(ctx, id, connector, open, timeout)
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

func (c *Checks) probe(
	ctx context.Context, id string, connector host.Connector, open source.Open, timeout time.Duration,
) (identity string, err error) {
	return c.Run(ctx, connector, open, timeout, func(p host.Probe) {
		p.Error = connector.NameSettings(p.Error)
		c.update(id, func(check *host.Check) { check.Probes = withProbe(check.Probes, p) })
	})
}

// Run starts a connector, has it check and ends it.
func (c *Checks) Run(
	ctx context.Context, connector host.Connector, open source.Open, timeout time.Duration, found func(host.Probe),
) (identity string, err error) {
	ctx, stop := context.WithTimeoutCause(ctx, timeout, tooLong(timeout))
	defer stop()
	process, err := c.config.Starter.Open(connector, open.Settings)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, process.Close()) }()
	if err := process.Start(ctx); err != nil {
		return "", err
	}
	identity, err = process.Check(ctx, open, timeout, found)
	if cause := endOf(ctx); err != nil && cause != nil {
		return identity, cause
	}
	return identity, err
}

// endOf returns why ctx has ended, nil while it goes on. gRPC looks at the clock, so it
// may see that a deadline has passed before the timer of ctx fires.
func endOf(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		<-ctx.Done()
	}
	return context.Cause(ctx)
}

func tooLong(after time.Duration) *host.Problem {
	return &host.Problem{
		Code:    sdk.CodeLimitDeadline,
		Message: fmt.Sprintf("the check took longer than the %s it may take", after),
		Remedy:  "Check that the system answers from this machine, and try again.",
		Fault:   host.FaultUpstream,
		Retry:   host.RetryAfter,
	}
}

func stopped() *host.Problem {
	return &host.Problem{
		Code:    host.CodeInterrupted,
		Message: "Plumbline was stopped in the middle of the check",
		Remedy:  "Start another check.",
		Fault:   host.FaultHost,
		Retry:   host.RetryAfter,
	}
}

// finish lets go of the check's context.
func (c *Checks) finish(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state, ok := c.states[id]; ok {
		state.cancel(nil)
	}
}

// settingsTimeout bounds a check that needs nothing but this machine.
const settingsTimeout = 30 * time.Second

// Settings has a connector check its settings without a network. It returns what the
// connector finds wrong with them, else why it ended.
func (c *Checks) Settings(ctx context.Context, connector host.Connector, open source.Open) error {
	connector.Network = nil
	var wrong *host.Problem
	_, err := c.Run(ctx, connector, open, settingsTimeout, func(p host.Probe) {
		if wrong == nil && p.Error != nil && p.Error.Code == host.CodeInvalid {
			wrong = p.Error
		}
	})
	if wrong != nil {
		return wrong
	}
	return err
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

func (c *Checks) update(id string, edit func(*host.Check)) {
	c.mu.Lock()
	state, ok := c.states[id]
	if ok {
		edit(&state.check)
		state.check.Version++
		close(state.changed)
		state.changed = make(chan struct{})
	}
	c.mu.Unlock()
	c.config.Events.Publish("check", id, "changed")
}

// Open joins the settings and stored secrets of a connection with those given instead. For
// choices alone, required settings may be missing.
func (c *Checks) Open(
	connector host.Connector, connection host.Connection, settings json.RawMessage, instead map[string]string, choices bool,
) (source.Open, error) {
	secrets, err := c.config.Vault.Unseal(connection.ID, connector)
	if err != nil {
		return source.Open{}, err
	}
	typed := map[string]string{} // an empty value stands for the stored one
	for name, value := range instead {
		if value != "" {
			secrets[name], typed[name] = value, value
		}
	}
	if !setting.Given(settings) {
		settings = json.RawMessage("{}")
	}
	check := setting.Check
	if choices {
		check = setting.CheckGiven
	}
	if err := check(connector, settings, typed, connection.Secrets); err != nil {
		return source.Open{}, err
	}
	renewals := &source.Renewals{Vault: c.config.Vault, Events: c.config.Events}
	renewals.Begin(connection, secrets, typed)
	return source.Open{Settings: settings, Secrets: secrets, Choices: choices, Scrub: renewals.Scrub, Seal: renewals.SealFor(connector)}, nil
}
