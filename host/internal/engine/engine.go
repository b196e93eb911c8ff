package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/egress"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/cgroup"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/store"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

// Options say what an engine is opened for.
type Options struct {
	Config  Config
	Program string       // agent, desktop or command: what owns the data directory
	Socket  string       // where the API will listen; empty when it will not
	Version string       // of the host
	Logger  *slog.Logger // nil = discard
	// Unattended runs the schedule and looks after the store. A command that is soon
	// done leaves it off.
	Unattended bool
	// FreeSpace measures the disk that holds a directory, in bytes; nil = ask the
	// system.
	FreeSpace func(dir string) (free, total uint64, err error)
}

// Engine is the whole host without a face. Its methods may be called from any
// goroutine until Close.
type Engine struct {
	options  Options
	location *time.Location
	started  time.Time
	logger   *slog.Logger

	claim      *claim
	keeper     *secret.Keeper
	store      *store.Store
	events     *event.Log
	proxy      *egress.Proxy
	launcher   *plugin.Launcher
	groups     *cgroup.Home // nil = connectors get no control groups
	shelf      *release.Shelf
	catalog    *plugin.Catalog
	supervisor *supervisor.Supervisor
	scheduler  *scheduler.Scheduler
	checks     *checks
	tasks      *tasks
	memory     *memory
	lists      *lists
	upkeep     *upkeep
	developing *developing

	ownConnectors string // directory of the connectors that came with the host
	interpreter   string // program that runs descriptions; "" = there is none

	closeOnce sync.Once
	closeErr  error

	mu       sync.Mutex
	retrying map[string]time.Time // due times that are a retry, by connection id
}

// eventsKept is how many hints a slow reader may fall behind.
const eventsKept = 4096

// Open claims the data directory and opens every part. What was opened before a
// part that fails is closed again.
func Open(ctx context.Context, options Options) (_ *Engine, err error) {
	e := &Engine{options: options, started: time.Now(), logger: options.Logger, retrying: map[string]time.Time{}, events: event.New(eventsKept), memory: newMemory()}
	if e.logger == nil {
		e.logger = slog.New(slog.DiscardHandler)
	}
	if e.location, err = location(options.Config.Timezone); err != nil {
		return nil, err
	}
	collectEarly()
	dir := options.Config.DataDir
	owner := Owner{PID: os.Getpid(), Program: options.Program, Socket: options.Socket, Version: options.Version, StartedAt: e.started.UTC()}
	if e.claim, err = claimDir(dir, owner); err != nil {
		return nil, err
	}
	e.upkeep = &upkeep{engine: e, interrupted: true}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	if err := sweep(dir); err != nil {
		return nil, err
	}
	if err := e.openStore(dir); err != nil {
		return nil, err
	}
	if err := e.openConnectors(dir); err != nil {
		return nil, err
	}
	e.openRuns()
	e.openLists(dir)
	if options.Unattended {
		e.upkeep.start()
	}
	return e, ctx.Err()
}

// descriptions is where the descriptions of connectors are cached.
func descriptions(dir string) string { return filepath.Join(dir, "cache", "connectors") }

// sweep deletes the files that a power cut kept from getting their names.
func sweep(dir string) error {
	return errors.Join(durable.Sweep(dir), durable.Sweep(descriptions(dir)), durable.Sweep(filepath.Join(dir, "backups")))
}

func location(name string) (*time.Location, error) {
	if name == "" {
		return time.Local, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, host.Invalid("schedule.timezone", name, "is not a time zone").Because(err)
	}
	return zone, nil
}

func (e *Engine) openStore(dir string) (err error) {
	if e.keeper, err = secret.OpenKeeper(dir, e.options.Config.SecretsKey); err != nil {
		return fmt.Errorf("open key: %w", err)
	}
	if err := store.FinishSwap(filepath.Join(dir, "store")); err != nil {
		return err
	}
	e.store, err = store.Open(store.Options{
		Dir: filepath.Join(dir, "store"), Key: e.keeper.StoreKey(), Logger: e.logger,
		MinFreeBytes: uint64(e.options.Config.MinFreeMiB) << 20, BallastBytes: uint64(e.options.Config.BallastMiB) << 20,
		FreeSpace: e.options.FreeSpace, Preserve: e.preserve,
	})
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	e.tasks = &tasks{events: e.events}
	if e.options.Unattended {
		e.startExamine()
	}
	return e.upkeep.closeInterrupted()
}

func (e *Engine) openConnectors(dir string) (err error) {
	config := e.options.Config
	limits := plugin.Limits{SoftMiB: config.ConnectorMiB, MemoryMiB: config.MaxMemoryMiB, DiskMiB: config.MaxDiskMiB, Tasks: config.MaxTasks}
	if e.launcher, err = plugin.NewLauncher(dir, limits); err != nil {
		return fmt.Errorf("open launcher: %w", err)
	}
	if e.groups, err = cgroup.Find(config.ControlGroup); err != nil && config.ControlGroup != cgroup.Auto {
		return host.Invalid("connectors.control_group", config.ControlGroup, "cannot be used: "+err.Error()).Because(err)
	} else if err != nil {
		e.logger.Warn("connectors get no control groups", "err", err)
	}
	e.launcher.Gather(e.groups)
	if e.proxy, err = egress.Listen(egress.Config{Logger: e.logger}); err != nil {
		return fmt.Errorf("open way out: %w", err)
	}
	if e.shelf, err = release.OpenShelf(dir, release.Here()); err != nil {
		return err
	}
	dirs := append(slices.Clone(e.options.Config.ConnectorDirs), e.shelf.Dir())
	if e.ownConnectors = besideHost(); e.ownConnectors != "" {
		dirs = append(dirs, e.ownConnectors)
	}
	e.interpreter = interpreter(e.ownConnectors, dirs)
	e.launcher.Interpret(e.interpreter)
	e.catalog = plugin.NewCatalog(dirs, descriptions(dir), e.options.Version, e.launcher)
	e.catalog.Heed(plugin.Releases{Installed: e.installed, Developed: e.developed, Vouch: e.vouch})
	return e.openDeveloping(dir)
}

