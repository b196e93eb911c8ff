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
// the connectors. Edits change how the store is opened.
func OpenParts(t testing.TB, programs string, edits ...func(*journal.Options)) *Parts {
	t.Helper()
	dir := Dir(t)
	p := &Parts{Dir: dir, Events: event.New(1000)}
	var failed, err error
	if p.Key, err = secret.OpenMasterKey(dir, secret.BackendFile); err != nil {
		t.Fatal(err)
	}
	options := journal.Options{Dir: filepath.Join(dir, "store"), Key: p.Key.StoreKey(), MinFreeBytes: 1}
	for _, edit := range edits {
		edit(&options)
	}
	p.Store, err = journal.Open(options)
	failed = errors.Join(failed, err)
	p.Launcher, err = plugin.NewLauncher(dir, plugin.Limits{})
	failed = errors.Join(failed, err)
	p.Inventory, err = release.OpenInventory(dir, release.Here())
	if failed = errors.Join(failed, err); failed != nil {
		t.Fatal(failed)
	}
	t.Cleanup(func() {
		p.Catalog.Stop()
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
