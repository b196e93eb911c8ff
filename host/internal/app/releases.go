package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/development"
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
	Update  bool   `json:"update,omitempty" doc:"Only a newer release by the same signer; without consent it waits when it asks for more than was agreed to"`
}

// reading is a release that was read as far as its manifest, beside what is installed.
type reading struct {
	release.Release
	source  string
	entry   release.Entry
	had     bool
	confirm []host.Typed
	more    host.Asks // beyond what was agreed to
}

// OfferRelease reads a release as far as its manifest and says what installing it
// would mean.
func (a *App) OfferRelease(ctx context.Context, request ReleaseRequest) (host.Offer, error) {
	r, err := a.readRelease(ctx, request)
	if err != nil {
		return host.Offer{}, err
	}
	offer := host.Offer{Source: r.source, Manifest: r.Manifest, Signer: r.Signer, Consent: r.Consent(), New: r.more, Confirm: r.confirm}
	if connector, err := a.catalog.Lookup(ctx, r.ID); err == nil {
		offer.Current = &host.Current{Version: connector.Version, Trust: connector.Trust, Signer: r.entry.Current.Signer}
	}
	_, wrong := release.Program(r.Manifest, release.Here())
	if wrong == nil {
		wrong = release.CheckHost(r.Manifest, a.version)
	}
	if wrong != nil {
		offer.Problem = host.AsProblem(wrong)
	}
	return offer, nil
}

// readRelease reads a release as far as its manifest and finds out what a person has
// to agree to.
func (a *App) readRelease(ctx context.Context, request ReleaseRequest) (reading, error) {
	if err := a.inventory.Problem(); err != nil {
		return reading{}, err
	}
	source := request.Source
	if !release.IsReference(source) && !filepath.IsAbs(source) {
		return reading{}, host.Invalid("source", source, "must be an absolute path or a reference to a registry")
	}
	named := ""
	if request.Signer != "" {
		var err error
		if named, err = release.ParseSigner(request.Signer); err != nil {
			return reading{}, err
		}
	}
	head, err := readHead(ctx, source, named)
	if err != nil {
		return reading{}, err
	}
	r := reading{Release: head, source: source, confirm: []host.Typed{}}
	r.entry, r.had = a.inventory.Get(head.ID)
	r.more = head.Asks()
	if r.had {
		r.more = r.more.Beyond(r.entry.Current.Consented)
	}
	a.toConfirm(&r, named)
	return r, nil
}

func readHead(ctx context.Context, source, signer string) (release.Release, error) {
	from, err := release.Open(source)
	if err != nil {
		return release.Release{}, err
	}
	defer from.Close()
	return release.ReadHead(ctx, from, release.Options{Signer: signer, Unsigned: true})
}

// toConfirm finds out why a person has to type the connector's id, if they have.
func (a *App) toConfirm(r *reading, named string) {
	add := func(code, format string, args ...any) {
		r.confirm = append(r.confirm, host.Typed{Code: code, Message: fmt.Sprintf(format, args...)})
	}
	current := r.entry.Current
	switch {
	case r.had && current.Signer != r.Signer && r.Signer == "":
		add(host.CodeReleaseUnsigned, "%s is installed signed by %s, and this release is not signed", r.ID, current.Signer)
	case r.had && current.Signer != r.Signer:
		add(host.CodeReleaseSigner, "%s is installed signed by %s, and this release is signed by %s", r.ID, orUnsigned(current.Signer), r.Signer)
	case r.Signer == "":
		add(host.CodeReleaseUnsigned, "it is not signed: any person who can change the file can change the program")
	case !r.had && named == "" && !a.knowsSigner(r.Signer):
		add(host.CodeReleaseSigner, "its signer %s is new to this machine", r.Signer)
	}
	if r.had && release.CompareVersions(r.Version, current.Version) < 0 {
		add(host.CodeReleaseOlder, "%s %s is installed, and this release is older: %s", r.ID, current.Version, r.Version)
	}
}

func orUnsigned(signer string) string {
	if signer == "" {
		return "no key"
	}
	return signer
}

// knowsSigner reports whether something else by this signer is installed.
func (a *App) knowsSigner(signer string) bool {
	for _, id := range a.inventory.IDs() {
		if entry, _ := a.inventory.Get(id); entry.Current.Signer == signer {
			return true
		}
	}
	return false
}

// permitted returns why a release is not installed as it was asked for, or nil. An
// update that asks for more waits instead, and is no failure.
func (r reading) permitted(request ReleaseRequest) (waits bool, err error) {
	switch {
	case request.Update && !r.had:
		return false, host.NotFound("connector", r.ID, "Install it first: `plumbline connector install "+r.source+"`.")
	case len(r.confirm) > 0 && (request.Update || request.Confirm != r.ID):
		return false, mustBeTyped(r)
	case request.Update && r.entry.RolledBack != nil && r.entry.RolledBack.By == "host" && r.entry.RolledBack.Version == r.Version && request.Consent != r.Consent():
		return false, brokeBefore(r)
	case request.Consent == r.Consent(), request.Update && r.more.None():
		return false, nil
	case request.Update:
		return true, nil
	case request.Consent != "":
		return false, problemOf(host.CodeReleaseConsent, "Look at the release again and agree to it.", "the release at %s is not the one that was agreed to", r.source)
	}
	return false, problemOf(host.CodeReleaseConsent, "Look at the release and agree to it.", "%s %s waits for consent", r.ID, r.Version)
}

