package connections

import (
	"log/slog"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/catalog"
	"github.com/plumbline-dev/plumbline/host/internal/check"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/host/internal/task"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
	"github.com/plumbline-dev/plumbline/host/internal/view"
)

// Parts are the open parts that Keeper works with.
type Parts struct {
	Now      func() time.Time // the clock of what people do
	Location *time.Location   // of schedules
	Logger   *slog.Logger

	Statuses   *Statuses
	Store      *journal.Journal
	Vault      setting.Vault
	Tenants    tenant.Finder
	Events     *event.Log
	Catalog    *catalog.Catalog
	Scheduler  *scheduler.Scheduler // nil = the host runs no schedule
	Supervisor *supervisor.Supervisor
	Checks     *check.Checks
	Tasks      *task.Tasks
	View       *view.View
}

// Keeper is the use cases of connections and their runs. Its methods may be called from any
// goroutine while the parts are open.
type Keeper struct {
	parts    Parts
	statuses *Statuses

	starts sync.RWMutex // held to read while a run starts, and to write while a connection is disconnected
}

// New returns the use cases over parts that are open.
func New(parts Parts) *Keeper { return &Keeper{parts: parts, statuses: parts.Statuses} }
