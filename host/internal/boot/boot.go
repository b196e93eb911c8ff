package boot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/admission"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/catalog"
	"github.com/plumbline-dev/plumbline/host/internal/check"
	"github.com/plumbline-dev/plumbline/host/internal/company"
	"github.com/plumbline-dev/plumbline/host/internal/datadir"
	"github.com/plumbline-dev/plumbline/host/internal/development"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/egress"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/export"
	"github.com/plumbline-dev/plumbline/host/internal/install"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/notify"
	"github.com/plumbline-dev/plumbline/host/internal/notify/send"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/cgroup"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	"github.com/plumbline-dev/plumbline/host/internal/summary"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/host/internal/task"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
	"github.com/plumbline-dev/plumbline/host/internal/upkeep"
	"github.com/plumbline-dev/plumbline/host/internal/view"
)

// Options say what a host is opened for.
type Options struct {
	Config  Config
	Program string       // agent, desktop or command: what owns the data directory
	Socket  string       // where the API will listen; empty when it will not
	Version string       // of the host
	Logger  *slog.Logger // nil = discard
	// Unattended runs the schedule and maintains the store. A command, which ends soon,
	// leaves it off.
	Unattended bool
	// Lease is how long a development lasts without being renewed; 0 = 15 seconds.
	Lease time.Duration
	// FreeSpace measures the disk that holds a directory, in bytes; nil = ask the
	// system.
	FreeSpace func(dir string) (free, total uint64, err error)
	// Now is the clock of runs, records and edits; nil = time.Now. A demo sets it back to replay
	// the past. With Unattended it must be nil.
	Now func() time.Time
}

func (o Options) owner(started time.Time) datadir.Owner {
	return datadir.Owner{PID: os.Getpid(), Program: o.Program, Socket: o.Socket, Version: o.Version, StartedAt: started.UTC()}
}

// Host is the open parts of the host, with its use cases.
type Host struct {
	*app.App

	options Options
	config  Config
	started time.Time
	parts   app.Parts

	proxy     *egress.Proxy
	inventory *release.Inventory

	// closers stop what was opened, in the order it was opened. Close runs them backwards.
	closers   []func() error
	closeOnce sync.Once
	closeErr  error
}

// eventsKept is how many events a slow reader may fall behind.
const eventsKept = 4096

// Open locks the data directory and opens every part, the lowest first. When a part fails,
// Open closes those it has opened.
func Open(ctx context.Context, options Options) (_ *Host, err error) {
	h := &Host{options: options, config: options.Config, started: time.Now()}
	h.parts = app.Parts{
		Version: options.Version, Program: options.Program, Socket: options.Socket, DataDir: h.config.DataDir, FileRoots: h.config.FileRoots,
		Started: h.started, Now: options.Now, Logger: options.Logger, Events: event.New(eventsKept),
		Settings: h.config.Settings(), UnknownVariables: h.config.unknownEnviron, UnreadConfig: h.config.unread,
	}
	if h.parts.Now == nil {
		h.parts.Now = time.Now
	}
	if h.parts.Logger == nil {
		h.parts.Logger = slog.New(slog.DiscardHandler)
	}
	if h.parts.Location, err = location(h.config.Timezone); err != nil {
		return nil, err
	}
	collectEarly()
	lock, err := datadir.Take(h.config.DataDir, options.owner(h.started))
	if err != nil {
		return nil, err
	}
	h.onClose(lock.Release)
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	if err := sweep(h.config.DataDir); err != nil {
		return nil, err
	}
	for _, open := range []func() error{h.openStore, h.openConnectors, h.openRuns, h.openReaders} {
		if err := open(); err != nil {
			return nil, err
		}
	}
	h.App = app.New(h.parts)
	h.stopping(h.KeepInsights)
	if err := h.CloseExports(); err != nil {
		h.parts.Logger.Error("close exports that were cut off", "err", err)
	}
	if err := h.SweepFiles(); err != nil {
		h.parts.Logger.Error("delete uploads that no evidence names", "err", err)
	}
	if err := h.ClosePacks(); err != nil {
		h.parts.Logger.Error("close packs that were cut off", "err", err)
	}
	if options.Unattended {
		h.attend()
	}
	return h, ctx.Err()
}

// Config returns the configuration that the host was opened with.
func (h *Host) Config() Config { return h.config }