func problemOf(code, remedy, format string, args ...any) *host.Problem {
	return &host.Problem{Code: code, Message: fmt.Sprintf(format, args...), Remedy: remedy, Fault: host.FaultCustomer, Retry: host.RetryNever}
}

func mustBeTyped(r reading) error {
	var why []string
	for _, c := range r.confirm {
		why = append(why, c.Message)
	}
	return problemOf(r.confirm[0].Code, "If you are sure, run `plumbline connector install "+r.source+"` on a terminal, where you can confirm it by typing the connector's id; or name a signer's key you trust with --signer.",
		"%s", strings.Join(why, "; "))
}

func brokeBefore(r reading) error {
	back := r.entry.RolledBack
	return problemOf(host.CodeReleaseRolledBack, "Wait for a newer version, or install it by name to try again.",
		"%s %s was installed before and rolled back to %s: %s", r.ID, back.Version, back.To, back.Reason)
}

// InstallRelease begins to install a release; Task follows it. Everything is read
// again and verified, whatever was offered before.
func (a *App) InstallRelease(ctx context.Context, request ReleaseRequest) (host.Task, error) {
	return act(ctx, func(host.Actor) (host.Task, error) {
		return a.tasks.Start(ctx, "install", func(ctx context.Context, report func(task.Progress)) (func(*host.Task), error) {
			id, entry, err := a.install(ctx, request, report)
			if err != nil {
				a.logger.Warn("release was not installed", "source", request.Source, "err", err)
				return nil, err
			}
			return func(t *host.Task) { t.Connector, t.Installation = id, entry.Installation() }, nil
		})
	})
}

func (a *App) install(ctx context.Context, request ReleaseRequest, report func(task.Progress)) (id string, _ release.Entry, err error) {
	report(task.Progress{Phase: "reading the manifest"})
	r, err := a.readRelease(ctx, request)
	if err != nil {
		return "", release.Entry{}, err
	}
	if request.Update && a.catalog.IsDeveloped(r.ID) {
		return "", release.Entry{}, development.Busy(r.ID, "Update it when `plumbline connector dev` has ended.")
	}
	waits, err := r.permitted(request)
	if err != nil {
		return "", release.Entry{}, err
	}
	if waits {
		entry, err := a.letWait(r)
		return r.ID, entry, err
	}
	if err := release.CheckHost(r.Manifest, a.version); err != nil {
		return "", release.Entry{}, err
	}
	staged, err := a.inventory.Stage(ctx, r.source, release.Options{Signer: r.Signer, Unsigned: r.Signer == ""}, func(done, total int64) {
		report(task.Progress{Phase: "reading the program", Done: done, Total: total})
	})
	if err != nil {
		return "", release.Entry{}, err
	}
	defer func() { err = errors.Join(err, staged.Discard()) }()
	if staged.Consent() != r.Consent() {
		return "", release.Entry{}, problemOf(host.CodeReleaseDamaged, "Try again.", "the release at %s changed while it was being read", r.source)
	}
	if err := a.try(ctx, staged, report); err != nil {
		return "", release.Entry{}, err
	}
	entry, err := a.inventory.Activate(staged, time.Now())
	if err != nil {
		return "", release.Entry{}, err
	}
	a.logger.Info("connector is installed", "connector", staged.ID, "version", staged.Version, "signer", staged.Signer, "source", r.source, "sha256", staged.SHA256)
	a.catalog.Changed(staged.ID, "installed")
	return staged.ID, entry, nil
}

// letWait notes an update that asks for more than was agreed to.
func (a *App) letWait(r reading) (release.Entry, error) {
	entry, err := a.inventory.Wait(r.ID, host.WaitingUpdate{Version: r.Version, Source: r.source, Consent: r.Consent(), New: r.more, Since: time.Now().UTC()})
	if err != nil {
		return entry, err
	}
	a.logger.Warn("update is waiting for consent", "connector", r.ID, "version", r.Version, "asks", strings.Join(release.AskNames(r.more), ", "))
	a.catalog.Changed(r.ID, "waiting")
	return entry, nil
}

// try starts a staged program before anything depends on it.
func (a *App) try(ctx context.Context, staged *release.Staged, report func(task.Progress)) error {
	program := plugin.Program{ID: staged.ID, Path: staged.Path, SHA256: staged.SHA256}
	if len(staged.Requires) > 0 {
		report(task.Progress{Phase: "looking for what it requires"})
		if err := a.launcher.Require(ctx, program, staged.Requires); err != nil {
			return err
		}
	}
	report(task.Progress{Phase: "asking the program what it is"})
	connector, err := a.catalog.Examine(ctx, program)
	if err != nil {
		return err
	}
	staged.Interpreter = a.catalog.ForeignInterpreter(connector)
	if err := release.Agree(staged.Manifest, connector); err != nil {
		return err
	}
	return a.selfTest(ctx, connector, report)
}
