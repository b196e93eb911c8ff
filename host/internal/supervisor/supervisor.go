package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/admission"
	"github.com/plumbline-dev/plumbline/host/internal/budget"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
)

// Config is what a Supervisor works with.
type Config struct {
	Store   *journal.Journal
	Starter source.Starter
	Vault   setting.Vault
	Events  *event.Log
	Logger  *slog.Logger
	Now     func() time.Time

	// Scheduler brings the run after a failure that heals by itself forward; nil = the
	// host runs no schedule.
	Scheduler *scheduler.Scheduler

	MaxRuns   int           // runs at one moment, where the machine has room for as many
	MaxPer    int           // of one connector; 0 = as many
	Deadline  time.Duration // longest a run may take
	FullEvery time.Duration // at least this often an incremental stream is read from its beginning; 0 = never

	// Machine measures how much room the machine has; nil = MaxRuns alone counts.
	Machine func() admission.Machine

	Removals host.RemovalLimits // unless the connection has its own
}

// Supervisor runs syncs. Create it with New; its methods may be called from any
// goroutine.
type Supervisor struct {
	config      Config
	queue       *queue
	budgets     *budget.Ledger
	crashes     *crashes
	generations *generations
	wait        sync.WaitGroup

	mu      sync.Mutex
	active  map[string]*active // by connection id
	byRun   map[string]*active // by run id
	closed  bool
	closing chan struct{} // closed by Stop
}

// active is a run whose outcome is not stored yet.
type active struct {
	recorder *recorder
	options  Options
	cancel   context.CancelCauseFunc
	finished chan struct{}
	program  plugin.Program // set once it is known
	ticket   *ticket
}

// Options say how a run differs from the ordinary.
type Options struct {
	Actor   host.Actor // who or what starts it
	Trigger host.Trigger
	Due     time.Time         // when its schedule wanted it; zero = no schedule did
	Full    bool              // every stream is read from its beginning
	Confirm map[string]string // ids of held removals that a person agreed to, by stream
	Tenant  tenant.Tenant     // whose rate budget it draws on; zero = no budget
}

// by returns the actor as a run records it; nil when it is not known.
func (o Options) by() *host.Actor {
	if o.Actor == (host.Actor{}) {
		return nil
	}
	return &o.Actor
}

// due returns when a schedule wanted the run; nil when none did.
func (o Options) due() *time.Time {
	if o.Due.IsZero() {
		return nil
	}
	at := o.Due.UTC().Round(0)
	return &at
}

// New returns a supervisor without runs.
func New(config Config) *Supervisor {
	room := admission.New(admission.Rules{Most: config.MaxRuns}, config.Machine, config.Now)
	budgets := budget.New(config.Now, min(config.MaxRuns, tenant.FixedRuns+1))
	return &Supervisor{
		config:      config,
		queue:       newQueue(room, config.MaxPer, budgets.Held),
		budgets:     budgets,
		crashes:     newCrashes(),
		generations: &generations{of: map[string]uint64{}},
		active:      map[string]*active{},
		byRun:       map[string]*active{},
		closing:     make(chan struct{}),
	}
}

// Start queues a run of connection and returns it as queued. A connection that
// already has one is busy: a problem that names the run.
func (s *Supervisor) Start(connection host.Connection, options Options) (host.Run, error) {
	ctx, a, err := s.reserve(connection, options)
	if err != nil {
		return host.Run{}, err
	}
	// The run is stored without the lock: a slow disk must not delay calls that only read.
	queued, err := s.config.Store.BeginRun(a.recorder.snapshot())
	if err != nil {
		a.cancel(nil)
		s.forget(connection.ID, a)
		s.queue.leave(a.ticket)
		close(a.finished)
		s.wait.Done()
		return host.Run{}, fmt.Errorf("begin run: %w", err)
	}
	a.recorder.edit(func(run *host.Run) { run.Epoch = queued.Epoch })
	go s.supervise(ctx, connection, a) // ends with the run
	return queued, nil
}

// reserve takes the connection for a run and puts the run into the queue: the runs wait
// in the order in which Start took this lock.
func (s *Supervisor) reserve(connection host.Connection, options Options) (context.Context, *active, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, stopping()
	}
	// A final run is only waiting to be saved; it does not block a new one.
	if a, ok := s.active[connection.ID]; ok && !a.recorder.status().Final() {
		return nil, nil, busy(connection, a.recorder.id())
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	a := &active{
		recorder: newRecorder(host.Run{
			ID: ulid.Make().String(), Connection: connection.ID, Alias: connection.Alias, Connector: connection.Connector,
			Actor: options.by(), Trigger: options.Trigger, Full: options.Full, Status: host.StatusQueued, QueuedAt: s.config.Now().UTC(),
			DueAt: options.due(),
			Steps: []host.Step{newStep(stepStart, "Start the connector", "")},
		}, s.config, s.generations),
		options:  options,
		cancel:   cancel,
		finished: make(chan struct{}),
		ticket:   s.queue.join(options.Trigger == host.TriggerManual, connection.Connector, options.Tenant),
	}
	s.active[connection.ID], s.byRun[a.recorder.id()] = a, a
	s.wait.Add(1)
	return ctx, a, nil
}