// onClose has Close call stop, before it stops what was opened earlier.
func (h *Host) onClose(stop func() error) { h.closers = append(h.closers, stop) }

// stopping is onClose for a part that cannot fail to stop.
func (h *Host) stopping(stop func()) { h.onClose(func() error { stop(); return nil }) }

// Close stops every part in reverse and unlocks the data directory. It may be called twice.
func (h *Host) Close() error {
	h.closeOnce.Do(func() {
		var errs []error
		for _, stop := range slices.Backward(h.closers) {
			errs = append(errs, stop())
		}
		h.closeErr = errors.Join(errs...)
	})
	return h.closeErr
}

// descriptions is where the descriptions of connectors are cached.
func descriptions(dir string) string { return filepath.Join(dir, "cache", "connectors") }

// sweep deletes temporary files that a crash or a power cut left.
func sweep(dir string) error {
	errs := []error{durable.Sweep(dir), durable.Sweep(descriptions(dir)), durable.Sweep(filepath.Join(dir, "backups")),
		durable.Sweep(filepath.Join(dir, "notifications")), durable.Sweep(filepath.Join(dir, "results")),
		durable.Sweep(export.Dir(dir))}
	streams, _ := fs.Glob(os.DirFS(dir), "lists/*/*") // the pattern is well-formed
	for _, stream := range streams {
		errs = append(errs, durable.Sweep(filepath.Join(dir, stream)))
	}
	return errors.Join(errs...)
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

func (h *Host) openStore() (err error) {
	dir, p := h.config.DataDir, &h.parts
	if p.Key, err = secret.OpenMasterKey(dir, h.config.SecretsKey); err != nil {
		return fmt.Errorf("open key: %w", err)
	}
	p.Store, err = journal.Open(journal.Options{
		Dir: filepath.Join(dir, "store"), Key: p.Key.StoreKey(), Logger: p.Logger,
		MinFreeBytes: uint64(h.config.MinFreeMiB) << 20, BallastBytes: uint64(h.config.BallastMiB) << 20,
		DigestMemory: int64(h.config.DigestMiB) << 20,
		FreeSpace:    h.options.FreeSpace, Now: h.options.Now,
	})
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	h.onClose(p.Store.Close)
	p.Vault = setting.Vault{Store: p.Store, Key: p.Key}
	p.Tenants = tenant.Finder{Vault: p.Vault, Rates: h.config.rates}
	return nil
}

func (h *Host) openConnectors() (err error) {
	dir, p := h.config.DataDir, &h.parts
	if h.proxy, err = egress.Listen(egress.Config{Logger: p.Logger}); err != nil {
		return fmt.Errorf("open proxy: %w", err)
	}
	h.onClose(h.proxy.Close)
	if err := h.openLauncher(); err != nil {
		return err
	}
	if h.inventory, err = release.OpenInventory(dir, release.Here()); err != nil {
		return err
	}
	dirs, bundled := append(slices.Clone(h.config.ConnectorDirs), h.inventory.Dir()), besideHost()
	if bundled != "" {
		dirs = append(dirs, bundled)
	}
	runner := interpreter(bundled, dirs)
	p.Launcher.Interpret(runner)
	developments := filepath.Join(dir, "development")
	p.Catalog = catalog.New(catalog.Config{
		Programs:  plugin.NewCatalog(dirs, descriptions(dir), h.options.Version, p.Launcher),
		Inventory: h.inventory, Store: p.Store, Events: p.Events, Logger: p.Logger,
		Bundled: bundled, Interpreter: runner, Developments: developments,
	})
	h.stopping(p.Catalog.Stop)
	p.Developments, err = development.Open(development.Config{
		Dir: developments, Lease: h.options.Lease, Catalog: p.Catalog, Logger: p.Logger,
	})
	if err != nil {
		return err
	}
	h.onClose(p.Developments.Close)
	return nil
}

// openLauncher opens what starts the programs of connectors.
func (h *Host) openLauncher() (err error) {
	c, p := h.config, &h.parts
	limits := plugin.Limits{SoftMiB: c.ConnectorMiB, MemoryMiB: c.MaxMemoryMiB, DiskMiB: c.MaxDiskMiB, Tasks: c.MaxTasks}
	if p.Launcher, err = plugin.NewLauncher(c.DataDir, limits); err != nil {
		return fmt.Errorf("open launcher: %w", err)
	}
	h.onClose(p.Launcher.Close)
	if p.Groups, err = cgroup.Find(c.ControlGroup); err != nil && c.ControlGroup != cgroup.Auto {
		return host.Invalid("connectors.control_group", c.ControlGroup, "cannot be used: "+err.Error()).Because(err)
	} else if err != nil {
		p.Logger.Warn("connectors get no control groups", "err", err)
	}
	p.Launcher.UseGroups(p.Groups)
	return nil
}

func (h *Host) openRuns() error {
	c, p := h.config, &h.parts
	if h.options.Unattended {
		p.Scheduler = scheduler.New(scheduler.Config{
			Location: p.Location, Logger: p.Logger,
			Connections: p.Store.Connections, Dues: p.Store.Dues, SetDue: p.Store.SetDue, Writable: p.Store.Room,
			Trigger: func(connection string, due time.Time, why host.Trigger) { h.StartDue(connection, due, why) },
		})
	}
	starter := source.Starter{Catalog: p.Catalog, Launcher: p.Launcher, Proxy: h.proxy}
	p.Supervisor = supervisor.New(supervisor.Config{
		Store: p.Store, Starter: starter, Vault: p.Vault, Events: p.Events,
		Scheduler: p.Scheduler, Logger: p.Logger, Now: p.Now,
		MaxRuns: c.MaxRuns, MaxPer: c.MaxPer, Machine: admission.Measure, Deadline: c.RunDeadline, FullEvery: c.FullEvery,
		Removals: host.RemovalLimits{Share: c.RemovalShare, Count: c.RemovalCount},
	})
	h.stopping(p.Supervisor.Stop)
	p.Checks = check.New(check.Config{Starter: starter, Vault: p.Vault, Events: p.Events})
	h.stopping(p.Checks.Stop)
	p.Tasks = task.New(p.Events)
	h.stopping(p.Tasks.Stop)
	p.Installer = install.New(install.Config{
		Version: h.options.Version, Inventory: h.inventory, Catalog: p.Catalog, Launcher: p.Launcher, Checks: p.Checks,
		Store: p.Store, Logger: p.Logger,
	})
	return nil
}

func (h *Host) openReaders() (err error) {
	p := &h.parts
	p.View = view.Open(view.Config{
		Dir: filepath.Join(h.config.DataDir, "lists"), Key: p.Key.StoreKey(), Journal: p.Store, Logger: p.Logger, Follow: h.options.Unattended,
	})
	h.stopping(p.View.Close)
	p.People = people.Open(people.Config{
		Journal: p.Store, Connector: p.Catalog.Lookup, Logger: p.Logger, Now: p.Now, Follow: h.options.Unattended,
		Changed: func(id, kind string) { p.Events.Publish("account", id, kind) },
		Limits:  directory.Limits{Dormant: h.config.Dormant, New: h.config.NewFor},
	})
	h.stopping(p.People.Close)
	p.Summaries = summary.Open(summary.Config{Store: p.Store, Key: p.Key, Events: p.Events, Logger: p.Logger, Now: p.Now})
	h.stopping(p.Summaries.Close)
	p.Notify, err = notify.Open(notify.Config{
		Dir: filepath.Join(h.config.DataDir, "notifications"), Journal: p.Store, Key: p.Key, Events: p.Events, Address: h.config.PublicAddress,
		Sender: send.New(company.Environment().For, nil), Location: p.Location, Now: p.Now, Logger: p.Logger,
	})
	if err != nil {
		return err
	}
	h.stopping(p.Notify.Close)
	p.Upkeep = upkeep.New(upkeep.Config{
		Store: p.Store, Supervisor: p.Supervisor, Scheduler: p.Scheduler, Events: p.Events, Logger: p.Logger,
		Retention: h.config.Retention, Started: h.started, Exports: export.In(export.Dir(h.config.DataDir)),
	})
	return p.Upkeep.CloseInterrupted()
}

// attend starts what runs without a request: the examination of the store, notifications, the
// upkeep and the schedule.
func (h *Host) attend() {
	h.ExamineStore()
	h.parts.Notify.Follow(h.NotificationSource())
	h.stopping(h.FollowTests())
	h.parts.Upkeep.Start()
	h.stopping(h.parts.Upkeep.Stop)
	h.parts.Scheduler.Start()
	h.stopping(h.parts.Scheduler.Stop)
}
