package app

import (
	"log/slog"
	"path/filepath"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/artifact"
	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/internal/assure"
	"github.com/plumbline-dev/plumbline/host/internal/catalog"
	"github.com/plumbline-dev/plumbline/host/internal/check"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/development"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/fleet"
	"github.com/plumbline-dev/plumbline/host/internal/install"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
	"github.com/plumbline-dev/plumbline/host/internal/monitor/library"
	"github.com/plumbline-dev/plumbline/host/internal/notify"
	"github.com/plumbline-dev/plumbline/host/internal/packing"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/cgroup"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
	"github.com/plumbline-dev/plumbline/host/internal/summary"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/host/internal/task"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
	"github.com/plumbline-dev/plumbline/host/internal/timeline"
	"github.com/plumbline-dev/plumbline/host/internal/upkeep"
	"github.com/plumbline-dev/plumbline/host/internal/view"
)

// Parts are the open parts of the host. Package boot opens and stops them.
type Parts struct {
	Version          string // of the host
	Program          string // agent, desktop or command: what owns the data directory
	Socket           string // where the API listens; empty when it does not
	DataDir          string
	FileRoots        []string // directories below which people may choose files; empty = the usual ones
	Settings         []host.Setting
	UnknownVariables []string // variables of the environment that set nothing
	UnreadConfig     string   // an optional configuration file that may not be read; empty = none
	Started          time.Time
	Now              func() time.Time // the clock of what people do
	Location         *time.Location   // of schedules
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
	People       *people.People
	Summaries    *summary.Keeper
	Notify       *notify.Notify
	Upkeep       *upkeep.Upkeep
}

// App is every use case of the product. Its methods may be called from any goroutine
// while the parts are open.
type App struct {
	*connections.Keeper
	*lookup.Lookup
	*fleet.Fleet
	*assess.Assessor
	*timeline.Timeline
	*rulebook.Rulebook
	*assure.Assurer
	*packing.Packer

	parts    Parts
	statuses *connections.Statuses
}

// New returns the use cases over parts that are open.
func New(parts Parts) *App {
	statuses := connections.NewStatuses(connections.StatusParts{
		Location: parts.Location, Store: parts.Store, Catalog: parts.Catalog, Developments: parts.Developments, Supervisor: parts.Supervisor,
	})
	keeper := connections.New(connections.Parts{
		Now: parts.Now, Location: parts.Location, Logger: parts.Logger,
		Statuses: statuses, Store: parts.Store, Vault: parts.Vault, Tenants: parts.Tenants, Events: parts.Events, Catalog: parts.Catalog,
		Scheduler: parts.Scheduler, Supervisor: parts.Supervisor, Checks: parts.Checks, Tasks: parts.Tasks, View: parts.View,
	})
	look := lookup.New(lookup.Parts{
		Version: parts.Version, DataDir: parts.DataDir, Now: parts.Now, Location: parts.Location, Logger: parts.Logger,
		Connections: keeper, Statuses: statuses, Store: parts.Store, Tenants: parts.Tenants, Tasks: parts.Tasks, View: parts.View,
		People: parts.People,
	})
	all := fleet.New(fleet.Parts{
		Now: parts.Now, Location: parts.Location, Statuses: statuses, Store: parts.Store, Supervisor: parts.Supervisor, People: parts.People,
		Dir: parts.DataDir, Key: parts.Key, Logger: parts.Logger,
	})
	rules := rulebook.New(rulebook.Parts{
		Library: library.Tests, Store: parts.Store, Events: parts.Events, Now: parts.Now, Location: parts.Location,
	})
	assessor := assess.New(assess.Parts{
		Rules: rules, Store: parts.Store, Statuses: statuses, People: parts.People, Tasks: parts.Tasks, Now: parts.Now,
		Dir: filepath.Join(parts.DataDir, "results"), Key: func() []byte { return parts.Key.StoreKey() }, Logger: parts.Logger,
		Changed: func() { parts.Events.Publish("test", "", "changed") },
	})
	over := timeline.New(timeline.Parts{
		Rules: rules, Store: parts.Store, Statuses: statuses, People: parts.People, Tasks: parts.Tasks, Now: parts.Now,
		Location: parts.Location,
	})
	files := artifact.In(artifact.Dir(parts.DataDir), parts.Store.Room)
	assurer := assure.New(assure.Parts{Tests: assessor, Store: parts.Store, Statuses: statuses, Files: files, Now: parts.Now})
	packer := packing.New(packing.Parts{
		Version: parts.Version, DataDir: parts.DataDir, Now: parts.Now, Location: parts.Location, Logger: parts.Logger,
		Store: parts.Store, Key: parts.Key, Tasks: parts.Tasks, Assessor: assessor, Timeline: over,
		Assurer: assurer, Files: files,
	})
	return &App{
		Keeper: keeper, Lookup: look, Fleet: all, Assessor: assessor, Rulebook: rules, Timeline: over, Assurer: assurer, Packer: packer,
		parts: parts, statuses: statuses,
	}
}

// Logger returns the host's logger.
func (a *App) Logger() *slog.Logger { return a.parts.Logger }

// IsConnector reports whether a process is a connector's. It may not use the API.
func (a *App) IsConnector(pid int) bool { return a.parts.Launcher.Owns(pid) }

// Settings returns every key of the configuration with its value and origin.
func (a *App) Settings() []host.Setting { return a.parts.Settings }