// supervise waits until the run has a slot, runs it and frees the slot.
func (s *Supervisor) supervise(ctx context.Context, connection host.Connection, a *active) {
	defer s.wait.Done()
	defer s.saveLater(connection.ID, a)
	defer close(a.finished)
	defer a.cancel(nil)
	defer s.forget(connection.ID, a)
	defer s.queue.leave(a.ticket)
	s.config.Events.PublishRun(connection.ID, a.recorder.id(), "queued")
	select {
	case <-a.ticket.granted:
	case <-ctx.Done():
		s.end(connection, a, context.Cause(ctx))
		return
	}
	ctx, stop := s.deadline(ctx, connection)
	defer stop()
	s.end(connection, a, s.sync(ctx, connection, a))
}

// deadline bounds a run: by what its connection says, else by the configuration.
func (s *Supervisor) deadline(ctx context.Context, connection host.Connection) (context.Context, context.CancelFunc) {
	after, where := s.config.Deadline, "sync.deadline"
	if own, err := time.ParseDuration(connection.Deadline); err == nil && own > 0 {
		after, where = own, "the connection's deadline"
	}
	return context.WithTimeoutCause(ctx, after, deadlineProblem(after, where))
}

// end records how the run ended and arranges another try when that can help.
func (s *Supervisor) end(connection host.Connection, a *active, cause error) {
	run := a.recorder.end(cause)
	logRun(s.config.Logger, &run)
	s.config.Events.PublishRun(connection.ID, run.ID, event.KindFinished)
	s.config.Events.Publish("connection", connection.ID, "changed")
	broke, times := s.crashes.note(a.program, run, s.config.Now())
	if a.program.SHA256 != "" && s.config.Starter.Catalog.Tried(run, broke, times) {
		s.retry(connection, s.config.Now().Add(time.Second))
	}
	recent, err := s.recent(connection)
	if err != nil {
		s.config.Logger.Error("read runs", "connection", run.Alias, "run", run.ID, "err", err)
		return
	}
	if pause, ok := pauseFor(connection, recent, s.config.Now()); ok {
		s.PauseAfter(run, pause)
		return
	}
	if at, ok := s.retryAt(connection, run, recent); ok {
		s.retry(connection, at)
	}
}

// recent returns the latest runs of a connection that runs by itself, newest first.
func (s *Supervisor) recent(connection host.Connection) ([]host.Run, error) {
	if connection.Schedule == "" || connection.Paused != nil {
		return nil, nil
	}
	runs, _, err := s.config.Store.Runs(journal.RunQuery{Connection: connection.ID, Limit: 2 * failuresToPause})
	return runs, err
}

// forget drops a run that has ended, unless its outcome is not stored: then saveLater
// drops it.
func (s *Supervisor) forget(connection string, a *active) {
	if a.recorder.saved() {
		s.drop(connection, a)
	}
}

func (s *Supervisor) drop(connection string, a *active) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active[connection] == a {
		delete(s.active, connection)
	}
	delete(s.byRun, a.recorder.id())
}

// find returns the run of a key in byRun or active.
func (s *Supervisor) find(in map[string]*active, key string) (*active, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := in[key]
	return a, ok
}

// Cancel asks the run to stop; it ends within ten seconds, resumable from its
// last checkpoint. It returns the run, or false when the run is not active.
func (s *Supervisor) Cancel(run string) (host.Run, bool) {
	a, ok := s.find(s.byRun, run)
	if ok {
		a.cancel(cancelled())
	}
	return s.snapshot(a, ok)
}

// Run returns an active run as it stands now.
func (s *Supervisor) Run(run string) (host.Run, bool) { return s.snapshot(s.find(s.byRun, run)) }

// Active returns the run of a connection that has not ended.
func (s *Supervisor) Active(connection string) (host.Run, bool) {
	return s.snapshot(s.find(s.active, connection))
}

// snapshot returns a run as it stands now, with its position in the queue.
func (s *Supervisor) snapshot(a *active, ok bool) (host.Run, bool) {
	if !ok {
		return host.Run{}, false
	}
	run := a.recorder.snapshot()
	if run.Status == host.StatusQueued {
		run.Queue = s.queue.position(a.ticket)
	}
	return run, true
}

// Activity returns what the run of a connection is doing.
func (s *Supervisor) Activity(connection string) host.Activity {
	if a, ok := s.find(s.active, connection); ok {
		if status := a.recorder.status(); !status.Final() {
			return host.Activity(status)
		}
	}
	return host.ActivityIdle
}

// Idle reports whether no run is queued or in progress.
func (s *Supervisor) Idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.active {
		if !a.recorder.status().Final() {
			return false
		}
	}
	return true
}

// PendingLogs returns the log lines of an active run that are not stored yet.
func (s *Supervisor) PendingLogs(run string) []host.Log {
	if a, ok := s.find(s.byRun, run); ok {
		return a.recorder.pendingLogs()
	}
	return nil
}

// Wait returns when the run has ended, or when ctx has.
func (s *Supervisor) Wait(ctx context.Context, run string) error {
	a, ok := s.find(s.byRun, run)
	if !ok {
		return nil
	}
	select {
	case <-a.finished:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Stop ends every run as interrupted and waits for all of them.
func (s *Supervisor) Stop() {
	s.mu.Lock()
	if !s.closed {
		close(s.closing)
	}
	s.closed = true
	for _, a := range s.active {
		a.cancel(stopping())
	}
	s.mu.Unlock()
	s.wait.Wait()
}
