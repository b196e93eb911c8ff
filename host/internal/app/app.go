package app

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

// App is the whole host without a face. Its methods may be called from any
// goroutine until Close.
type App struct {
	options  Options
	location *time.Location
	started  time.Time
	logger   *slog.Logger

	claim      *claim
	master     *secret.MasterKey
	store      *store.Store
	events     *event.Log
	proxy      *egress.Proxy
	launcher   *plugin.Launcher
	groups     *cgroup.Home // nil = connectors get no control groups
	inventory  *release.Inventory
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
func Open(ctx context.Context, options Options) (_ *App, err error) {
	e := &App{options: options, started: time.Now(), logger: options.Logger, retrying: map[string]time.Time{}, events: event.New(eventsKept), memory: newMemory()}
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
	e.upkeep = &upkeep{app: e, interrupted: true}
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

func (a *App) openStore(dir string) (err error) {
	if a.master, err = secret.OpenMasterKey(dir, a.options.Config.SecretsKey); err != nil {
		return fmt.Errorf("open key: %w", err)
	}
	if err := store.FinishSwap(filepath.Join(dir, "store")); err != nil {
		return err
	}
	a.store, err = store.Open(store.Options{
		Dir: filepath.Join(dir, "store"), Key: a.master.StoreKey(), Logger: a.logger,
		MinFreeBytes: uint64(a.options.Config.MinFreeMiB) << 20, BallastBytes: uint64(a.options.Config.BallastMiB) << 20,
		FreeSpace: a.options.FreeSpace, Preserve: a.preserve,
	})
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	a.tasks = &tasks{events: a.events}
	if a.options.Unattended {
		a.startExamine()
	}
	return a.upkeep.closeInterrupted()
}

func (a *App) openConnectors(dir string) (err error) {
	config := a.options.Config
	limits := plugin.Limits{SoftMiB: config.ConnectorMiB, MemoryMiB: config.MaxMemoryMiB, DiskMiB: config.MaxDiskMiB, Tasks: config.MaxTasks}
	if a.launcher, err = plugin.NewLauncher(dir, limits); err != nil {
		return fmt.Errorf("open launcher: %w", err)
	}
	if a.groups, err = cgroup.Find(config.ControlGroup); err != nil && config.ControlGroup != cgroup.Auto {
		return host.Invalid("connectors.control_group", config.ControlGroup, "cannot be used: "+err.Error()).Because(err)
	} else if err != nil {
		a.logger.Warn("connectors get no control groups", "err", err)
	}
	a.launcher.UseGroups(a.groups)
	if a.proxy, err = egress.Listen(egress.Config{Logger: a.logger}); err != nil {
		return fmt.Errorf("open way out: %w", err)
	}
	if a.inventory, err = release.OpenInventory(dir, release.Here()); err != nil {
		return err
	}
	dirs := append(slices.Clone(a.options.Config.ConnectorDirs), a.inventory.Dir())
	if a.ownConnectors = besideHost(); a.ownConnectors != "" {
		dirs = append(dirs, a.ownConnectors)
	}
	a.interpreter = interpreter(a.ownConnectors, dirs)
	a.launcher.Interpret(a.interpreter)
	a.catalog = plugin.NewCatalog(dirs, descriptions(dir), a.options.Version, a.launcher)
	a.catalog.Heed(plugin.Releases{Installed: a.installed, Developed: a.developed, Vouch: a.vouch})
	return a.openDeveloping(dir)
}

// Logger is where the engine logs.
func (a *App) Logger() *slog.Logger { return a.logger }

// IsConnector reports whether a process is a connector's, which may use nothing of
// the host's but what it is given.
func (a *App) IsConnector(pid int) bool { return a.launcher.Owns(pid) }

// ofTheHouse reports whether a connector came with the host: who can change its
// program can change the host's as well.
func (a *App) ofTheHouse(connector host.Connector) bool {
	return a.ownConnectors != "" && filepath.Dir(connector.Path) == a.ownConnectors
}

func (a *App) openRuns() {
	a.supervisor = supervisor.New(supervisor.Config{
		Store: a.store, Catalog: a.catalog, Launcher: a.launcher, Proxy: a.proxy, OfTheHouse: a.ofTheHouse, Events: a.events,
		Logger: a.logger, Now: time.Now, Secrets: a.unseal,
		MaxRuns: a.options.Config.MaxRuns, MaxPer: a.options.Config.MaxPer, Deadline: a.options.Config.RunDeadline,
		FullEvery: a.options.Config.FullEvery, Removals: host.RemovalLimits{Share: a.options.Config.RemovalShare, Count: a.options.Config.RemovalCount},
		RetryAt: a.retryAt, Ended: a.memory.forget, Tenant: a.tenant, Pause: a.pauseAfter, Tried: a.tried,
	})
	a.checks = newChecks(a)
	if !a.options.Unattended {
		return
	}
	a.scheduler = scheduler.New(scheduler.Config{
		Location: a.location, Logger: a.logger,
		Plans: a.plans, Dues: a.store.Dues, SetDue: a.store.SetDue, Trigger: a.trigger,
		Hold: func() bool { return a.store.Writable() != nil },
	})
	a.scheduler.Start()
}

// Close stops every part in reverse and gives the data directory up. It may be
// called twice.
func (a *App) Close() error {
	a.closeOnce.Do(func() { a.closeErr = a.close() })
	return a.closeErr
}

func (a *App) close() error {
	if a.scheduler != nil {
		a.scheduler.Stop()
	}
	if a.upkeep != nil {
		a.upkeep.stop()
	}
	if a.lists != nil {
		a.lists.close()
	}
	if a.tasks != nil {
		a.tasks.stop()
	}
	if a.checks != nil {
		a.checks.stop()
	}
	if a.supervisor != nil {
		a.supervisor.Stop()
	}
	var errs []error
	if a.developing != nil {
		errs = append(errs, a.developing.close())
	}
	if a.launcher != nil {
		errs = append(errs, a.launcher.Close())
	}
	if a.proxy != nil {
		errs = append(errs, a.proxy.Close())
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	return errors.Join(append(errs, a.claim.release())...)
}

// plans lists what the scheduler may start.
func (a *App) plans() ([]scheduler.Plan, error) {
	connections, err := a.store.Connections()
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
func (a *App) trigger(connectionID string, due time.Time, late bool) {
	connection, err := a.store.Connection(connectionID)
	if err != nil {
		a.logger.Error("start scheduled run", "connection", connectionID, "err", err)
		return
	}
	trigger := host.TriggerSchedule
	if late {
		trigger = host.TriggerCatchUp
	}
	a.mu.Lock()
	if a.retrying[connectionID].Equal(due) {
		trigger = host.TriggerRetry
	}
	delete(a.retrying, connectionID)
	a.mu.Unlock()
	_, err = a.supervisor.Start(connection, supervisor.Options{Trigger: trigger})
	if problem := new(host.Problem); errors.As(err, &problem) && problem.Code == host.CodeBusy {
		return
	}
	if err != nil {
		a.logger.Error("start scheduled run", "connection", connection.Alias, "err", err)
	}
}

// retryAt brings the next run of a connection forward.
func (a *App) retryAt(connectionID string, at time.Time) {
	dues, err := a.store.Dues()
	if err != nil {
		a.logger.Error("plan retry", "connection", connectionID, "err", err)
		return
	}
	if due, ok := dues[connectionID]; a.scheduler == nil || ok && due.Before(at) {
		return
	}
	if err := a.store.SetDue(connectionID, at); err != nil {
		a.logger.Error("plan retry", "connection", connectionID, "err", err)
		return
	}
	a.mu.Lock()
	a.retrying[connectionID] = at
	a.mu.Unlock()
	a.scheduler.Wake()
}

// wakeScheduler tells the scheduler that what it plans with has changed.
func (a *App) wakeScheduler() {
	if a.scheduler != nil {
		a.scheduler.Wake()
	}
}
