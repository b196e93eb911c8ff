package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/catalog"
	"github.com/plumbline-dev/plumbline/host/internal/check"
	"github.com/plumbline-dev/plumbline/host/internal/development"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/internal/task"
)

// ReleaseRequest names a release and says what a person agreed to.
type ReleaseRequest struct {
	Source  string `json:"source" doc:"Absolute path of an archive or a directory, or a reference to a registry"`
	Signer  string `json:"signer,omitempty" doc:"Public key that has to have signed it"`
	Consent string `json:"consent,omitempty" doc:"The offer's consent: that a person agreed to this very release"`
	Confirm string `json:"confirm,omitempty" doc:"The connector's id, typed by a person when the offer says that it has to be"`
	Update  bool   `json:"update,omitempty" doc:"Only a newer release by the same signer; one that asks for more waits for consent"`
}

// Config is what an Installer works with.
type Config struct {
	Version   string // of the host
	Inventory *release.Inventory
	Catalog   *catalog.Catalog
	Launcher  *plugin.Launcher
	Checks    *check.Checks
	Store     *journal.Journal
	Logger    *slog.Logger
}

// Installer installs releases. Its methods may be called from any goroutine.
type Installer struct {
	config   Config
	consents *documents.Collection[host.Consent] // by the id of the connector
}

// New returns an installer.
func New(config Config) *Installer {
	return &Installer{config: config, consents: documents.NewCollection[host.Consent](config.Store.Documents, "consent", nil)}
}

// Install installs a release, or notes an update that waits for consent. It reads and
// verifies everything again, whatever was offered before, and returns what is installed
// of the connector then.
func (i *Installer) Install(
	ctx context.Context, request ReleaseRequest, report func(task.Progress),
) (id string, _ release.Entry, err error) {
	report(task.Progress{Phase: "reading the manifest"})
	r, err := i.read(ctx, request)
	if err != nil {
		return "", release.Entry{}, err
	}
	if request.Update && i.config.Catalog.IsDeveloped(r.ID) {
		return "", release.Entry{}, development.Busy(r.ID, "Update it when `plumbline connector dev` has ended.")
	}
	waits, err := r.permitted(request)
	if err != nil {
		return "", release.Entry{}, err
	}
	if waits {
		entry, err := i.wait(r)
		return r.ID, entry, err
	}
	if err := release.CheckHost(r.Manifest, i.config.Version); err != nil {
		return "", release.Entry{}, err
	}
	options := release.Options{Signer: r.Signer, Unsigned: r.Signer == ""}
	staged, err := i.config.Inventory.Stage(ctx, r.source, options, func(done, total int64) {
		report(task.Progress{Phase: "reading the program", Done: done, Total: total})
	})
	if err != nil {
		return "", release.Entry{}, err
	}
	defer func() { err = errors.Join(err, staged.Discard()) }()
	if staged.Consent() != r.Consent() {
		return "", release.Entry{}, host.Refused(host.CodeReleaseDamaged, "Try again.",
			"the release at %s changed while it was being read", r.source)
	}
	if err := i.try(ctx, staged, report); err != nil {
		return "", release.Entry{}, err
	}
	if err := i.agreed(ctx, staged); err != nil {
		return "", release.Entry{}, err
	}
	entry, err := i.config.Inventory.Activate(staged, time.Now())
	if err != nil {
		return "", release.Entry{}, err
	}
	i.config.Logger.Info("connector is installed", "connector", staged.ID, "version", staged.Version,
		"signer", staged.Signer, "source", r.source, "sha256", staged.SHA256)
	i.config.Catalog.Changed(staged.ID, "installed")
	return staged.ID, entry, nil
}

// agreed stores that the context's actor agreed to a release.
func (i *Installer) agreed(ctx context.Context, staged *release.Staged) error {
	before, err := i.consents.Get(staged.ID)
	if err != nil && !host.IsNotFound(err) {
		return err
	}
	_, err = i.consents.Put(ctx, staged.ID, host.Consent{
		Connector: staged.ID, Version: staged.Version, Manifest: staged.Consent(), Signer: staged.Signer,
		SHA256: staged.SHA256, Interpreter: staged.Interpreter, Asks: release.AskNames(staged.Asks()),
	}, before.Revision)
	return err
}

// wait notes an update that asks for more than was agreed to.
func (i *Installer) wait(r reading) (release.Entry, error) {
	entry, err := i.config.Inventory.Wait(r.ID, host.WaitingUpdate{
		Version: r.Version, Source: r.source, Consent: r.Consent(), New: r.more, Since: time.Now().UTC(),
	})
	if err != nil {
		return entry, err
	}
	i.config.Logger.Warn("update is waiting for consent",
		"connector", r.ID, "version", r.Version, "asks", strings.Join(release.AskNames(r.more), ", "))
	i.config.Catalog.Changed(r.ID, "waiting")
	return entry, nil
}

// RollBack makes the version that was installed before the current one, because a
// person asked for it.
func (i *Installer) RollBack(id string) error {
	back := host.RolledBack{By: "person", At: time.Now().UTC(), Reason: "a person asked for it"}
	if _, err := i.config.Inventory.RollBack(id, back); err != nil {
		return err
	}
	i.config.Catalog.Changed(id, "rolled_back")
	return nil
}

// Remove removes an installed connector that no connection uses, with the consent to it.
func (i *Installer) Remove(ctx context.Context, id string) error {
	connections, err := i.config.Store.Connections()
	if err != nil {
		return fmt.Errorf("read connections: %w", err)
	}
	for _, c := range connections {
		if c.Connector == id && c.Disconnection == nil {
			return host.Refused(host.CodeConflict, "Disconnect its connections first: `plumbline connection disconnect "+c.Alias+"`.",
				"the connection %s uses %s", c.Alias, id)
		}
	}
	if err := i.config.Inventory.Remove(id); err != nil {
		return err
	}
	i.config.Catalog.Changed(id, "removed")
	if err := i.consents.Delete(ctx, id, 0); err != nil && !host.IsNotFound(err) {
		return err
	}
	return nil
}
