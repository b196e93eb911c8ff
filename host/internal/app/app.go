package app

import (
	"log/slog"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/catalog"
	"github.com/plumbline-dev/plumbline/host/internal/check"
	"github.com/plumbline-dev/plumbline/host/internal/development"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/install"
	"github.com/plumbline-dev/plumbline/host/internal/lists"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/cgroup"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/host/internal/task"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
	"github.com/plumbline-dev/plumbline/host/internal/upkeep"
	"github.com/plumbline-dev/plumbline/host/internal/view"
)

// Parts are what the use cases work with. Package boot opens and stops them.
type Parts struct {
	Version          string // of the host
	Program          string // agent, desktop or command: what owns the data directory
	Socket           string // where the API listens; empty when it does not
	DataDir          string
	Settings         []host.Setting
	UnknownVariables []string // variables of the environment that set nothing
	UnreadConfig     string   // an optional configuration file that may not be read; empty = none
	Started          time.Time
	Location         *time.Location // of schedules
	Logger           *slog.Logger

	Key          *secret.MasterKey
	Store        *journal.Journal
	Vault        setting.Vault
	Tenants      tenant.Finder
	Events       *event.Log
	Launcher     *plugin.Launcher
	Groups       *cgroup.Home // nil = connectors get no control groups
	Installer    *install.Installer
	Catalog      *catalog.Catalog
	Developments *development.Developments
	Scheduler    *scheduler.Scheduler // nil = the host runs no schedule
	Supervisor   *supervisor.Supervisor
	Checks       *check.Checks
	Tasks        *task.Tasks
	View         *view.View
	Upkeep       *upkeep.Upkeep
}

// App is every use case of the product. Its methods may be called from any goroutine
// while the parts are open.
type App struct {
	version, program, socket, dataDir string

	settings         []host.Setting
	unknownVariables []string
	unreadConfig     string
	started          time.Time
	location         *time.Location
	logger           *slog.Logger

	key          *secret.MasterKey
	store        *journal.Journal
	vault        setting.Vault
	tenants      tenant.Finder
	events       *event.Log
	launcher     *plugin.Launcher
	groups       *cgroup.Home
	installer    *install.Installer
	catalog      *catalog.Catalog
	developments *development.Developments
	scheduler    *scheduler.Scheduler
	supervisor   *supervisor.Supervisor
	checks       *check.Checks
	tasks        *task.Tasks
	view         *view.View
	upkeep       *upkeep.Upkeep
	memory       *memory
}

// New returns the use cases over parts that are open.
func New(p Parts) *App {
	return &App{
		version: p.Version, program: p.Program, socket: p.Socket, dataDir: p.DataDir,
		settings: p.Settings, unknownVariables: p.UnknownVariables, unreadConfig: p.UnreadConfig,
		started: p.Started, location: p.Location, logger: p.Logger,
		key: p.Key, store: p.Store, vault: p.Vault, tenants: p.Tenants, events: p.Events, launcher: p.Launcher, groups: p.Groups,
		installer: p.Installer, catalog: p.Catalog, developments: p.Developments, scheduler: p.Scheduler,
		supervisor: p.Supervisor, checks: p.Checks, tasks: p.Tasks, lists: p.Lists, upkeep: p.Upkeep,
		memory: newMemory(),
	}
}

// Logger is where the host logs.
func (a *App) Logger() *slog.Logger { return a.logger }

// IsConnector reports whether a process is a connector's. It may use nothing of the
// host but what it is given.
func (a *App) IsConnector(pid int) bool { return a.launcher.Owns(pid) }

// Settings returns every key of the configuration with its value and origin.
func (a *App) Settings() []host.Setting { return a.settings }

// wakeScheduler tells the scheduler that what it plans with has changed.
func (a *App) wakeScheduler() {
	if a.scheduler != nil {
		a.scheduler.Wake()
	}
}
