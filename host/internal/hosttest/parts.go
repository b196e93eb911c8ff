package hosttest

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/catalog"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
)

// Parts are the host's lower packages, opened on a fresh data directory.
type Parts struct {
	Dir       string
	Key       *secret.MasterKey
	Store     *journal.Journal
	Vault     setting.Vault
	Events    *event.Log
	Launcher  *plugin.Launcher
	Inventory *release.Inventory
	Catalog   *catalog.Catalog // of the programs in a directory, and of those in development
}

// OpenParts opens the lower packages until the test ends. Programs is the directory of
// the connectors.
func OpenParts(t testing.TB, programs string) *Parts {
	t.Helper()
	dir := Dir(t)
	p := &Parts{Dir: dir, Events: event.New(1000)}
	var failed, err error
	p.Key, err = secret.OpenMasterKey(dir, secret.BackendFile)
	failed = errors.Join(failed, err)
	p.Store, err = journal.Open(journal.Options{Dir: filepath.Join(dir, "store"), Key: make([]byte, 32), MinFreeBytes: 1})
	failed = errors.Join(failed, err)
	p.Launcher, err = plugin.NewLauncher(dir, plugin.Limits{})
	failed = errors.Join(failed, err)
	p.Inventory, err = release.OpenInventory(dir, release.Here())
	if failed = errors.Join(failed, err); failed != nil {
		t.Fatal(failed)
	}
	t.Cleanup(func() {
		if err := errors.Join(p.Launcher.Close(), p.Store.Close()); err != nil {
			t.Error(err)
		}
	})
	p.Vault = setting.Vault{Store: p.Store, Key: p.Key}
	p.Catalog = catalog.New(catalog.Config{
		Programs:  plugin.NewCatalog([]string{programs}, filepath.Join(dir, "cache"), "test", p.Launcher),
		Inventory: p.Inventory, Store: p.Store, Events: p.Events, Logger: slog.New(slog.DiscardHandler),
		Developments: filepath.Join(dir, "development"),
	})
	return p
}

// Connect stores a connection with secrets, by setting name.
func (p *Parts) Connect(t testing.TB, c host.Connection, secrets map[string]string) host.Connection {
	t.Helper()
	c.ID = ulid.Make().String()
	sealed, err := p.Vault.Seal(c.ID, secrets)
	if err == nil {
		c, err = p.Store.CreateConnection(As(t), c, sealed)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Kinds returns the kinds of the events of a topic after an event, in order.
func (p *Parts) Kinds(t testing.TB, topic string, after uint64) (kinds []string) {
	t.Helper()
	if after == p.Events.Last() {
		return nil
	}
	events, _, _ := p.Events.WaitPaced(t.Context(), after, 0)
	for _, e := range events {
		if e.Topic == topic {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}
