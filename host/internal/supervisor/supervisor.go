package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
	"golang.org/x/sync/semaphore"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/store"
)

// Config is what a Supervisor works with.
type Config struct {
	Store    *store.Store
	Catalog  *plugin.Catalog
	Launcher *plugin.Launcher
	Events   *event.Log
	Logger   *slog.Logger
	Now      func() time.Time

	MaxRuns      int           // runs at one moment
	Deadline     time.Duration // longest a run may take
	RemovalShare float64       // share of a stream whose removal waits for a person

	// Secrets unseals those secrets of a connection that the connector asks for,
	// by setting name.
	Secrets func(connection string, connector host.Connector) (map[string]string, error)

	// RetryAt asks for another run of a connection at a moment, because the last
	// one failed in a way that heals by itself.
	RetryAt func(connection string, at time.Time)
}

// Supervisor runs syncs. Create it with New; its methods may be called from any
// goroutine.
type Supervisor struct {
	config Config
	slots  *semaphore.Weighted // first come, first served
	wait   sync.WaitGroup

	mu     sync.Mutex
	active map[string]*active // by connection id
	byRun  map[string]*active // by run id
	closed bool
}

// active is a run that has not ended.
type active struct {
	recorder *recorder
	options  Options
	cancel   context.CancelCauseFunc
	finished chan struct{}
}

// Options say how a run differs from the ordinary.
type Options struct {
	Trigger         host.Trigger
	ConfirmRemovals bool // a person agreed to the removals that were held
}

// New returns a supervisor without runs.
func New(config Config) *Supervisor {
	return &Supervisor{
		config: config,
		slots:  semaphore.NewWeighted(int64(config.MaxRuns)),
		active: map[string]*active{},
		byRun:  map[string]*active{},
	}
}

// Start queues a run of connection and returns it as queued. A connection that
// already has one is busy: a problem that names the run.
func (s *Supervisor) Start(connection host.Connection, options Options) (host.Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return host.Run{}, stopping()
	}
	if a, ok := s.active[connection.ID]; ok {
		// A run that has its outcome is only being put away: it is in nobody's way.
		if run := a.recorder.snapshot(); !run.Status.Final() {
			return host.Run{}, busy(connection, run)
		}
	}
	queued, err := s.config.Store.BeginRun(host.Run{
		ID: ulid.Make().String(), Connection: connection.ID, Alias: connection.Alias, Connector: connection.Connector,
		Trigger: options.Trigger, Status: host.StatusQueued, QueuedAt: s.config.Now().UTC(),
		Steps: []host.Step{newStep(stepStart, "Start the connector", "")},
	})
	if err != nil {
		return host.Run{}, fmt.Errorf("begin run: %w", err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	a := &active{
		recorder: newRecorder(queued, s.config),
		options:  options,
		cancel:   cancel,
		finished: make(chan struct{}),
	}
	s.active[connection.ID], s.byRun[queued.ID] = a, a
	s.wait.Add(1)
	go s.supervise(ctx, connection, a) // ends with the run
	return queued, nil
}

// supervise takes a slot, runs and gives the slot back.
func (s *Supervisor) supervise(ctx context.Context, connection host.Connection, a *active) {
	defer s.wait.Done()
	defer close(a.finished)
	defer a.cancel(nil)
	defer s.forget(connection.ID, a)
	s.config.Events.Publish("run", a.recorder.id(), "queued")
	if err := s.slots.Acquire(ctx, 1); err != nil {
		s.end(connection, a, context.Cause(ctx))
		return
	}
	defer s.slots.Release(1)
	ctx, stop := context.WithTimeoutCause(ctx, s.config.Deadline, deadlineProblem(s.config.Deadline))
	defer stop()
	s.end(connection, a, s.sync(ctx, connection, a))
}

// end records how the run ended and arranges another try when that can help.
func (s *Supervisor) end(connection host.Connection, a *active, cause error) {
	run := a.recorder.end(cause)
	s.config.Events.Publish("run", run.ID, "finished")
	s.config.Events.Publish("connection", connection.ID, "changed")
	if at, ok := s.retryAt(connection, run); ok {
		s.config.RetryAt(connection.ID, at)
	}
}

func (s *Supervisor) forget(connection string, a *active) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active[connection] == a {
		delete(s.active, connection)
	}
	delete(s.byRun, a.recorder.id())
}

// Cancel asks the run to stop; it ends within ten seconds, resumable from its
// last checkpoint. It returns the run, or false when the run is not active.
func (s *Supervisor) Cancel(run string) (host.Run, bool) {
	s.mu.Lock()
	a, ok := s.byRun[run]
	s.mu.Unlock()
	if !ok {
		return host.Run{}, false
	}
	a.cancel(cancelled())
	return a.recorder.snapshot(), true
}

// Run returns an active run as it stands now.
func (s *Supervisor) Run(run string) (host.Run, bool) {
	s.mu.Lock()
	a, ok := s.byRun[run]
	s.mu.Unlock()
	if !ok {
		return host.Run{}, false
	}
	return a.recorder.snapshot(), true
}

// Active returns the run of a connection that has not ended.
func (s *Supervisor) Active(connection string) (host.Run, bool) {
	s.mu.Lock()
	a, ok := s.active[connection]
	s.mu.Unlock()
	if !ok {
		return host.Run{}, false
	}
	return a.recorder.snapshot(), true
}

// PendingLogs returns the log lines of an active run that are not stored yet.
func (s *Supervisor) PendingLogs(run string) []host.Log {
	s.mu.Lock()
	a, ok := s.byRun[run]
	s.mu.Unlock()
	if !ok {
		return nil
	}
	return a.recorder.pendingLogs()
}

// Wait returns when the run has ended, or when ctx has.
func (s *Supervisor) Wait(ctx context.Context, run string) error {
	s.mu.Lock()
	a, ok := s.byRun[run]
	s.mu.Unlock()
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
	s.closed = true
	for _, a := range s.active {
		a.cancel(stopping())
	}
	s.mu.Unlock()
	s.wait.Wait()
}
