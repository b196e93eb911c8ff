package lookup

import (
	"log/slog"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/task"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
	"github.com/plumbline-dev/plumbline/host/internal/view"
)

// Parts are the open parts that Lookup works with.
type Parts struct {
	Version  string           // of the host
	DataDir  string           // where exports are kept
	Now      func() time.Time // the clock of what people do
	Location *time.Location   // of schedules
	Logger   *slog.Logger

	Connections *connections.Keeper
	Statuses    *connections.Statuses
	Store       *journal.Journal
	Tenants     tenant.Finder
	Tasks       *task.Tasks
	View        *view.View
	People      *people.People
}

// Lookup is the use cases of what was read. Its methods may be called from any goroutine
// while the parts are open.
type Lookup struct {
	parts       Parts
	connections *connections.Keeper
	statuses    *connections.Statuses
}

// New returns the use cases over parts that are open.
func New(parts Parts) *Lookup {
	return &Lookup{parts: parts, connections: parts.Connections, statuses: parts.Statuses}
}