// Logger is where the engine logs.
func (e *Engine) Logger() *slog.Logger { return e.logger }

// IsConnector reports whether a process is a connector's, which may use nothing of
// the host's but what it is given.
func (e *Engine) IsConnector(pid int) bool { return e.launcher.Owns(pid) }

// ofTheHouse reports whether a connector came with the host: who can change its
// program can change the host's as well.
func (e *Engine) ofTheHouse(connector host.Connector) bool {
	return e.ownConnectors != "" && filepath.Dir(connector.Path) == e.ownConnectors
}

func (e *Engine) openRuns() {
	e.supervisor = supervisor.New(supervisor.Config{
		Store: e.store, Catalog: e.catalog, Launcher: e.launcher, Proxy: e.proxy, OfTheHouse: e.ofTheHouse, Events: e.events,
		Logger: e.logger, Now: time.Now, Secrets: e.unseal,
		MaxRuns: e.options.Config.MaxRuns, MaxPer: e.options.Config.MaxPer, Deadline: e.options.Config.RunDeadline,
		FullEvery: e.options.Config.FullEvery, Removals: host.RemovalLimits{Share: e.options.Config.RemovalShare, Count: e.options.Config.RemovalCount},
		RetryAt: e.retryAt, Ended: e.memory.forget, Tenant: e.tenant, Pause: e.pauseAfter, Tried: e.tried,
	})
	e.checks = newChecks(e)
	if !e.options.Unattended {
		return
	}
	e.scheduler = scheduler.New(scheduler.Config{
		Location: e.location, Logger: e.logger,
		Plans: e.plans, Dues: e.store.Dues, SetDue: e.store.SetDue, Trigger: e.trigger,
		Hold: func() bool { return e.store.Writable() != nil },
	})
	e.scheduler.Start()
}

// Close stops every part in reverse and gives the data directory up. It may be
// called twice.
func (e *Engine) Close() error {
	e.closeOnce.Do(func() { e.closeErr = e.close() })
	return e.closeErr
}

func (e *Engine) close() error {
	if e.scheduler != nil {
		e.scheduler.Stop()
	}
	if e.upkeep != nil {
		e.upkeep.stop()
	}
	if e.lists != nil {
		e.lists.close()
	}
	if e.tasks != nil {
		e.tasks.stop()
	}
	if e.checks != nil {
		e.checks.stop()
	}
	if e.supervisor != nil {
		e.supervisor.Stop()
	}
	var errs []error
	if e.developing != nil {
		errs = append(errs, e.developing.close())
	}
	if e.launcher != nil {
		errs = append(errs, e.launcher.Close())
	}
	if e.proxy != nil {
		errs = append(errs, e.proxy.Close())
	}
	if e.store != nil {
		errs = append(errs, e.store.Close())
	}
	return errors.Join(append(errs, e.claim.release())...)
}

// plans lists what the scheduler may start.
func (e *Engine) plans() ([]scheduler.Plan, error) {
	connections, err := e.store.Connections()
	if err != nil {
		return nil, err
	}
	var plans []scheduler.Plan
	for _, c := range connections {
		if c.Schedule != "" && c.Paused == nil {
			plans = append(plans, scheduler.Plan{Connection: c.ID, Schedule: c.Schedule, Since: c.UpdatedAt})
		}
	}
	return plans, nil
}

// trigger starts a run whose time has come. A connection that is still being
// synced has what it was due for.
func (e *Engine) trigger(connectionID string, due time.Time, late bool) {
	connection, err := e.store.Connection(connectionID)
	if err != nil {
		e.logger.Error("start scheduled run", "connection", connectionID, "err", err)
		return
	}
	trigger := host.TriggerSchedule
	if late {
		trigger = host.TriggerCatchUp
	}
	e.mu.Lock()
	if e.retrying[connectionID].Equal(due) {
		trigger = host.TriggerRetry
	}
	delete(e.retrying, connectionID)
	e.mu.Unlock()
	_, err = e.supervisor.Start(connection, supervisor.Options{Trigger: trigger})
	if problem := new(host.Problem); errors.As(err, &problem) && problem.Code == host.CodeBusy {
		return
	}
	if err != nil {
		e.logger.Error("start scheduled run", "connection", connection.Alias, "err", err)
	}
}

// retryAt brings the next run of a connection forward.
func (e *Engine) retryAt(connectionID string, at time.Time) {
	dues, err := e.store.Dues()
	if err != nil {
		e.logger.Error("plan retry", "connection", connectionID, "err", err)
		return
	}
	if due, ok := dues[connectionID]; e.scheduler == nil || ok && due.Before(at) {
		return
	}
	if err := e.store.SetDue(connectionID, at); err != nil {
		e.logger.Error("plan retry", "connection", connectionID, "err", err)
		return
	}
	e.mu.Lock()
	e.retrying[connectionID] = at
	e.mu.Unlock()
	e.scheduler.Wake()
}

// wakeScheduler tells the scheduler that what it plans with has changed.
func (e *Engine) wakeScheduler() {
	if e.scheduler != nil {
		e.scheduler.Wake()
	}
}
