package catalog

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/release"
)

// Config is what a Catalog works with.
type Config struct {
	Programs  *plugin.Catalog
	Inventory *release.Inventory
	Store     *journal.Journal
	Events    *event.Log
	Logger    *slog.Logger

	Bundled      string // directory of the connectors that came with the host; "" = none
	Interpreter  string // program that runs descriptions; "" = none
	Developments string // directory of the programs in development
}

// Catalog knows every connector. Its methods may be called from any goroutine.
type Catalog struct {
	config Config
	trust  *documents.Collection[host.TrustedPrograms]

	deciding sync.Mutex // one change of trust at a time

	background    context.Context // of the descriptions; ends with Stop
	endBackground context.CancelFunc
	describers    sync.WaitGroup

	mu         sync.Mutex
	developed  []host.Connector
	describing bool // connectors are being described in the background
}

// New returns a catalog in which nothing is in development. Stop ends what it does in the
// background.
func New(config Config) *Catalog {
	c := &Catalog{config: config, trust: trustIn(config.Store)}
	c.background, c.endBackground = context.WithCancel(context.Background())
	return c
}

// Dirs returns the directories searched, in order.
func (c *Catalog) Dirs() []string { return c.config.Programs.Dirs() }

// List returns every connector found, sorted by id. A connector that cannot be used
// has its Problem set.
func (c *Catalog) List(ctx context.Context) ([]host.Connector, error) {
	connectors, err := c.config.Programs.List(ctx, c.pinned())
	for i := range connectors {
		connectors[i] = c.judged(connectors[i])
	}
	return connectors, err
}

// Lookup returns the connector called id, or a problem: not_found when there is no
// such program, or the reason why the program cannot be used.
func (c *Catalog) Lookup(ctx context.Context, id string) (host.Connector, error) {
	connector, err := c.config.Programs.Lookup(ctx, id, c.pinned())
	if connector.ID == "" {
		return connector, err
	}
	if connector = c.judged(connector); connector.Problem != nil {
		err = connector.Problem
	}
	return connector, err
}

// Examine returns what a program that is not in the catalog says of itself.
func (c *Catalog) Examine(ctx context.Context, program plugin.Program) (host.Connector, error) {
	return c.config.Programs.Examine(ctx, program)
}

// SetDeveloped says which programs are in development from now on.
func (c *Catalog) SetDeveloped(connectors []host.Connector) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.developed = connectors
}

// pinned lists the programs of installed releases, then those in development.
func (c *Catalog) pinned() []plugin.Pinned {
	var list []plugin.Pinned
	for _, id := range c.config.Inventory.IDs() {
		entry, ok := c.config.Inventory.Get(id)
		if !ok {
			continue // removed meanwhile
		}
		current := entry.Current
		p := plugin.Pinned{Program: plugin.Program{ID: id, Path: c.config.Inventory.Path(current), SHA256: current.SHA256}}
		if !c.ownInterpreter() {
			p.Interpreters = []string{current.Interpreter}
		}
		list = append(list, p)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.developed {
		list = append(list, plugin.Pinned{Program: plugin.Program{ID: d.ID, Path: d.Path}, Described: &d})
	}
	return list
}

// judged adds the trust in a connector. The program of an installed release that says
// something else of itself than its release cannot be used.
func (c *Catalog) judged(connector host.Connector) host.Connector {
	entry, installed := c.config.Inventory.Get(connector.ID)
	if installed && connector.Problem == nil && connector.Path == c.config.Inventory.Path(entry.Current) {
		if err := release.AgreeInstalled(connector.ID, entry.Current, connector); err != nil {
			connector = plugin.Unusable(connector.ID, connector.Path, host.AsProblem(err))
		}
	}
	connector.Trust, connector.Installation = c.trustOf(connector)
	return connector
}

// IsDeveloped reports whether the connector called id is in development.
func (c *Catalog) IsDeveloped(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.developed {
		if d.ID == id {
			return true
		}
	}
	return false
}

// isDevelopment reports whether this program is or was in development.
func (c *Catalog) isDevelopment(connector host.Connector) bool {
	if c.config.Developments == "" {
		return false
	}
	return strings.HasPrefix(connector.Path, c.config.Developments+string(filepath.Separator))
}

// Changed publishes that a connector, and with it each of its connections, changed.
func (c *Catalog) Changed(id, kind string) {
	c.config.Events.Publish("connector", id, kind)
	connections, err := c.config.Store.Connections()
	if err != nil {
		c.config.Logger.Error("read connections", "err", err)
		return
	}
	for _, connection := range connections {
		if connection.Connector == id {
			c.config.Events.Publish("connection", connection.ID, "changed")
		}
	}
}
